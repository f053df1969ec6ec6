//! Answers, names and texts that are made to do harm are text.

use crate::browser::{Browser, LIMIT};
use crate::scene::{CHAT, Scene, document};
use frontdesk_tests::Reply;
use frontdesk_tests::stub::gemini_stream;
use serde_json::json;

/// All that a model could be talked into saying.
const HARM: &str = r#"<img src=x onerror="globalThis.harmed='img'"> <script>globalThis.harmed='script'</script>
<svg onload="globalThis.harmed='svg'"></svg> <a href="javascript:globalThis.harmed='a'">raw</a>

[one](javascript:globalThis.harmed='js') [two](JaVaScRiPt:globalThis.harmed='js') [three](java&#115;cript:harm)
[four](data:text/html,<script>harm</script>) [five](vbscript:harm) [six](//evil.example/x) [seven](/relative)
[eight]( javascript:harm) [nine](https://good.example/?a="onmouseover="harm) [ten](mailto:ada@example.com)
[eleven](tel:+15550100) [twelve](blob:https://good.example/x) [thirteen](file:///etc/passwd) ![pic](https://evil.example/p.png)

`<b>code</b>` **<i>bold</i>** https://good.example/<script>

- <iframe src="javascript:harm"></iframe>
- <form action="https://evil.example"><input name=password></form>"#;

#[test]
fn an_answer_that_is_made_to_do_harm_is_text_with_the_few_links_that_are_safe() {
    let scene = Scene::with_model(|_| {
        let pieces: Vec<String> =
            HARM.chars().collect::<Vec<_>>().chunks(7).map(|part| part.iter().collect()).collect();
        Reply::Stream(gemini_stream(&pieces.iter().map(String::as_str).collect::<Vec<_>>(), 400))
    });
    let visit = scene.visit(&Browser::desktop());
    visit.open_chat();
    visit.say("Be evil.");
    visit.idle();
    visit.wait_for_text("<form action=");
    let script = "const root = document.querySelector('frontdesk-chat').shadowRoot;
        const links = [...root.querySelectorAll('[role=log] a')].map(link => [link.href, link.rel, link.target]);
        const foreign = root.querySelectorAll('[role=log] :is(script, iframe, img, form, object, embed, link, style, base, meta, video)');
        return [links, foreign.length, globalThis.harmed ?? null];";
    let found = visit.script(script, &[]);
    let links: Vec<&str> =
        found[0].as_array().unwrap().iter().map(|link| link[0].as_str().unwrap()).collect();
    assert!(links.contains(&"mailto:ada@example.com") && links.contains(&"tel:+15550100"), "{links:?}");
    let safe = |link: &&&str| ["https://", "mailto:", "tel:"].iter().any(|scheme| link.starts_with(scheme));
    assert_eq!(links.iter().filter(safe).count(), links.len(), "{links:?}");
    for link in found[0].as_array().unwrap() {
        assert_eq!(
            (&link[1], &link[2]),
            (&json!("noopener noreferrer nofollow"), &json!("_blank")),
            "{link}"
        );
    }
    assert_eq!((&found[1], &found[2]), (&json!(0), &json!(null)));
    visit.assert_accessible();
}

#[test]
fn settings_and_suggestions_that_are_made_to_do_harm_are_text() {
    let scene = Scene::start();
    let harm = r#"<img src=x onerror=\"globalThis.harmed=1\">"#.replace('\\', "");
    scene.set(&format!("bot_name = '{harm}', welcome_message = '{harm} [x](javascript:alert(1))', primary_color = 'red;}}*{{display:none', offline_message = '{harm}', bot_avatar_url = 'javascript:alert(1)'"));
    scene.sql(&format!(
        "UPDATE widget_knowledge_base SET question = question || '{harm}', answer = answer || '{harm}'"
    ));
    let visit = scene.visit(&Browser::desktop());
    visit.find("button", &format!("Chat with {harm}")).click();
    visit.say("Can I park my boat?");
    visit.find("button", &format!("Is there parking?{harm}")).click();
    visit.wait_for_text("parking behind the building");
    let script = "const root = document.querySelector('frontdesk-chat').shadowRoot;
        return [root.querySelectorAll('[src=x], a[href^=javascript]').length, globalThis.harmed ?? null];";
    assert_eq!(visit.script(script, &[]), json!([0, null]));
}

#[test]
fn an_answer_of_a_hundred_kilobytes_leaves_the_page_usable_and_is_whole() {
    let line = "A **bold** word, `code`, [a link](https://good.example/) and _more_ of <it>.\n";
    let scene = Scene::with_model(move |_| {
        let text = line.repeat(100_000 / line.len());
        let pieces: Vec<&str> =
            text.as_bytes().chunks(199).map(|part| std::str::from_utf8(part).unwrap()).collect();
        let whole = [&pieces[..], &["**".repeat(2000).leak(), "The end."]].concat();
        Reply::Stream(gemini_stream(&whole, 400))
    });
    let visit = scene.visit(&Browser::desktop());
    visit.open_chat();
    visit.script(
        "globalThis.frames = 0; const count = () => { globalThis.frames++; requestAnimationFrame(count); }; count();",
        &[],
    );
    visit.say("Go on.");
    visit.wait("the end of the answer", || {
        let script =
            "const log = document.querySelector('frontdesk-chat').shadowRoot.querySelector('[role=log]');
            return log.textContent.includes('The end.');";
        (visit.script(script, &[]) == true).then_some(())
    });
    assert!(
        visit.script("return globalThis.frames;", &[]).as_u64().unwrap() > 5,
        "the page was drawn meanwhile"
    );
    visit.find("button", "Buy").click();
}

#[test]
fn a_page_with_trusted_types_and_a_nonce_has_the_widget_too() {
    let scene = Scene::start();
    let host = scene.front.url();
    let policy = format!(
        "default-src 'none'; script-src 'nonce-n0nce'; connect-src {host}; img-src {host}; require-trusted-types-for 'script'; trusted-types frontdesk"
    );
    let tag = scene.tag().replace("<script ", r#"<script nonce="n0nce" "#);
    let site = crate::browser::Site::start(&policy, [("/", "text/html", document("", &tag))]);
    let page = Browser::desktop().open(&site.url("/"));
    page.find("button", CHAT).click();
    page.find("textbox", crate::scene::INPUT);
    assert_eq!(scene.front.wait_for("/panel.js", 1, LIMIT).len(), 1);
}

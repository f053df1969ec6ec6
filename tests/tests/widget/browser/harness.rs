//! The harness itself: that it sees what it is to see.

use super::{Browser, Site};
use std::panic::{AssertUnwindSafe, catch_unwind};

const PAGE: &str = r#"<!doctype html><html lang="en"><title>A shop</title>
    <main><h1>A shop</h1><p id="host"></p><label>Your name <input id="name"></label></main>
    <script src="/page.js"></script></html>"#;

const SCRIPT: &str = "
    const root = document.querySelector('#host').attachShadow({ mode: 'open' });
    const button = document.createElement('button');
    button.textContent = 'Buy';
    button.addEventListener('click', () => { button.textContent = 'Bought'; });
    root.append(button);";

fn site(script: &str) -> Site {
    let files = [("/", "text/html", PAGE.to_owned()), ("/page.js", "text/javascript", script.to_owned())];
    Site::start("default-src 'none'; script-src 'self'", files)
}

#[test]
fn what_is_in_a_shadow_tree_is_found_by_role_and_name_and_used_as_a_visitor_uses_it() {
    let site = site(SCRIPT);
    let page = Browser::desktop().open(&site.url("/"));
    page.find("button", "Buy").click();
    page.find("button", "Bought");
    page.find("textbox", "Your name").click();
    page.press("Ada");
    let field = page.find("textbox", "Your name");
    assert_eq!((field.node().value.as_str(), field.node().is("focused")), ("Ada", true));
    assert_eq!(page.focus(), ("textbox".to_owned(), "Your name".to_owned()));
    page.assert_accessible();
}

#[test]
fn a_page_that_errs_in_any_way_fails_its_test() {
    let faults = [
        ("/thrown", "setTimeout(() => { throw new Error('uncaught'); });", "Uncaught Error: uncaught"),
        ("/rejected", "Promise.reject(new Error('nobody handles it'));", "Uncaught Error: nobody handles it"),
        ("/styled", "document.body.setAttribute('style', 'color: red');", "Content Security Policy"),
        ("/asked", "fetch('http://localhost:9/').catch(() => {});", "Content Security Policy"),
        ("/told", "console.error('an error');", "an error"),
    ];
    let page_of = |path: &str| PAGE.replace("/page.js", &format!("{path}.js"));
    let scripts = ["/thrown.js", "/rejected.js", "/styled.js", "/asked.js", "/told.js"];
    let files = faults.iter().zip(scripts).flat_map(|((path, fault, _), script)| {
        [(*path, "text/html", page_of(path)), (script, "text/javascript", format!("{SCRIPT}{fault}"))]
    });
    let site = Site::start("default-src 'none'; script-src 'self'", files);
    let mut page = Some(Browser::desktop().start());
    for (path, _, complaint) in faults {
        let page = page.as_ref().unwrap();
        let before = page.complaints().len();
        page.go(&site.url(path));
        let told = page.wait(path, || page.complaints().get(before).cloned());
        assert!(told.contains(complaint), "{path}: {told}");
    }
    let closed = catch_unwind(AssertUnwindSafe(|| drop(page.take())));
    assert!(closed.is_err(), "a page that is closed with complaints fails its test");
}

#[test]
fn a_part_that_nobody_can_read_is_found_by_the_checker() {
    let site = site(&format!("{SCRIPT} document.querySelector('#name').parentElement.firstChild.remove();"));
    let page = Browser::desktop().open(&site.url("/"));
    page.find("button", "Buy");
    let found = catch_unwind(AssertUnwindSafe(|| page.assert_accessible()));
    let text = found.expect_err("a finding").downcast::<String>().expect("a text");
    assert!(text.contains("label: "), "{text}");
}

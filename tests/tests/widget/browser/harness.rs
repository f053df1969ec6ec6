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
    for fault in [
        "setTimeout(() => { throw new Error('uncaught'); });",
        "Promise.reject(new Error('nobody handles it'));",
        "document.body.setAttribute('style', 'color: red');",
        "fetch('http://localhost:9/').catch(() => {});",
        "console.error('an error');",
    ] {
        let site = site(&format!("{SCRIPT}{fault}"));
        let visited = catch_unwind(AssertUnwindSafe(|| {
            let page = Browser::desktop().open(&site.url("/"));
            page.find("button", "Buy");
            page.wait("a complaint", || (!page.complaints().is_empty()).then_some(()));
        }));
        assert!(visited.is_err(), "{fault}");
    }
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

//! The demo client's site: there with `--demo`, and nothing without it.

use crate::client::send;
use crate::world::{Options, Widget, World};

const FILES: [(&str, &str); 3] = [
    ("/demo/page.js", "text/javascript; charset=utf-8"),
    ("/demo/style.css", "text/css; charset=utf-8"),
    ("/demo/icon.svg", "image/svg+xml"),
];

async fn demo() -> World {
    World::with(Options { widget: &Widget { demo: true, ..Widget::PLAIN }, ..Options::default() }).await
}

#[tokio::test]
async fn the_site_loads_the_widget_and_shows_its_tag() {
    let world = demo().await;
    let page = world.get("/").await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert!(page.body.contains(r#"<script async src="widget.js" data-widget-key="demo"></script>"#));
    let shown = "&lt;script async src=&quot;http://test/widget.js&quot; data-widget-key=&quot;demo&quot;&gt;&lt;/script&gt;";
    assert!(page.body.contains(shown), "{}", page.body);
    assert!(!page.body.contains("{{"), "something was not filled in");
    assert_eq!(send(world.address, "HEAD /", b"").await.status, 200);
}

#[tokio::test]
async fn the_site_needs_nothing_inline_and_nothing_from_elsewhere() {
    let world = demo().await;
    let page = world.get("/").await;
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
    for inline in [" style=", "<style", " onclick", "javascript:", "src=\"http", "href=\"http"] {
        assert!(!page.body.contains(inline), "{inline}");
    }
    for (path, kind) in FILES {
        let file = world.get(path).await;
        assert_eq!((file.status, file.header("content-type")), (200, Some(kind)), "{path}");
        let elsewhere = file.body.contains("https://") || file.body.contains("url(");
        assert!(!elsewhere, "{path} loads something");
        assert!(page.body.contains(path.trim_start_matches('/')), "the page does not use {path}");
    }
    world.get("/demo/other.js").await.assert_error(404, "route_not_found");
}

#[tokio::test]
async fn without_the_demo_there_is_no_site() {
    let world = World::new().await;
    world.get("/").await.assert_error(404, "route_not_found");
    for (path, _) in FILES {
        world.get(path).await.assert_error(404, "route_not_found");
    }
}

//! The widget as browsers load it, and the lines that put it on a site.

use crate::client::{Response, send, send_for_bytes};
use crate::world::{Options, Widget, World};
use flate2::read::GzDecoder;
use frontdesk_web::{Encoding, builds, current};
use serde_json::json;
use std::io::Read as _;

async fn fetch(world: &World, path: &str, headers: &str) -> (Response, Vec<u8>) {
    send_for_bytes(world.address, &format!("GET {path}\n{headers}")).await
}

fn source() -> Vec<u8> {
    current().loader().bytes(Encoding::Identity).to_vec()
}

#[tokio::test]
async fn pages_of_any_site_may_load_the_widget_and_keep_it_for_a_while() {
    let world = World::new().await;
    let (head, body) = fetch(&world, "/widget.js", "Origin: https://shop.example").await;
    assert_eq!((head.status, body), (200, source()));
    for (name, value) in [
        ("content-type", "text/javascript; charset=utf-8"),
        ("cache-control", "public, max-age=300, stale-while-revalidate=3600, stale-if-error=86400"),
        ("access-control-allow-origin", "*"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("x-content-type-options", "nosniff"),
        ("vary", "accept-encoding"),
    ] {
        assert_eq!(head.header(name), Some(value), "{name}");
    }
    assert_eq!(head.header("content-encoding"), None);
    assert_eq!(head.header("set-cookie"), None);
}

#[tokio::test]
async fn each_browser_gets_the_encoding_that_it_likes_best() {
    let world = World::new().await;
    let (head, gzipped) = fetch(&world, "/widget.js", "Accept-Encoding: gzip, deflate").await;
    assert_eq!(head.header("content-encoding"), Some("gzip"));
    let mut plain = Vec::new();
    GzDecoder::new(&gzipped[..]).read_to_end(&mut plain).unwrap();
    assert_eq!(plain, source());
    let (br, body) = fetch(&world, "/widget.js", "Accept-Encoding: gzip, br").await;
    assert_eq!(br.header("content-encoding"), Some("br"));
    assert_eq!(body, current().loader().bytes(Encoding::Brotli));
    let tags = [&head, &br].map(|head| head.header("etag").unwrap().to_owned());
    assert_ne!(tags[0], tags[1]);
}

#[tokio::test]
async fn a_browser_that_has_the_widget_is_told_so() {
    let world = World::new().await;
    let (first, _) = fetch(&world, "/widget.js", "Accept-Encoding: br").await;
    let tag = first.header("etag").unwrap().to_owned();
    let asked = format!("Accept-Encoding: br\nIf-None-Match: {tag}");
    let (again, body) = fetch(&world, "/widget.js", &asked).await;
    assert_eq!((again.status, body.len()), (304, 0));
    for name in ["etag", "cache-control", "vary", "access-control-allow-origin"] {
        assert_eq!(again.header(name), first.header(name), "{name}");
    }
    let (other, _) =
        fetch(&world, "/widget.js", &format!("Accept-Encoding: gzip\nIf-None-Match: {tag}")).await;
    assert_eq!(other.status, 200);
}

#[tokio::test]
async fn a_head_tells_what_a_get_would() {
    let world = World::new().await;
    let head = send(world.address, "HEAD /widget.js\nAccept-Encoding: gzip", b"").await;
    let length = current().loader().bytes(Encoding::Gzip).len().to_string();
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(
        (head.header("content-length"), head.header("content-encoding")),
        (Some(&*length), Some("gzip"))
    );
}

#[tokio::test]
async fn the_files_of_a_version_are_kept_for_ever_and_others_not_at_all() {
    let world = World::new().await;
    for build in builds() {
        for name in ["loader.js", "panel.js"] {
            let (head, body) = fetch(&world, &format!("/widget/{}/{name}", build.version()), "").await;
            assert_eq!(
                (head.status, body),
                (200, build.file(name).unwrap().bytes(Encoding::Identity).to_vec())
            );
            assert_eq!(head.header("cache-control"), Some("public, max-age=31536000, immutable"));
        }
    }
    let version = current().version();
    for path in [
        "/widget/nosuchversion/panel.js".to_owned(),
        format!("/widget/{version}/other.js"),
        format!("/widget/{version}/..%2f..%2fsecret"),
        format!("/widget/{version}"),
        format!("/widget/{version}/panel.js/"),
        "/widget.js/".to_owned(),
    ] {
        let missing = world.get(&path).await;
        missing.assert_error(404, "route_not_found");
        assert_eq!(missing.header("cache-control"), Some("no-store"), "{path}");
    }
    let posted = send(world.address, "POST /widget.js", b"").await;
    posted.assert_error(405, "method_not_allowed");
}

#[tokio::test]
async fn an_older_script_is_the_widget_under_its_old_name() {
    let widget = &Widget {
        legacy_scripts: &[("/public/some-widget-v2.js", "SomeGlobal"), ("/old.js", "Old")],
        ..Widget::PLAIN
    };
    let world = World::with(Options { widget, ..Options::default() }).await;
    let (head, body) = fetch(&world, "/public/some-widget-v2.js?v=3", "").await;
    let text = String::from_utf8(body.clone()).unwrap();
    let own = String::from_utf8(source()).unwrap();
    assert_eq!(text, format!("{}\n;window[\"SomeGlobal\"]=window.Frontdesk;\n", own.trim_end()));
    assert_eq!(
        head.header("cache-control"),
        Some("public, max-age=300, stale-while-revalidate=3600, stale-if-error=86400")
    );
    assert_eq!(head.header("access-control-allow-origin"), Some("*"));
    let (zipped, gzipped) = fetch(&world, "/public/some-widget-v2.js", "Accept-Encoding: br, gzip").await;
    assert_eq!(zipped.header("content-encoding"), Some("gzip"));
    let mut plain = Vec::new();
    GzDecoder::new(&gzipped[..]).read_to_end(&mut plain).unwrap();
    assert_eq!(plain, body);
    let (_, other) = fetch(&world, "/old.js", "").await;
    assert!(String::from_utf8(other).unwrap().ends_with("window[\"Old\"]=window.Frontdesk;\n"));
    let posted = send(world.address, "POST /old.js", b"").await;
    posted.assert_error(405, "method_not_allowed");
    assert_eq!(posted.header("allow"), Some("GET, HEAD"));
    world.get("/public/some-widget-v1.js").await.assert_error(404, "route_not_found");
}

#[tokio::test]
async fn the_lines_for_a_site_name_the_server_as_the_request_does() {
    let world = World::new().await;
    let lines = world.get_as_admin("/widgets/1/embed").await;
    assert_eq!(lines.status, 200, "{}", lines.body);
    let (version, integrity) = (current().version(), current().loader_integrity());
    assert_eq!(
        lines.json(),
        json!({
            "script": r#"<script async src="http://test/widget.js" data-widget-key="demo"></script>"#,
            "pinned_script": format!(r#"<script async src="http://test/widget/{version}/loader.js" integrity="{integrity}" crossorigin="anonymous" data-widget-key="demo"></script>"#),
            "integrity": integrity, "version": version,
            "content_security_policy": "script-src http://test; connect-src http://test; img-src http://test",
        })
    );
    world.get_as_admin("/widgets/4711/embed").await.assert_error(404, "widget_not_found");
    world.get("/api/chat-widget/widgets/1/embed").await.assert_error(401, "missing_admin_key");
    assert_eq!(world.get_as_admin("/widgets/61/embed").await.status, 200);
}

async fn script_as_told(options: Options, headers: &str) -> String {
    let world = World::with(options).await;
    let bearer = format!("Authorization: Bearer {}", crate::world::ADMIN_KEY);
    let head = format!("GET /api/chat-widget/widgets/1/embed\n{bearer}\n{headers}");
    send(world.address, &head, b"").await.json()["script"].to_string()
}

#[tokio::test]
async fn tls_is_believed_of_a_trusted_proxy_alone_and_the_setting_before_all() {
    let forwarded = "X-Forwarded-Proto: https";
    assert!(script_as_told(Options::default(), forwarded).await.contains("http://test/widget.js"));
    let behind = Options { trusted_proxies: 1, ..Options::default() };
    assert!(script_as_told(behind, forwarded).await.contains("https://test/widget.js"));
    let widget = &Widget { public_url: Some("https://chat.example.com/desk/"), ..Widget::PLAIN };
    let set = Options { widget, ..behind };
    assert!(script_as_told(set, "").await.contains("https://chat.example.com/desk/widget.js"));
}

//! The lines for a site from the command line and from a running server, and the widget in the place of older scripts.

use crate::place::{ADMIN_KEY, Place, on_both};
use frontdesk_tests::{Api, Process};

on_both! {
    a_database_without_tables_is_to_be_migrated,
    the_command_prints_the_lines_that_the_administration_gives,
    the_widget_of_a_site_says_what_was_set_of_it,
}

fn a_database_without_tables_is_to_be_migrated(place: &Place) {
    let arguments = ["embed", "--widget", "demo", "--host", "https://chat.example.com"];
    let early = Process::run("api", &arguments, &[("DATABASE_URL", &place.url)]);
    assert_eq!(early.status.code(), Some(1));
    assert!(early.stderr.contains("(has `api migrate` been run?)"), "{}", early.stderr);
}

fn the_command_prints_the_lines_that_the_administration_gives(place: &Place) {
    let api = place.demo(&[("PUBLIC_URL", "https://chat.example.com/")]);
    let bearer = format!("Bearer {ADMIN_KEY}");
    let given = api.send("GET", "/api/chat-widget/widgets/1/embed", &[("Authorization", &bearer)], None);
    assert_eq!(given.status, 200, "{:?}", given.json);
    let embed = |arguments: &[&str], more: &[(&str, &str)]| {
        let environment = [&[("DATABASE_URL", place.url.as_str())], more].concat();
        Process::run("api", &[&["embed", "--widget"], arguments].concat(), &environment)
    };
    let printed = embed(&["demo"], &[("PUBLIC_URL", "https://chat.example.com")]);
    assert!(printed.status.success(), "{}", printed.stderr);
    for name in ["script", "pinned_script"] {
        let line = given.json[name].as_str().unwrap();
        assert!(line.contains("https://chat.example.com/widget"), "{line}");
        assert!(printed.stdout.lines().any(|own| own.trim() == line), "{line}\n{}", printed.stdout);
    }
    for directive in given.json["content_security_policy"].as_str().unwrap().split("; ") {
        assert!(printed.stdout.lines().any(|own| own.trim() == directive), "{directive}");
    }
    let elsewhere = embed(&["demo", "--host", "http://localhost:8080"], &[]);
    assert!(elsewhere.stdout.contains("src=\"http://localhost:8080/widget.js\""), "{}", elsewhere.stdout);

    let unknown = embed(&["nobody", "--host", "https://chat.example.com"], &[]);
    assert_eq!(unknown.status.code(), Some(1));
    assert_eq!(
        unknown.stderr.trim(),
        "no active widget has the key \"nobody\": the administration lists the keys of all"
    );
    let nowhere = embed(&["demo"], &[]);
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(nowhere.stderr.contains("--host") && nowhere.stderr.contains("PUBLIC_URL"), "{}", nowhere.stderr);
    let no_url = embed(&["demo", "--host", "chat.example.com"], &[]);
    assert_eq!(no_url.status.code(), Some(2));
    assert!(no_url.stderr.contains("https://chat.example.com"), "{}", no_url.stderr);
}

fn the_widget_of_a_site_says_what_was_set_of_it(place: &Place) {
    assert!(place.demo(&[]).terminate().status.success());
    place.sql(
        "UPDATE widget_configs SET language = 'de', privacy_url = 'https://shop.example/privacy', ai_notice = false,
            consent_required = true, texts = '{\"send\": \"Los\"}' WHERE id = 1",
    );
    let told = place.demo(&[]).get("/api/chat-widget/public/widget/demo/config").json;
    assert_eq!(told["language"], "de");
    assert_eq!(
        (&told["privacy_url"], &told["texts"]["send"]),
        (&"https://shop.example/privacy".into(), &"Los".into())
    );
    assert_eq!((&told["ai_notice"], &told["consent_required"]), (&false.into(), &true.into()));
    assert_eq!(told["timezone"], "America/New_York");
}

#[test]
fn an_older_script_that_cannot_be_replaced_stops_the_start() {
    for (value, problem) in [
        (
            "/widget.js=Old",
            "\"/widget.js\" is an address of this server's own; only another path can be an older script's",
        ),
        (
            "/old.js=window",
            "\"/old.js=window\" would take window from the browser; name the one that the pages call",
        ),
    ] {
        let refused = Process::run("api", &[], &[("LEGACY_WIDGET_PATHS", value), ("PORT", "0")]);
        assert_eq!(refused.status.code(), Some(2), "{}", refused.stderr);
        assert_eq!(refused.stderr.trim(), format!("LEGACY_WIDGET_PATHS: {problem}"));
    }
}

#[test]
fn the_demo_prints_the_address_of_its_site() {
    let api = Api::start_with(&["serve", "--demo"], &[]);
    let line = api.process().wait_for_line(|line| line.starts_with("Try it:"));
    assert_eq!(line, format!("Try it: open {}/ in a browser, or", api.url()));
}

#[test]
fn a_site_whose_tag_names_a_version_that_is_gone_is_told_of_once_and_counted() {
    let token = "a-token-for-readers";
    let api = Api::start_with(&["serve", "--demo"], &[("METRICS_TOKEN", token)]);
    let headers = [("Referer", "https://shop.example/about?visitor=ann")];
    for _ in 0..2 {
        let gone = api.send("GET", "/widget/0123456789ab/loader.js", &headers, None);
        assert_eq!((gone.status, &gone.json["code"]), (404, &"route_not_found".into()));
    }
    assert_eq!(api.send("GET", "/widget.js", &headers, None).status, 200);
    let bearer = format!("Bearer {token}");
    let read = api.send("GET", "/metrics", &[("Authorization", &bearer)], None).text;
    for (tag, loads) in [("unknown", 2), ("current", 1), ("pinned", 0), ("outdated", 0), ("legacy", 0)] {
        let sample = format!("frontdesk_widget_loads_total{{tag=\"{tag}\"}} {loads}");
        assert!(read.lines().any(|line| line == sample), "{sample}\n{read}");
    }
    let told = |line: &&str| line.contains("a site shows no chat");
    let line = api.process().wait_for_line(|line| told(&line));
    assert!(line.contains("https://shop.example") && !line.contains("ann"), "{line}");
    let finished = api.terminate();
    let output = format!("{}{}", finished.stdout, finished.stderr);
    assert_eq!(output.lines().filter(told).count(), 1, "{output}");
}

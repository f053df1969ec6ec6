//! The OpenAPI document: it is the committed one, it holds together, and its calls are those of the server.

use crate::client::send;
use crate::world::World;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

fn document() -> Value {
    serde_json::from_str(&frontdesk_http::openapi().unwrap()).unwrap()
}

/// The methods of each path.
fn calls(document: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let methods = |item: &Value| item.as_object().unwrap().keys().map(|name| name.to_uppercase()).collect();
    document["paths"].as_object().unwrap().iter().map(|(path, item)| (path.clone(), methods(item))).collect()
}

/// Every operation with its path.
fn operations(document: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let items = document["paths"].as_object().unwrap().iter();
    items.flat_map(|(path, item)| item.as_object().unwrap().values().map(move |one| (path.as_str(), one)))
}

/// Every value of a field with this name, at any depth.
fn values<'a>(of: &'a Value, name: &str, found: &mut Vec<&'a Value>) {
    match of {
        Value::Object(fields) => {
            found.extend(fields.get(name));
            fields.values().for_each(|value| values(value, name, found));
        }
        Value::Array(all) => all.iter().for_each(|value| values(value, name, found)),
        _ => {}
    }
}

#[test]
fn the_committed_document_is_that_of_the_code() {
    // Not by their bytes: tests may be built so that objects have another order. The program's own test compares those.
    let read = |text: &str| serde_json::from_str::<Value>(text).ok();
    let committed = read(&std::fs::read_to_string(COMMITTED).unwrap_or_default());
    assert!(
        committed == read(&frontdesk_http::openapi().unwrap()),
        "docs/openapi.json is not what the code says. Renew it and look at what changed:\n    \
         cargo run --bin api openapi > docs/openapi.json"
    );
}

#[tokio::test]
async fn the_server_hands_out_the_document() {
    let world = World::new().await;
    let answer = world.get("/api/openapi.json").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    assert_eq!(answer.body, frontdesk_http::openapi().unwrap());
    assert_eq!(answer.json()["openapi"], "3.1.0");
}

#[test]
fn every_call_of_the_table_of_routes_is_documented_and_no_other() {
    let routes = frontdesk_http::calls();
    let routes: BTreeSet<_> = routes.iter().map(|call| format!("{} {}", call.method, call.path)).collect();
    let documented: BTreeSet<_> = calls(&document())
        .into_iter()
        .flat_map(|(path, methods)| methods.into_iter().map(move |method| format!("{method} {path}")))
        .collect();
    let missing: Vec<_> = routes.difference(&documented).collect();
    assert!(missing.is_empty(), "describe with #[utoipa::path] and list in openapi/groups.rs: {missing:#?}");
    let others: Vec<_> = documented.difference(&routes).collect();
    assert!(others.is_empty(), "not in the table of routes: {others:#?}");
}

#[tokio::test]
async fn the_documented_methods_of_an_address_are_those_that_it_takes() {
    let world = World::new().await;
    for (path, methods) in calls(&document()) {
        let address = path.replace("{key}", "demo").replace(['{', '}'], "");
        let others: Vec<_> = METHODS.iter().filter(|method| !methods.contains(**method)).collect();
        for method in &others {
            let head = format!("{method} {address}\nAuthorization: Bearer {}", crate::world::ADMIN_KEY);
            let answer = send(world.address, &head, b"").await;
            answer.assert_error(405, "method_not_allowed");
            let allowed: BTreeSet<_> = answer.header("allow").unwrap().split(", ").collect();
            let mut documented: BTreeSet<_> = methods.iter().map(String::as_str).collect();
            documented.extend(methods.contains("GET").then_some("HEAD"));
            assert_eq!(allowed, documented, "{path}");
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut references = Vec::new();
    values(&document, "$ref", &mut references);
    assert!(references.len() > 100);
    for reference in references {
        let pointer = reference.as_str().unwrap().strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer} is not in the document");
    }
}

#[test]
fn every_call_is_described_and_has_a_name_of_its_own() {
    let document = document();
    let mut names = BTreeSet::new();
    for (path, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap();
        assert!(names.insert(id), "{id} is there twice: say another operation_id");
        for text in [&operation["summary"], &operation["tags"][0]] {
            assert!(text.as_str().is_some_and(|text| !text.is_empty()), "{path}: {id}");
        }
        let in_path = path.matches('{').count();
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        assert_eq!(parameters.iter().filter(|one| one["in"] == "path").count(), in_path, "{path}");
        for parameter in parameters {
            let name = &parameter["name"];
            let is_described = parameter["description"].as_str().is_some_and(|text| !text.is_empty());
            assert!(is_described, "{path}: say in openapi/parameters.rs what {name} is");
        }
        let success =
            operation["responses"].as_object().unwrap().keys().any(|status| status.starts_with('2'));
        assert!(success && operation["responses"]["500"].is_object(), "{path}: {id}");
    }
}

#[test]
fn a_link_leads_to_a_call_and_fills_its_path() {
    let document = document();
    let mut all = Vec::new();
    values(&document, "links", &mut all);
    assert!(!all.is_empty());
    for link in all.into_iter().flat_map(|links| links.as_object().unwrap().values()) {
        let target =
            operations(&document).find(|(_, operation)| operation["operationId"] == link["operationId"]);
        let (path, _) = target.unwrap_or_else(|| panic!("{link} leads nowhere"));
        let names = path.split('{').skip(1).map(|part| part.split('}').next().unwrap());
        let filled: Vec<_> = link["parameters"].as_object().unwrap().keys().collect();
        assert_eq!(filled, names.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>(), "{link}");
    }
}

#[test]
fn administrators_calls_want_a_key_and_others_do_not() {
    for (path, operation) in operations(&document()) {
        let is_admin = path.starts_with("/api/chat-widget/") && !path.contains("/public/");
        assert_eq!(operation["security"].is_array(), is_admin, "{path}");
        // The metrics look for a token of their own, where one is set.
        let is_refused = is_admin || path == "/metrics";
        assert_eq!(operation["responses"]["401"].is_object(), is_refused, "{path}");
    }
}

#[test]
fn every_code_of_a_call_is_one_that_errors_have() {
    let document = document();
    let known = document["components"]["schemas"]["Error"]["properties"]["code"]["enum"].as_array().unwrap();
    let mut named = Vec::new();
    values(&document, "x-error-codes", &mut named);
    assert!(named.len() > 15);
    for code in named.into_iter().flat_map(|codes| codes.as_array().unwrap()) {
        assert!(known.contains(code), "{code} is not in error/codes.rs");
    }
}

#[tokio::test]
async fn the_page_of_calls_loads_everything_from_the_server_itself() {
    let world = World::new().await;
    let page = world.get("/docs").await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
    assert!(!page.body.contains("//"), "the page names another origin: {}", page.body);
    let attributes = page.body.split([' ', '<', '>']);
    let loaded = attributes
        .filter_map(|part| part.strip_prefix("src=\"").or(part.strip_prefix("href=\"docs")))
        .count();
    assert_eq!(loaded, 3);
    for (file, kind, most) in [
        ("start.js", "text/javascript", 1_000),
        ("swagger-ui-bundle.js", "text/javascript", 600_000),
        ("swagger-ui.css", "text/css", 50_000),
    ] {
        assert!(page.body.contains(&format!("\"docs/{file}\"")), "{}", page.body);
        let answer = send(world.address, &format!("HEAD /docs/{file}"), b"").await;
        assert_eq!(answer.status, 200, "{file}");
        assert!(answer.header("content-type").unwrap().starts_with(kind), "{file}");
        let bytes: usize = answer.header("content-length").unwrap().parse().unwrap();
        assert!((100..most).contains(&bytes), "{file}: {bytes}");
    }
    let start = world.get("/docs/start.js").await;
    assert!(start.body.contains("url: \"api/openapi.json\""), "{}", start.body);
    world.get("/docs/index.html").await.assert_error(404, "route_not_found");
}

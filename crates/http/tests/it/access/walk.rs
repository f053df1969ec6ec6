//! Every call of the table.

use super::site::{OTHER, OWN, Site, Tenant, on_both};
use crate::client::Response;
use crate::world::ADMIN_KEY;
use frontdesk_http::{Access, Call, calls};
use frontdesk_persistence::Role;

on_both! {
    without_a_valid_key_every_call_for_keys_is_refused,
    what_a_role_may_not_do_is_refused_whatever_the_ids,
    another_clients_ids_are_as_unknown_as_those_that_nobody_has,
    a_client_and_a_viewer_reach_what_is_theirs_and_nothing_else,
    administrators_and_viewers_of_all_clients_see_all_of_them,
    an_id_in_another_spelling_opens_nothing,
    what_is_not_in_the_table_does_not_exist,
}

/// Which role may do what, said a second time.
fn may(role: Role, access: Access) -> bool {
    matches!(
        (role, access),
        (Role::Admin, _) | (Role::Client, Access::Read | Access::Write) | (Role::Viewer, Access::Read)
    )
}

/// The calls that want a key.
fn keyed() -> Vec<Call> {
    let keyed: Vec<_> = calls().into_iter().filter(|call| call.access.wants_key()).collect();
    assert!(keyed.len() > 15, "{keyed:?}");
    keyed
}

fn parameters(call: &Call) -> Vec<&str> {
    let parts = call.path.split('/').filter(|part| part.starts_with('{'));
    parts.map(|part| part.trim_matches(['{', '}'])).collect()
}

/// The path with these ids, and what the call cannot do without.
fn path(call: &Call, id: impl Fn(&str) -> String) -> String {
    let path = parameters(call)
        .into_iter()
        .fold(call.path.clone(), |path, name| path.replace(&format!("{{{name}}}"), &id(name)));
    match path.rsplit('/').next() {
        Some("export") => format!("{path}?format=json"),
        Some("visitor-data") => format!("{path}?email={}@example.com", tenant(&path).word),
        _ => path,
    }
}

/// Whose widget is in the path; somebody's, whose word is nowhere, if it is nobody's.
fn tenant(path: &str) -> Tenant {
    let is_in = |tenant: &Tenant| path.contains(&format!("/widgets/{}/", tenant.id("widget")));
    [OWN, OTHER].into_iter().find(is_in).unwrap_or(Tenant { client: 0, word: "nobody" })
}

/// The ids of `tenant` from the parameter `from` on, before it our own.
fn from(call: &Call, from: usize, tenant: Tenant) -> String {
    let names = parameters(call);
    let is_own = |name: &str| names.iter().position(|own| *own == name) < Some(from);
    path(call, |name| if is_own(name) { OWN.id(name) } else { tenant.id(name) })
}

fn body(call: &Call) -> &'static str {
    if call.path.ends_with("/explain") { r#"{"question":"What about it?"}"# } else { "{}" }
}

async fn ask(site: &Site, call: &Call, path: &str, key: &str) -> Response {
    site.send(&call.method, path, Some(key), body(call)).await
}

/// An answer without its request id.
fn told(answer: &Response) -> (u16, String, String) {
    let body = answer.json();
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    (answer.status, text("code"), text("error"))
}

async fn without_a_valid_key_every_call_for_keys_is_refused(site: &Site) {
    let revoked = site.revoked().await;
    let (_, expired) = site.key(Role::Admin, None, Some(-1)).await;
    let unknown = format!("fd_00000000_{}", "a".repeat(64));
    let before = site.stored();
    for call in keyed() {
        let path = path(&call, |name| OTHER.id(name));
        let missing = site.send(&call.method, &path, None, body(&call)).await;
        assert_eq!(missing.status, 401, "{call:?}");
        assert_eq!(missing.json()["code"], "missing_admin_key", "{call:?}");
        let mut answers = Vec::new();
        for key in [&revoked, &expired, &unknown, "nonsense"] {
            let answer = ask(site, &call, &path, key).await;
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
            assert!(!answer.body.contains(OTHER.word));
            answers.push(told(&answer));
        }
        assert_eq!((answers[0].0, answers[0].1.as_str()), (401, "wrong_admin_key"), "{call:?}");
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    }
    assert_eq!(site.stored(), before);
}

async fn what_a_role_may_not_do_is_refused_whatever_the_ids(site: &Site) {
    let before = site.stored();
    for (role, tenant) in [(Role::Client, Some(OWN)), (Role::Viewer, Some(OWN)), (Role::Viewer, None)] {
        let (_, key) = site.key(role, tenant, None).await;
        for call in keyed().iter().filter(|call| !may(role, call.access)) {
            let nobodys = |_: &str| "987654".to_owned();
            for path in
                [path(call, |name| OWN.id(name)), path(call, |name| OTHER.id(name)), path(call, nobodys)]
            {
                let answer = ask(site, call, &path, &key).await;
                assert_eq!(answer.status, 403, "{role} {call:?}: {}", answer.body);
                answer.assert_error(403, "forbidden");
                assert!(!answer.body.contains(OTHER.word));
            }
        }
    }
    assert_eq!(site.stored(), before);
}

async fn another_clients_ids_are_as_unknown_as_those_that_nobody_has(site: &Site) {
    let before = site.stored();
    for role in [Role::Client, Role::Viewer] {
        let (_, key) = site.key(role, Some(OWN), None).await;
        for call in keyed().iter().filter(|call| may(role, call.access)) {
            // Each parameter in turn is the first that is another's.
            for first in 0..parameters(call).len() {
                let nobody = Tenant { client: 987_000, word: "" };
                let foreign = ask(site, call, &from(call, first, OTHER), &key).await;
                let unknown = ask(site, call, &from(call, first, nobody), &key).await;
                assert_eq!(foreign.status, 404, "{role} {call:?} from {first}: {}", foreign.body);
                assert!(!foreign.body.contains(OTHER.word), "{}", foreign.body);
                assert_eq!(told(&foreign), told(&unknown), "{call:?}");
            }
        }
    }
    assert_eq!(site.stored(), before);
}

async fn a_client_and_a_viewer_reach_what_is_theirs_and_nothing_else(site: &Site) {
    for role in [Role::Viewer, Role::Client] {
        let (_, key) = site.key(role, Some(OWN), None).await;
        let (mut calls, writes): (Vec<_>, Vec<_>) = keyed()
            .into_iter()
            .filter(|call| may(role, call.access))
            .partition(|call| call.access == Access::Read);
        calls.extend(writes);
        for call in &calls {
            let answer = ask(site, call, &path(call, |name| OWN.id(name)), &key).await;
            let reads = call.access == Access::Read;
            assert!(!matches!(answer.status, 401 | 403 | 405 | 500..), "{role} {call:?}: {}", answer.body);
            assert!(!reads || answer.status == 200, "{role} {call:?}: {}", answer.body);
            assert!(!answer.body.contains(OTHER.word), "{role} {call:?}: {}", answer.body);
        }
    }
}

/// With the same ids others get nothing: see above.
async fn administrators_and_viewers_of_all_clients_see_all_of_them(site: &Site) {
    let (_, viewer) = site.key(Role::Viewer, None, None).await;
    let (_, admin) = site.key(Role::Admin, None, None).await;
    let mut seen = 0;
    for key in [viewer.as_str(), admin.as_str(), ADMIN_KEY] {
        for call in keyed().iter().filter(|call| call.access == Access::Read) {
            let answer = ask(site, call, &path(call, |name| OTHER.id(name)), key).await;
            assert_eq!(answer.status, 200, "{call:?}: {}", answer.body);
            seen += usize::from(answer.body.contains(OTHER.word));
        }
    }
    assert!(seen > 10, "only {seen} answers hold data");
    for key in [admin.as_str(), ADMIN_KEY] {
        for call in keyed() {
            let answer = ask(site, &call, &path(&call, |name| OTHER.id(name)), key).await;
            assert!(!matches!(answer.status, 401 | 403 | 405 | 500..), "{call:?}: {}", answer.body);
        }
    }
}

async fn an_id_in_another_spelling_opens_nothing(site: &Site) {
    let (_, key) = site.key(Role::Client, Some(OWN), None).await;
    let (own, other) = (OWN.id("widget"), OTHER.id("widget"));
    let hex = |id: &str| id.bytes().fold(String::new(), |text, byte| text + &format!("%{byte:02x}"));
    let spellings = [
        hex(&other),
        format!("0{other}"),
        format!("+{other}"),
        format!("%2B{other}"),
        format!("%20{other}"),
        format!("{other}%20"),
        format!("{other}%00"),
        format!("{own}%2F..%2F{other}"),
        format!("{own}/../{other}"),
        format!("./{other}"),
        format!("{own}%3B{other}"),
        format!("{other};"),
        format!("{other}?widget={own}"),
    ];
    for spelling in spellings {
        for path in [format!("/widgets/{spelling}/knowledge"), format!("/widgets/{spelling}")] {
            let answer = site.call(&format!("GET {path}"), &key, "").await;
            assert!(!answer.body.contains(OTHER.word), "{path}: {}", answer.body);
            assert!(matches!(answer.status, 400 | 404), "{path}: {} {}", answer.status, answer.body);
        }
    }
    let answer = site.call(&format!("GET /widgets/{}/knowledge", hex(&own)), &key, "").await;
    assert!(answer.status == 200 && answer.body.contains(OWN.word), "{}", answer.body);
}

async fn what_is_not_in_the_table_does_not_exist(site: &Site) {
    let unlisted = [
        "/api/chat-widget",
        "/api/chat-widget/",
        "/api/chat-widget/nope",
        "/api/chat-widget/widgets/41/knowledge/",
        "/api/chat-widget/widgets/41/nope",
        "/api/chat-widget//widgets/41/knowledge",
        "/api/chat-widget/public/widget/key-pelican/nope",
        "/api/chat-widget/public/widget/key-pelican/handoff/request",
        "/api/visitor-tracking/session",
        "/widgets/41/knowledge",
    ];
    for path in unlisted {
        for key in [None, Some("nonsense"), Some(ADMIN_KEY)] {
            for method in ["GET", "POST", "DELETE"] {
                site.send(method, path, key, "").await.assert_error(404, "route_not_found");
            }
        }
    }
    for call in keyed() {
        let path = path(&call, |name| OWN.id(name));
        site.send("PROPFIND", &path, Some(ADMIN_KEY), "").await.assert_error(405, "method_not_allowed");
        site.send("PROPFIND", &path, None, "").await.assert_error(401, "missing_admin_key");
    }
}

#[test]
fn only_these_calls_are_for_anyone() {
    let open: Vec<_> = calls().into_iter().filter(|call| call.access == Access::Anyone).collect();
    let open: Vec<_> = open.iter().map(|call| format!("{} {}", call.method, call.path)).collect();
    // The metrics look for a token of their own.
    let expected = [
        "/health/live",
        "/health/ready",
        "/metrics",
        "/api/openapi.json",
        "/docs",
        "/docs/{file}",
        "/",
        "/demo/{file}",
        "/widget.js",
        "/widget/{version}/{file}",
    ];
    assert_eq!(open, expected.map(|path| format!("GET {path}")));
}

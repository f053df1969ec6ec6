//! What a client sees of each error.

use super::*;
use frontdesk_domain::ids::{AccountId, RequestLogId};
use std::collections::BTreeSet;

/// Where codes are given to errors.
const SOURCES: [&str; 3] = [include_str!("../error.rs"), include_str!("admin.rs"), include_str!("limit.rs")];

fn database(error: DatabaseError) -> [ApiError; 4] {
    [
        error.clone().into(),
        KnowledgeError::Database(error.clone()).into(),
        ChatError::Database(error.clone()).into(),
        ChatError::Ledger(LedgerError::Database(error)).into(),
    ]
}

#[test]
fn a_database_that_is_away_or_busy_is_a_503() {
    let errors = database(DatabaseError::Unavailable("secret".into()))
        .into_iter()
        .chain(database(DatabaseError::Busy("secret".into())));
    for error in errors {
        let seen = error.seen();
        assert_eq!((seen.status.as_u16(), seen.code), (503, "database_unavailable"), "{error:?}");
        assert_eq!(seen.retry_after, Some(5));
        assert!(!seen.text.contains("secret"));
    }
}

#[test]
fn what_may_work_later_says_when() {
    let table = [
        (ChatError::Overloaded.into(), 503, "overloaded"),
        (ChatError::StillAnswering.into(), 409, "still_answering"),
        (ApiError::Stopping, 503, "overloaded"),
        (ApiError::FileQueue, 503, "overloaded"),
    ];
    for (error, status, code) in table {
        let seen = error.seen();
        assert_eq!((seen.status.as_u16(), seen.code), (status, code));
        assert_eq!(seen.retry_after, Some(2));
    }
}

#[test]
fn all_else_is_one_and_the_same_500() {
    let errors = database(DatabaseError::Query("secret".into()))
        .into_iter()
        .chain(database(DatabaseError::Data("secret".into())))
        .chain(database(DatabaseError::Migration("secret".into())))
        .chain([
            ChatError::Task("secret".into()).into(),
            ChatError::Ledger(LedgerError::UnknownAccount(AccountId(7))).into(),
            ChatError::Ledger(LedgerError::AlreadySettled(RequestLogId(7))).into(),
        ]);
    for error in errors {
        assert_eq!(error.seen(), Seen::failed(), "{error:?}");
    }
}

#[test]
fn an_error_of_the_framework_shows_no_cause() {
    let bad = actix_web::error::ErrorBadRequest("secret");
    assert_eq!((see(&bad, "1").status.as_u16(), see(&bad, "1").code), (400, "bad_request"));
    let worse = actix_web::error::ErrorBadGateway("secret");
    assert_eq!(see(&worse, "1"), Seen::failed());
    assert!(!body(&see(&bad, "1"), "1").contains("secret"));
}

const MANUAL: &str = include_str!("../../../../docs/api.md");

/// The codes in the manual's table of errors, with their statuses.
fn codes_in_the_manual() -> BTreeSet<(u16, String)> {
    let rows = MANUAL.lines().skip_while(|line| !line.starts_with("| status | `code` |")).skip(2);
    let mut found = BTreeSet::new();
    for row in rows.take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let codes = cells[2].split(',').map(|code| code.trim().trim_matches('`').to_owned());
        found.extend(codes.map(|code| (cells[1].parse().unwrap(), code)));
    }
    found
}

#[test]
fn the_manual_has_the_codes_that_errors_have_and_no_others() {
    let known: BTreeSet<_> =
        codes::all().iter().map(|error| (error.seen.status.as_u16(), error.seen.code.to_owned())).collect();
    let manual = codes_in_the_manual();
    let missing: Vec<_> = known.difference(&manual).collect();
    assert!(missing.is_empty(), "not in the table of docs/api.md: {missing:?}");
    let others: Vec<_> = manual.difference(&known).collect();
    assert!(others.is_empty(), "in docs/api.md, and not in error/codes.rs: {others:?}");
}

#[test]
fn every_code_is_written_down_once_with_when_it_comes() {
    let codes: BTreeSet<_> = codes::all().iter().map(|error| error.seen.code).collect();
    assert_eq!(codes.len(), codes::all().len());
    for error in codes::all() {
        assert!(error.seen.text.ends_with('.') && !error.when.ends_with('.'), "{}", error.seen.code);
    }
}

#[test]
fn no_error_has_a_code_that_is_not_written_down() {
    for source in SOURCES {
        let parts: Vec<&str> = source.split('"').collect();
        let given = parts.windows(2).step_by(2).filter(|pair| {
            let before = pair[0].trim_end();
            let argument = before.strip_suffix(',').and_then(|before| before.split_whitespace().next_back());
            before.ends_with("not_found(") || argument.is_some_and(|last| last.contains("StatusCode::"))
        });
        let codes: Vec<_> = given.map(|pair| pair[1]).collect();
        assert!(!codes.is_empty());
        for code in codes {
            assert!(codes::find(code).is_some(), "{code} is not in error/codes.rs");
        }
    }
}

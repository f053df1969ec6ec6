//! What a client sees of each error.

use super::*;
use frontdesk_domain::ids::{AccountId, RequestLogId};

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

//! PostgreSQL goes away at every bad moment: nothing is applied twice, nothing that was answered is lost, and
//! the ledger finds its way back by itself.

use crate::proxy::{Cut, HELLO, Proxy};
use crate::support::*;
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use frontdesk_domain::ids::ConversationId;
use frontdesk_persistence::{AccountKey, Begin, Begun, Database, DatabaseError, LedgerError, Status};
use frontdesk_tests::{TempPg, psql};
use tokio::task::JoinSet;

/// A database, and its ledger behind a go-between.
struct Fragile {
    store: Store,
    proxy: Proxy,
    db: Database,
    key: AccountKey,
    conversation: ConversationId,
}

impl Fragile {
    async fn new() -> Self {
        let store = Store::postgres().await;
        let (key, conversation) = store.open(monday()).await;
        let proxy = Proxy::before(&store.url);
        let db = Database::connect(&proxy.url(&store.url), 1).await.unwrap();
        Self { store, proxy, db, key, conversation }
    }

    fn begin(&self) -> Begin {
        begin(self.key, self.conversation, monday())
    }

    /// Eight visitors at once: what the first did not take along comes in the next batch.
    async fn eight(&self) -> Vec<Result<Begun, LedgerError>> {
        let begins: JoinSet<_> = (0..8)
            .map(|_| {
                let (ledger, begin) = (self.db.ledger().clone(), self.begin());
                async move { ledger.begin(begin).await }
            })
            .collect();
        begins.join_all().await
    }

    fn messages(&self) -> i64 {
        self.store.number("count(*) FROM widget_messages")
    }
}

fn is_unavailable<T>(result: &Result<T, LedgerError>) -> bool {
    matches!(result, Err(LedgerError::Database(DatabaseError::Unavailable(_))))
}

/// Ends all sessions on the database but the one that asks.
fn cut_all(url: &str) {
    let cut = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    psql(url, cut).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_killed_between_operations_is_replaced() {
    let store = Store::postgres().await;
    let (key, conversation) = store.open(monday()).await;
    let first = held(store.ledger(), begin(key, conversation, monday())).await;
    cut_all(&store.url);
    store.ledger().finish(first.finish(outcome(Status::Success, 1, 2), monday())).await.unwrap();
    store.db.ping().await.unwrap();
    assert_eq!(
        psql(&store.url, "SELECT tokens_used_today, tokens_reserved FROM client_llm_usage").unwrap(),
        "3|0"
    );
    assert_eq!(psql(&store.url, "SELECT count(*) FROM widget_messages").unwrap(), "2");
}

/// Makes COMMIT do `action` when a message says `cut`.
fn at_commit(store: &Store, action: &str) {
    store.run(&format!(
        "CREATE SEQUENCE commits;
        CREATE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {action} RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON widget_messages DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW WHEN (NEW.message_text = 'cut') EXECUTE FUNCTION at_commit()"
    ));
}

async fn say_cut(store: &Store) -> (AccountKey, ConversationId, Result<Begun, LedgerError>) {
    let (key, conversation) = store.open(monday()).await;
    let begin = Begin { message: message("cut"), ..begin(key, conversation, monday()) };
    (key, conversation, store.ledger().begin(begin).await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_killed_in_each_commit_stores_nothing() {
    let store = Store::postgres().await;
    at_commit(&store, "PERFORM pg_terminate_backend(pg_backend_pid());");
    let (key, conversation, begun) = say_cut(&store).await;
    assert!(is_unavailable(&begun), "{begun:?}");
    assert_eq!(store.stored(key), "0/0|0/0|0/0|0/0|open|-");
    assert_eq!(store.number("count(*) FROM widget_messages"), 0);
    held(store.ledger(), begin(key, conversation, monday())).await;
    assert_eq!(store.stored(key), "0/0|0/0|0/0|900/1|open|-");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_killed_in_one_commit_is_no_loss() {
    let store = Store::postgres().await;
    at_commit(
        &store,
        "IF nextval('commits') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;",
    );
    let (key, _, begun) = say_cut(&store).await;
    assert!(matches!(begun, Ok(Begun::Stored { reserved: Ok(_), .. })), "{begun:?}");
    assert_eq!(store.stored(key), "0/0|0/0|0/0|900/1|open|-");
    assert_eq!(store.number("count(*) FROM widget_messages"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_is_refused_fails_alone() {
    let store = Store::postgres().await;
    at_commit(&store, "RAISE EXCEPTION 'not this one';");
    let (key, conversation) = store.open(monday()).await;
    let begins: JoinSet<_> = (0..20)
        .map(|n| {
            let text = if n == 7 { "cut" } else { "fine" };
            let (ledger, begin) = (
                store.ledger().clone(),
                Begin { message: message(text), ..begin(key, conversation, monday()) },
            );
            async move { (n, ledger.begin(begin).await) }
        })
        .collect();
    for (n, begun) in begins.join_all().await {
        match begun {
            Ok(_) => assert_ne!(n, 7),
            Err(LedgerError::Database(DatabaseError::Query(_))) => assert_eq!(n, 7),
            other => panic!("{n}: {other:?}"),
        }
    }
    assert_eq!(store.stored(key), "0/0|0/0|0/0|17100/19|open|-");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_the_server_wants_again_is_repeated() {
    let store = Store::postgres().await;
    at_commit(
        &store,
        "IF nextval('commits') = 1 THEN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END IF;",
    );
    let (key, _, begun) = say_cut(&store).await;
    assert!(matches!(begun, Ok(Begun::Stored { reserved: Ok(_), .. })), "{begun:?}");
    assert_eq!(store.stored(key), "0/0|0/0|0/0|900/1|open|-");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_to_commit_is_no_second_message() {
    let it = Fragile::new().await;
    // Once before the server hears of it, twice after; and with a connection that breaks again while it looks.
    let lock = Cut::Before("FOR UPDATE");
    let mut stored = 0;
    for cuts in [
        &[Cut::Before("COMMIT")][..],
        &[Cut::After("COMMIT")],
        &[Cut::After("COMMIT"), Cut::After("COMMIT")],
        &[Cut::After("COMMIT"), lock],
        &[Cut::Before("BEGIN"), Cut::After("COMMIT")],
        &[Cut::Before("COMMIT"), lock],
    ] {
        it.proxy.cut(cuts);
        for begun in it.eight().await {
            assert!(matches!(begun, Ok(Begun::Stored { reserved: Ok(_), .. })), "{cuts:?}: {begun:?}");
        }
        stored += 8;
        assert_eq!(it.proxy.left(), 0, "{cuts:?}");
        assert_eq!(it.messages(), stored, "{cuts:?}");
    }
    let holds = format!("0/0|0/0|0/0|{}/{stored}|open|-", stored * 900);
    assert_eq!(it.store.stored(it.key), holds);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_books_every_step_once() {
    let it = Fragile::new().await;
    let ledger = it.db.ledger();
    let cut = || it.proxy.cut(&[Cut::After("COMMIT")]);
    cut();
    let conversation = ledger.open_conversation(it.key, new_conversation(), monday()).await.unwrap();
    assert_eq!(it.store.rows(&["max(id)"], "widget_conversations"), [conversation.to_string()]);
    cut();
    let first = held(ledger, it.begin()).await;
    assert_eq!(
        it.store.rows(&["id", "message_id"], "llm_request_logs"),
        [format!("{}|{}", first.reservation.log, first.message)]
    );
    cut();
    let second = ledger
        .retry(it.key.widget, first.retry(outcome(Status::Failed, 3, 0), monday()))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(it.store.stored(it.key), "3/0|3/0|3/0|900/1|open|-");
    cut();
    let answered = Held { reservation: second, ..first };
    let reply = ledger.finish(answered.finish(outcome(Status::Success, 10, 0), monday())).await.unwrap();
    assert_eq!(
        it.store.rows(&["id"], "widget_messages WHERE message_type = 'bot'"),
        [reply.reply().to_string()]
    );
    assert_eq!(it.store.stored(it.key), "13/1|13/1|13/1|0/0|open|-");
    let slow = held(ledger, it.begin()).await.reservation;
    cut();
    let late = at("2026-11-23T11:00:00Z");
    assert!(ledger.release_abandoned(it.key.widget, slow.account, slow.log, late).await.unwrap());
    cut();
    let midnight = at("2026-11-24T00:00:00Z");
    ledger.roll(Some(it.key.widget), slow.account, midnight).await.unwrap();
    assert_eq!(it.proxy.left(), 0);
    assert_eq!(it.store.stored(it.key), "0/0|13/1|13/1|0/0|open|-");
    assert_eq!(
        it.store.rows(&["requests", "successful", "failed", "total_tokens"], "llm_usage_daily"),
        ["3|1|2|13"]
    );
    assert_eq!(it.store.rows(&["period", "tokens_used"], "llm_usage_history"), ["day|13"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stands_behind_an_unavailable_database_is_not_done_again() {
    let it = Fragile::new().await;
    let first = held(it.db.ledger(), it.begin()).await;
    it.proxy.cut(&[Cut::After("COMMIT"), Cut::Before(HELLO)]);
    let done = first.finish(outcome(Status::Success, 10, 0), monday());
    let lost = it.db.ledger().finish(done.clone()).await;
    assert!(is_unavailable(&lost), "{lost:?}");
    let again = it.db.ledger().finish(done).await;
    assert!(is_settled(&again), "{again:?}");
    assert_eq!(it.store.stored(it.key), "10/1|10/1|10/1|0/0|open|-");
    assert_eq!(it.messages(), 2);
}

/// An operator's session that holds what COMMIT waits for.
fn hold_commits(store: &Store) -> PgConnection {
    // Longer than the writers wait for a lock.
    at_commit(store, "PERFORM set_config('lock_timeout', '0', true); PERFORM pg_advisory_xact_lock(1);");
    let mut operator = PgConnection::establish(&store.url).unwrap();
    operator.batch_execute("SELECT pg_advisory_lock(1)").unwrap();
    operator
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_is_still_under_way_is_waited_for() {
    let it = Fragile::new().await;
    let mut operator = hold_commits(&it.store);
    it.proxy.cut(&[Cut::During("COMMIT")]);
    let begin = Begin { message: message("cut"), ..it.begin() };
    let ledger = it.db.ledger().clone();
    let waiting_visitor = tokio::spawn(async move { ledger.begin(begin).await });
    // The second try waits for the rows that the first one's session still holds.
    let waiting = "count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%FOR UPDATE%'";
    while it.store.number(waiting) == 0 {
        tokio::task::yield_now().await;
    }
    operator.batch_execute("SELECT pg_advisory_unlock(1)").unwrap();
    let stored = waiting_visitor.await.unwrap();
    assert!(matches!(stored, Ok(Begun::Stored { reserved: Ok(_), .. })), "{stored:?}");
    assert_eq!(it.messages(), 1);
    assert_eq!(it.store.stored(it.key), "0/0|0/0|0/0|900/1|open|-");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_stays_in_doubt_is_never_repeated() {
    let it = Fragile::new().await;
    let mut operator = hold_commits(&it.store);
    it.proxy.cut(&[Cut::During("COMMIT")]);
    let begins: JoinSet<_> = (0..8)
        .map(|_| {
            let (ledger, begin) = (it.db.ledger().clone(), Begin { message: message("cut"), ..it.begin() });
            async move { ledger.begin(begin).await }
        })
        .collect();
    let begun = begins.join_all().await;
    assert!(begun.iter().all(Result::is_err), "{begun:?}");
    assert!(begun.iter().any(is_unavailable), "{begun:?}");
    operator.batch_execute("SELECT pg_advisory_unlock(1)").unwrap();
    let next = held(it.db.ledger(), it.begin()).await;
    let doubtful = begun.iter().filter(|begun| is_unavailable(begun)).count();
    let stored = it.messages() - 1;
    assert!(stored >= 1 && stored <= i64::try_from(doubtful).unwrap(), "{stored} of {doubtful}");
    assert_eq!(it.store.stored(it.key), format!("0/0|0/0|0/0|{}/{}|open|-", (stored + 1) * 900, stored + 1));
    assert_eq!(it.store.rows(&["max(id)"], "widget_messages"), [next.message.to_string()]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operators_lock_is_a_busy_account_and_no_more() {
    let store = Store::postgres().await;
    // Odd ids: one writer has them all.
    let mut accounts = Vec::new();
    for _ in 0..8 {
        accounts.push(store.open(monday()).await);
    }
    let odd: Vec<_> = accounts.into_iter().step_by(2).collect();
    let mut operator = PgConnection::establish(&store.url).unwrap();
    let lock =
        format!("BEGIN; SELECT * FROM client_llm_usage WHERE id = {} FOR UPDATE", store.account(odd[0].0));
    operator.batch_execute(&lock).unwrap();
    let begins: JoinSet<_> = odd
        .iter()
        .cycle()
        .take(16)
        .map(|(key, conversation)| {
            let (ledger, key, begin) = (store.ledger().clone(), *key, begin(*key, *conversation, monday()));
            async move { (key, ledger.begin(begin).await) }
        })
        .collect();
    for (key, begun) in begins.join_all().await {
        match begun {
            Err(LedgerError::Database(DatabaseError::Busy(_))) => assert_eq!(key, odd[0].0),
            Ok(Begun::Stored { reserved: Ok(_), .. }) => assert_ne!(key, odd[0].0),
            other => panic!("{key:?}: {other:?}"),
        }
    }
    operator.batch_execute("COMMIT").unwrap();
    held(store.ledger(), begin(odd[0].0, odd[0].1, monday())).await;
    assert_eq!(store.stored(odd[0].0), "0/0|0/0|0/0|900/1|open|-");
    assert_eq!(store.stored(odd[1].0), "0/0|0/0|0/0|3600/4|open|-");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_is_found_again() {
    let server = TempPg::start().unwrap();
    let url = server.create_database();
    let db = Database::open(&url, 2).await.unwrap();
    let store = Store::at(&url).await;
    let (key, conversation) = store.open(monday()).await;
    let first = held(db.ledger(), begin(key, conversation, monday())).await;
    server.stop();
    let done = first.finish(outcome(Status::Success, 5, 0), monday());
    let (finished, begun, read) = tokio::join!(
        db.ledger().finish(done.clone()),
        db.ledger().begin(begin(key, conversation, monday())),
        db.usage_of_widget(key.widget, monday())
    );
    assert!(is_unavailable(&finished), "{finished:?}");
    assert!(is_unavailable(&begun), "{begun:?}");
    assert!(matches!(read, Err(DatabaseError::Unavailable(_))), "{read:?}");
    server.restart();
    db.ledger().finish(done).await.unwrap();
    let usage = db.usage_of_widget(key.widget, monday()).await.unwrap().unwrap();
    assert_eq!((usage.credits.used_today, usage.credits.held), (amount(5, 1), amount(0, 0)));
    db.ping().await.unwrap();
}

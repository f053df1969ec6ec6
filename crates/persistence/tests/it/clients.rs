//! Clients that an administrator makes, changes, looks for and deletes.

use crate::support::*;
use frontdesk_domain::ids::ClientId;
use frontdesk_persistence::{ClientError, ClientFilter, ClientPatch, NewClient, StoredClient};
use jiff::ToSpan;

contract!(
    a_client_is_made_read_and_changed,
    an_address_belongs_to_one_client,
    a_client_without_widgets_is_deleted,
    a_client_with_widgets_or_use_stays,
    a_client_is_deleted_by_force_with_all_that_is_its_own,
    clients_are_found_page_by_page,
);

fn new(name: &str, email: &str) -> NewClient {
    NewClient { name: name.into(), email: email.into(), details: ClientPatch::default() }
}

fn details() -> ClientPatch {
    let text = |text: &str| Some(Some(text.to_owned()));
    ClientPatch {
        phone: text("555"),
        website: text("https://a.example"),
        is_active: Some(false),
        business_hours: text("9-5"),
        description: text("Dentist"),
        address: text("1 Road"),
        city: text("Bay"),
        state: text("CA"),
        zip_code: text("1"),
        ..ClientPatch::default()
    }
}

fn expected(id: ClientId) -> StoredClient {
    let text = |text: &str| Some(text.to_owned());
    StoredClient {
        id,
        client_name: text("Harbour"),
        email: "a@example.com".into(),
        phone: text("555"),
        website: text("https://a.example"),
        is_active: false,
        business_hours: text("9-5"),
        description: text("Dentist"),
        address: text("1 Road"),
        city: text("Bay"),
        state: text("CA"),
        zip_code: text("1"),
        created_at: Some(monday()),
        updated_at: Some(monday()),
    }
}

async fn make_read_and_change(store: &Store) {
    let all = NewClient { details: details(), ..new("Harbour", "a@example.com") };
    let made = store.db.create_client(all, monday()).await.unwrap();
    assert_eq!(made, expected(made.id));
    assert_eq!(store.db.stored_client(made.id).await.unwrap(), Some(made.clone()));
    let later = monday() + 1.hour();
    let patch = ClientPatch {
        client_name: Some("Bay".into()),
        email: Some("b@example.com".into()),
        phone: Some(None),
        is_active: Some(true),
        ..ClientPatch::default()
    };
    let changed = store.db.update_client(made.id, patch, later).await.unwrap();
    let wanted = StoredClient {
        client_name: Some("Bay".into()),
        email: "b@example.com".into(),
        phone: None,
        is_active: true,
        updated_at: Some(later),
        ..made
    };
    assert_eq!(changed, wanted);
    let same = store.db.update_client(wanted.id, ClientPatch::default(), monday()).await.unwrap();
    assert_eq!(same, wanted);
}

async fn a_client_is_made_read_and_changed(store: &Store) {
    make_read_and_change(store).await;
    let nobody = ClientId(4_711);
    assert_eq!(store.db.stored_client(nobody).await.unwrap(), None);
    for patch in [ClientPatch::default(), details()] {
        let changed = store.db.update_client(nobody, patch, monday()).await;
        assert!(matches!(changed, Err(ClientError::UnknownClient(ClientId(4_711)))), "{changed:?}");
    }
}

/// Some databases call the column so; there `client_name` follows it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_is_made_and_changed_where_the_column_is_called_name() {
    let store = Store::postgres().await;
    store.run(
        "ALTER TABLE clients RENAME COLUMN client_name TO name;
        ALTER TABLE clients ADD COLUMN client_name VARCHAR(255) GENERATED ALWAYS AS (name) STORED",
    );
    make_read_and_change(&store).await;
    assert_eq!(store.rows(&["name", "client_name"], "clients"), ["Bay|Bay"]);
}

async fn an_address_belongs_to_one_client(store: &Store) {
    let first = store.db.create_client(new("A", "a@example.com"), monday()).await.unwrap();
    let second = store.db.create_client(new("B", "b@example.com"), monday()).await.unwrap();
    let taken = store.db.create_client(new("C", "a@example.com"), monday()).await;
    assert!(matches!(taken, Err(ClientError::EmailTaken)), "{taken:?}");
    let patch = ClientPatch { email: Some("a@example.com".into()), ..details() };
    let taken = store.db.update_client(second.id, patch.clone(), monday()).await;
    assert!(matches!(taken, Err(ClientError::EmailTaken)), "{taken:?}");
    assert_eq!(store.db.stored_client(second.id).await.unwrap(), Some(second));
    assert_eq!(store.db.update_client(first.id, patch, monday()).await.unwrap().email, "a@example.com");
    assert_eq!(store.number("count(*) FROM clients"), 2);
}

async fn a_client_without_widgets_is_deleted(store: &Store) {
    let client = store.db.create_client(new("A", "a@example.com"), monday()).await.unwrap();
    store.db.delete_client(client.id, false).await.unwrap();
    assert_eq!(store.number("count(*) FROM clients"), 0);
    let nobody = store.db.delete_client(client.id, false).await;
    assert!(matches!(nobody, Err(ClientError::UnknownClient(_))), "{nobody:?}");
}

async fn a_client_with_widgets_or_use_stays(store: &Store) {
    let owner = store.widget();
    let (former, conversation) = store.open(monday()).await;
    spend(store, former, conversation, 900, monday()).await;
    store.run(&format!("UPDATE widget_configs SET client_id = NULL WHERE id = {}", former.widget));
    for key in [owner, former] {
        let client = key.client.unwrap();
        let kept = store.db.delete_client(client, false).await;
        assert!(matches!(kept, Err(ClientError::InUse(id)) if id == client), "{kept:?}");
    }
    assert_eq!(store.number("count(*) FROM clients"), 2);
    // An account on which nothing was booked is none.
    let unused = store.widget();
    store.run(&format!("UPDATE widget_configs SET client_id = NULL WHERE id = {}", unused.widget));
    store.db.delete_client(unused.client.unwrap(), false).await.unwrap();
}

async fn a_client_is_deleted_by_force_with_all_that_is_its_own(store: &Store) {
    let (key, conversation) = store.open(monday()).await;
    let (kept, elsewhere) = store.open(monday()).await;
    spend(store, key, conversation, 900, monday()).await;
    spend(store, kept, elsewhere, 70, monday()).await;
    store.db.delete_client(key.client.unwrap(), true).await.unwrap();
    for table in ["clients", "widget_configs", "client_llm_usage", "llm_request_logs", "widget_conversations"]
    {
        assert_eq!(store.number(&format!("count(*) FROM {table}")), 1, "{table}");
    }
    spend(store, kept, elsewhere, 7, monday()).await;
    assert_eq!(store.stored(kept), "77/2|77/2|77/2|0/0|open|-");
    store.assert_books_are_right().await;
}

async fn clients_are_found_page_by_page(store: &Store) {
    for (name, email) in
        [("Harbour", "a@example.com"), ("Bay", "b@harbour.example"), ("Hill", "c@example.com")]
    {
        store.db.create_client(new(name, email), monday()).await.unwrap();
    }
    store.run(
        "UPDATE clients SET is_active = NULL WHERE id = 2; UPDATE clients SET is_active = false WHERE id = 3",
    );
    let found = async |filter, limit, offset| {
        let page = store.db.client_page(filter, limit, offset).await.unwrap();
        (page.clients.iter().map(|client| client.id.0).collect::<Vec<_>>(), page.total)
    };
    let all = ClientFilter::default;
    assert_eq!(found(all(), 10, 0).await, (vec![1, 2, 3], 3));
    assert_eq!(found(all(), 1, 1).await, (vec![2], 3));
    assert_eq!(found(ClientFilter { is_active: Some(true), ..all() }, 10, 0).await, (vec![1, 2], 2));
    assert_eq!(found(ClientFilter { is_active: Some(false), ..all() }, 10, 0).await, (vec![3], 1));
    let search = |text: &str| ClientFilter { search: Some(text.into()), ..all() };
    assert_eq!(found(search("HARBOUR"), 10, 0).await, (vec![1, 2], 2));
    assert_eq!(found(search("_"), 10, 0).await, (vec![], 0));
    assert_eq!(found(ClientFilter { owner: Some(ClientId(3)), ..all() }, 10, 0).await, (vec![3], 1));
    assert_eq!(
        found(ClientFilter { owner: Some(ClientId(3)), ..search("harbour") }, 10, 0).await,
        (vec![], 0)
    );
}

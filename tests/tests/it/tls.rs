//! PostgreSQL over TLS, as hosted databases demand it.

use crate::place::HOURS;
use frontdesk_tests::{Api, TempPg};
use serde_json::json;

#[test]
fn the_api_speaks_tls_with_a_server_that_demands_it() {
    let server = TempPg::start_with_tls().unwrap();
    let url = server.tls_url(&server.create_database());
    assert!(url.contains("sslmode=require"), "{url}");
    let api = Api::start_with(&["serve", "--demo"], &[("DATABASE_URL", &url)]);
    let answer = api.post(crate::place::MESSAGE, &json!({ "message_text": HOURS }));
    assert_eq!(answer.status, 200);
    let ssl = frontdesk_tests::psql(
        &url,
        "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE backend_type = 'client backend'",
    );
    assert_eq!(ssl.unwrap(), "t");
}

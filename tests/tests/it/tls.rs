//! TLS to where production speaks it: hosted databases that demand it, and the providers.

mod vendor;

use crate::place::{HOURS, Place, say};
use frontdesk_tests::{Api, TempPg};
use serde_json::{Value, json};
use vendor::{Authority, Vendor};

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

/// Asks a provider at `url` whose key must not leave unless it is who it says it is; `trusted` are the
/// certificates that the machine trusts.
fn ask(url: &str, trusted: &str) -> (Value, String) {
    let place = Place::sqlite();
    drop(place.demo(&[]));
    place.sql("UPDATE widget_configs SET llm_provider = 'openai'");
    let api =
        place.demo(&[("OPENAI_API_KEY", "sk-secret"), ("OPENAI_BASE_URL", url), ("SSL_CERT_FILE", trusted)]);
    let answer = say(&api, HOURS);
    let log = place.sql("SELECT DISTINCT status, COALESCE(error_message, '') FROM llm_request_logs");
    (answer, log)
}

#[test]
fn a_provider_is_trusted_by_the_certificates_of_the_machine() {
    let authority = Authority::new("known");
    let vendor = Vendor::start(&authority, "localhost");
    let (answer, log) = ask(&vendor.url("localhost"), &authority.certificate());
    assert_eq!(answer["response"], json!("Over TLS."));
    assert_eq!(log, "success|");
    assert_eq!(vendor.requests(), ["POST /chat/completions HTTP/1.1"]);
}

#[test]
fn a_provider_of_an_unknown_authority_is_sent_nothing() {
    let (known, unknown) = (Authority::new("known"), Authority::new("unknown"));
    let vendor = Vendor::start(&unknown, "localhost");
    let (answer, log) = ask(&vendor.url("localhost"), &known.certificate());
    assert!(answer["response"].as_str().unwrap().starts_with("We're open"), "{answer}");
    assert!(
        log.starts_with("failed|") && log.contains("certificate") && log.contains("UnknownIssuer"),
        "{log}"
    );
    assert_eq!(vendor.requests(), [""; 0]);
}

#[test]
fn a_provider_with_anothers_certificate_is_sent_nothing() {
    let authority = Authority::new("known");
    let vendor = Vendor::start(&authority, "vendor.example");
    let (_, log) = ask(&vendor.url("localhost"), &authority.certificate());
    assert!(log.starts_with("failed|unreachable: "), "{log}");
    assert!(log.contains("certificate not valid for name \"localhost\""), "{log}");
    assert_eq!(vendor.requests(), [""; 0]);
}

//! Signatures against those of another implementation: `openssl dgst -sha256 -hmac SECRET` of `TIMESTAMP.BODY`.

use frontdesk_webhooks::sign;
use jiff::Timestamp;

#[test]
fn a_signature_is_what_openssl_says() {
    for (secret, seconds, body, expected) in [
        (
            "whsec_test",
            1_795_428_000,
            "{}",
            "d2cb5ab019a9017c09b160745acac626f020d98be99be2d03fa6a3f00803688a",
        ),
        (
            "whsec_0123456789abcdef",
            1_795_428_000,
            "{\"id\":\"evt_1\",\"name\":\"Caf\u{e9}\"}",
            "266e073e017008c2a0b8ccf944531e723b7a354f60e8dc6cb6bb9ae3c0733526",
        ),
        ("k", 0, "", "6b4a4b8b3c40f1e8f53a3d36682e5f99f7ad2ac1df1c93dfe336f329167641e7"),
        // Longer than a block of the hash.
        (
            &"a".repeat(100),
            1_795_428_000,
            "{}",
            "81361afade63164a24d4761b7b2d5f433429d738d37cd0e04e96a1fc182df718",
        ),
    ] {
        let now = Timestamp::from_second(seconds).unwrap();
        let signature = sign(&[secret.into()], now, body.as_bytes());
        assert_eq!(signature.to_string(), format!("t={seconds},v1={expected}"));
    }
}

#[test]
fn each_secret_signs() {
    let now = Timestamp::from_second(1_795_428_000).unwrap();
    let one = |secret: &str| sign(&[secret.into()], now, b"{}").to_string();
    let both = sign(&["new".into(), "old".into()], now, b"{}").to_string();
    let old = one("old");
    assert_eq!(both, format!("{},{}", one("new"), old.strip_prefix("t=1795428000,").unwrap()));
}

//! How a receiver knows that an event is ours and new: `Frontdesk-Signature: t=1763892000,v1=5257a8..`.
//!
//! `v1` is the HMAC-SHA256 of `TIMESTAMP.BODY` under the webhook's secret, in hexadecimal digits. While a secret is being
//! changed there are two `v1`, of the new one and of the old one.

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use std::fmt;

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The value of the header `Frontdesk-Signature`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature(String);

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Signs a body that is sent at `now` with each of the secrets.
///
/// ```
/// let now = "2026-11-23T10:00:00Z".parse()?;
/// let signature = frontdesk_webhooks::sign(&["whsec_test".into()], now, b"{}");
/// assert!(signature.to_string().starts_with("t=1795428000,v1="));
/// # Ok::<(), jiff::Error>(())
/// ```
pub fn sign(secrets: &[SecretString], now: Timestamp, body: &[u8]) -> Signature {
    let seconds = now.as_second();
    let mut header = format!("t={seconds}");
    for secret in secrets {
        header.push_str(",v1=");
        for byte in mac(secret, seconds, body) {
            header.extend([byte >> 4, byte & 0xf].map(|digit| char::from(DIGITS[usize::from(digit)])));
        }
    }
    Signature(header)
}

fn mac(secret: &SecretString, seconds: i64, body: &[u8]) -> Vec<u8> {
    // A key of any length will do.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) else {
        return Vec::new();
    };
    mac.update(seconds.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    mac.finalize().into_bytes().to_vec()
}

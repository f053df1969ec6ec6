//! Secrets that the configuration sets: `ADMIN_API_KEY`, `METRICS_TOKEN`.

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// A secret that the configuration may set, hashed: hashes have one length, so that comparing them tells nothing of the
/// secret's.
#[derive(Clone, Copy)]
pub(crate) struct ConfiguredSecret(Option<[u8; 32]>);

impl ConfiguredSecret {
    pub(crate) fn new(secret: Option<&SecretString>) -> Self {
        Self(secret.map(|secret| hash(secret.expose_secret().as_bytes())))
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.is_some()
    }

    /// Whether `sent` is the secret, in constant time; never, where none is set.
    pub(crate) fn is(&self, sent: &[u8]) -> bool {
        self.0.is_some_and(|own| own.ct_eq(&hash(sent)).into())
    }
}

fn hash(secret: &[u8]) -> [u8; 32] {
    Sha256::digest(secret).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_secret_itself_is_it() {
        let set = ConfiguredSecret::new(Some(&"a-secret".into()));
        assert!(set.is_set() && set.is(b"a-secret"));
        for other in [&b""[..], b"a-secre", b"a-secret ", b"A-secret"] {
            assert!(!set.is(other));
        }
        let unset = ConfiguredSecret::new(None);
        assert!(!unset.is_set() && !unset.is(b""));
    }
}

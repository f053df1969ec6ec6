//! What a key looks like: `fd_PREFIX_SECRET`, 8 and 64 digits of base 16. `fd_PREFIX` is what it is recognised by, in
//! lists and in logs; the secret has 256 random bits.

use frontdesk_persistence::KeyHash;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

const MARK: &str = "fd_";
const PREFIX_DIGITS: usize = 8;
const SECRET_DIGITS: usize = 64;

/// A new key. It can be shown once, to whoever asked for it, and is stored nowhere.
#[derive(Debug)]
pub struct ApiKeySecret(SecretString);

impl ApiKeySecret {
    /// Makes a key of `random` numbers, which must come from a cryptographic source.
    pub fn generate(mut random: impl FnMut() -> u64) -> Self {
        let prefix = random() >> 32;
        let secret: [u64; 4] = std::array::from_fn(|_| random());
        let [a, b, c, d] = secret;
        Self(format!("{MARK}{prefix:08x}_{a:016x}{b:016x}{c:016x}{d:016x}").into())
    }

    /// What it is recognised by.
    pub fn prefix(&self) -> &str {
        prefix(self.expose())
    }

    /// By what it is found.
    pub fn hash(&self) -> KeyHash {
        hash(self.expose().as_bytes())
    }

    /// The key itself.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// The hash of what a caller sent and its prefix, if it looks like a key at all.
pub(super) fn read(sent: &[u8]) -> Option<(KeyHash, &str)> {
    let text = std::str::from_utf8(sent).ok()?;
    let (own_prefix, secret) = text.strip_prefix(MARK)?.split_once('_')?;
    let digits = |text: &str, wanted: usize| {
        text.len() == wanted && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let is_key = digits(own_prefix, PREFIX_DIGITS) && digits(secret, SECRET_DIGITS);
    is_key.then(|| (hash(sent), prefix(text)))
}

fn prefix(key: &str) -> &str {
    key.get(..MARK.len() + PREFIX_DIGITS).unwrap_or_default()
}

fn hash(key: &[u8]) -> KeyHash {
    KeyHash::new(Sha256::digest(key).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> ApiKeySecret {
        let mut numbers = [0xabcd_ef01_0000_0000, 1, u64::MAX, 0, 2].into_iter();
        ApiKeySecret::generate(|| numbers.next().unwrap())
    }

    #[test]
    fn a_key_has_all_bits_of_its_secret_and_is_read_again() {
        let key = key();
        let secret = format!("{:015}1{}{:016}{:015}2", 0, "f".repeat(16), 0, 0);
        assert_eq!(key.expose(), format!("fd_abcdef01_{secret}"));
        assert_eq!(key.prefix(), "fd_abcdef01");
        assert_eq!(read(key.expose().as_bytes()), Some((key.hash(), "fd_abcdef01")));
    }

    #[test]
    fn what_is_no_key_is_not_looked_up() {
        let key = key().expose().to_owned();
        let none = [
            "",
            "fd_",
            "fd_abcdef01",
            &key[1..],
            &key[..key.len() - 1],
            &format!("{key}0"),
            &key.to_uppercase(),
            &key.replace("fd_abcdef01_", "fd_abcdef0_1"),
            &key.replace('f', "\u{fc}"),
        ];
        for text in none {
            assert_eq!(read(text.as_bytes()), None, "{text}");
        }
        assert_eq!(read(b"fd_\xff"), None);
    }

    #[test]
    fn a_key_cannot_be_printed() {
        let shown = format!("{:?}", key());
        assert!(!shown.contains("abcdef01") && !shown.contains("ffff"), "{shown}");
    }
}

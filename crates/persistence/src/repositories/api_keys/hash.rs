//! The hash of a key.

use std::fmt;

/// SHA-256 of a key. It tells nothing of the key, which has 256 random bits, but belongs in no log either.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyHash([u8; 32]);

impl KeyHash {
    /// Wraps a SHA-256.
    pub const fn new(sha256: [u8; 32]) -> Self {
        Self(sha256)
    }

    /// As it is stored: 64 digits of base 16.
    pub(super) fn to_text(self) -> String {
        self.0.iter().fold(String::with_capacity(64), |text, byte| text + &format!("{byte:02x}"))
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHash(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::KeyHash;

    #[test]
    fn a_hash_is_stored_as_digits_and_never_printed() {
        let mut bytes = [0; 32];
        (bytes[0], bytes[31]) = (0x0f, 0xa0);
        let text = KeyHash::new(bytes).to_text();
        assert_eq!(text, format!("0f{}a0", "00".repeat(30)));
        assert_eq!(format!("{:?}", KeyHash::new(bytes)), "KeyHash(..)");
    }
}

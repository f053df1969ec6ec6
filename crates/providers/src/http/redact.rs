//! Strikes a key out of whatever a provider sends: error messages and pages of proxies quote what was sent.

use reqwest::header::{HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use std::borrow::Cow;

/// A key shorter than this is not struck out of answers: no vendor issues such keys, and replacing every `a`
/// of an answer would break it.
const MIN_REDACTED: usize = 8;

/// Knows the key, and shows it to nobody.
#[derive(Debug, Clone, Default)]
pub(crate) struct Redactor(Option<SecretString>);

impl Redactor {
    pub(crate) fn new(key: Option<&SecretString>) -> Self {
        Self(key.filter(|key| key.expose_secret().len() >= MIN_REDACTED).cloned())
    }

    /// `text` with the key struck out. A key that is split over two texts is not seen: give it whole lines.
    pub(crate) fn clean<'a>(&self, text: &'a [u8]) -> Cow<'a, [u8]> {
        let Some(key) = self.key() else {
            return Cow::Borrowed(text);
        };
        if !contains(text, key) {
            return Cow::Borrowed(text);
        }
        let mut clean = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some((first, tail)) = rest.split_first() {
            if let Some(after) = rest.strip_prefix(key) {
                clean.extend_from_slice(b"[key]");
                rest = after;
            } else {
                clean.push(*first);
                rest = tail;
            }
        }
        Cow::Owned(clean)
    }

    /// `headers` without those that hold the key.
    pub(crate) fn clean_headers(&self, headers: &HeaderMap) -> HeaderMap {
        let Some(key) = self.key() else {
            return headers.clone();
        };
        let clean = |value: &HeaderValue| !contains(value.as_bytes(), key);
        let kept = headers.iter().filter(|(_, value)| clean(value));
        kept.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    fn key(&self) -> Option<&[u8]> {
        self.0.as_ref().map(|key| key.expose_secret().as_bytes())
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderName;

    fn redactor(key: &str) -> Redactor {
        Redactor::new(Some(&SecretString::from(key)))
    }

    #[test]
    fn a_key_is_struck_out_wherever_it_stands() {
        let cleaned = |key, text: &'static [u8]| redactor(key).clean(text).into_owned();
        assert_eq!(cleaned("gsk_123456", b"gsk_123456,gsk_12345gsk_123456"), b"[key],gsk_12345[key]");
        assert_eq!(cleaned("gsk_123456", b"\xff\xfe"), b"\xff\xfe");
        assert_eq!(cleaned("a", b"banana"), b"banana");
        assert!(!format!("{:?}", redactor("gsk_123456")).contains("gsk_123456"));
        let pair = |name, value| (HeaderName::from_static(name), HeaderValue::from_static(value));
        let headers =
            [pair("x-request-id", "req-gsk_123456"), pair("retry-after", "1")].into_iter().collect();
        let kept = redactor("gsk_123456").clean_headers(&headers);
        assert!(kept.contains_key("retry-after") && !kept.contains_key("x-request-id"));
    }
}

//! From bytes to text.

use crate::Unreadable;
use std::borrow::Cow;

/// UTF-8 with or without a byte order mark, or UTF-16 with one, as spreadsheets save it.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Unreadable> {
    match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => narrow(rest, 3),
        _ => narrow(bytes, 0),
    }
}

fn narrow(bytes: &[u8], skipped: usize) -> Result<Cow<'_, str>, Unreadable> {
    let text = std::str::from_utf8(bytes);
    text.map(Cow::Borrowed).map_err(|error| Unreadable::Encoding(error.valid_up_to() + skipped))
}

fn wide(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'static, str>, Unreadable> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(Unreadable::Encoding(bytes.len() + 1));
    }
    let mut text = String::with_capacity(bytes.len());
    let mut at = 2;
    for char in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        let char = char.map_err(|_| Unreadable::Encoding(at))?;
        at += char.len_utf16() * 2;
        text.push(char);
    }
    Ok(Cow::Owned(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreadsheets_encodings_are_read() {
        assert_eq!(decode("é".as_bytes()).unwrap(), "é");
        assert_eq!(decode(b"\xef\xbb\xbfa").unwrap(), "a");
        assert_eq!(decode(b"\xff\xfea\0\xe9\0").unwrap(), "aé");
        assert_eq!(decode(b"\xfe\xff\0a\0\xe9").unwrap(), "aé");
    }

    #[test]
    fn the_place_of_a_bad_byte_is_named() {
        assert_eq!(decode(b"ab\xe9c"), Err(Unreadable::Encoding(2)));
        assert_eq!(decode(b"\xef\xbb\xbf\xff"), Err(Unreadable::Encoding(3)));
        assert_eq!(decode(b"\xff\xfea\0\0\xd8"), Err(Unreadable::Encoding(4)));
        assert_eq!(decode(b"\xff\xfea"), Err(Unreadable::Encoding(2)));
    }
}

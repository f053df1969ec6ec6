//! Server-sent events out of bytes that may be split anywhere.
//!
//! The crates for this drop every line that is no field of the format, as the standard says. Gemini reports
//! an error in the middle of a stream with just such lines, bare JSON without `data:`, so they are kept here.
//! Lines are put together as bytes and decoded whole: a character that is split over two chunks, or a key, is
//! whole again before anybody looks at it.

use crate::http::redact::Redactor;

/// One event with its data.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Event {
    /// `event:`; empty where it has none.
    pub(crate) name: String,
    /// The lines of `data:`, joined.
    pub(crate) data: Vec<u8>,
}

/// More would have to be held than there is room for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

/// Reads events.
#[derive(Debug, Default)]
pub(crate) struct SseReader {
    redactor: Redactor,
    line: Vec<u8>,
    /// The last byte was a CR: a LF that follows belongs to it.
    after_cr: bool,
    begun: bool,
    name: String,
    data: Option<Vec<u8>>,
    bare: Vec<u8>,
}

impl SseReader {
    pub(crate) fn new(redactor: Redactor) -> Self {
        Self { redactor, ..Self::default() }
    }

    /// The next event in `bytes`, which are taken up to its end; `None` where more bytes are needed. At most
    /// `room` bytes are held.
    pub(crate) fn next(&mut self, bytes: &mut &[u8], room: usize) -> Result<Option<Event>, TooLong> {
        while let Some(&first) = bytes.first() {
            if std::mem::take(&mut self.after_cr) && first == b'\n' {
                *bytes = &bytes[1..];
                continue;
            }
            let end = bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
            let part = &bytes[..end.unwrap_or(bytes.len())];
            if self.held() + part.len() > room {
                return Err(TooLong);
            }
            self.line.extend_from_slice(part);
            let Some(end) = end else {
                *bytes = &[];
                return Ok(None);
            };
            self.after_cr = bytes[end] == b'\r';
            *bytes = &bytes[end + 1..];
            if let Some(event) = self.end_of_line() {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }

    /// What is left at the end of the body: an event without the empty line that should follow it.
    pub(crate) fn last(&mut self) -> Option<Event> {
        if !self.line.is_empty()
            && let Some(event) = self.end_of_line()
        {
            return Some(event);
        }
        self.dispatch()
    }

    /// The lines so far that are no fields, each with a line feed.
    pub(crate) fn bare(&self) -> &[u8] {
        &self.bare
    }

    pub(crate) fn held(&self) -> usize {
        self.line.len() + self.name.len() + self.bare.len() + self.data.as_ref().map_or(0, Vec::len)
    }

    fn end_of_line(&mut self) -> Option<Event> {
        let line = std::mem::take(&mut self.line);
        let mut text: &[u8] = &self.redactor.clean(&line);
        if !std::mem::replace(&mut self.begun, true) {
            text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        }
        if text.is_empty() {
            return self.dispatch();
        }
        let (field, value) = match text.iter().position(|byte| *byte == b':') {
            Some(colon) => (&text[..colon], &text[colon + 1..]),
            None => (text, &[][..]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"data" => match &mut self.data {
                Some(data) => {
                    data.push(b'\n');
                    data.extend_from_slice(value);
                }
                none => *none = Some(value.to_vec()),
            },
            b"event" => self.name = String::from_utf8_lossy(value).into_owned(),
            // A comment, often sent to keep the connection, or what only a browser uses.
            b"" | b"id" | b"retry" => {}
            _ => {
                self.bare.extend_from_slice(text);
                self.bare.push(b'\n');
            }
        }
        None
    }

    fn dispatch(&mut self) -> Option<Event> {
        let name = std::mem::take(&mut self.name);
        self.data.take().map(|data| Event { name, data })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::SecretString;

    /// All events of `bytes` in pieces of `size`, the last one too, and the bare lines.
    fn read(bytes: &[u8], size: usize) -> (Vec<(String, String)>, String) {
        let mut reader = SseReader::new(Redactor::new(Some(&SecretString::from("sk-0123456789"))));
        let mut events = Vec::new();
        for mut piece in bytes.chunks(size) {
            while let Some(event) = reader.next(&mut piece, 1_000).unwrap() {
                events.push(event);
            }
        }
        events.extend(reader.last());
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let bare = text(reader.bare().to_vec());
        (events.into_iter().map(|event| (event.name, text(event.data))).collect(), bare)
    }

    #[test]
    fn events_are_the_same_however_they_are_split_and_whatever_ends_their_lines() {
        let lines = [
            "\u{feff}: a comment",
            "event: delta",
            "data: größer 🚚",
            "data:second",
            "id: 7",
            "retry: 100",
            "",
            "",
            "event: without data",
            "",
            "data",
            "",
            "{\"error\": 1,",
            "\"sk-0123456789\": 2}",
            "data: sk-0123456789!",
            "",
            "data: no empty line follows",
        ];
        let events =
            [("delta", "größer 🚚\nsecond"), ("", ""), ("", "[key]!"), ("", "no empty line follows")]
                .map(|(name, data)| (name.to_owned(), data.to_owned()));
        let bare = "{\"error\": 1,\n\"[key]\": 2}\n";
        for end in ["\n", "\r\n", "\r"] {
            let bytes = lines.join(end).into_bytes();
            for size in 1..=bytes.len() {
                assert_eq!(read(&bytes, size), (events.to_vec(), bare.to_owned()), "{end:?} {size}");
            }
        }
    }

    #[test]
    fn no_more_is_held_than_there_is_room_for() {
        let over = |bytes: &[u8]| SseReader::default().next(&mut &bytes[..], 20);
        assert_eq!(over(b"data: 45678901234567"), Ok(None));
        assert_eq!(over(b"data: 456789012345678"), Err(TooLong));
        assert_eq!(over(b"data: 456789\ndata: 4567890"), Ok(None));
        assert_eq!(over(b"data: 456789\ndata: 456789012"), Err(TooLong));
        assert_eq!(over(b"bare line\nbare line\nbare"), Err(TooLong));
        assert_eq!(over(b": comment\n: comment\n: comment"), Ok(None));
    }
}

//! Parameters of addresses that several lists have.

use crate::fields::{Fields, Read, at_least, text};
use jiff::civil::Date;
use serde_json::Value;

/// Characters of a search.
const MAX_SEARCH_CHARS: usize = 200;

/// A part of a text that is looked for.
pub(crate) fn part(value: Value) -> Read<String> {
    let part = text(value)?;
    match part.chars().count() {
        _ if part.contains('\0') => Err("it contains a NUL character, remove it".to_owned()),
        chars if chars > MAX_SEARCH_CHARS => {
            Err(format!("it has {chars} characters, shorten it to at most {MAX_SEARCH_CHARS}"))
        }
        _ => Ok(part),
    }
}

pub(crate) fn yes_or_no(value: Value) -> Read<bool> {
    text(value)?.parse().map_err(|_| "write true or false".to_owned())
}

/// The parameter `limit`: rows of a page, at most `most`, `usual` where it is left out.
pub(crate) fn limit(fields: &mut Fields, usual: u32, most: u32) -> u32 {
    let read = |value: Value| {
        let number = at_least(1, &value).ok().filter(|number| *number <= most);
        number.ok_or_else(|| format!("write a whole number from 1 to {most}"))
    };
    fields.read("limit", read).unwrap_or(usual)
}

/// The parameter `offset`: rows before the page.
pub(crate) fn offset(fields: &mut Fields) -> u32 {
    fields.read("offset", |value| at_least(0, &value)).unwrap_or(0)
}

/// A day such as `2026-11-24`.
pub(crate) fn date(value: Value) -> Read<Date> {
    const FORMAT: usize = "2026-11-24".len();
    let text = text(value)?;
    let day = text.parse().ok().filter(|_| text.len() == FORMAT);
    day.ok_or_else(|| "write a day such as 2026-11-24".to_owned())
}

//! FAQ pages in Markdown. A heading with text below it and no smaller heading is a question; the larger heading
//! above it is its category, but for the page's only title. Pages without such headings may have pairs of lines
//! that begin with `Q:` and `A:`. Answers stay Markdown.

use crate::item::{Existing, Item, Row};
use crate::{MAX_ROWS, Unreadable};
use pulldown_cmark::{Event, HeadingLevel, Parser, Tag, TagEnd};
use std::borrow::Cow;
use std::ops::Range;

const TITLE: &str = "Questions and answers";
const NOTHING: &str = "there is no question in the file: write each as a heading with its answer below it, or as lines that begin with Q: and A:";

struct Heading {
    level: HeadingLevel,
    text: String,
    place: Range<usize>,
}

pub(crate) fn read(text: &str) -> Result<Vec<Row>, Unreadable> {
    let text = &without_front_matter(text);
    let headings = headings(text);
    let (under_headings, pairs) = (of_headings(text, &headings), of_pairs(text));
    // A page of pairs may have a title, which looks like a single question.
    let rows = if pairs.len() > under_headings.len().max(1) || under_headings.is_empty() {
        pairs
    } else {
        under_headings
    };
    match rows.len() {
        0 => Err(Unreadable::Empty(NOTHING)),
        1..=MAX_ROWS => Ok(rows),
        _ => Err(Unreadable::TooMany),
    }
}

/// The page without the block of data between two lines of dashes with which it may begin; its lines are still
/// counted.
fn without_front_matter(text: &str) -> Cow<'_, str> {
    let end = text.strip_prefix("---\n").and_then(|rest| rest.find("\n---\n")).map(|end| end + "---\n".len());
    match end {
        Some(end) => {
            Cow::Owned("\n".repeat(text[..end].matches('\n').count() + 1) + &text[end + "\n---".len()..])
        }
        None => Cow::Borrowed(text),
    }
}

/// The headings that stand by themselves, not in a quotation or a list.
fn headings(text: &str) -> Vec<Heading> {
    let mut headings: Vec<Heading> = Vec::new();
    let (mut depth, mut inside) = (0_usize, false);
    for (event, place) in Parser::new(text).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { level, .. }) if depth == 0 => {
                headings.push(Heading { level, text: String::new(), place });
                inside = true;
            }
            Event::End(TagEnd::Heading(_)) => inside = false,
            Event::Start(Tag::BlockQuote(_) | Tag::List(_)) => depth += 1,
            Event::End(TagEnd::BlockQuote(_) | TagEnd::List(_)) => depth = depth.saturating_sub(1),
            Event::Text(part) | Event::Code(part) if inside => {
                if let Some(heading) = headings.last_mut() {
                    heading.text.push_str(&part);
                }
            }
            Event::SoftBreak | Event::HardBreak if inside => {
                if let Some(heading) = headings.last_mut() {
                    heading.text.push(' ');
                }
            }
            _ => {}
        }
    }
    headings
}

fn of_headings(text: &str, headings: &[Heading]) -> Vec<Row> {
    let titles = headings.iter().filter(|heading| heading.level == HeadingLevel::H1).count();
    let mut above: Vec<&Heading> = Vec::new();
    let mut lines = Lines::default();
    let mut rows = Vec::new();
    let below = |at: usize| {
        let end = headings.get(at + 1).map_or(text.len(), |next| next.place.start);
        &text[headings[at].place.end..end]
    };
    for (at, heading) in headings.iter().enumerate() {
        above.retain(|other| other.level < heading.level);
        let body = below(at);
        let mut smaller = (at + 1..headings.len()).take_while(|&other| headings[other].level > heading.level);
        let has_smaller = smaller.any(|other| !below(other).trim().is_empty());
        if !has_smaller && !body.trim().is_empty() {
            let is_title = |other: &&&Heading| titles == 1 && other.level == HeadingLevel::H1;
            let category =
                above.last().filter(|other| !is_title(other)).map(|other| other.text.trim().to_owned());
            let item = Item {
                question: heading.text.clone(),
                answer: unescaped(body),
                category: category.map(Some),
                ..Item::default()
            };
            rows.push(Row::checked(lines.at(text, heading.place.start), item, Vec::new()));
        }
        above.push(heading);
    }
    rows
}

fn of_pairs(text: &str) -> Vec<Row> {
    let mut rows: Vec<(u64, String, String)> = Vec::new();
    let mut in_answer = false;
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(question) = labelled(line, 'q') {
            rows.push((number, question.to_owned(), String::new()));
            in_answer = false;
        } else if line.starts_with('#') {
            // A heading between pairs is part of none.
            in_answer = true;
            rows.push((number, String::new(), String::new()));
        } else if let Some((_, question, answer)) = rows.last_mut() {
            if let Some(begin) = labelled(line, 'a').filter(|_| !in_answer) {
                in_answer = true;
                answer.push_str(begin);
            } else {
                let into = if in_answer { answer } else { question };
                into.push('\n');
                into.push_str(line);
            }
        }
    }
    let row = |(line, question, answer): (u64, String, String)| {
        let question = question.split_whitespace().collect::<Vec<_>>().join(" ");
        Row::checked(line, Item { question, answer: unescaped(&answer), ..Item::default() }, Vec::new())
    };
    rows.into_iter().filter(|(_, question, _)| !question.is_empty()).map(row).collect()
}

/// What follows `Q:`, `**Q:**` or `**Q**:` at the beginning of a line.
fn labelled(line: &str, letter: char) -> Option<&str> {
    let line = line.trim_start().trim_start_matches('*');
    let rest = line.strip_prefix([letter, letter.to_ascii_uppercase()])?.trim_start_matches('*');
    Some(rest.strip_prefix(':')?.trim_start_matches('*').trim())
}

/// Counts lines on the way through the text.
#[derive(Default)]
struct Lines {
    breaks: u64,
    at: usize,
}

impl Lines {
    fn at(&mut self, text: &str, place: usize) -> u64 {
        self.breaks += text[self.at..place].matches('\n').count() as u64;
        self.at = place;
        self.breaks + 1
    }
}

pub(crate) fn write(entries: &[Existing]) -> String {
    let mut entries: Vec<&Existing> = entries.iter().filter(|entry| entry.is_active).collect();
    // Those without a category come first: below one they would be taken for its own.
    entries.sort_by_key(|entry| entry.category.as_ref().map(|category| category.trim().to_owned()));
    let mut text = format!("# {TITLE}\n");
    let mut category = None;
    for entry in entries {
        if entry.category != category {
            category.clone_from(&entry.category);
            text.extend(["\n## ", &heading(category.as_deref().unwrap_or_default()), "\n"]);
        }
        text.extend(["\n### ", &heading(&entry.question), "\n\n", &escaped(&entry.answer), "\n"]);
    }
    text
}

/// A text as a heading's: on one line, nothing in it is a mark.
fn heading(text: &str) -> String {
    let line = text.split(['\n', '\r']).map(str::trim).collect::<Vec<_>>().join(" ");
    let mut escaped = String::with_capacity(line.len());
    for char in line.chars() {
        if matches!(char, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '&' | '~' | '|' | '!' | '$')
        {
            escaped.push('\\');
        }
        escaped.push(char);
    }
    escaped
}

/// Lines that would end the answer, or swallow what comes after it, get a backslash.
fn escaped(answer: &str) -> String {
    let escape = |line: &str| {
        let text = line.trim_start();
        let indent = &line[..line.len() - text.len()];
        if is_structure(text) { format!("{indent}\\{text}") } else { line.to_owned() }
    };
    answer.split('\n').map(escape).collect::<Vec<_>>().join("\n")
}

/// Whether a line that begins like this means something to [`read`].
fn is_structure(line: &str) -> bool {
    let underline = |sign: char| !line.trim().is_empty() && line.trim().chars().all(|char| char == sign);
    line.starts_with(['#', '`', '~', '<', '\\'])
        || underline('=')
        || underline('-')
        || labelled(line, 'q').is_some()
        || labelled(line, 'a').is_some()
}

fn unescaped(answer: &str) -> String {
    let answer = answer.trim_matches(['\n', '\r']);
    let unescape = |line: &str| {
        let text = line.trim_start();
        let indent = &line[..line.len() - text.len()];
        match text.strip_prefix('\\') {
            Some(rest) if is_structure(rest) => format!("{indent}{rest}"),
            _ => line.to_owned(),
        }
    };
    answer.split('\n').map(unescape).collect::<Vec<_>>().join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "\
# FAQ

Welcome!

## Visit

### Where are *you*?

At **12 Harbour Street**.

- by bus
- by car

### Is there `parking`?
Yes.

## Money

How much is it?
---------------

```
# not a heading
```
> ### nor this

### Empty

";

    fn items(text: &str) -> Vec<(u64, Item)> {
        read(text).unwrap().into_iter().filter_map(|row| Some((row.line, row.item.ok()?))).collect()
    }

    #[test]
    fn headings_with_text_below_are_questions() {
        let items = items(PAGE);
        let found: Vec<_> = items
            .iter()
            .map(|(line, item)| (*line, item.question.as_str(), item.category.clone().flatten()))
            .collect();
        assert_eq!(
            found,
            [
                (7, "Where are you?", Some("Visit".to_owned())),
                (14, "Is there parking?", Some("Visit".to_owned())),
                (19, "How much is it?", None),
            ]
        );
        assert_eq!(items[0].1.answer, "At **12 Harbour Street**.\n\n- by bus\n- by car");
        assert_eq!(items[2].1.answer, "```\n# not a heading\n```\n> ### nor this");
    }

    #[test]
    fn pairs_of_lines_are_questions_and_answers() {
        for text in [
            "Q: Where?\nA: Here.\nStill here.\n\nQ: When?\nA: Now.",
            "**Q:** Where?\n**A:** Here.\nStill here.\n\n**Q**: When?\n\n**A**: Now.",
        ] {
            let items = items(text);
            assert_eq!(
                (items[0].1.question.as_str(), items[0].1.answer.as_str()),
                ("Where?", "Here.\nStill here.")
            );
            assert_eq!((items[1].1.question.as_str(), items[1].1.answer.as_str()), ("When?", "Now."));
        }
    }

    #[test]
    fn pairs_below_a_title_are_pairs() {
        let items = items("# FAQ\n\nQ: Where?\nA: Here.\n\nQ: When?\nA: Now.\n");
        assert_eq!(
            items.iter().map(|(_, item)| item.question.as_str()).collect::<Vec<_>>(),
            ["Where?", "When?"]
        );
    }

    #[test]
    fn headings_between_pairs_and_data_before_a_page_are_no_answers() {
        let found = items("Q: Where?\nA: Here.\n## Visit\nQ: When?\nA: Now.\n");
        assert_eq!(found[0].1.answer, "Here.");
        let found = items("---\ntitle: FAQ\n---\n\n## Where?\n\nHere.\n");
        assert_eq!((found.len(), found[0].0, found[0].1.question.as_str()), (1, 5, "Where?"));
    }

    #[test]
    fn a_page_without_questions_says_how_to_write_them() {
        assert_eq!(read("Just text."), Err(Unreadable::Empty(NOTHING)));
        assert_eq!(read(""), Err(Unreadable::Empty(NOTHING)));
    }
}

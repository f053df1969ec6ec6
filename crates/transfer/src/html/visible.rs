//! Questions as visitors see them.

use super::text::plain;
use super::tokens::{Part, Tokens};
use crate::item::{Item, Row};

/// A question and an answer that are being collected.
#[derive(Default)]
struct Pair<'a> {
    line: u64,
    question: Vec<&'a Part>,
    answer: Vec<&'a Part>,
}

impl Pair<'_> {
    fn row(self) -> Row {
        let question = plain(self.question).split_whitespace().collect::<Vec<_>>().join(" ");
        Row::checked(self.line, Item { question, answer: plain(self.answer), ..Item::default() }, Vec::new())
    }
}

/// `<details><summary>question</summary>answer</details>`; one within another is part of the outer's answer.
pub(crate) fn details(tokens: &Tokens) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut pair: Option<Pair<'_>> = None;
    let (mut depth, mut in_summary) = (0_usize, false);
    for (line, part) in tokens {
        if part.opens("details") {
            depth += 1;
            if depth == 1 {
                pair = Some(Pair { line: *line, ..Pair::default() });
                continue;
            }
        } else if part.closes("details") {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                rows.extend(pair.take().filter(|pair| !pair.question.is_empty()).map(Pair::row));
                continue;
            }
        }
        let Some(pair) = &mut pair else { continue };
        if depth == 1 && (part.opens("summary") || part.closes("summary")) {
            in_summary = part.opens("summary");
        } else if in_summary {
            pair.question.push(part);
        } else {
            pair.answer.push(part);
        }
    }
    // One that is never closed ends with the page.
    rows.extend(pair.filter(|pair| !pair.question.is_empty()).map(Pair::row));
    rows
}

/// Questions of a list that have one answer.
#[derive(Default)]
struct Group<'a> {
    questions: Vec<(u64, Vec<&'a Part>)>,
    answer: Vec<&'a Part>,
    in_answer: bool,
}

impl Group<'_> {
    /// A row for each question: those who ask in other words want the same answer.
    fn rows(self) -> impl Iterator<Item = Row> {
        let Self { questions, answer, .. } = self;
        questions
            .into_iter()
            .map(move |(line, question)| Pair { line, question, answer: answer.clone() }.row())
    }
}

/// `<dl><dt>question</dt><dd>answer</dd></dl>`; several `<dt>` in a row have the `<dd>` after them in common, as HTML
/// has it.
pub(crate) fn lists(tokens: &Tokens) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut group = Group::default();
    let mut in_list = false;
    for (line, part) in tokens {
        if part.opens("dl") {
            in_list = true;
        } else if in_list && part.closes("dl") {
            rows.extend(std::mem::take(&mut group).rows());
            in_list = false;
        } else if in_list && part.opens("dt") {
            if group.in_answer {
                rows.extend(std::mem::take(&mut group).rows());
            }
            group.questions.push((*line, Vec::new()));
        } else if part.opens("dd") {
            group.in_answer = true;
        } else if group.in_answer {
            group.answer.push(part);
        } else if let Some((_, question)) = group.questions.last_mut() {
            question.push(part);
        }
    }
    rows.extend(group.rows());
    rows
}

/// Headings that end with a question mark, with the text up to the next heading.
pub(crate) fn headings(tokens: &Tokens) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut pair: Option<Pair<'_>> = None;
    let mut finish = |pair: Option<Pair<'_>>| {
        let is_answered = |pair: &Pair<'_>| !plain(pair.answer.iter().copied()).is_empty();
        let row = pair.filter(is_answered).map(Pair::row);
        rows.extend(row.filter(|row| row.question.ends_with(['?', '？', '؟'])));
    };
    let mut in_heading = false;
    for (line, part) in tokens {
        match part {
            Part::Open(tag, _) if is_heading(tag) => {
                finish(pair.take());
                pair = Some(Pair { line: *line, ..Pair::default() });
                in_heading = true;
            }
            Part::Close(tag) if is_heading(tag) => in_heading = false,
            _ => {
                let Some(pair) = &mut pair else { continue };
                if in_heading { pair.question.push(part) } else { pair.answer.push(part) }
            }
        }
    }
    finish(pair);
    rows
}

fn is_heading(tag: &str) -> bool {
    matches!(tag, "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
}

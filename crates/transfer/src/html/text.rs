//! From parts of a page to plain text.

use super::tokens::{Part, tokens};

/// The plain text of parts: paragraphs with an empty line between them, lists with dashes, links with their
/// addresses behind them; scripts and styles are gone.
pub(crate) fn plain<'a>(parts: impl IntoIterator<Item = &'a Part>) -> String {
    let mut text = Plain::default();
    for part in parts {
        text.add(part);
    }
    text.finish()
}

/// The plain text of a piece of HTML.
pub(crate) fn plain_of(html: &str) -> String {
    plain(tokens(html).iter().map(|(_, part)| part))
}

#[derive(Default)]
struct Plain {
    text: String,
    /// Line breaks to come before the next word.
    breaks: usize,
    space: bool,
    hidden: usize,
    links: Vec<Option<String>>,
}

impl Plain {
    fn add(&mut self, part: &Part) {
        match part {
            Part::Open(tag, _) if is_hidden(tag) => self.hidden += 1,
            Part::Close(tag) if is_hidden(tag) => self.hidden = self.hidden.saturating_sub(1),
            _ if self.hidden > 0 => {}
            Part::Open(tag, _) => self.open(tag, part),
            Part::Close(tag) => self.close(tag),
            Part::Text(text) => self.words(text),
        }
    }

    fn open(&mut self, tag: &str, part: &Part) {
        match tag {
            "br" => self.breaks += 1,
            "li" => {
                self.at_least(1);
                self.word("- ");
            }
            "a" => {
                let shown = |link: &&str| {
                    link.contains("://") || link.starts_with("mailto:") || link.starts_with("tel:")
                };
                self.links.push(part.attribute("href").filter(shown).map(str::to_owned));
            }
            _ => self.at_least(lines_around(tag)),
        }
    }

    fn close(&mut self, tag: &str) {
        if tag == "a" {
            if let Some(link) = self.links.pop().flatten().filter(|link| !self.text.ends_with(link.as_str()))
            {
                self.space = true;
                self.word(&format!("({link})"));
            }
            return;
        }
        self.at_least(lines_around(tag));
    }

    fn at_least(&mut self, breaks: usize) {
        self.breaks = self.breaks.max(breaks);
    }

    fn words(&mut self, text: &str) {
        self.space |= text.starts_with(char::is_whitespace);
        for word in text.split_whitespace() {
            self.word(word);
            self.space = true;
        }
        self.space = text.ends_with(char::is_whitespace);
    }

    fn word(&mut self, word: &str) {
        if !self.text.is_empty() {
            self.text.extend(std::iter::repeat_n('\n', self.breaks));
        }
        if self.space && self.breaks == 0 && !self.text.is_empty() && !self.text.ends_with([' ', '\n']) {
            self.text.push(' ');
        }
        self.text.push_str(word);
        (self.breaks, self.space) = (0, false);
    }

    fn finish(self) -> String {
        self.text.trim().to_owned()
    }
}

fn is_hidden(tag: &str) -> bool {
    matches!(tag, "script" | "style" | "template" | "iframe" | "noembed" | "noframes" | "head" | "svg")
}

/// Line breaks before and after an element.
fn lines_around(tag: &str) -> usize {
    match tag {
        "p" | "ul" | "ol" | "dl" | "table" | "pre" | "blockquote" | "h1" | "h2" | "h3" | "h4" | "h5"
        | "h6" => 2,
        "div" | "section" | "article" | "li" | "tr" | "dt" | "dd" | "summary" | "details" | "hr" => 1,
        _ => 0,
    }
}

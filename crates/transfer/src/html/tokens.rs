//! A page as a list of tags and texts.

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use std::cell::RefCell;
use std::collections::HashMap;

/// A part of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// A tag that opens, with its attributes.
    Open(String, Vec<(String, String)>),
    /// A tag that closes.
    Close(String),
    /// Text with its references resolved; of scripts and styles as it stands there.
    Text(String),
}

/// A part with the line on which it ends, from 1.
pub(crate) type Tokens = Vec<(u64, Part)>;

impl Part {
    /// The value of an attribute of a tag that opens.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let Self::Open(_, attributes) = self else { return None };
        attributes.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn opens(&self, tag: &str) -> bool {
        matches!(self, Self::Open(name, _) if name == tag)
    }

    pub(crate) fn closes(&self, tag: &str) -> bool {
        matches!(self, Self::Close(name) if name == tag)
    }
}

/// For each tag that opens the place of the one that closes it; the number of tokens for one that is never closed.
pub(crate) fn ends(tokens: &Tokens) -> Vec<usize> {
    let mut ends = vec![tokens.len(); tokens.len()];
    let mut open: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, (_, part)) in tokens.iter().enumerate() {
        match part {
            Part::Open(tag, _) if is_void(tag) => ends[at] = at,
            Part::Open(tag, _) => open.entry(tag).or_default().push(at),
            Part::Close(tag) => {
                if let Some(start) = open.get_mut(tag.as_str()).and_then(Vec::pop) {
                    ends[start] = at;
                }
            }
            Part::Text(_) => {}
        }
    }
    ends
}

/// Elements without content.
fn is_void(tag: &str) -> bool {
    matches!(
        tag,
        "area"
            | "base"
            | "br"
            | "col"
            | "embed"
            | "hr"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "source"
            | "track"
            | "wbr"
    )
}

#[derive(Default)]
struct Sink(RefCell<Tokens>);

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<()> {
        let mut tokens = self.0.borrow_mut();
        match token {
            Token::TagToken(tag) => {
                let name = tag.name.to_string();
                if tag.kind == TagKind::EndTag {
                    tokens.push((line, Part::Close(name)));
                    return TokenSinkResult::Continue;
                }
                let raw = raw_kind(&name);
                let attributes =
                    tag.attrs.iter().map(|a| (a.name.local.to_string(), a.value.to_string())).collect();
                // HTML's own elements are not closed by a slash.
                let closed = tag.self_closing && name == "svg";
                tokens.push((line, Part::Open(name.clone(), attributes)));
                if closed {
                    tokens.push((line, Part::Close(name)));
                }
                return raw.map_or(TokenSinkResult::Continue, TokenSinkResult::RawData);
            }
            Token::CharacterTokens(text) => match tokens.last_mut() {
                Some((_, Part::Text(before))) => before.push_str(&text),
                _ => tokens.push((line, Part::Text(text.to_string()))),
            },
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

/// How the content of an element is read, where it is no HTML.
fn raw_kind(tag: &str) -> Option<RawKind> {
    match tag {
        "script" => Some(RawKind::ScriptData),
        "style" | "iframe" | "noembed" | "noframes" | "xmp" => Some(RawKind::Rawtext),
        "textarea" | "title" => Some(RawKind::Rcdata),
        _ => None,
    }
}

pub(crate) fn tokens(page: &str) -> Tokens {
    let tokenizer = Tokenizer::new(Sink::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(page));
    // A script's end is no reason to stop here: nothing runs it.
    while !input.is_empty() {
        drop(tokenizer.feed(&input));
    }
    tokenizer.end();
    tokenizer.sink.0.take()
}

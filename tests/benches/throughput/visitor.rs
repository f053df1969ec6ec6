//! A visitor: one connection that stays open, a conversation of some messages, then the next one.

use crate::servers::ANSWER;
use serde_json::Value;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;

/// Messages of a conversation.
const TURNS: u64 = 10;

/// Who is written to.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// `HOST:PORT`
    pub(crate) authority: String,
    /// The addresses of widgets, over which messages are spread.
    pub(crate) paths: Vec<String>,
}

impl Target {
    /// What listens at `url`, at these paths.
    pub(crate) fn new(url: &str, paths: Vec<String>) -> Self {
        Self { authority: url.trim_start_matches("http://").to_owned(), paths }
    }
}

pub(crate) struct Visitor<'a> {
    target: &'a Target,
    number: u64,
    stream: BufReader<TcpStream>,
    messages: u64,
    conversation: Option<u64>,
    body: Vec<u8>,
}

impl<'a> Visitor<'a> {
    /// `number` tells visitors apart, also those of earlier rounds.
    pub(crate) fn new(target: &'a Target, number: u64) -> io::Result<Self> {
        let stream = TcpStream::connect(&target.authority)?;
        stream.set_nodelay(true)?;
        let stream = BufReader::new(stream);
        Ok(Self { target, number, stream, messages: 0, conversation: None, body: Vec::new() })
    }

    /// One message and its answer, which has to be the model's.
    pub(crate) fn write(&mut self) -> io::Result<()> {
        if self.messages.is_multiple_of(TURNS) {
            self.conversation = None;
        }
        let request = self.request()?;
        self.stream.get_mut().write_all(request.as_bytes())?;
        self.messages += 1;
        let status = self.read_answer()?;
        let text = String::from_utf8_lossy(&self.body);
        if status != 200 || !text.contains(ANSWER) {
            return Err(io::Error::other(format!("{status}: {text}")));
        }
        if self.conversation.is_none() {
            let answer: Value = serde_json::from_slice(&self.body)?;
            self.conversation = answer["conversation_id"].as_u64();
        }
        Ok(())
    }

    fn request(&self) -> io::Result<String> {
        let Self { number, messages, target, .. } = self;
        let turn = messages / TURNS;
        let widgets = u64::try_from(target.paths.len()).map_err(io::Error::other)?;
        let widget = usize::try_from((number + turn * 7_919) % widgets).map_err(io::Error::other)?;
        let whose = self.conversation.map_or_else(
            || format!(r#""session_id":"session-{number}-{turn}""#),
            |id| format!(r#""conversation_id":{id}"#),
        );
        let body = format!(
            r#"{{"message_text":"Can I change topic {} of my order after it was sent? ({messages})","client_message_id":"{number}-{messages}",{whose}}}"#,
            messages % 100
        );
        let (path, host, length) = (&target.paths[widget], &target.authority, body.len());
        Ok(format!(
            "POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        ))
    }

    /// The status; the body is in `self.body`.
    fn read_answer(&mut self) -> io::Result<u16> {
        let (mut status, mut length, mut line) = (0, 0, String::new());
        loop {
            line.clear();
            if self.stream.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            if let Some(rest) = line.strip_prefix("HTTP/1.1 ") {
                status = rest.get(..3).unwrap_or_default().parse().map_err(io::Error::other)?;
            } else if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
        }
        self.body.resize(length, 0);
        self.stream.read_exact(&mut self.body)?;
        Ok(status)
    }
}

//! The formats.

use std::fmt;
use std::str::FromStr;

/// A format of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// A table with a line of names, separated by commas, semicolons or tabs.
    Csv,
    /// A list of objects, or an object with such a list as `entries`.
    Json,
    /// A FAQ page: headings are questions, the text below them answers.
    Markdown,
    /// A FAQ page.
    Html,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Csv, Self::Json, Self::Markdown, Self::Html];

    /// As in addresses: `csv`, `json`, `markdown`, `html`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Markdown => "markdown",
            Self::Html => "html",
        }
    }

    /// The largest file of it that is read, in bytes.
    pub const fn max_bytes(self) -> usize {
        match self {
            Self::Csv | Self::Json => crate::MAX_BYTES,
            Self::Markdown | Self::Html => crate::MAX_PAGE_BYTES,
        }
    }

    /// The end of file names.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Markdown => "md",
            other => other.as_str(),
        }
    }

    /// The type of the content that [`write`](crate::write) writes.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Json => "application/json",
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Html => "text/html; charset=utf-8",
        }
    }

    /// The format of a content type; `None` for one that is none of these.
    pub fn of_media_type(media_type: &str) -> Option<Self> {
        let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match essence.as_str() {
            "text/csv" | "application/csv" | "text/tab-separated-values" | "application/vnd.ms-excel" => {
                Some(Self::Csv)
            }
            "application/json" => Some(Self::Json),
            "text/markdown" | "text/x-markdown" => Some(Self::Markdown),
            "text/html" | "application/xhtml+xml" => Some(Self::Html),
            _ => None,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A name of no format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no format: use csv, json, markdown or html")]
pub struct UnknownFormat(String);

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim().to_ascii_lowercase().as_str() {
            "csv" | "tsv" => Ok(Self::Csv),
            "json" => Ok(Self::Json),
            "markdown" | "md" => Ok(Self::Markdown),
            "html" | "htm" => Ok(Self::Html),
            _ => Err(UnknownFormat(text.to_owned())),
        }
    }
}

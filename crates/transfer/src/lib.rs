//! Knowledge bases as files: CSV, JSON, and FAQ pages in Markdown and HTML, read and written.
//!
//! ```
//! use frontdesk_transfer::{Format, Status, plan, read};
//!
//! let rows = read(b"question;answer\nWhere can I park?;Behind the house.\nIs it free?;\n", Format::Csv)?;
//! let plan = plan(&[], &rows);
//! assert_eq!(plan.rows[0].status, Status::New);
//! let Status::Invalid { reason } = &plan.rows[1].status else { unreachable!() };
//! assert_eq!((plan.rows[1].line, reason.as_str()), (3, "answer: it is empty, write something"));
//! # Ok::<(), frontdesk_transfer::Unreadable>(())
//! ```
//!
//! A file is read into [`Row`]s, each with the line on which it begins; what is wrong with one does not stop the
//! others. A [`Plan`] says what an import would do with them: it is the preview, and it is what is done. What is
//! written is read back as it was: a base that is exported and imported again is the same.
//!
//! There is no I/O and no clock here. Time and memory are bounded by [`MAX_BYTES`], [`MAX_PAGE_BYTES`] and
//! [`MAX_ROWS`].

mod csv;
mod decode;
mod format;
mod html;
mod item;
mod json;
mod markdown;
mod plan;

pub use format::{Format, UnknownFormat};
pub use item::{Existing, Item, Row};
pub use plan::{Change, Like, Plan, PlannedRow, Status, compare, plan};

/// The largest table or list, in bytes.
pub const MAX_BYTES: usize = 32 * 1024 * 1024;
/// The largest page, in bytes: to find what is a question in it all of it is taken apart in memory.
pub const MAX_PAGE_BYTES: usize = 5 * 1024 * 1024;
/// The most entries in a file.
pub const MAX_ROWS: usize = 50_000;

/// Why a file cannot be read at all. The texts say what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Larger than [`Format::max_bytes`].
    #[error("the file has {bytes} bytes: split it into files of at most {most}, or send a table or a list")]
    TooLarge {
        /// As many bytes as it has.
        bytes: usize,
        /// As many as it may have.
        most: usize,
    },
    /// More entries than [`MAX_ROWS`].
    #[error("the file has more than {MAX_ROWS} entries: split it")]
    TooMany,
    /// Neither UTF-8, nor UTF-16 with a byte order mark.
    #[error("the file is not UTF-8 text at byte {0}: save it as UTF-8")]
    Encoding(usize),
    /// The file does not keep to its format.
    #[error("line {line}: {problem}")]
    Syntax {
        /// From 1.
        line: u64,
        /// What is wrong there and what to do.
        problem: String,
    },
    /// There is no entry in it.
    #[error("{0}")]
    Empty(&'static str),
}

/// Reads the entries of a file.
///
/// # Errors
/// [`Unreadable`], where nothing of it can be used; a single bad entry is a [`Row`] with its faults.
pub fn read(bytes: &[u8], format: Format) -> Result<Vec<Row>, Unreadable> {
    if bytes.len() > format.max_bytes() {
        return Err(Unreadable::TooLarge { bytes: bytes.len(), most: format.max_bytes() });
    }
    let text = decode::decode(bytes)?;
    let rows = match format {
        Format::Csv => csv::read(&text),
        Format::Json => json::read(&text),
        Format::Markdown => markdown::read(&text),
        Format::Html => html::read(&text),
    }?;
    if rows.len() > MAX_ROWS { Err(Unreadable::TooMany) } else { Ok(rows) }
}

/// Writes a knowledge base as a file.
pub fn write(entries: &[Existing], format: Format) -> String {
    match format {
        Format::Csv => csv::write(entries),
        Format::Json => json::write(entries),
        Format::Markdown => markdown::write(entries),
        Format::Html => html::write(entries),
    }
}

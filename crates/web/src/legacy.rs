//! Sites that were installed with an older script keep their tag: the widget is served at that script's path, too, and
//! answers to the global name that their pages call.

use crate::asset::Asset;
use crate::build::current;
use std::io;

/// The current loader, which then also answers to this global name.
///
/// # Errors
/// It cannot be compressed.
pub fn loader_as(global: &str) -> io::Result<Asset> {
    let loader = current().loader_source().trim_ascii_end();
    // A line of its own: the last one of the loader may be a comment.
    let alias = format!("\n;window[\"{}\"]=window.Frontdesk;\n", escaped(global));
    Asset::made([loader, alias.as_bytes()].concat())
}

/// A name within double quotation marks, whatever it holds.
fn escaped(name: &str) -> String {
    let plain = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '$');
    let mut units = [0; 2];
    let mut written = String::new();
    for char in name.chars() {
        if plain(char) {
            written.push(char);
        } else {
            written.extend(char.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asset::Encoding;

    #[test]
    fn the_loader_gets_the_old_name_after_its_own() {
        let asset = loader_as("Some_$1").unwrap();
        let text = String::from_utf8(asset.bytes(Encoding::Identity).to_vec()).unwrap();
        assert!(text.ends_with("\n;window[\"Some_$1\"]=window.Frontdesk;\n"), "{text}");
        assert_ne!(asset.tag(Encoding::Identity), current().loader().tag(Encoding::Identity));
    }

    #[test]
    fn a_name_cannot_leave_its_quotation_marks() {
        assert_eq!(escaped("a\"];\n\\\u{1f600}"), "a\\u0022\\u005d\\u003b\\u000a\\u005c\\ud83d\\ude00");
    }

    #[test]
    fn of_brotli_there_is_none() {
        let asset = loader_as("Some").unwrap();
        assert_eq!(asset.encodings().collect::<Vec<_>>(), [Encoding::Gzip, Encoding::Identity]);
        assert_eq!(asset.bytes(Encoding::Brotli), asset.bytes(Encoding::Identity));
    }
}

//! What has to be there before the crate is compiled: how types of other crates look in the OpenAPI document, and the
//! files of its interactive page.

use std::error::Error;
use std::io::{Cursor, Read};
use std::path::Path;
use std::{env, fs};
use utoipa_config::Config;
use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;
use zip::{CompressionMethod, ZipArchive};

/// Types of other crates that stand in answers, with what they are in JSON.
const SHAPES: [(&str, &str); 13] = [
    ("AccountId", "i32"),
    ("ClientId", "i32"),
    ("DeliveryId", "i32"),
    ("EntryId", "i32"),
    ("MessageId", "i32"),
    ("WebhookId", "i32"),
    ("RequestLogId", "i32"),
    ("WidgetId", "i32"),
    ("PublicConversationId", "crate::openapi::types::ConversationId"),
    ("Date", "crate::openapi::types::Day"),
    ("RawValue", "f64"),
    ("Text", "String"),
    ("Cut", "String"),
];

/// Files of the interactive page; there are others that it does not need.
const FILES: [&str; 2] = ["swagger-ui-bundle.js", "swagger-ui.css"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    SHAPES.iter().fold(Config::new(), |config, (name, shape)| config.alias_for(name, shape)).write_to_file();
    #[expect(clippy::disallowed_methods, reason = "it is cargo's, and no setting")]
    let folder = env::var_os("OUT_DIR").ok_or("cargo sets no OUT_DIR")?;
    unpack(Path::new(&folder))
}

/// Writes the page's files as they are in the archive, still compressed: browsers unpack them.
fn unpack(folder: &Path) -> Result<(), Box<dyn Error>> {
    let mut archive = ZipArchive::new(Cursor::new(SWAGGER_UI_VENDORED))?;
    let first = archive.file_names().next().ok_or("the archive of the interactive page is empty")??;
    let root = first.split('/').next().unwrap_or_default().to_owned();
    for name in FILES {
        let index = archive.index_for_name(&format!("{root}/dist/{name}"));
        let index = index.ok_or_else(|| format!("{name} is not in the archive of the interactive page"))?;
        let mut file = archive.by_index_raw(index)?;
        if file.compression() != CompressionMethod::DEFLATE {
            return Err(format!("{name} is packed in another way than gzip's").into());
        }
        let mut deflated = Vec::new();
        file.read_to_end(&mut deflated)?;
        let size = u32::try_from(file.size())?;
        fs::write(folder.join(format!("{name}.gz")), gzip(&deflated, file.crc32(), size))?;
    }
    Ok(())
}

/// Deflated bytes with gzip's head and tail (RFC 1952).
fn gzip(deflated: &[u8], crc32: u32, size: u32) -> Vec<u8> {
    const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    [&HEAD, deflated, &crc32.to_le_bytes(), &size.to_le_bytes()].concat()
}

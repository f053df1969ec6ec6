//! A file as browsers take it.

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};
use std::io::{self, Write as _};

/// How a file is encoded on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As it is.
    Identity,
    /// RFC 1952.
    Gzip,
    /// RFC 7932.
    Brotli,
}

/// A script in the encodings that browsers take.
#[derive(Debug, Clone)]
pub struct Asset {
    plain: Bytes,
    gzip: Bytes,
    brotli: Option<Bytes>,
    tag: String,
}

impl Asset {
    /// A file that was compressed when the crate was built; `tag` differs for each content.
    pub(crate) fn built(plain: &'static [u8], gzip: &'static [u8], brotli: &'static [u8], tag: &str) -> Self {
        Self {
            plain: Bytes::from_static(plain),
            gzip: Bytes::from_static(gzip),
            brotli: Some(Bytes::from_static(brotli)),
            tag: tag.to_owned(),
        }
    }

    /// A file that is put together when the process starts. It has no brotli: its encoder is for builds.
    pub(crate) fn made(plain: Vec<u8>) -> io::Result<Self> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&plain)?;
        let hash = Sha256::digest(&plain);
        let tag = hash.iter().take(16).fold(0_u128, |tag, byte| tag << 8 | u128::from(*byte));
        Ok(Self {
            gzip: encoder.finish()?.into(),
            plain: plain.into(),
            brotli: None,
            tag: format!("{tag:032x}"),
        })
    }

    /// The encodings that there are, the smallest first.
    pub fn encodings(&self) -> impl Iterator<Item = Encoding> + use<> {
        let brotli = self.brotli.is_some().then_some(Encoding::Brotli);
        brotli.into_iter().chain([Encoding::Gzip, Encoding::Identity])
    }

    /// The bytes in an encoding; as they are where there is no such.
    pub fn bytes(&self, encoding: Encoding) -> Bytes {
        match (encoding, &self.brotli) {
            (Encoding::Brotli, Some(brotli)) => brotli.clone(),
            (Encoding::Gzip, _) => self.gzip.clone(),
            _ => self.plain.clone(),
        }
    }

    /// What tells these bytes from others at the same address (RFC 9110, 8.8.3), without quotation marks.
    pub fn tag(&self, encoding: Encoding) -> String {
        let suffix = match encoding {
            Encoding::Identity => "",
            Encoding::Gzip => "-gzip",
            Encoding::Brotli => "-br",
        };
        format!("{}{suffix}", self.tag)
    }
}

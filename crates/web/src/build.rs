//! The builds of the widget that this program holds.

use crate::asset::Asset;

include!(concat!(env!("OUT_DIR"), "/builds.rs"));

/// A file of a build.
#[derive(Debug)]
pub(crate) struct File {
    name: &'static str,
    plain: &'static [u8],
    gzip: &'static [u8],
    brotli: &'static [u8],
    tag: &'static str,
    integrity: &'static str,
}

/// One version of the widget. Its files never change.
#[derive(Debug)]
pub struct Build {
    version: &'static str,
    /// The loader first.
    files: [File; 2],
}

/// All builds, the current one first.
pub fn builds() -> &'static [Build] {
    BUILDS
}

/// The build that the address without a version stands for.
pub fn current() -> &'static Build {
    // The build script always writes it.
    &BUILDS[0]
}

/// The build of a version.
pub fn find(version: &str) -> Option<&'static Build> {
    BUILDS.iter().find(|build| build.version == version)
}

impl Build {
    /// The version: the beginning of a hash of all that it was made of.
    pub fn version(&self) -> &'static str {
        self.version
    }

    /// What a tag loads: it draws the button, and fetches the panel when that is opened.
    pub fn loader(&self) -> Asset {
        self.files[0].asset()
    }

    /// The loader's bytes.
    pub(crate) fn loader_source(&self) -> &'static [u8] {
        self.files[0].plain
    }

    /// The loader's checksum for the attribute `integrity`: `sha384-` and base64.
    pub fn loader_integrity(&self) -> &'static str {
        self.files[0].integrity
    }

    /// The file with this name: `loader.js` or `panel.js`.
    pub fn file(&self, name: &str) -> Option<Asset> {
        self.files.iter().find(|file| file.name == name).map(File::asset)
    }
}

impl File {
    fn asset(&self) -> Asset {
        Asset::built(self.plain, self.gzip, self.brotli, self.tag)
    }
}

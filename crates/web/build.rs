//! Reads the builds of the widget, compresses them as browsers take them, and writes them down as constants. A loader
//! that names another panel than the one beside it stops the build: browsers would refuse that panel.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256, Sha384};
use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

type Failure = Box<dyn Error>;

const FILES: [&str; 2] = ["loader.js", "panel.js"];

fn main() -> Result<(), Failure> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=dist");
    println!("cargo::rerun-if-changed=releases");
    let out = PathBuf::from(variable("OUT_DIR")?);
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let mut code = String::from("pub(crate) static BUILDS: &[Build] = &[\n");
    for (version, folder) in builds(&root)? {
        code += &build(&version, &folder, &out)?;
    }
    code += "];\n";
    fs::write(out.join("builds.rs"), code)?;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "it is cargo's, and no setting")]
fn variable(name: &str) -> Result<std::ffi::OsString, Failure> {
    env::var_os(name).ok_or_else(|| format!("cargo sets no {name}").into())
}

/// The current build, then the earlier ones by their versions.
fn builds(root: &Path) -> Result<Vec<(String, PathBuf)>, Failure> {
    let dist = root.join("dist");
    let mut all = vec![(text(&dist.join("version.txt"))?.trim().to_owned(), dist)];
    let mut earlier = Vec::new();
    for entry in fs::read_dir(root.join("releases"))? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            let version = entry.file_name().into_string().map_err(|_| "a release's name is not UTF-8")?;
            earlier.push((version, entry.path()));
        }
    }
    earlier.sort();
    // The current one may have been put there already.
    let current = all[0].0.clone();
    all.extend(earlier.into_iter().filter(|(version, _)| *version != current));
    for (version, folder) in &all {
        let sane = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !sane {
            return Err(format!("{}: {version:?} is no version", folder.display()).into());
        }
    }
    Ok(all)
}

fn build(version: &str, folder: &Path, out: &Path) -> Result<String, Failure> {
    let panel = fs::read(folder.join("panel.js"))?;
    let loader = text(&folder.join("loader.js"))?;
    for part in [format!("widget/{version}/panel.js"), integrity(&panel)] {
        if !loader.contains(&part) {
            let dist = folder.display();
            return Err(format!(
                "{dist}/loader.js does not name {part}: run `node build.mjs` in crates/web/widget"
            )
            .into());
        }
    }
    let mut code = format!("    Build {{ version: {version:?}, files: [\n");
    for name in FILES {
        let path = folder.join(name);
        let stem = out.join(format!("{version}-{name}"));
        write!(code, "        {}", file(name, &path, &stem)?)?;
    }
    code += "    ] },\n";
    Ok(code)
}

/// Writes the compressed bytes beside `stem`.
fn file(name: &str, path: &Path, stem: &Path) -> Result<String, Failure> {
    let bytes = fs::read(path)?;
    let (gz, br) = (stem.with_extension("js.gz"), stem.with_extension("js.br"));
    fs::write(&gz, gzip(&bytes)?)?;
    fs::write(&br, brotli(&bytes)?)?;
    let tag = Sha256::digest(&bytes).iter().take(16).fold(0_u128, |tag, byte| tag << 8 | u128::from(*byte));
    let (plain, gzip, brotli) = (quoted(path)?, quoted(&gz)?, quoted(&br)?);
    let integrity = integrity(&bytes);
    Ok(format!(
        "File {{ name: {name:?}, plain: include_bytes!({plain}), gzip: include_bytes!({gzip}), brotli: include_bytes!({brotli}), tag: \"{tag:032x}\", integrity: {integrity:?} }},\n"
    ))
}

/// A path as it stands in code.
fn quoted(path: &Path) -> Result<String, Failure> {
    let text = path.to_str().ok_or_else(|| format!("{}: its name is not UTF-8", path.display()))?;
    Ok(format!("{text:?}"))
}

fn integrity(bytes: &[u8]) -> String {
    format!("sha384-{}", STANDARD.encode(Sha384::digest(bytes)))
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

fn brotli(bytes: &[u8]) -> Result<Vec<u8>, Failure> {
    let parameters = BrotliEncoderParams { quality: 11, size_hint: bytes.len(), ..Default::default() };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &bytes[..], &mut compressed, &parameters)?;
    Ok(compressed)
}

fn text(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()).into())
}

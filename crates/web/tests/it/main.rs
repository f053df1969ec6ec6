//! The builds that the program holds, as browsers get them.

#![allow(clippy::unwrap_used)]

use flate2::read::GzDecoder;
use frontdesk_web::{Asset, Encoding, builds, current, find};
use std::io::Read as _;

const FILES: [&str; 2] = ["loader.js", "panel.js"];
/// What a page loads before anybody opens the widget, compressed with gzip.
const MOST_OF_THE_LOADER: usize = 4_096;
/// And all that it ever loads.
const MOST_OF_ALL: usize = 24_576;

fn gzipped(asset: &Asset) -> usize {
    asset.bytes(Encoding::Gzip).len()
}

#[test]
fn the_widget_stays_small() {
    let loader = gzipped(&current().loader());
    let all: usize = FILES.iter().map(|name| gzipped(&current().file(name).unwrap())).sum();
    assert!(loader <= MOST_OF_THE_LOADER, "the loader has {loader} bytes; at most {MOST_OF_THE_LOADER}");
    assert!(all <= MOST_OF_ALL, "the widget has {all} bytes; at most {MOST_OF_ALL}");
}

#[test]
fn every_encoding_holds_the_same_script() {
    for asset in builds().iter().flat_map(|build| FILES.map(|name| build.file(name).unwrap())) {
        let plain = asset.bytes(Encoding::Identity);
        let (mut from_gzip, mut from_brotli) = (Vec::new(), Vec::new());
        GzDecoder::new(&asset.bytes(Encoding::Gzip)[..]).read_to_end(&mut from_gzip).unwrap();
        brotli::BrotliDecompress(&mut &asset.bytes(Encoding::Brotli)[..], &mut from_brotli).unwrap();
        assert_eq!((&from_gzip[..], &from_brotli[..]), (&plain[..], &plain[..]));
        let tags: Vec<_> = asset.encodings().map(|encoding| asset.tag(encoding)).collect();
        assert!(tags[0] != tags[1] && tags[1] != tags[2] && tags[0] != tags[2], "{tags:?}");
    }
}

#[test]
fn each_version_is_found_by_its_name_with_its_files_alone() {
    for build in builds() {
        let found = find(build.version()).unwrap();
        assert_eq!(found.loader_integrity(), build.loader_integrity());
        assert!(found.file("version.txt").is_none() && found.file("").is_none());
    }
    assert!(find("").is_none() && find("..").is_none());
    assert_eq!(find(current().version()).unwrap().version(), builds()[0].version());
}

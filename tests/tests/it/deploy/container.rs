//! The image: built with the project's own toolchain, and from nothing that its last stage does not have.

use super::{assigned, path, text, toolchain, variables};
use frontdesk_tests::process;
use std::process::Command;

/// The instructions of the `Dockerfile`, each on one line, without comments.
fn instructions() -> Vec<(String, String)> {
    let joined = text("Dockerfile").replace("\\\n", " ");
    let lines = joined.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let parts = lines.map(|line| {
        let (instruction, rest) = line.split_once(' ').unwrap();
        (instruction.to_owned(), rest.split_whitespace().collect::<Vec<_>>().join(" "))
    });
    parts.collect()
}

/// The instructions of the stage that is shipped.
fn shipped() -> Vec<(String, String)> {
    let all = instructions();
    let last = all.iter().rposition(|(instruction, _)| instruction == "FROM").unwrap();
    all[last..].to_vec()
}

fn the(instruction: &str, of: &[(String, String)]) -> String {
    let found: Vec<_> = of.iter().filter(|(name, _)| name == instruction).collect();
    let [(_, rest)] = found[..] else { panic!("{instruction} {} times", found.len()) };
    rest.clone()
}

#[test]
fn the_image_is_built_with_the_projects_toolchain_and_heroku_builds_the_same() {
    let (all, channel) = (instructions(), toolchain());
    assert_eq!(all[0].1, format!("rust:{channel}-bookworm AS build"));
    assert!(all.iter().any(|(_, rest)| *rest == format!("RUSTUP_TOOLCHAIN={channel}")));
    let flags = assigned(&text("RustConfig"), "RUST_CARGO_BUILD_FLAGS");
    assert!(the("RUN", &all).contains(&format!(" cargo build {flags} --features \"$FEATURES\" && ")));
    let manifest: toml::Table = text("Cargo.toml").parse().unwrap();
    let package = &manifest["workspace"]["package"];
    assert!(channel.starts_with(package["rust-version"].as_str().unwrap()));
    let version = package["version"].as_str().unwrap();
    assert!(shipped().iter().any(|(name, rest)| name == "ARG" && *rest == format!("VERSION={version}")));
}

#[test]
fn the_image_runs_without_a_shell_and_without_rights() {
    let shipped = shipped();
    assert!(the("FROM", &shipped).contains("distroless"));
    assert!(shipped.iter().all(|(name, _)| name != "RUN"), "there is no shell to run anything");
    let user = the("USER", &shipped);
    let (user, group) = user.split_once(':').unwrap();
    assert!(user.parse::<u32>().unwrap() > 0 && group.parse::<u32>().unwrap() > 0);
    for (instruction, expected) in
        [("CMD", &["api", "serve"][..]), ("HEALTHCHECK", &["api", "health", "--live"])]
    {
        let rest = the(instruction, &shipped);
        let list = &rest[rest.find('[').unwrap_or_else(|| panic!("{rest} wants a shell"))..];
        let command: Vec<String> = serde_json::from_str(list).unwrap();
        assert_eq!(command.join(" "), format!("/usr/local/bin/{}", expected.join(" ")));
    }
}

#[test]
fn what_the_image_copies_is_there() {
    let all = instructions();
    let build = the("RUN", &all);
    for (_, rest) in all.iter().filter(|(name, _)| name == "COPY") {
        let mut sources: Vec<&str> = rest.split(' ').filter(|word| !word.starts_with("--")).collect();
        sources.pop();
        for source in sources {
            if rest.contains("--from=build") {
                let name = source.rsplit('/').next().unwrap();
                assert!(source.starts_with("/out/") && build.contains(name), "{source}");
            } else {
                assert!(path(source).exists(), "{source}");
            }
        }
    }
    let ignored = text(".dockerignore");
    for kept_out in [".git", ".env", "target", "**/node_modules"] {
        assert!(ignored.lines().any(|line| line == kept_out), "{kept_out} would get into the build");
    }
    for needed in ["Cargo.toml", "Cargo.lock", "bins", "crates", "migrations", "tests", "README.md"] {
        assert!(path(needed).exists() && ignored.lines().all(|line| line != needed), "{needed}");
    }
}

/// What the base image of the last stage has. `OPENSSL_NO_VENDOR` is for faster builds while developing.
const LIBRARIES: [&str; 5] =
    ["libc.so.6", "libm.so.6", "libgcc_s.so.1", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"];
const OPENSSL: [&str; 2] = ["libssl.so.3", "libcrypto.so.3"];

#[test]
fn the_programs_need_nothing_but_the_c_library() {
    for program in ["api", "reset-worker"] {
        let output = Command::new("readelf").arg("--dynamic").arg(process::binary(program)).output();
        let output = output.expect("install binutils");
        let dynamic = String::from_utf8_lossy(&output.stdout);
        let needed: Vec<&str> = dynamic.lines().filter(|line| line.contains("(NEEDED)")).collect();
        assert!(!needed.is_empty(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
        for line in needed {
            let library = line.split_once('[').unwrap().1.trim_end_matches(']');
            let of_a_developer = option_env!("OPENSSL_NO_VENDOR").is_some() && OPENSSL.contains(&library);
            assert!(LIBRARIES.contains(&library) || of_a_developer, "{program} needs {library}");
        }
    }
}

#[test]
fn the_compose_file_sets_variables_that_the_programs_read() {
    let (compose, variables) = (text("docs/deploy/docker-compose.yml"), variables());
    let of_postgres = ["POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"];
    let keys = compose.lines().filter_map(|line| line.trim_start().split_once(": ").map(|(key, _)| key));
    let set: Vec<&str> =
        keys.filter(|key| key.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')).collect();
    assert!(set.contains(&"DATABASE_URL") && set.contains(&"REDIS_URL"), "{set:?}");
    for name in set {
        assert!(of_postgres.contains(&name) || variables.iter().any(|known| known == name), "{name}");
    }
}

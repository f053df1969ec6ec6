//! What `docs/deploy` promises, done: Heroku's surroundings, the image's contents, backups, newer databases.

mod backup;
mod container;
mod health;
mod heroku;
mod newer;
mod units;

use std::path::{Path, PathBuf};
use std::{fs, iter};

/// A file of the repository.
fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file)
}

fn text(file: &str) -> String {
    fs::read_to_string(path(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The names of all variables that the programs read, as `.env.example` lists them.
fn variables() -> Vec<String> {
    let example = text(".env.example");
    let assignments = example.lines().filter_map(|line| line.strip_prefix('#')?.split_once('='));
    let names = assignments.map(|(name, _)| name.to_owned()).filter(|name| !name.contains(' '));
    names.filter(|name| !name.starts_with("PROVIDERS__")).collect()
}

/// The toolchain that everything is built with.
fn toolchain() -> String {
    let file: toml::Table = text("rust-toolchain.toml").parse().unwrap();
    file["toolchain"]["channel"].as_str().unwrap().to_owned()
}

/// What is set by `NAME=value`, with or without quotes, in a file for shells.
fn assigned(text: &str, name: &str) -> String {
    let values = text.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    let [value] = values.collect::<Vec<_>>()[..] else { panic!("{name} is not set once") };
    value.trim_matches('"').to_owned()
}

/// The commands of a manual's section: its first block, below one heading within another.
fn commands(manual: &str, part: &str, section: &str) -> String {
    let below = |text: &str, heading: &str| {
        let mut lines = text.lines().skip_while(|line| *line != heading);
        assert!(lines.next().is_some(), "no {heading}");
        lines.collect::<Vec<_>>().join("\n")
    };
    let section = below(&below(manual, &format!("## {part}")), &format!("### {section}"));
    let block = section.split_once("```bash\n").unwrap().1.split_once("```").unwrap().0;
    block.to_owned()
}

/// The words of a command line, of which the first may be assignments.
fn words(line: &str) -> (Vec<(String, String)>, Vec<String>) {
    let mut words = line.split_whitespace().map(str::to_owned).peekable();
    let assignments = iter::from_fn(|| {
        let word = words.next_if(|word| word.contains('='))?;
        word.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))
    });
    (assignments.collect(), words.collect())
}

#[test]
fn a_command_is_taken_apart() {
    let pairs = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Vec<_>>()
    };
    let (assignments, command) = words("A=1 B=2 ./run --at C=3");
    assert_eq!((assignments, command.join("|")), (pairs(&[("A", "1"), ("B", "2")]), "./run|--at|C=3".into()));
    let manual = "# M\n## One\n### Do\n```bash\na\n```\n## Two\n### Do\nso:\n\n```bash\nb\nc\n```\n";
    assert_eq!(
        (commands(manual, "One", "Do").as_str(), commands(manual, "Two", "Do").as_str()),
        ("a\n", "b\nc\n")
    );
}

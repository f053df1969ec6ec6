//! What holds for every file.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use frontdesk_domain::ids::EntryId;
use frontdesk_transfer::{Existing, Format, Item, MAX_BYTES, Row, Unreadable, plan, read, write};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::HashSet;

/// Texts with what the formats use for themselves.
fn text(longest: usize) -> impl Strategy<Value = String> {
    let parts = proptest::sample::select(vec![
        "Where",
        "is",
        "it?",
        " ",
        " ",
        "\"",
        "'",
        ",",
        ";",
        "|",
        "<b>",
        "</script>",
        "<!--",
        "&amp;",
        "&",
        "# ",
        "## x",
        "*a*",
        "_b_",
        "`c`",
        "[d](e)",
        "\\",
        "=",
        "-",
        "+",
        "@",
        "~~~",
        "Q:",
        "A:",
        "**Q:**",
        "{",
        "}",
        "[",
        "]",
        "1.",
        "é",
        "你",
        "مرحبا",
        "🎉",
    ]);
    vec(parts, 1..longest).prop_map(|parts| parts.concat().split_whitespace().collect::<Vec<_>>().join(" "))
}

fn lines() -> impl Strategy<Value = String> {
    let breaks =
        proptest::sample::select(vec!["\n", "\n\n", "\n---\n", "\n===\n", "\n```\n", "\n- ", "\n<div>\n"]);
    // HTML knows no spaces at the end of a line.
    let ended =
        |text: String| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim().to_owned();
    vec((text(6), breaks), 1..5)
        .prop_map(move |parts| ended(parts.into_iter().map(|(text, end)| text + end).collect()))
}

fn base() -> impl Strategy<Value = Vec<Existing>> {
    let fields =
        (text(8), lines(), vec(text(3), 0..4), proptest::option::of(text(4)), any::<i32>(), any::<bool>());
    vec(fields, 0..6).prop_map(|all| {
        let mut seen = HashSet::new();
        let entry = |(id, (question, answer, keywords, category, priority, is_active)): (i32, _)| Existing {
            id: EntryId(id),
            question,
            answer,
            keywords,
            category,
            priority,
            is_active,
            context: None,
        };
        let entries = (1..).zip(all).map(entry);
        let is_whole = |entry: &Existing| {
            !entry.question.is_empty()
                && !entry.answer.is_empty()
                && entry.keywords.iter().all(|word| !word.is_empty())
                && entry.category.as_deref() != Some("")
        };
        entries
            .filter(is_whole)
            .filter(|entry| seen.insert(frontdesk_knowledge::question_key(&entry.question)))
            .collect()
    })
}

fn items(rows: Vec<Row>) -> Vec<Item> {
    rows.into_iter().map(|row| row.item.unwrap()).collect()
}

fn read_back(entries: &[Existing], format: Format) -> Vec<Item> {
    items(read(write(entries, format).as_bytes(), format).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn tables_and_lists_are_read_as_they_were_written(base in base()) {
        for format in [Format::Csv, Format::Json] {
            let found = read_back(&base, format);
            prop_assert_eq!(found.len(), base.len());
            for (item, entry) in found.iter().zip(&base) {
                prop_assert_eq!((&item.id, &item.question, &item.answer), (&Some(entry.id), &entry.question, &entry.answer));
                prop_assert_eq!(&item.keywords, &Some(entry.keywords.clone()));
                prop_assert_eq!(&item.category, &Some(entry.category.clone()));
                prop_assert_eq!((item.priority, item.is_active), (Some(entry.priority), Some(entry.is_active)));
            }
            let again = plan(&base, read(write(&base, format).as_bytes(), format).unwrap());
            prop_assert!(again.changes.is_empty(), "{:?}", again.rows);
        }
    }

    #[test]
    fn pages_are_read_as_they_were_written(base in base()) {
        let shown: Vec<Existing> = base.into_iter().filter(|entry| entry.is_active).collect();
        prop_assume!(!shown.is_empty());
        for format in [Format::Markdown, Format::Html] {
            let mut found: Vec<_> = read_back(&shown, format)
                .into_iter()
                .map(|item| (item.question, item.answer, item.category.flatten()))
                .collect();
            let mut wanted: Vec<_> = shown
                .iter()
                .map(|entry| (entry.question.clone(), entry.answer.clone(), entry.category.clone()))
                .collect();
            found.sort();
            wanted.sort();
            prop_assert_eq!(found, wanted, "{}", write(&shown, format));
        }
    }

    #[test]
    fn any_bytes_are_met_without_panic(bytes in vec(any::<u8>(), 0..400), page in text(40)) {
        for format in Format::ALL {
            for bytes in [&bytes[..], page.as_bytes()] {
                if let Ok(rows) = read(bytes, format) {
                    let plan = plan(&[], rows);
                    prop_assert!(plan.changes.len() <= plan.rows.len());
                }
            }
        }
    }
}

#[test]
fn large_and_deep_files_end() {
    let bombs = [
        "a".repeat(MAX_BYTES),
        "<div>".repeat(MAX_BYTES / 5),
        "<details><summary>".repeat(MAX_BYTES / 18),
        "> ".repeat(100_000),
        "[".repeat(MAX_BYTES),
        "&amp;".repeat(MAX_BYTES / 5),
        "<p itemscope itemtype=https://schema.org/Question itemprop=name>".repeat(20_000),
        "# a\n".repeat(MAX_BYTES / 4),
        "\"".repeat(MAX_BYTES),
        "question,answer\n".repeat(20_000),
    ];
    for bomb in &bombs {
        for format in Format::ALL {
            if let Ok(rows) = read(bomb.as_bytes(), format) {
                assert!(plan(&[], rows).rows.len() <= frontdesk_transfer::MAX_ROWS);
            }
        }
    }
    assert_eq!(read(&vec![b'a'; MAX_BYTES + 1], Format::Csv), Err(Unreadable::TooLarge(MAX_BYTES + 1)));
}

//! What holds for every file.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use frontdesk_domain::ids::EntryId;
use frontdesk_transfer::{
    Existing, Format, Item, MAX_BYTES, MAX_PAGE_BYTES, Row, Unreadable, plan, read, write,
};
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
            let again = plan(&base, &read(write(&base, format).as_bytes(), format).unwrap());
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
                    let plan = plan(&[], &rows);
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
        "<div>".repeat(MAX_PAGE_BYTES / 5),
        "<details><summary>".repeat(MAX_PAGE_BYTES / 18),
        "> ".repeat(100_000),
        "[".repeat(MAX_BYTES),
        "&amp;".repeat(MAX_PAGE_BYTES / 5),
        "<p itemscope itemtype=https://schema.org/Question itemprop=name>".repeat(20_000),
        "# a\n".repeat(MAX_PAGE_BYTES / 4),
        "\"".repeat(MAX_BYTES),
        "question,answer\n".repeat(20_000),
    ];
    for bomb in &bombs {
        for format in Format::ALL {
            if let Ok(rows) = read(bomb.as_bytes(), format) {
                assert!(plan(&[], &rows).rows.len() <= frontdesk_transfer::MAX_ROWS);
            }
        }
    }
    for format in Format::ALL {
        let most = format.max_bytes();
        let too_large = Unreadable::TooLarge { bytes: most + 1, most };
        assert_eq!(read(&vec![b'a'; most + 1], format), Err(too_large));
    }
}

#[test]
fn a_base_of_thirty_megabytes_is_read_as_it_was_written() {
    let entry = |id: i32| Existing {
        id: EntryId(id),
        question: format!("Question {id}?"),
        answer: format!("Line {id}\n").repeat(500).trim_end().to_owned(),
        keywords: vec![format!("key {id}")],
        category: Some("All".into()),
        priority: 0,
        is_active: true,
        context: None,
    };
    let base: Vec<Existing> = (100_000..105_000).map(entry).collect();
    for format in [Format::Csv, Format::Json] {
        let file = write(&base, format);
        assert!(file.len() > 30_000_000 && file.len() <= MAX_BYTES, "{format}: {}", file.len());
        let rows = read(file.as_bytes(), format).unwrap();
        assert_eq!(rows.len(), base.len());
        assert!(plan(&base, &rows).changes.is_empty());
    }
}

#[test]
fn lists_without_end_and_entries_without_end_are_refused_in_little_memory() {
    let many = format!("[{}0]", "0,".repeat(MAX_BYTES / 2 - 2));
    assert_eq!(read(many.as_bytes(), Format::Json), Err(Unreadable::TooMany));
    let wide = format!(r#"[{{"question":"q","answer":"a","context":[{}0]}}]"#, "0,".repeat(1_000_000));
    let rows = read(wide.as_bytes(), Format::Json).unwrap();
    assert_eq!(rows[0].item.as_ref().unwrap_err(), "the entry has 2000043 bytes: at most 1048576 are read");
}

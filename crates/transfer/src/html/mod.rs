//! FAQ pages in HTML. The first of these that a page has: schema.org's `FAQPage` as JSON-LD or microdata,
//! `<details>` with a `<summary>`, `<dl>` lists, headings that end with a question mark. Answers are plain text:
//! lists keep their dashes, links their addresses.

mod structured;
mod text;
mod tokens;
mod visible;
mod write;

pub(crate) use write::write;

use crate::item::Row;
use crate::{MAX_ROWS, Unreadable};

const NOTHING: &str = "there is no question in the page: it needs schema.org FAQPage data, <details> with <summary>, <dl> lists, or headings that end with a question mark";

/// The longest tag, in bytes: the parser compares each attribute with all before it.
const MAX_TAG: usize = 64 * 1024;

pub(crate) fn read(page: &str) -> Result<Vec<Row>, Unreadable> {
    if let Some(place) = long_tag(page) {
        let line = 1 + page[..place].matches('\n').count() as u64;
        let problem = "a tag that is longer than 64 kB begins here: take it out".to_owned();
        return Err(Unreadable::Syntax { line, problem });
    }
    let tokens = tokens::tokens(page);
    let ways =
        [structured::json_ld, structured::microdata, visible::details, visible::lists, visible::headings];
    let rows = ways.iter().map(|way| way(&tokens)).find(|rows| !rows.is_empty()).unwrap_or_default();
    match rows.len() {
        0 => Err(Unreadable::Empty(NOTHING)),
        1..=MAX_ROWS => Ok(rows),
        _ => Err(Unreadable::TooMany),
    }
}

/// The place of a `<` with which a tag begins that does not end for long.
fn long_tag(page: &str) -> Option<usize> {
    let mut at = 0;
    while let Some(start) = page[at..].find('<').map(|found| at + found) {
        let length = page[start..].find('>').unwrap_or(page.len() - start);
        let is_tag = page[start + 1..].starts_with(|first: char| first.is_ascii_alphabetic());
        if is_tag && length > MAX_TAG {
            return Some(start);
        }
        at = start + length.max(1);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::Item;

    fn items(page: &str) -> Vec<Item> {
        read(page).unwrap().into_iter().map(|row| row.item.unwrap()).collect()
    }

    fn is_where_and_when(items: &[Item]) {
        let found: Vec<_> = items.iter().map(|item| (item.question.as_str(), item.answer.as_str())).collect();
        assert_eq!(
            found,
            [("Where & how?", "Here.\n\n- by bus\n- by car (https://example.com/map)"), ("When?", "Now.")]
        );
    }

    const ANSWER: &str = "<p>Here.</p>\n<ul><li>by <b>bus</b></li><li>by <a href=\"https://example.com/map\">car</a></li></ul>";

    #[test]
    fn structured_data_is_read_first() {
        let answer = ANSWER.replace('"', "\\\"").replace('\n', " ");
        is_where_and_when(&items(&format!(
            "<h2>Other?</h2><p>x</p><script type=\"application/ld+json\">{{\"@context\":\"https://schema.org\",\"@graph\":[{{\
            \"@type\":\"FAQPage\",\"mainEntity\":[{{\"@type\":\"Question\",\"name\":\"Where &amp; how?\",\"acceptedAnswer\":\
            {{\"@type\":\"Answer\",\"text\":\"{answer}\"}}}},{{\"@type\":[\"Question\"],\"name\":\"When?\",\"acceptedAnswer\":\
            [{{\"text\":\"Now.\"}}]}}]}}]}}</script>"
        )));
        is_where_and_when(&items(&format!(
            "<div itemscope itemtype=\"https://schema.org/FAQPage\"><div itemscope itemprop=\"mainEntity\" \
            itemtype=\"https://schema.org/Question\"><h3 itemprop=\"name\">Where &amp; how?</h3><div itemscope \
            itemprop=\"acceptedAnswer\" itemtype=\"https://schema.org/Answer\"><div itemprop=\"text\">{ANSWER}</div></div></div>\
            <div itemscope itemtype=\"https://schema.org/Question\"><h3 itemprop=\"name\">When?</h3><div itemprop=\"acceptedAnswer\">\
            <p itemprop=\"text\">Now.</p></div></div></div>"
        )));
    }

    #[test]
    fn visible_questions_are_read() {
        is_where_and_when(&items(&format!(
            "<details><summary>Where &amp; how?</summary>{ANSWER}</details>\n<details open><summary>When?</summary>Now.</details>"
        )));
        is_where_and_when(&items(&format!(
            "<dl><dt>Where &amp; how?</dt><dd>{ANSWER}</dd><dt>When?<dd>Now.</dl>"
        )));
        is_where_and_when(&items(&format!(
            "<style>p{{}}</style><h1>FAQ</h1><h2>Where &amp; how?</h2>{ANSWER}<script>alert(1)</script><h2>When?</h2>Now.\
            <h2>Contact</h2><p>555</p>"
        )));
    }

    #[test]
    fn two_questions_of_a_list_have_the_answer_that_follows_both() {
        let found = |page: &str| -> Vec<_> {
            items(page).into_iter().map(|item| (item.question, item.answer)).collect()
        };
        let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(question, answer)| ((*question).into(), (*answer).into())).collect()
        };
        assert_eq!(
            found(
                "<dl><dt>Where?</dt><dt>Your address?</dt><dd>Here.</dd><dt>When?</dt><dd>Now.</dd><dd>Always.</dd></dl>"
            ),
            pairs(&[("Where?", "Here."), ("Your address?", "Here."), ("When?", "Now.\nAlways.")])
        );
        assert_eq!(
            found("<dl><div><dt>A?<dt>B?<dd>1</div><div><dt>C?<dd>2</div></dl><dl><dt>D?<dd>3"),
            pairs(&[("A?", "1"), ("B?", "1"), ("C?", "2"), ("D?", "3")])
        );
    }

    #[test]
    fn tags_that_nobody_closes_end_with_what_follows() {
        let question = "<div itemtype=\"https://schema.org/Question\">";
        let name = "<p itemprop=name>";
        let items = items(&format!(
            "{question}{name}Where?<p itemprop=text>Here.</div>{question}<meta itemprop=name content=\"When?\"><p itemprop=text>Now."
        ));
        let found: Vec<_> = items.iter().map(|item| (item.question.as_str(), item.answer.as_str())).collect();
        assert_eq!(found, [("Where?", "Here."), ("When?", "Now.")]);
    }

    #[test]
    fn pictures_and_ends_of_pages_lose_no_question() {
        let items = items(
            "<details><summary><svg/>Where?</summary>Here.</details><details><summary>When?</summary>Now.",
        );
        assert_eq!(items.iter().map(|item| item.question.as_str()).collect::<Vec<_>>(), ["Where?", "When?"]);
        let rows = read(&format!("<h2>Where?</h2>{}<h2>When?</h2>Now.", "word ".repeat(5_000))).unwrap();
        assert_eq!(rows.iter().map(|row| row.item.is_ok()).collect::<Vec<_>>(), [false, true]);
    }

    #[test]
    fn a_tag_of_thousands_of_attributes_is_refused() {
        let attributes = " a=x".repeat(20_000);
        let error = read(&format!("<p>\n<dl{attributes}><dt>A?</dt><dd>B</dd></dl>")).unwrap_err();
        assert!(matches!(error, Unreadable::Syntax { line: 2, .. }), "{error}");
    }

    #[test]
    fn lines_are_counted_and_faults_are_told() {
        let rows = read("<dl>\n<dt>A?</dt><dd>1</dd>\n<dt>B?</dt><dd> </dd></dl>").unwrap();
        assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(rows[1].item, Err("answer: it is empty, write something".to_owned()));
    }

    #[test]
    fn a_page_without_questions_says_what_is_missing() {
        for page in ["", "<p>Hello", "<script type=\"application/ld+json\">{</script>", "<dl></dl>"] {
            assert_eq!(read(page), Err(Unreadable::Empty(NOTHING)), "{page}");
        }
    }
}

//! Tables: a line of names, then an entry a line.

use crate::item::{Existing, Item, Row};
use crate::{MAX_ROWS, Unreadable};
use csv::{ReaderBuilder, StringRecord, Writer};
use frontdesk_domain::ids::EntryId;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Id,
    Question,
    Answer,
    Keywords,
    Category,
    Priority,
    Active,
    Context,
}

const COLUMNS: [(Column, &[&str]); 8] = [
    (Column::Id, &["id"]),
    (Column::Question, &["question", "questions", "q"]),
    (Column::Answer, &["answer", "answers", "a", "response"]),
    (Column::Keywords, &["keywords", "keyword", "tags"]),
    (Column::Category, &["category", "topic", "group"]),
    (Column::Priority, &["priority"]),
    (Column::Active, &["is_active", "active", "enabled"]),
    (Column::Context, &["context"]),
];

/// A spreadsheet takes a cell that begins like this for a formula.
const FORMULA: [char; 5] = ['=', '+', '-', '@', '\t'];

pub(crate) fn read(text: &str) -> Result<Vec<Row>, Unreadable> {
    let (table, delimiter, skipped) = dialect(text);
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .has_headers(false)
        .from_reader(table.as_bytes());
    let mut records = reader.records();
    let Some(names) = records.next().transpose().map_err(|error| syntax(&error, skipped))? else {
        return Err(Unreadable::Empty(
            "the file is empty: begin it with a line of names such as question,answer",
        ));
    };
    let columns = columns(&names, skipped + 1)?;
    let mut lines = Lines { line: skipped + 1, at: 0 };
    let mut rows = Vec::new();
    for record in records {
        let record = record.map_err(|error| syntax(&error, skipped))?;
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let start =
            record.position().and_then(|place| usize::try_from(place.byte()).ok()).unwrap_or_default();
        let line = lines.of(table, start);
        rows.push(row(line, &columns, &record));
        if rows.len() > MAX_ROWS {
            return Err(Unreadable::TooMany);
        }
    }
    Ok(rows)
}

/// Counts lines on the way through the table. The reader's own numbers leave out empty lines, and the second half of
/// a spreadsheet's line breaks.
struct Lines {
    line: u64,
    at: usize,
}

impl Lines {
    /// The line of the record that begins at `start` or after the line breaks there.
    fn of(&mut self, table: &str, start: usize) -> u64 {
        let rest = table.get(start..).unwrap_or_default();
        let start = start + rest.len() - rest.trim_start_matches(['\r', '\n']).len();
        self.line += table.get(self.at..start).unwrap_or_default().matches('\n').count() as u64;
        self.at = start;
        self.line
    }
}

/// The table, what is between its cells, and how many lines stand before it: a spreadsheet may say the sign in a
/// line of its own.
fn dialect(text: &str) -> (&str, u8, u64) {
    if let Some(said) = text.strip_prefix("sep=")
        && let Some((sign, table)) = said.split_once('\n')
        && let [sign] = sign.trim_end_matches('\r').as_bytes()
    {
        return (table, *sign, 1);
    }
    let names = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |sign: &u8| names.bytes().filter(|byte| byte == sign).count();
    // The first of equals: commas.
    let sign = [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',');
    (text, sign, 0)
}

fn syntax(error: &csv::Error, skipped: u64) -> Unreadable {
    let line = error.position().map_or(0, csv::Position::line) + skipped;
    Unreadable::Syntax { line, problem: format!("the table cannot be read: {error}") }
}

fn columns(names: &StringRecord, line: u64) -> Result<Vec<Option<Column>>, Unreadable> {
    let mut columns = Vec::new();
    for name in names {
        let name = name.trim().to_lowercase();
        let column =
            COLUMNS.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(column, _)| *column);
        if column.is_some() && columns.contains(&column) {
            let problem = format!("the column {name:?} comes twice: keep one of them");
            return Err(Unreadable::Syntax { line, problem });
        }
        columns.push(column);
    }
    for (column, names) in &COLUMNS[1..3] {
        if !columns.contains(&Some(*column)) {
            let problem =
                format!("there is no column {:?}: the first line has to name the columns", names[0]);
            return Err(Unreadable::Syntax { line, problem });
        }
    }
    Ok(columns)
}

fn row(line: u64, columns: &[Option<Column>], record: &StringRecord) -> Row {
    let mut item = Item::default();
    let mut faults = Vec::new();
    if record.len() > columns.len() && record.iter().skip(columns.len()).any(|cell| !cell.trim().is_empty()) {
        faults.push(format!(
            "there are {} cells for {} columns, quote texts that hold the separator",
            record.len(),
            columns.len()
        ));
    }
    for (column, cell) in columns.iter().zip(record) {
        let cell = unguarded(cell);
        let given = Some(cell.trim()).filter(|cell| !cell.is_empty());
        match column {
            Some(Column::Question) => cell.clone_into(&mut item.question),
            Some(Column::Answer) => cell.clone_into(&mut item.answer),
            Some(Column::Keywords) => item.keywords = Some(keywords(cell)),
            Some(Column::Category) => item.category = Some(given.map(str::to_owned)),
            Some(Column::Id) => item.id = number("id", given, &mut faults).map(EntryId),
            Some(Column::Priority) => item.priority = number("priority", given, &mut faults),
            Some(Column::Context) => item.context = context(given, &mut faults),
            Some(Column::Active) => {
                item.is_active = given.and_then(|word| {
                    let active = yes_or_no(word);
                    if active.is_none() {
                        faults.push("active: write true or false".to_owned());
                    }
                    active
                });
            }
            None => {}
        }
    }
    Row::checked(line, item, faults)
}

fn number(name: &str, given: Option<&str>, faults: &mut Vec<String>) -> Option<i32> {
    let number = given?.parse().ok();
    if number.is_none() {
        faults.push(format!("{name}: write a whole number"));
    }
    number
}

#[expect(clippy::option_option, reason = "as an item has it")]
fn context(given: Option<&str>, faults: &mut Vec<String>) -> Option<Option<serde_json::Value>> {
    match given.map(serde_json::from_str) {
        None => Some(None),
        Some(Ok(context)) => Some(Some(context)),
        Some(Err(_)) => {
            faults.push("context: write JSON".to_owned());
            None
        }
    }
}

fn yes_or_no(word: &str) -> Option<bool> {
    match word.to_lowercase().as_str() {
        "true" | "yes" | "1" | "t" | "y" => Some(true),
        "false" | "no" | "0" | "f" | "n" => Some(false),
        _ => None,
    }
}

/// Separated by `;` or `|`, else by commas; or a JSON list.
fn keywords(cell: &str) -> Vec<String> {
    if let Ok(list) = serde_json::from_str(cell) {
        return list;
    }
    let signs: &[char] = if cell.contains([';', '|']) { &[';', '|'] } else { &[','] };
    cell.split(signs).map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn keywords_cell(keywords: &[String]) -> String {
    let plain = |word: &String| !word.contains([';', '|', ',', '[', '"']) && word.trim() == word;
    if keywords.iter().all(plain) {
        return keywords.join("; ");
    }
    // Texts are always JSON.
    serde_json::to_string(keywords).unwrap_or_default()
}

fn guarded(cell: &str) -> String {
    if cell.starts_with(FORMULA) || cell.starts_with('\'') { format!("'{cell}") } else { cell.to_owned() }
}

fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|cell| cell.starts_with(FORMULA) || cell.starts_with('\'')).unwrap_or(cell)
}

pub(crate) fn write(entries: &[Existing]) -> String {
    let mut writer = Writer::from_writer(Vec::new());
    let names = ["id", "question", "answer", "keywords", "category", "priority", "is_active", "context"];
    let rows = entries.iter().map(|entry| {
        [
            entry.id.0.to_string(),
            guarded(&entry.question),
            guarded(&entry.answer),
            guarded(&keywords_cell(&entry.keywords)),
            guarded(entry.category.as_deref().unwrap_or_default()),
            entry.priority.to_string(),
            entry.is_active.to_string(),
            guarded(&entry.context.as_ref().map(ToString::to_string).unwrap_or_default()),
        ]
    });
    for row in std::iter::once(names.map(str::to_owned)).chain(rows) {
        // Into memory; each row has as many cells as the others.
        writer.write_record(&row).unwrap_or_default();
    }
    // Texts in, text out.
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(text: &str) -> Vec<Item> {
        read(text).unwrap().into_iter().map(|row| row.item.unwrap()).collect()
    }

    #[test]
    fn any_order_case_and_separator_of_columns_is_read() {
        for text in [
            "Answer;ignored;Question\nB;x;A\n",
            "sep=;\r\nanswer;more;question\r\nB;x;A\r\n",
            "answer\tmore\tquestion\nB\tx\tA",
            "QUESTION , Answer\nA,B\n",
        ] {
            let items = items(text);
            assert_eq!((items[0].question.as_str(), items[0].answer.as_str()), ("A", "B"), "{text}");
            assert_eq!((&items[0].keywords, &items[0].category), (&None, &None), "not said, not changed");
        }
    }

    #[test]
    fn quoted_cells_hold_line_breaks_and_lines_are_counted() {
        let rows = read("question,answer,priority\n\"A\n1\",\"say \"\"B\"\"\",2\n,C,\nD,E,much\n").unwrap();
        assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 4, 5]);
        assert_eq!(rows[0].item.as_ref().unwrap().answer, "say \"B\"");
        assert_eq!(rows[1].item, Err("question: it is empty, write something".to_owned()));
        assert_eq!(rows[2].item, Err("priority: write a whole number".to_owned()));
    }

    #[test]
    fn lines_are_counted_with_a_spreadsheets_breaks_and_empty_lines() {
        for (text, lines) in [
            ("question,answer\r\nA,B\r\nC,D\r\n", [2, 3]),
            ("question,answer\n\n\nA,B\n\nC,D\n", [4, 6]),
            ("sep=,\r\nquestion,answer\r\nA,\"B\r\nb\"\r\n\r\nC,D", [3, 6]),
        ] {
            assert_eq!(read(text).unwrap().iter().map(|row| row.line).collect::<Vec<_>>(), lines, "{text:?}");
        }
    }

    #[test]
    fn an_id_that_is_no_number_is_a_fault() {
        let rows = read("id,question,answer\nx7,A,B\n").unwrap();
        assert_eq!(rows[0].item, Err("id: write a whole number".to_owned()));
    }

    #[test]
    fn keywords_have_several_forms() {
        for cell in ["a; b c", "a|b c", "\"a, b c\"", "\"[\"\"a\"\",\"\"b c\"\"]\""] {
            let items = items(&format!("question,answer,keywords\nQ,A,{cell}\n"));
            assert_eq!(items[0].keywords, Some(vec!["a".to_owned(), "b c".to_owned()]), "{cell}");
        }
        assert_eq!(items("question,answer,keywords\nQ,A,\n")[0].keywords, Some(vec![]), "said to be none");
    }

    #[test]
    fn a_table_without_its_columns_says_which() {
        let error = read("frage,antwort\nA,B\n").unwrap_err().to_string();
        assert_eq!(error, "line 1: there is no column \"question\": the first line has to name the columns");
        let error = read("question,answer,question\n").unwrap_err().to_string();
        assert!(error.contains("comes twice"), "{error}");
        assert!(read("").is_err());
    }

    #[test]
    fn no_cell_is_a_formula() {
        let entry = Existing {
            id: EntryId(1),
            question: "=HYPERLINK(1)".into(),
            answer: "'quoted'".into(),
            keywords: vec!["-a".into()],
            category: Some("@b".into()),
            priority: -1,
            is_active: true,
            context: None,
        };
        let text = write(&[entry]);
        assert!(text.ends_with("1,'=HYPERLINK(1),''quoted','-a,'@b,-1,true,\n"), "{text}");
        let item = items(&text).remove(0);
        assert_eq!((item.question.as_str(), item.answer.as_str()), ("=HYPERLINK(1)", "'quoted'"));
        assert_eq!(item.category, Some(Some("@b".into())));
    }
}

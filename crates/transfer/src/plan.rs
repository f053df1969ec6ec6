//! What an import does with the rows of a file.

use crate::item::{Existing, Item, Row};
use frontdesk_domain::ids::EntryId;
use frontdesk_knowledge::{Entry, Index, NEAR_DUPLICATE, question_key};
use std::collections::HashMap;

/// Questions are compared in other words for as many pairs of a new row and an entry; it takes a few seconds.
const MOST_PAIRS: usize = 4_000_000;

/// What an import does with a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Status {
    /// It becomes an entry.
    New,
    /// It changes these fields of an entry: the one with its id, else the one with its question.
    Changed {
        /// The entry.
        id: EntryId,
        /// Names of fields.
        fields: Vec<&'static str>,
    },
    /// The entry is like that already.
    Unchanged {
        /// The entry.
        id: EntryId,
    },
    /// The file has its question before; it is left out.
    Duplicate {
        /// The line of the first.
        line: u64,
    },
    /// It cannot be an entry.
    Invalid {
        /// Why, and what to do.
        reason: String,
    },
}

/// A question of another entry, or of an earlier row, that is asked in other words.
#[derive(Debug, Clone, PartialEq)]
pub struct Like {
    /// The entry that has it; `None` where it is a row of the file.
    pub id: Option<EntryId>,
    /// The question.
    pub question: String,
    /// How alike the two are, from [`NEAR_DUPLICATE`] to 1.
    pub likeness: f64,
}

/// A row of the file and what becomes of it.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedRow {
    /// The line on which it begins, from 1.
    pub line: u64,
    /// Its question.
    pub question: String,
    /// What an import does with it.
    pub status: Status,
    /// Of a new row, a question that is much like it. It is imported all the same: only a person can tell.
    pub like: Option<Like>,
}

/// A step of an import.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Makes an entry.
    Insert(Item),
    /// Changes an entry; what the item does not say stays as it is.
    Update(EntryId, Item),
}

/// What an import does.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// All rows, in the order of the file.
    pub rows: Vec<PlannedRow>,
    /// The steps, with the number of the row that each comes from.
    pub changes: Vec<(usize, Change)>,
    /// Whether new questions were compared with others in other words; not if there are too many.
    pub compared: bool,
}

/// Plans the import of `rows` into a knowledge base of these entries.
pub fn plan(existing: &[Existing], rows: Vec<Row>) -> Plan {
    let mut planner = Planner::new(existing);
    for row in rows {
        planner.add(row);
    }
    let mut plan = planner.plan;
    compare(existing, &mut plan);
    plan
}

struct Planner<'a> {
    by_id: HashMap<EntryId, &'a Existing>,
    by_question: HashMap<String, &'a Existing>,
    lines: HashMap<String, u64>,
    plan: Plan,
}

impl<'a> Planner<'a> {
    fn new(existing: &'a [Existing]) -> Self {
        let mut by_question = HashMap::new();
        for entry in existing {
            by_question.entry(question_key(&entry.question)).or_insert(entry);
        }
        Self {
            by_id: existing.iter().map(|entry| (entry.id, entry)).collect(),
            by_question,
            lines: HashMap::new(),
            plan: Plan::default(),
        }
    }

    fn add(&mut self, row: Row) {
        let number = self.plan.rows.len();
        let status = match row.item {
            Err(reason) => Status::Invalid { reason },
            Ok(item) => self.place(number, row.line, item),
        };
        self.plan.rows.push(PlannedRow { line: row.line, question: row.question, status, like: None });
    }

    fn place(&mut self, number: usize, line: u64, item: Item) -> Status {
        let key = question_key(&item.question);
        if let Some(&line) = self.lines.get(&key) {
            return Status::Duplicate { line };
        }
        let own = item.id.and_then(|id| self.by_id.get(&id)).or_else(|| self.by_question.get(&key));
        self.lines.insert(key, line);
        let Some(entry) = own else {
            self.plan.changes.push((number, Change::Insert(item)));
            return Status::New;
        };
        let fields = differences(entry, &item);
        if fields.is_empty() {
            return Status::Unchanged { id: entry.id };
        }
        self.plan.changes.push((number, Change::Update(entry.id, item)));
        Status::Changed { id: entry.id, fields }
    }
}

/// The fields that the item says and the entry has otherwise.
fn differences(entry: &Existing, item: &Item) -> Vec<&'static str> {
    let said = [
        ("question", item.question != entry.question),
        ("answer", item.answer != entry.answer),
        ("keywords", item.keywords.as_ref().is_some_and(|keywords| *keywords != entry.keywords)),
        ("category", item.category.as_ref().is_some_and(|category| *category != entry.category)),
        ("priority", item.priority.is_some_and(|priority| priority != entry.priority)),
        ("is_active", item.is_active.is_some_and(|active| active != entry.is_active)),
        ("context", item.context.as_ref().is_some_and(|context| *context != entry.context)),
    ];
    said.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

/// Finds questions in other words among the entries and the new rows themselves.
fn compare(existing: &[Existing], plan: &mut Plan) {
    let new: Vec<usize> = (0..plan.rows.len()).filter(|&at| plan.rows[at].status == Status::New).collect();
    plan.compared = new.len().saturating_mul(existing.len() + new.len()) <= MOST_PAIRS;
    if !plan.compared || new.is_empty() {
        return;
    }
    let entry = |at: usize, question: &str| Entry {
        // Its place: the entries, then the new rows.
        id: EntryId(i32::try_from(at).unwrap_or(i32::MAX)),
        question: question.to_owned(),
        // None is the same answer as another's.
        answer: at.to_string(),
        keywords: Vec::new(),
        category: None,
        priority: 0,
    };
    let questions = existing.iter().map(|entry| entry.question.as_str());
    let rows = new.iter().map(|&at| plan.rows[at].question.as_str());
    let all: Vec<Entry> =
        questions.chain(rows).enumerate().map(|(at, question)| entry(at, question)).collect();
    let index = Index::build(all, None);
    let mut found = Vec::new();
    for (place, &at) in new.iter().enumerate() {
        let own = existing.len() + place;
        let earlier = |id: EntryId| usize::try_from(id.0).is_ok_and(|other| other < own);
        let similar = index.similar(&plan.rows[at].question, 5);
        let like = similar.into_iter().find(|like| like.likeness >= NEAR_DUPLICATE && earlier(like.entry.id));
        found.extend(like.map(|like| {
            let other = usize::try_from(like.entry.id.0).ok().and_then(|other| existing.get(other));
            let question = like.entry.question.clone();
            (at, Like { id: other.map(|entry| entry.id), question, likeness: like.likeness })
        }));
    }
    for (at, like) in found {
        plan.rows[at].like = Some(like);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, read, write};

    fn entry(id: i32, question: &str, answer: &str) -> Existing {
        Existing {
            id: EntryId(id),
            question: question.into(),
            answer: answer.into(),
            keywords: vec!["kept".into()],
            category: Some("Kept".into()),
            priority: 3,
            is_active: true,
            context: None,
        }
    }

    fn planned(existing: &[Existing], csv: &str) -> Plan {
        plan(existing, read(csv.as_bytes(), Format::Csv).unwrap())
    }

    #[test]
    fn each_row_is_new_changed_unchanged_duplicate_or_invalid() {
        let base = [entry(7, "Where are you?", "Here."), entry(8, "When?", "Now.")];
        let plan = planned(
            &base,
            "question,answer\nwhere are you,There.\nWhen?,Now.\nHow much?,5\nHOW MUCH,6\nWho?,\n",
        );
        let statuses: Vec<&Status> = plan.rows.iter().map(|row| &row.status).collect();
        assert_eq!(statuses[0], &Status::Changed { id: EntryId(7), fields: vec!["question", "answer"] });
        assert_eq!(statuses[1], &Status::Unchanged { id: EntryId(8) });
        assert_eq!(statuses[2], &Status::New);
        assert_eq!(statuses[3], &Status::Duplicate { line: 4 });
        assert!(matches!(statuses[4], Status::Invalid { .. }));
        assert_eq!(plan.changes.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [0, 2]);
        let (_, Change::Update(EntryId(7), item)) = &plan.changes[0] else { panic!("{:?}", plan.changes) };
        assert_eq!((&item.keywords, &item.category, item.priority), (&None, &None, None), "left as they are");
    }

    #[test]
    fn a_question_in_other_words_is_told() {
        let base = [entry(7, "What are your opening hours?", "9 to 5."), entry(8, "Do you deliver?", "Yes.")];
        let plan = planned(&base, "question,answer\nWhat are your openning hours,9 to 5\nWho owns it?,Us\n");
        let like = plan.rows[0].like.as_ref().unwrap();
        assert_eq!((like.id, like.question.as_str()), (Some(EntryId(7)), "What are your opening hours?"));
        assert!(like.likeness >= NEAR_DUPLICATE && plan.compared);
        assert_eq!((&plan.rows[0].status, &plan.rows[1].like), (&Status::New, &None));
    }

    #[test]
    fn an_exported_base_changes_nothing_when_it_is_imported() {
        let mut base = vec![entry(7, "=Where?", "Line one\n\n- a\n- b"), entry(9, "When?", "# now <b>")];
        base[0].keywords = vec!["a, b".into(), "-c".into()];
        base[1].category = None;
        for format in Format::ALL {
            let plan = plan(&base, read(write(&base, format).as_bytes(), format).unwrap());
            assert!(plan.changes.is_empty(), "{format}: {:?}\n{}", plan.rows, write(&base, format));
            assert_eq!(plan.rows.len(), 2);
        }
    }
}

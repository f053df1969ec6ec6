//! What an import does with the rows of a file.

use crate::item::{Existing, Item, Row};
use frontdesk_domain::ids::EntryId;
use frontdesk_knowledge::{Entry, Index, NEAR_DUPLICATE, Similar, question_key};
use std::collections::{HashMap, HashSet};

/// As many pairs of a new row and another question are compared; it takes a few seconds.
const MOST_PAIRS: usize = 40_000_000;

/// Questions that are looked at for one that is much alike.
const MOST_ALIKE: usize = 5;

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
        /// What the entry asks now, where the row asks something else.
        was: Option<String>,
    },
    /// The entry is like that already.
    Unchanged {
        /// The entry.
        id: EntryId,
    },
    /// The file has its question, or its id, before; it is left out.
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
    /// The line of the row that has it.
    pub line: Option<u64>,
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
    /// Its id, where none of the entries has that: the row counts as one without an id.
    pub unknown_id: Option<EntryId>,
    /// Of a new row, a question that is much like it. It is imported all the same: only a person can tell.
    pub like: Option<Like>,
}

/// A step of an import with the item of its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Makes an entry.
    Insert,
    /// Changes an entry; what the item does not say stays as it is.
    Update(EntryId),
}

/// What an import does.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// All rows, in the order of the file.
    pub rows: Vec<PlannedRow>,
    /// The steps, with the number of the row that each comes from.
    pub changes: Vec<(usize, Change)>,
    /// Whether [`compare`] has looked at all new rows.
    pub compared: bool,
}

/// Plans the import of `rows` into a knowledge base of these entries.
pub fn plan(existing: &[Existing], rows: &[Row]) -> Plan {
    let mut planner = Planner::new(existing);
    planner.claimed = rows.iter().filter_map(|row| row.item.as_ref().ok()?.id).collect();
    for row in rows {
        planner.add(row);
    }
    planner.plan
}

struct Planner<'a> {
    by_id: HashMap<EntryId, &'a Existing>,
    by_question: HashMap<String, &'a Existing>,
    /// The answers to a question, with the lines of their rows.
    said: HashMap<String, Vec<(u64, &'a str)>>,
    /// The entries that rows belong to, with the rows' lines.
    taken: HashMap<EntryId, u64>,
    /// The entries that rows name: none of these belongs to another row for its question.
    claimed: HashSet<EntryId>,
    plan: Plan,
}

impl<'a> Planner<'a> {
    fn new(existing: &'a [Existing]) -> Self {
        let mut by_question = HashMap::new();
        // An entry that answers goes before one that does not.
        let (active, others): (Vec<_>, Vec<_>) = existing.iter().partition(|entry| entry.is_active);
        for entry in active.into_iter().chain(others) {
            by_question.entry(question_key(&entry.question)).or_insert(entry);
        }
        Self {
            by_id: existing.iter().map(|entry| (entry.id, entry)).collect(),
            by_question,
            said: HashMap::new(),
            taken: HashMap::new(),
            claimed: HashSet::new(),
            plan: Plan::default(),
        }
    }

    fn add(&mut self, row: &'a Row) {
        let number = self.plan.rows.len();
        let status = match &row.item {
            Err(reason) => Status::Invalid { reason: reason.clone() },
            Ok(item) => self.place(number, row.line, item),
        };
        let id = row.item.as_ref().ok().and_then(|item| item.id);
        let unknown_id = id.filter(|id| !self.by_id.contains_key(id));
        let question = row.question.clone();
        self.plan.rows.push(PlannedRow { line: row.line, question, status, unknown_id, like: None });
    }

    fn place(&mut self, number: usize, line: u64, item: &'a Item) -> Status {
        let key = question_key(&item.question);
        let by_id = item.id.and_then(|id| self.by_id.get(&id).copied());
        if let Some(&line) = by_id.and_then(|entry| self.taken.get(&entry.id)) {
            return Status::Duplicate { line };
        }
        let said = self.said.entry(key.clone()).or_default();
        // An export may hold two answers to one question; whoever writes a file by hand means one.
        let repeats = |(_, answer): &&(u64, &str)| item.id.is_none() || *answer == item.answer;
        if let Some(&(line, _)) = said.iter().find(repeats).filter(|_| by_id.is_none()) {
            return Status::Duplicate { line };
        }
        said.push((line, item.answer.as_str()));
        let by_question = || {
            self.by_question
                .get(&key)
                .copied()
                .filter(|entry| !self.taken.contains_key(&entry.id) && !self.claimed.contains(&entry.id))
        };
        let Some(entry) = by_id.or_else(by_question) else {
            self.plan.changes.push((number, Change::Insert));
            return Status::New;
        };
        self.taken.insert(entry.id, line);
        let fields = differences(entry, item);
        if fields.is_empty() {
            return Status::Unchanged { id: entry.id };
        }
        self.plan.changes.push((number, Change::Update(entry.id)));
        let was = (entry.question != item.question).then(|| entry.question.clone());
        Status::Changed { id: entry.id, fields, was }
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

/// Finds for each new row a question of an entry, or of an earlier new row, that is much like its own. In a large
/// file the first rows alone are looked at ([`Plan::compared`]).
pub fn compare(existing: &[Existing], plan: &mut Plan) {
    let new: Vec<usize> = (0..plan.rows.len()).filter(|&at| plan.rows[at].status == Status::New).collect();
    let all = existing.len() + new.len();
    let most = MOST_PAIRS / all.max(1);
    plan.compared = new.len() <= most;
    if new.is_empty() {
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
    let entries = questions.chain(rows).enumerate().map(|(at, question)| entry(at, question)).collect();
    let index = Index::build(entries, None);
    let found: Vec<(usize, Like)> = new
        .iter()
        .enumerate()
        .take(most)
        .filter_map(|(place, &at)| {
            let own = existing.len() + place;
            let similar = index.similar(&plan.rows[at].question, MOST_ALIKE).into_iter();
            let place =
                |like: &Similar<'_>| usize::try_from(like.entry.id.0).ok().filter(|&other| other < own);
            let like =
                similar.filter(|like| like.likeness >= NEAR_DUPLICATE).find(|like| place(like).is_some())?;
            let other = place(&like)?;
            let row = other.checked_sub(existing.len()).map(|row| &plan.rows[new[row]]);
            Some((
                at,
                Like {
                    id: existing.get(other).map(|entry| entry.id),
                    line: row.map(|row| row.line),
                    question: like.entry.question.clone(),
                    likeness: like.likeness,
                },
            ))
        })
        .collect();
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
        plan(existing, &read(csv.as_bytes(), Format::Csv).unwrap())
    }

    fn changed(id: i32, fields: &[&'static str], was: Option<&str>) -> Status {
        Status::Changed { id: EntryId(id), fields: fields.to_vec(), was: was.map(str::to_owned) }
    }

    #[test]
    fn a_row_that_overwrites_another_question_says_which_and_an_id_of_nobody_is_told() {
        let base = [entry(7, "Where are you?", "Here.")];
        let plan = planned(&base, "id,question,answer\n7,Do you deliver?,Yes.\n99,Who owns it?,Us.\n");
        assert_eq!(plan.rows[0].status, changed(7, &["question", "answer"], Some("Where are you?")));
        assert_eq!(plan.rows[1].status, Status::New);
        let unknown: Vec<_> = plan.rows.iter().map(|row| row.unknown_id).collect();
        assert_eq!(unknown, [None, Some(EntryId(99))]);
    }

    #[test]
    fn each_row_is_new_changed_unchanged_duplicate_or_invalid() {
        let base = [entry(7, "Where are you?", "Here."), entry(8, "When?", "Now.")];
        let plan = planned(
            &base,
            "question,answer\nwhere are you,There.\nWhen?,Now.\nHow much?,5\nHOW MUCH,6\nWho?,\n",
        );
        let statuses: Vec<&Status> = plan.rows.iter().map(|row| &row.status).collect();
        assert_eq!(statuses[0], &changed(7, &["question", "answer"], Some("Where are you?")));
        assert_eq!(statuses[1], &Status::Unchanged { id: EntryId(8) });
        assert_eq!(statuses[2], &Status::New);
        assert_eq!(statuses[3], &Status::Duplicate { line: 4 });
        assert!(matches!(statuses[4], Status::Invalid { .. }));
        assert_eq!(plan.changes.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [0, 2]);
        assert_eq!(plan.changes, [(0, Change::Update(EntryId(7))), (2, Change::Insert)]);
    }

    #[test]
    fn a_question_in_other_words_is_told() {
        let base = [entry(7, "What are your opening hours?", "9 to 5."), entry(8, "Do you deliver?", "Yes.")];
        let mut plan =
            planned(&base, "question,answer\nWhat are your openning hours,9 to 5\nWho owns it?,Us\n");
        compare(&base, &mut plan);
        let like = plan.rows[0].like.as_ref().unwrap();
        assert_eq!((like.id, like.question.as_str()), (Some(EntryId(7)), "What are your opening hours?"));
        assert!(like.likeness >= NEAR_DUPLICATE && plan.compared);
        assert_eq!((&plan.rows[0].status, &plan.rows[1].like), (&Status::New, &None));
    }

    #[test]
    fn two_rows_never_change_one_entry() {
        let base = [entry(7, "First?", "A."), entry(8, "Other?", "B.")];
        let plan = planned(&base, "id,question,answer\n7,Second?,A.\n7,Third?,A.\n,First?,C.\n");
        let statuses: Vec<&Status> = plan.rows.iter().map(|row| &row.status).collect();
        assert_eq!(statuses[0], &changed(7, &["question"], Some("First?")));
        assert_eq!(statuses[1], &Status::Duplicate { line: 2 });
        assert_eq!(statuses[2], &Status::New, "the entry that asked it asks something else now");
    }

    #[test]
    fn a_row_without_an_id_leaves_alone_what_another_row_names() {
        let base = [entry(7, "Hours?", "A.")];
        let plan = planned(&base, "id,question,answer\n,Hours?,Z.\n7,When open?,Y.\n");
        assert_eq!(plan.rows[0].status, Status::New);
        assert_eq!(plan.rows[1].status, changed(7, &["question", "answer"], Some("Hours?")));
    }

    #[test]
    fn two_answers_to_one_question_of_an_export_stay_two() {
        let base = [entry(7, "Where?", "Here."), entry(8, "Where?", "There.")];
        let file = write(&base, Format::Csv);
        let again = planned(&base, &file);
        assert!(again.changes.is_empty(), "{:?}", again.rows);
        let elsewhere = planned(&[], &file);
        assert_eq!(elsewhere.changes.len(), 2);
        let edited = planned(&base, &file.replace("There.", "Over there."));
        assert_eq!(edited.rows[1].status, changed(8, &["answer"], None));
    }

    #[test]
    fn an_exported_base_changes_nothing_when_it_is_imported() {
        let mut base = vec![entry(7, "=Where?", "Line one\n\n- a\n- b"), entry(9, "When?", "# now <b>")];
        base[0].keywords = vec!["a, b".into(), "-c".into()];
        base[1].category = None;
        for format in Format::ALL {
            let plan = plan(&base, &read(write(&base, format).as_bytes(), format).unwrap());
            assert!(plan.changes.is_empty(), "{format}: {:?}\n{}", plan.rows, write(&base, format));
            assert_eq!(plan.rows.len(), 2);
        }
    }
}

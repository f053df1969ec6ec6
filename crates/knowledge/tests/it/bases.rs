//! Knowledge bases written for these tests.

mod arabic;
mod chinese;
mod dutch;
mod english;
mod french;
mod german;
mod italian;
mod portuguese;
mod spanish;

use frontdesk_domain::ids::EntryId;
use frontdesk_knowledge::{Entry, Index, Language, Ranked};

/// A small business in one language, and what its visitors ask.
pub(crate) struct Base {
    pub(crate) language: Language,
    /// Question, answer and keywords; the first has the number 1.
    pub(crate) entries: &'static [(&'static str, &'static str, &'static [&'static str])],
    /// Questions with the number of the right entry; 0 where there is none.
    pub(crate) questions: &'static [(&'static str, i32)],
}

pub(crate) const ENGLISH: &Base = &english::BASE;

/// By name.
pub(crate) const BASES: [(&str, &Base); 9] = [
    ("English", ENGLISH),
    ("German", &german::BASE),
    ("French", &french::BASE),
    ("Spanish", &spanish::BASE),
    ("Italian", &italian::BASE),
    ("Portuguese", &portuguese::BASE),
    ("Dutch", &dutch::BASE),
    ("Chinese", &chinese::BASE),
    ("Arabic", &arabic::BASE),
];

impl Base {
    pub(crate) fn index(&self) -> Index {
        let entries =
            (1..).zip(self.entries).map(|(id, (question, answer, keys))| entry(id, question, answer, keys));
        Index::build(entries.collect(), Some(self.language))
    }

    /// The questions that an entry answers.
    pub(crate) fn inside(&self) -> impl Iterator<Item = (&'static str, EntryId)> {
        self.questions
            .iter()
            .filter(|(_, right)| *right != 0)
            .map(|&(question, right)| (question, EntryId(right)))
    }
}

pub(crate) fn entry(id: i32, question: &str, answer: &str, keywords: &[&str]) -> Entry {
    Entry {
        id: EntryId(id),
        question: question.to_owned(),
        answer: answer.to_owned(),
        keywords: keywords.iter().map(|&keyword| keyword.to_owned()).collect(),
        category: None,
        priority: 0,
    }
}

/// What a small practice tells its visitors.
pub(crate) fn practice_entries() -> Vec<Entry> {
    vec![
        entry(
            1,
            "What are your business hours?",
            "We are open Monday to Friday from 9 am to 5 pm and closed on weekends.",
            &["hours", "open", "opening hours", "closed", "schedule"],
        ),
        entry(
            2,
            "Where are you located?",
            "You find us at 12 Harbour Street, opposite the town library.",
            &["location", "address", "directions", "street", "map"],
        ),
        entry(
            3,
            "How can I contact you?",
            "Call us at 555-0142 or write to desk@example.org. We reply within a day.",
            &["contact", "phone", "email", "call", "telephone"],
        ),
        entry(
            4,
            "How do I book an appointment?",
            "Book online on our appointments page, or call us and we find a time that suits you.",
            &["appointment", "book", "booking", "schedule a visit", "reserve"],
        ),
        entry(
            5,
            "How much does a visit cost?",
            "A first visit costs 80 dollars, each further one 55 dollars.",
            &["price", "prices", "cost", "fees", "rates"],
        ),
        entry(
            6,
            "Is there parking nearby?",
            "Free parking is behind the building; the entrance is on Mill Lane.",
            &["parking", "park", "car", "garage"],
        ),
        entry(
            7,
            "Which insurance do you accept?",
            "We work with most major insurers. Bring your insurance card to your first visit.",
            &["insurance", "insurer", "coverage", "plan"],
        ),
        entry(
            8,
            "How can I pay?",
            "We take cash, debit and credit cards. Invoices are due within 30 days.",
            &["payment", "pay", "credit card", "cash", "invoice"],
        ),
        entry(
            9,
            "What is your cancellation policy?",
            "Cancel up to 24 hours before your appointment at no charge.",
            &["cancel", "cancellation", "reschedule", "refund"],
        ),
        entry(
            10,
            "What services do you offer?",
            "Check-ups, cleaning, fillings, whitening and braces for all ages.",
            &["services", "treatments", "offer", "procedures"],
        ),
        entry(
            11,
            "What should I do in an emergency?",
            "Call 555-0199 at any time of day or night. If a life is in danger, call 911.",
            &["emergency", "urgent", "pain", "after hours"],
        ),
        entry(
            12,
            "Which languages do you speak?",
            "Our team speaks English, Spanish and Portuguese.",
            &["language", "languages", "english", "spanish"],
        ),
    ]
}

pub(crate) fn practice() -> Index {
    built(practice_entries())
}

/// Of English entries.
pub(crate) fn built(entries: Vec<Entry>) -> Index {
    Index::build(entries, Some(Language::English))
}

/// The first `k` entries for a query.
pub(crate) fn rank<'a>(index: &'a Index, query: &str, k: usize) -> Vec<Ranked<'a>> {
    let mut ranked = index.ask(query).ranked;
    ranked.truncate(k);
    ranked
}

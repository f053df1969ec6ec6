//! A demo client for a first look: a dental practice with a widget and a dozen knowledge entries.

use crate::database::{Database, read};
use crate::error::DatabaseError;
use crate::ledger::LedgerStore;
use crate::schema::{clients, widget_configs, widget_knowledge_base};
use crate::types::Strings;
use diesel::prelude::*;

/// The demo widget's key.
pub(crate) const DEMO_WIDGET_KEY: &str = "demo";

struct Entry {
    category: &'static str,
    question: &'static str,
    answer: &'static str,
    keywords: &'static [&'static str],
}

const fn entry(
    category: &'static str,
    question: &'static str,
    answer: &'static str,
    keywords: &'static [&'static str],
) -> Entry {
    Entry { category, question, answer, keywords }
}

const ENTRIES: [Entry; 12] = [
    entry(
        "Hours",
        "What are your business hours?",
        "We're open Monday to Friday from 9 AM to 5 PM, and on Saturday from 9 AM to 1 PM. We are closed on Sunday.",
        &["hours", "open", "opening", "closed", "schedule"],
    ),
    entry(
        "Location",
        "Where are you located?",
        "Our practice is at 12 Harbour Street, right beside the ferry terminal. The entrance is on the ground floor.",
        &["address", "location", "directions", "find"],
    ),
    entry(
        "Contact",
        "How can I contact you?",
        "You can call us on 555-0142 or write to hello@harbourdental.example. We reply within one working day.",
        &["contact", "phone", "call", "email"],
    ),
    entry(
        "Appointments",
        "How do I book an appointment?",
        "You can book an appointment by phone on 555-0142 or with the booking button on this page.",
        &["appointment", "book", "booking", "schedule"],
    ),
    entry(
        "Appointments",
        "How can I cancel or move my appointment?",
        "Please call us at least 24 hours before your appointment to cancel or move it; then it is free of charge.",
        &["cancel", "cancellation", "reschedule", "move"],
    ),
    entry(
        "Prices",
        "How much does a check-up cost?",
        "A check-up with cleaning costs 90 dollars. We tell you the price of any treatment before we begin.",
        &["price", "cost", "fee", "check-up", "cleaning"],
    ),
    entry(
        "Insurance",
        "Which insurance do you accept?",
        "We accept Delta Dental, Cigna, Aetna and MetLife. If yours is not among them we give you an itemised bill to hand in.",
        &["insurance", "coverage", "plan"],
    ),
    entry(
        "Payment",
        "What payment methods do you take?",
        "We take cash, debit and credit cards, and payment in up to six monthly instalments without interest.",
        &["payment", "pay", "card", "cash", "instalments"],
    ),
    entry(
        "Services",
        "What services do you offer?",
        "We offer check-ups, cleaning, fillings, crowns, implants, whitening and braces for adults and children.",
        &["services", "treatment", "whitening", "implants", "braces"],
    ),
    entry(
        "Emergency",
        "What do I do in a dental emergency?",
        "Call 555-0142 at any hour: outside our hours the call goes to the dentist on duty. For heavy bleeding call 911.",
        &["emergency", "urgent", "pain", "toothache"],
    ),
    entry(
        "Parking",
        "Is there parking?",
        "Yes: parking behind the building is free for patients for two hours. The lift from there is step-free.",
        &["parking", "car", "park", "wheelchair"],
    ),
    entry(
        "Languages",
        "Which languages do you speak?",
        "Our team speaks English, Spanish and Portuguese.",
        &["languages", "language", "Spanish", "Portuguese"],
    ),
];

impl Database {
    /// Puts the demo client, its widget and a dozen knowledge entries into a database without widgets;
    /// returns the key of the demo widget, or `None` where there are other widgets and nothing was done.
    ///
    /// # Errors
    /// [`DatabaseError`]; nothing is stored then.
    pub async fn seed_demo(&self) -> Result<Option<&'static str>, DatabaseError> {
        match self.seed_once().await {
            // Another process was faster: its demo client is there now.
            Err(DatabaseError::Query(_)) => self.seed_once().await,
            seeded => seeded,
        }
    }

    async fn seed_once(&self) -> Result<Option<&'static str>, DatabaseError> {
        use {widget_configs as w, widget_knowledge_base as k};
        read!(self, |c| c.atomically(|c| {
            let keys: Vec<String> = w::table.select(w::widget_key).limit(2).load(c)?;
            if keys.iter().any(|key| key == DEMO_WIDGET_KEY) {
                return Ok(Some(DEMO_WIDGET_KEY));
            }
            if !keys.is_empty() {
                return Ok(None);
            }
            let client: i32 = diesel::insert_into(clients::table)
                .values((
                    clients::client_name.eq("Harbour Dental"),
                    clients::email.eq("hello@harbourdental.example"),
                    clients::phone.eq("555-0142"),
                    clients::business_hours.eq("Monday to Friday 9 AM to 5 PM, Saturday 9 AM to 1 PM"),
                    clients::description.eq("A dental practice for adults and children"),
                    clients::address.eq("12 Harbour Street"),
                ))
                .returning(clients::id)
                .get_result(c)?;
            let widget: i32 = diesel::insert_into(w::table)
                .values((
                    w::client_id.eq(client),
                    w::widget_key.eq(DEMO_WIDGET_KEY),
                    w::widget_name.eq("Harbour Dental chat"),
                    w::bot_name.eq("Harbour Assistant"),
                    w::welcome_message.eq("Hi! Ask me anything about Harbour Dental."),
                    w::industry.eq("dental"),
                    w::timezone.eq("America/New_York"),
                    w::llm_enabled.eq(true),
                ))
                .returning(w::id)
                .get_result(c)?;
            for entry in &ENTRIES {
                let keywords = entry.keywords.iter().map(ToString::to_string).collect();
                diesel::insert_into(k::table)
                    .values((
                        k::widget_id.eq(widget),
                        k::category.eq(entry.category),
                        k::question.eq(entry.question),
                        k::answer.eq(entry.answer),
                        k::keywords.eq(Strings(keywords)),
                    ))
                    .execute(c)?;
            }
            Ok(Some(DEMO_WIDGET_KEY))
        }))
    }
}

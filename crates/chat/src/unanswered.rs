//! Puts replies that did not help into their questions. It reads what is stored, after the visitor has the answer:
//! no message waits for it, and what a process leaves undone when it dies the next one does.

use crate::error::ChatError;
use crate::front_desk::{Desk, FrontDesk};
use frontdesk_domain::ids::WidgetId;
use frontdesk_knowledge::{Index, Language, Wording, cut_wording};
use frontdesk_persistence::{DatabaseError, Guess, Heard, WaitingReply};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// Replies that are read at once.
const ROUND: u32 = 500;
/// Replies that are compared in one transaction, which on SQLite nobody can write beside.
const AT_ONCE: usize = 10;

impl FrontDesk {
    /// Groups the replies that wait to be grouped, up to 500; returns how many were counted. Call it again until it
    /// is 0. Any number of processes may do so at once.
    ///
    /// # Errors
    /// [`ChatError::Database`]; what was counted until then stays counted, the rest waits.
    pub async fn group_unanswered(&self) -> Result<usize, ChatError> {
        let desk = self.desk();
        let mut by_widget: BTreeMap<i32, Vec<WaitingReply>> = BTreeMap::new();
        for reply in desk.database.waiting_unanswered(ROUND, (desk.now)()).await? {
            by_widget.entry(reply.widget.0).or_default().push(reply);
        }
        let mut counted = 0;
        for (widget, replies) in by_widget {
            match desk.group_of_widget(WidgetId(widget), &replies).await {
                Ok(new) => counted += new,
                Err(ChatError::Database(
                    error @ (DatabaseError::Unavailable(_)
                    | DatabaseError::Busy(_)
                    | DatabaseError::Saturated(_)),
                )) => {
                    return Err(error.into());
                }
                // A row that cannot be read keeps nobody's questions but its own widget's.
                Err(error) => {
                    tracing::warn!(widget, %error, "unanswered messages of a widget could not be grouped");
                }
            }
        }
        Ok(counted)
    }
}

impl Desk {
    async fn group_of_widget(&self, widget: WidgetId, replies: &[WaitingReply]) -> Result<usize, ChatError> {
        // Its messages go with a widget.
        let Some(known) = self.database.widget_by_id(widget).await? else { return Ok(0) };
        let index = self.widgets.index(&known).await?;
        let language = index.language();
        let questions = Arc::new(Mutex::new(Questions { language, read: HashMap::new() }));
        let mut counted = 0;
        for few in replies.chunks(AT_ONCE) {
            let heard = few.iter().map(|reply| heard(reply, &index)).collect();
            let questions = Arc::clone(&questions);
            let find = move |text: &str, known: &[&str]| {
                questions.lock().unwrap_or_else(PoisonError::into_inner).find(text, known)
            };
            counted += self.database.group_unanswered(widget, heard, find).await?;
        }
        Ok(counted)
    }
}

fn heard(reply: &WaitingReply, index: &Index) -> Heard {
    let asks = Wording::read(&reply.text, index.language()).asks_something();
    let best = index.ask(&reply.text).best;
    Heard {
        reply: reply.reply,
        question: asks.then(|| cut_wording(reply.text.trim()).to_owned()),
        at: reply.at,
        guess: best.map(|best| Guess { entry: best.entry.id, confidence: best.confidence }),
    }
}

/// The questions of a widget, each read once.
struct Questions {
    language: Language,
    read: HashMap<String, Wording>,
}

impl Questions {
    fn find(&mut self, text: &str, known: &[&str]) -> Option<usize> {
        let asked = Wording::read(text, self.language);
        known.iter().position(|&question| {
            let language = self.language;
            let read = || Wording::read(question, language);
            asked.is_like(self.read.entry(question.to_owned()).or_insert_with(read))
        })
    }
}

//! Votes that say that a reply did not help: they put its message among the unanswered ones, and take it out.

use crate::schema::unanswered_messages as link;
use diesel::prelude::*;

/// The reply of the last step of the answer flow.
pub(super) const ENDED_IN_DEFAULT: &str =
    "(m.knowledge_base_id IS NULL AND COALESCE(m.confidence_score, 0) = 0.3)";

/// What two databases share, but diesel cannot say once for both.
pub(crate) trait VoteStore: Connection {
    /// A vote says that the reply did not help.
    fn join(&mut self, message: i32) -> QueryResult<()>;

    /// That vote is gone. A reply that was the default stays in its question.
    fn leave(&mut self, message: i32) -> QueryResult<()>;
}

macro_rules! vote_store {
    ($connection:ty) => {
        impl VoteStore for $connection {
            fn join(&mut self, message: i32) -> QueryResult<()> {
                diesel::sql_query(format!(
                    "INSERT INTO unanswered_messages (message_id, question_id, by_vote, grouped)
                    SELECT m.id, NULL, NOT {ENDED_IN_DEFAULT}, false FROM widget_messages m
                    WHERE m.id = {message} AND m.reply_to IS NOT NULL ON CONFLICT (message_id) DO NOTHING"
                ))
                .execute(self)?;
                Ok(())
            }

            fn leave(&mut self, message: i32) -> QueryResult<()> {
                let voted = link::table.find(message).filter(link::by_vote);
                let Some(question) = voted.select(link::question_id).first::<Option<i32>>(self).optional()?
                else {
                    return Ok(());
                };
                if let Some(question) = question {
                    // The only message of an open question takes the question with it; what an operator decided stays.
                    let gone = format!(
                        "DELETE FROM unanswered_questions WHERE id = {question} AND occurrences <= 1 AND status = 'open'"
                    );
                    if diesel::sql_query(gone).execute(self)? == 0 {
                        diesel::sql_query(format!(
                            "UPDATE unanswered_questions SET occurrences = occurrences - 1 WHERE id = {question} AND occurrences > 1"
                        ))
                        .execute(self)?;
                    }
                }
                diesel::delete(link::table.find(message)).execute(self)?;
                Ok(())
            }
        }
    };
}

vote_store!(PgConnection);
vote_store!(SqliteConnection);

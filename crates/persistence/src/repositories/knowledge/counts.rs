//! Counts of entries that could not be written when they changed, because another session held the entry: on
//! PostgreSQL an operator's open transaction, or another process that counts on the same entry. They wait as rows of
//! `knowledge_counts`, which nobody has to wait for, and are added as soon as the entry is free. On SQLite one session
//! writes at a time, and nothing is left for later.

use crate::database::{Backend, Database};
use crate::error::DatabaseError;
use crate::ledger::LedgerStore;
use crate::statement::statement;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Integer};

/// What two databases say differently.
pub(crate) trait CountStore: LedgerStore {
    /// Writes down votes on an entry that another session holds; none where it is gone.
    fn count_later(&mut self, entry: i32, helpful: i32, not_helpful: i32) -> QueryResult<()>;

    /// Whether something that happened before the entry was locked waits to be counted on it.
    fn is_waited_for(&mut self, entry: i32) -> QueryResult<bool>;
}

statement! {
    Pg, Later { entry: i32 => Integer, helpful: i32 => Integer, not_helpful: i32 => Integer } -> Bool, r"
INSERT INTO knowledge_counts (entry_id, used, helpful, not_helpful)
SELECT k.id, 0, {helpful}, {not_helpful} FROM widget_knowledge_base k WHERE k.id = {entry}"
}

statement! {
    Pg, Waiting { entry: i32 => Integer } -> Bool, "SELECT EXISTS (SELECT 1 FROM knowledge_counts WHERE entry_id = {entry})"
}

// Adds what waits for entries that nobody holds any more, and forgets what waits for entries that are gone.
// Entries are locked before messages, as everybody does it, and nobody is waited for. A reply that is told its entry
// only now may have votes, which have counted nowhere. Rows of big tables are looked up by their ids, however many rows
// the planner believes to wait.
statement! {
    Pg, Now {} -> Bool, r"
WITH free AS MATERIALIZED (
  SELECT k.id FROM widget_knowledge_base k WHERE k.id = ANY (ARRAY(SELECT DISTINCT c.entry_id FROM knowledge_counts c))
  ORDER BY k.id FOR NO KEY UPDATE SKIP LOCKED
), replies AS MATERIALIZED (
  SELECT m.id FROM widget_messages m
  WHERE m.id = ANY (ARRAY(SELECT c.message_id FROM knowledge_counts c WHERE c.entry_id = ANY (ARRAY(SELECT id FROM free)) AND c.message_id IS NOT NULL))
  ORDER BY m.id FOR NO KEY UPDATE SKIP LOCKED
), taken AS (
  DELETE FROM knowledge_counts c
  WHERE (c.entry_id = ANY (ARRAY(SELECT id FROM free)) AND (c.message_id IS NULL OR c.message_id = ANY (ARRAY(SELECT id FROM replies))))
    OR (SELECT k.id FROM widget_knowledge_base k WHERE k.id = c.entry_id) IS NULL
    OR (c.message_id IS NOT NULL AND (SELECT m.id FROM widget_messages m WHERE m.id = c.message_id) IS NULL)
  RETURNING c.entry_id, c.used, c.helpful, c.not_helpful, c.message_id
), told AS (
  UPDATE widget_messages m SET knowledge_base_id = t.entry_id FROM taken t
  WHERE m.id = ANY (ARRAY[t.message_id]) AND m.knowledge_base_id IS NULL AND t.entry_id = ANY (ARRAY(SELECT id FROM free))
  RETURNING t.entry_id, m.was_helpful
), sums AS (
  SELECT entry_id, sum(used) AS used, sum(helpful) AS helpful, sum(not_helpful) AS not_helpful FROM (
    SELECT entry_id, used, helpful, not_helpful FROM taken
    UNION ALL SELECT entry_id, 0, (was_helpful IS TRUE)::int, (was_helpful IS FALSE)::int FROM told
  ) AS parts GROUP BY entry_id
)
UPDATE widget_knowledge_base k SET times_used = LEAST(COALESCE(k.times_used, 0) + s.used, 2147483647)::int,
  helpful_count = LEAST(GREATEST(COALESCE(k.helpful_count, 0) + s.helpful, 0), 2147483647)::int,
  not_helpful_count = LEAST(GREATEST(COALESCE(k.not_helpful_count, 0) + s.not_helpful, 0), 2147483647)::int
FROM sums s WHERE k.id = ANY (ARRAY[s.entry_id])"
}

impl CountStore for PgConnection {
    fn count_later(&mut self, entry: i32, helpful: i32, not_helpful: i32) -> QueryResult<()> {
        Later { entry, helpful, not_helpful }.execute(self)?;
        Ok(())
    }

    fn is_waited_for(&mut self, entry: i32) -> QueryResult<bool> {
        Waiting { entry }.get_result(self)
    }
}

impl CountStore for SqliteConnection {
    fn count_later(&mut self, _: i32, _: i32, _: i32) -> QueryResult<()> {
        // No entry but one that is gone was found locked.
        Ok(())
    }

    fn is_waited_for(&mut self, _: i32) -> QueryResult<bool> {
        Ok(false)
    }
}

impl Database {
    /// Adds uses and votes to the counts of those entries that were held by others when they were to be counted, and
    /// returns how many entries that changed. What is still held waits on. For every few seconds; several processes
    /// may do it at once.
    ///
    /// # Errors
    /// [`DatabaseError`]; nothing was counted, nothing is lost.
    pub async fn count_knowledge(&self) -> Result<usize, DatabaseError> {
        match &self.backend {
            Backend::Postgres(readers) => {
                readers
                    .run(|c: &mut PgConnection| {
                        c.atomically(|c| {
                            c.wait_briefly()?;
                            Now {}.execute(c)
                        })
                    })
                    .await
            }
            Backend::Sqlite(_) => Ok(0),
        }
    }
}

//! Widgets and their knowledge in memory, never older than two seconds, so that a change by hand-made SQL
//! takes effect at once without a read per message.

use frontdesk_domain::ids::WidgetId;
use frontdesk_knowledge::{Entry, Index};
use frontdesk_persistence::{Database, DatabaseError, KnowledgeEntry, Widget};
use moka::future::Cache;
use std::sync::Arc;
use std::time::Duration;

/// Half a second is left for the reading itself.
const FRESH: Duration = Duration::from_millis(1_500);
/// Widgets in memory, unknown keys included.
const MAX_WIDGETS: u64 = 10_000;
/// An index that no message asks for is let go.
const INDEX_IDLE: Duration = Duration::from_mins(10);
/// Bytes of entries whose indexes stay in memory.
const MAX_INDEX_BYTES: u64 = 64 << 20;

/// A widget with what it knows.
#[derive(Debug)]
pub(crate) struct KnownWidget {
    pub(crate) widget: Arc<Widget>,
    pub(crate) knowledge: Arc<Knowledge>,
}

/// An index and the entries from which it was built.
pub(crate) struct Knowledge {
    entries: Vec<KnowledgeEntry>,
    pub(crate) index: Index,
}

impl std::fmt::Debug for Knowledge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Knowledge").field("entries", &self.entries.len()).finish_non_exhaustive()
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Widgets {
    database: Database,
    by_key: Cache<String, Option<Arc<KnownWidget>>>,
    knowledge: Cache<WidgetId, Arc<Knowledge>>,
}

impl Widgets {
    pub(crate) fn new(database: Database) -> Self {
        let bytes = |_: &WidgetId, knowledge: &Arc<Knowledge>| knowledge.bytes();
        Self {
            database,
            by_key: Cache::builder().max_capacity(MAX_WIDGETS).time_to_live(FRESH).build(),
            knowledge: Cache::builder()
                .weigher(bytes)
                .max_capacity(MAX_INDEX_BYTES)
                .time_to_idle(INDEX_IDLE)
                .build(),
        }
    }

    /// The active widget with this key. Callers who come while it is being read wait for that one read.
    pub(crate) async fn get(&self, key: &str) -> Result<Option<Arc<KnownWidget>>, DatabaseError> {
        self.by_key
            .try_get_with_by_ref(key, self.load(key))
            .await
            .map_err(|error: Arc<DatabaseError>| DatabaseError::clone(&error))
    }

    async fn load(&self, key: &str) -> Result<Option<Arc<KnownWidget>>, DatabaseError> {
        let Some(widget) = self.database.widget_by_key(key).await? else {
            return Ok(None);
        };
        let entries = self.database.knowledge_entries(widget.id).await?;
        let knowledge = self.knowledge(widget.id, entries).await?;
        Ok(Some(Arc::new(KnownWidget { widget: Arc::new(widget), knowledge })))
    }

    /// What a widget knows at present.
    pub(crate) async fn knowledge_of(&self, widget: WidgetId) -> Result<Arc<Knowledge>, DatabaseError> {
        let entries = self.database.knowledge_entries(widget).await?;
        self.knowledge(widget, entries).await
    }

    /// The index for these entries, built anew only if they have changed.
    async fn knowledge(
        &self,
        widget: WidgetId,
        entries: Vec<KnowledgeEntry>,
    ) -> Result<Arc<Knowledge>, DatabaseError> {
        if let Some(known) = self.knowledge.get(&widget).await
            && known.entries == entries
        {
            return Ok(known);
        }
        // Thousands of entries take milliseconds, too long for a thread that serves others.
        let task = tokio::task::spawn_blocking(move || {
            let index = Index::build(entries.iter().map(index_entry).collect(), None);
            Arc::new(Knowledge { entries, index })
        });
        let failed = |error| DatabaseError::Data(format!("index of widget {widget}: {error}"));
        let knowledge = task.await.map_err(failed)?;
        self.knowledge.insert(widget, Arc::clone(&knowledge)).await;
        Ok(knowledge)
    }
}

impl Knowledge {
    fn bytes(&self) -> u32 {
        let of = |entry: &KnowledgeEntry| {
            let keywords: usize = entry.keywords.iter().map(String::len).sum();
            entry.question.len() + entry.answer.len() + keywords + size_of::<KnowledgeEntry>()
        };
        u32::try_from(self.entries.iter().map(of).sum::<usize>()).unwrap_or(u32::MAX)
    }
}

fn index_entry(entry: &KnowledgeEntry) -> Entry {
    Entry {
        id: entry.id,
        question: entry.question.clone(),
        answer: entry.answer.clone(),
        keywords: entry.keywords.clone(),
        category: entry.category.clone(),
        priority: entry.priority,
    }
}

//! Widgets and their knowledge in memory, never older than two seconds, so that a change by hand-made SQL
//! takes effect at once without a read per message.

#[cfg(test)]
mod tests;

use frontdesk_domain::fallback::AnswerOrder;
use frontdesk_domain::ids::WidgetId;
use frontdesk_knowledge::{Entry, Index, Language};
use frontdesk_persistence::{Database, DatabaseError, KnowledgeEntry, Widget};
use moka::future::Cache;
use moka::policy::EvictionPolicy;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Half a second is left for the reading itself.
const FRESH: Duration = Duration::from_millis(1_500);
/// Widgets in memory, unknown keys included.
const MAX_WIDGETS: u64 = 10_000;
/// An index that no message asks for is let go.
const INDEX_IDLE: Duration = Duration::from_mins(10);

/// A state of a widget's knowledge base, as it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Version {
    widget: WidgetId,
    number: i64,
    language: Option<Language>,
}

impl Version {
    fn of(widget: &Widget) -> Self {
        let tag = widget.language.as_deref().filter(|tag| !tag.trim().is_empty());
        Self { widget: widget.id, number: widget.knowledge_version, language: tag.map(Language::from_tag) }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Widgets {
    database: Database,
    by_key: Cache<String, Option<Arc<Widget>>>,
    indexes: Cache<Version, Arc<Index>>,
    /// The version of which there is an index.
    latest: Cache<WidgetId, Version>,
    misread: Arc<Mutex<HashSet<WidgetId>>>,
}

impl Widgets {
    /// `most` bytes of indexes stay in memory, those that were asked last. One that is larger stays alone: built
    /// for each message it would take no less memory, and more time than a visitor has.
    pub(crate) fn new(database: Database, most: u64) -> Self {
        let heaviest = u32::try_from(most).unwrap_or(u32::MAX);
        let bytes = move |_: &Version, index: &Arc<Index>| {
            u32::try_from(index.bytes()).unwrap_or(u32::MAX).min(heaviest)
        };
        Self {
            database,
            by_key: Cache::builder().max_capacity(MAX_WIDGETS).time_to_live(FRESH).build(),
            indexes: Cache::builder()
                .weigher(bytes)
                .max_capacity(most)
                .eviction_policy(EvictionPolicy::lru())
                .time_to_idle(INDEX_IDLE)
                .build(),
            latest: Cache::builder().max_capacity(MAX_WIDGETS).time_to_idle(INDEX_IDLE).build(),
            misread: Arc::default(),
        }
    }

    /// The active widget with this key. Callers who come while it is being read wait for that one read.
    pub(crate) async fn get(&self, key: &str) -> Result<Option<Arc<Widget>>, DatabaseError> {
        let load = async { Ok(self.database.widget_by_key(key).await?.map(Arc::new)) };
        let widget = self.by_key.try_get_with_by_ref(key, load).await;
        widget.map_err(|error: Arc<DatabaseError>| DatabaseError::clone(&error))
    }

    /// Has every widget read anew. Callers who wait for a read that is under way may get what it finds.
    pub(crate) fn forget(&self) {
        self.by_key.invalidate_all();
    }

    /// The index of the widget's knowledge base. It is built when its version is another than before; callers
    /// who come meanwhile wait for that one. The version was read before the entries are: a change between the
    /// two is in the index already, and once more in the next one.
    pub(crate) async fn index(&self, widget: &Widget) -> Result<Arc<Index>, DatabaseError> {
        let version = Version::of(widget);
        if let Some(index) = self.indexes.get(&version).await {
            return Ok(index);
        }
        let built = self.indexes.try_get_with(version, self.build(version)).await;
        // Now, not with some later message: until then more than the bound may be in memory.
        self.indexes.run_pending_tasks().await;
        built.map_err(|error: Arc<DatabaseError>| DatabaseError::clone(&error))
    }

    async fn build(&self, version: Version) -> Result<Arc<Index>, DatabaseError> {
        let entries = self.database.knowledge_entries(version.widget).await?;
        // Thousands of entries take milliseconds, too long for a thread that serves others.
        let task = tokio::task::spawn_blocking(move || {
            Arc::new(Index::build(entries.into_iter().map(index_entry).collect(), version.language))
        });
        let failed = |error| DatabaseError::Data(format!("index of widget {}: {error}", version.widget));
        let index = task.await.map_err(failed)?;
        if let Some(before) = self.latest.get(&version.widget).await.filter(|before| *before != version) {
            self.indexes.invalidate(&before).await;
        }
        self.latest.insert(version.widget, version).await;
        Ok(index)
    }

    /// The bytes of all indexes in memory.
    pub(crate) async fn bytes(&self) -> u64 {
        self.indexes.run_pending_tasks().await;
        self.indexes.weighted_size()
    }

    /// Who answers first. A setting that nobody knows counts as the default, and is told in the log once.
    pub(crate) fn answer_order(&self, widget: &Widget) -> AnswerOrder {
        let Some(setting) = widget.answer_order.as_deref() else { return AnswerOrder::default() };
        setting.parse().unwrap_or_else(|error| {
            let mut misread = self.misread.lock().unwrap_or_else(PoisonError::into_inner);
            if misread.insert(widget.id) {
                tracing::warn!(widget = %widget.id, "answer_order: {error}");
            }
            AnswerOrder::default()
        })
    }
}

fn index_entry(entry: KnowledgeEntry) -> Entry {
    Entry {
        id: entry.id,
        question: entry.question,
        answer: entry.answer,
        keywords: entry.keywords,
        category: entry.category,
        priority: entry.priority,
    }
}

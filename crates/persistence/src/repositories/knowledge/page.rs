//! A knowledge base page by page.

use super::stored::{StoredEntry, StoredRow};
use crate::database::{Database, read};
use crate::error::DatabaseError;
use crate::repositories::search::pattern;
use crate::schema::widget_knowledge_base as k;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use frontdesk_domain::ids::WidgetId;

/// Which entries are wanted; what is `None` does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnowledgeFilter {
    /// A part of the question, the answer, a keyword or the category, in any case. SQLite knows the cases of
    /// ASCII letters only.
    pub search: Option<String>,
    /// The whole category.
    pub category: Option<String>,
    /// Whether it may be an answer.
    pub is_active: Option<bool>,
}

/// Some of the entries that were wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct KnowledgePage {
    /// In the order of their ids.
    pub entries: Vec<StoredEntry>,
    /// How many there are on all pages.
    pub total: i64,
}

trait Pages: Connection {
    fn page(
        &mut self,
        widget: i32,
        filter: &KnowledgeFilter,
        rows: (i64, i64),
    ) -> QueryResult<(Vec<StoredRow>, i64)>;
}

/// `LIKE` is a matter of case on PostgreSQL, and its keywords are no text.
macro_rules! pages {
    ($connection:ty, $like:literal, $keywords:literal) => {
        impl Pages for $connection {
            fn page(
                &mut self,
                widget: i32,
                filter: &KnowledgeFilter,
                (limit, offset): (i64, i64),
            ) -> QueryResult<(Vec<StoredRow>, i64)> {
                let wanted = || {
                    let mut query = k::table.filter(k::widget_id.eq(widget)).into_boxed();
                    if let Some(category) = &filter.category {
                        query = query.filter(k::category.eq(category));
                    }
                    if let Some(active) = filter.is_active {
                        let unsaid = k::is_active.is_null().and(sql::<Bool>("true").eq(active));
                        query = query.filter(k::is_active.eq(active).or(unsaid).assume_not_null());
                    }
                    if let Some(pattern) = filter.search.as_deref().map(pattern) {
                        query = query.filter(
                            sql::<Bool>(concat!("(question ", $like, " "))
                                .bind::<Text, _>(pattern.clone())
                                .sql(concat!(" ESCAPE '!' OR answer ", $like, " "))
                                .bind::<Text, _>(pattern.clone())
                                .sql(concat!(" ESCAPE '!' OR ", $keywords, " ", $like, " "))
                                .bind::<Text, _>(pattern.clone())
                                .sql(concat!(" ESCAPE '!' OR category ", $like, " "))
                                .bind::<Text, _>(pattern)
                                .sql(" ESCAPE '!')"),
                        );
                    }
                    query
                };
                let total = wanted().count().get_result(self)?;
                let page = wanted().order(k::id).limit(limit).offset(offset);
                Ok((page.select(StoredRow::as_select()).load(self)?, total))
            }
        }
    };
}

pages!(PgConnection, "ILIKE", "array_to_string(keywords, ' ')");
pages!(SqliteConnection, "LIKE", "keywords");

impl Database {
    /// Up to `limit` of the widget's entries that the filter lets through, after the first `offset` of them.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn knowledge_page(
        &self,
        widget: WidgetId,
        filter: KnowledgeFilter,
        limit: u32,
        offset: u32,
    ) -> Result<KnowledgePage, DatabaseError> {
        let rows = (i64::from(limit), i64::from(offset));
        let (rows, total) = read!(self, |c| c.page(widget.0, &filter, rows))?;
        Ok(KnowledgePage { entries: rows.into_iter().map(StoredEntry::from).collect(), total })
    }
}

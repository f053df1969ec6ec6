//! A widget's conversations, the newest first.

use super::stored::{self, Row, StoredConversation, columns};
use super::{ConversationKey, ConversationStore};
use crate::database::{Database, read};
use crate::error::DatabaseError;
use crate::repositories::search::{ESCAPED, Search, pattern};
use crate::schema::widget_conversations as v;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use frontdesk_domain::ids::{PublicConversationId, WidgetId};

/// Which conversations are wanted; what is `None` does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InboxFilter {
    /// The status, as it is stored.
    pub status: Option<String>,
    /// Whether the visitor has left contact details.
    pub lead_captured: Option<bool>,
    /// A part of the visitor's name, e-mail address or phone number or of the last message, in any case. SQLite knows
    /// the cases of ASCII letters only.
    pub search: Option<String>,
    /// Only those that were opened before this one.
    pub before: Option<PublicConversationId>,
}

/// Some of the conversations that were wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct InboxPage {
    /// The newest first.
    pub conversations: Vec<StoredConversation>,
    /// How many there are on all pages, at most [`MOST_COUNTED`]; `before` makes no difference to it.
    pub total: i64,
    /// Whether there are more than that.
    pub is_capped: bool,
}

/// To count on would cost more the more conversations a widget has, at each look into its inbox.
pub const MOST_COUNTED: i64 = 10_000;

trait Inbox: ConversationStore + Search {
    fn page(&mut self, widget: i32, filter: &InboxFilter, rows: (i64, i64)) -> QueryResult<(Vec<Row>, i64)>;
}

/// The total, where the page is the last and not empty: then nobody need count.
fn told_by(rows: &[Row], filter: &InboxFilter, (limit, offset): (i64, i64)) -> Option<i64> {
    let own = i64::try_from(rows.len()).ok()?;
    let is_last = filter.before.is_none() && own < limit && (own > 0 || offset == 0);
    is_last.then_some(offset + own)
}

/// What diesel cannot say once for both databases.
macro_rules! inbox {
    ($connection:ty, $address:literal) => {
        impl Inbox for $connection {
            fn page(
                &mut self,
                widget: i32,
                filter: &InboxFilter,
                (limit, offset): (i64, i64),
            ) -> QueryResult<(Vec<Row>, i64)> {
                let wanted = || {
                    let mut query = v::table.filter(v::widget_id.eq(widget)).into_boxed();
                    if let Some(status) = &filter.status {
                        query = query.filter(
                            sql::<Bool>("COALESCE(status, 'active') = ").bind::<Text, _>(status.clone()),
                        );
                    }
                    if let Some(captured) = filter.lead_captured {
                        query = query.filter(
                            sql::<Bool>("COALESCE(lead_captured, false) = ").bind::<Bool, _>(captured),
                        );
                    }
                    if let Some(part) = &filter.search {
                        let texts = ["visitor_name", "visitor_email", "visitor_phone", "last_message"];
                        query = query.filter(
                            sql::<Bool>(&Self::one_of(&texts)).bind::<Text, _>(pattern(part)).sql(ESCAPED),
                        );
                    }
                    query
                };
                let mut page = wanted();
                if let Some(before) = filter.before {
                    let key = ConversationKey { id: before, widget: Some(WidgetId(widget)) };
                    // After one that is gone comes nothing.
                    let before = self.find(key)?.map_or(i32::MIN, |(id, _)| id);
                    page = page.filter(v::id.lt(before));
                }
                let page = page.order(v::id.desc()).limit(limit).offset(offset);
                let rows: Vec<Row> = page.select(columns!($address)).load(self)?;
                if let Some(total) = told_by(&rows, filter, (limit, offset)) {
                    return Ok((rows, total));
                }
                let counted: Vec<i32> = wanted().limit(MOST_COUNTED + 1).select(v::id).load(self)?;
                Ok((rows, i64::try_from(counted.len()).unwrap_or(i64::MAX)))
            }
        }
    };
}

inbox!(PgConnection, "host(widget_conversations.ip_address)");
inbox!(SqliteConnection, "widget_conversations.ip_address");

impl Database {
    /// Up to `limit` of the widget's conversations that the filter lets through, after the first `offset` of them.
    /// `new_id` makes the public ids of those that have none.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn inbox(
        &self,
        widget: WidgetId,
        filter: InboxFilter,
        (limit, offset): (u32, u32),
        mut new_id: impl FnMut() -> PublicConversationId + Send + 'static,
    ) -> Result<InboxPage, DatabaseError> {
        read!(self, |c| {
            let (rows, total) = c.page(widget.0, &filter, (limit.into(), offset.into()))?;
            let mut conversations = Vec::with_capacity(rows.len());
            for row in rows {
                conversations.extend(stored::conversation(c, row, &mut new_id)?);
            }
            let is_capped = total > MOST_COUNTED;
            Ok(InboxPage { conversations, total: total.min(MOST_COUNTED), is_capped })
        })
    }
}

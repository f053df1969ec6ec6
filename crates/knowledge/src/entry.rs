//! One entry of a knowledge base.

use frontdesk_domain::ids::EntryId;

/// A question that visitors ask, the answer to give, and what helps to find it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The row that it comes from.
    pub id: EntryId,
    /// The question as its author put it.
    pub question: String,
    /// The text that visitors get.
    pub answer: String,
    /// Words under which it should be found as well; often empty.
    pub keywords: Vec<String>,
    /// A heading that groups entries; it counts as one more keyword.
    pub category: Option<String>,
    /// The greater goes first, but only among entries whose scores are all but equal.
    pub priority: i32,
}

//! Knowledge bases.

use crate::error::SettingsError;
use crate::values::Values;
use crate::variables::KNOWLEDGE_CACHE_MB;

/// Knowledge bases.
#[derive(Debug, Clone)]
pub struct KnowledgeSettings {
    /// `KNOWLEDGE_CACHE_MB` (64): how much memory the knowledge bases may take that stay ready to be asked, in
    /// bytes. A base of a hundred entries takes about a megabyte; one that has no room is read anew when it is
    /// asked again.
    pub cache_bytes: u64,
}

impl KnowledgeSettings {
    pub(crate) fn from_values(values: &Values) -> Result<Self, SettingsError> {
        let megabytes = values.number(&KNOWLEDGE_CACHE_MB, "megabytes", 1..=65_536)?;
        Ok(Self { cache_bytes: u64::from(megabytes) << 20 })
    }
}

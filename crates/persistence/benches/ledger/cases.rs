//! What can be measured.

use crate::shared::visitors::Waits;
use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Store {
    Postgres,
    Sqlite,
}

/// How a cycle gets into the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Path {
    /// `pgbench` with so many clients.
    Pgbench(u32),
    /// The ledger with one operation in a transaction.
    OneByOne,
    /// The ledger as it is.
    Ledger,
    /// The ledger as it is, with one visitor.
    LoneCaller,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Case {
    pub(crate) store: Store,
    pub(crate) widgets: u32,
    pub(crate) path: Path,
}

/// What one turn of a case gave.
#[derive(Debug)]
pub(crate) enum Measured {
    /// Cycles a second.
    Rate(f64),
    Waits(Vec<Waits>),
}

impl fmt::Display for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Postgres => "postgres",
            Self::Sqlite => "sqlite",
        })
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pgbench(1) => write!(f, "pgbench, 1 client"),
            Self::Pgbench(clients) => write!(f, "pgbench, {clients} clients"),
            Self::OneByOne => write!(f, "ledger, one by one"),
            Self::Ledger => write!(f, "ledger, group commit"),
            Self::LoneCaller => write!(f, "ledger, lone caller"),
        }
    }
}

/// Hot or spread.
pub(crate) fn shape(widgets: u32) -> String {
    if widgets == 1 { "hot".to_owned() } else { format!("{widgets} widgets") }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.store, shape(self.widgets), self.path)
    }
}

//! Values that only one row may have.

use diesel::result::{DatabaseErrorKind, Error};

/// Whether another row has the value of this column. PostgreSQL says so in the details (`Key (email)=(..)`), SQLite in
/// the message (`clients.email`).
pub(crate) fn violates(error: &Error, column: &str) -> bool {
    let Error::DatabaseError(DatabaseErrorKind::UniqueViolation, info) = error else { return false };
    info.details().is_some_and(|details| details.contains(&format!("({column})=")))
        || info.message().ends_with(&format!(".{column}"))
}

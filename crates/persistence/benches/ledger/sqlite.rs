//! SQLite files to measure on.

use crate::shared::{Failure, fill};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use frontdesk_persistence::Database;
use frontdesk_tests::ScratchDir;
use std::path::{Path, PathBuf};

/// A file with so many widgets in `dir`, to be copied.
pub(crate) async fn filled(dir: &ScratchDir, widgets: u32) -> Result<PathBuf, Failure> {
    let url = dir.sqlite_url();
    drop(Database::open(&url, 1).await?);
    let path = PathBuf::from(url.trim_start_matches("sqlite://"));
    let mut connection = SqliteConnection::establish(&path.to_string_lossy())?;
    connection.batch_execute("PRAGMA busy_timeout = 10000")?;
    connection.batch_execute(&fill::sql(widgets))?;
    Ok(path)
}

/// Copies a database that may be open.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<String, Failure> {
    let mut connection = SqliteConnection::establish(&from.to_string_lossy())?;
    connection.batch_execute(&format!("VACUUM INTO '{}'", to.display()))?;
    Ok(format!("sqlite://{}", to.display()))
}

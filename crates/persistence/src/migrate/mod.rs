//! Migrations, embedded in the program. They run on an empty database and on the operators' own, twice,
//! from several processes at once, and while others write. `migrations/README.md` is their manual.

mod postgres;
mod watch;

pub(crate) use postgres::{Patience, postgres};

use crate::error::DatabaseError;
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");

/// Hears of each migration when it is done.
pub(crate) type Done<'a> = &'a mut dyn FnMut(&str);

/// Brings a SQLite database up to date; returns the names of the migrations that ran. SQLite has no
/// advisory lock: the write lock of an immediate transaction plays its part.
pub(crate) fn sqlite(
    connection: &mut SqliteConnection,
    done: Done<'_>,
) -> Result<Vec<String>, DatabaseError> {
    connection.immediate_transaction(|connection| {
        let mut names = Vec::new();
        for migration in connection.pending_migrations(SQLITE).map_err(failed)? {
            let name = migration.name().to_string();
            connection.run_migration(&*migration).map_err(|error| in_step(&name, &*error))?;
            done(&name);
            names.push(name);
        }
        Ok(names)
    })
}

fn failed(error: impl std::fmt::Display) -> DatabaseError {
    DatabaseError::Migration(error.to_string())
}

/// A step's failure, in the database's own words: `error` is what diesel's harness returns.
fn in_step(name: &str, error: &dyn std::error::Error) -> DatabaseError {
    let text = error.to_string();
    let words = text.strip_prefix(&format!("Failed to run {name} with: ")).unwrap_or(&text);
    failed(format!("{name}: {words}"))
}

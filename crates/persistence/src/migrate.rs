//! Migrations, embedded in the program. They run on an empty database and on the operators' own, twice,
//! and from several processes at once.

use crate::error::DatabaseError;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");

/// The key of PostgreSQL's advisory lock: one process migrates, the others wait and find nothing to do.
const ADVISORY_LOCK: i64 = 0x6672_6f6e_7464_6573;

fn failed(error: impl std::fmt::Display) -> DatabaseError {
    DatabaseError::Migration(error.to_string())
}

/// Brings a PostgreSQL database up to date; returns the names of the migrations that ran.
pub(crate) fn postgres(connection: &mut PgConnection) -> Result<Vec<String>, DatabaseError> {
    diesel::sql_query("SELECT pg_advisory_lock($1)").bind::<BigInt, _>(ADVISORY_LOCK).execute(connection)?;
    let done = run(connection, POSTGRES);
    diesel::sql_query("SELECT pg_advisory_unlock($1)")
        .bind::<BigInt, _>(ADVISORY_LOCK)
        .execute(connection)?;
    done
}

/// Brings a SQLite database up to date; returns the names of the migrations that ran. SQLite has no
/// advisory lock: the write lock of an immediate transaction plays its part.
pub(crate) fn sqlite(connection: &mut SqliteConnection) -> Result<Vec<String>, DatabaseError> {
    connection.immediate_transaction(|connection| run(connection, SQLITE))
}

fn run<C>(connection: &mut C, migrations: EmbeddedMigrations) -> Result<Vec<String>, DatabaseError>
where
    C: MigrationHarness<C::Backend> + Connection,
{
    let mut done = Vec::new();
    for migration in connection.pending_migrations(migrations).map_err(failed)? {
        let name = migration.name().to_string();
        connection.run_migration(&*migration).map_err(|error| failed(format!("{name}: {error}")))?;
        done.push(name);
    }
    Ok(done)
}

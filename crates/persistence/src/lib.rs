//! The credit ledger and all other stored data, on PostgreSQL and SQLite.

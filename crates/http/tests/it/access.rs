//! Who may call what: every call of the table, with every kind of key, and with another client's ids.

mod keys;
mod site;
mod walk;

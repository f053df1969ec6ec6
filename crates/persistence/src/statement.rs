//! Statements that diesel's builder cannot say, as typed values.
//!
//! diesel prepares an `UPDATE`, an upsert or a `sql_query` anew each time. A statement made here has one
//! text per Rust type, so every connection prepares it once.

use diesel::backend::Backend;
use diesel::query_builder::AstPass;
use diesel::result::{Error, QueryResult};

/// Pushes `text` onto `out`, with every `{name}` replaced by the bind that `bind` pushes for it.
pub(crate) fn walk<'b, DB: Backend>(
    text: &'static str,
    mut out: AstPass<'_, 'b, DB>,
    mut bind: impl FnMut(&str, AstPass<'_, 'b, DB>) -> QueryResult<()>,
) -> QueryResult<()> {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, tail) =
            after.split_once('}').ok_or_else(|| Error::QueryBuilderError("a `{` without its `}`".into()))?;
        out.push_sql(before);
        bind(name, out.reborrow())?;
        rest = tail;
    }
    out.push_sql(rest);
    Ok(())
}

/// A struct of bind parameters that is a query of its own:
/// `statement! { Pg, Name { field: RustType => SqlType, .. } -> RowSqlType, "SQL with {field}" }`.
macro_rules! statement {
    ($(#[$meta:meta])* $db:ty, $name:ident { $($field:ident : $rust:ty => $sql:ty),* $(,)? } -> $row:ty, $text:expr) => {
        $(#[$meta])*
        #[derive(Debug, diesel::query_builder::QueryId)]
        pub(crate) struct $name { $(pub(crate) $field: $rust),* }

        impl diesel::query_builder::QueryFragment<$db> for $name {
            fn walk_ast<'b>(&'b self, out: diesel::query_builder::AstPass<'_, 'b, $db>) -> diesel::QueryResult<()> {
                $crate::statement::walk($text, out, |name, mut out| match name {
                    $(stringify!($field) => out.push_bind_param::<$sql, $rust>(&self.$field),)*
                    other => Err(diesel::result::Error::QueryBuilderError(
                        format!("no field {other} in {}", stringify!($name)).into(),
                    )),
                })
            }
        }

        impl diesel::query_builder::Query for $name {
            type SqlType = $row;
        }

        impl<C> diesel::query_dsl::RunQueryDsl<C> for $name {}
    };
}
pub(crate) use statement;

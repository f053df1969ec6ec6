//! Statements that diesel's builder cannot say, as typed values.
//!
//! diesel prepares an `UPDATE`, an upsert or a `sql_query` anew each time. A statement made here has one
//! text per Rust type, so every connection prepares it once.

use diesel::backend::Backend;
use diesel::query_builder::AstPass;
use diesel::result::{Error, QueryResult};

/// A statement's text, cut at its binds.
#[derive(Debug)]
pub(crate) struct Pieces {
    /// Each with the position of the field that is bound after it.
    bound: Vec<(&'static str, usize)>,
    last: &'static str,
}

impl Pieces {
    /// Cuts `text` at every `{name}`; `fields` are the names, in their order.
    pub(crate) fn cut(text: &'static str, fields: &[&str]) -> Result<Self, String> {
        let mut bound = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, tail) = after.split_once('}').ok_or("a `{` without its `}`")?;
            let field = fields.iter().position(|field| *field == name);
            bound.push((before, field.ok_or_else(|| format!("no field `{name}`"))?));
            rest = tail;
        }
        Ok(Self { bound, last: rest })
    }

    /// Pushes the text onto `out`, and for each bind what `bind` pushes for the field at its position.
    pub(crate) fn walk<'b, DB: Backend>(
        cut: &Result<Self, String>,
        mut out: AstPass<'_, 'b, DB>,
        mut bind: impl FnMut(usize, AstPass<'_, 'b, DB>) -> QueryResult<()>,
    ) -> QueryResult<()> {
        let pieces = cut.as_ref().map_err(|error| Error::QueryBuilderError(error.clone().into()))?;
        for (before, field) in &pieces.bound {
            out.push_sql(before);
            bind(*field, out.reborrow())?;
        }
        out.push_sql(pieces.last);
        Ok(())
    }
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
                use $crate::statement::Pieces;
                type Bind = for<'a, 'b> fn(&'b $name, diesel::query_builder::AstPass<'a, 'b, $db>) -> diesel::QueryResult<()>;
                static PIECES: std::sync::LazyLock<Result<Pieces, String>> =
                    std::sync::LazyLock::new(|| Pieces::cut($text, &[$(stringify!($field)),*]));
                const BINDS: &[Bind] =
                    &[$(|statement, mut out| out.push_bind_param::<$sql, $rust>(&statement.$field)),*];
                Pieces::walk(&PIECES, out, |field, out| BINDS[field](self, out))
            }
        }

        impl diesel::query_builder::Query for $name {
            type SqlType = $row;
        }

        impl<C> diesel::query_dsl::RunQueryDsl<C> for $name {}
    };
}
pub(crate) use statement;

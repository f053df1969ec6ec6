//! Column types, each with its Rust side, so that `schema.rs` is written once for both databases.
//!
//! | schema.rs   | PostgreSQL  | SQLite                       | Rust               |
//! |-------------|-------------|------------------------------|--------------------|
//! | `Strings`   | `TEXT[]`    | `TEXT`, a JSON list          | [`Strings`]        |
//! | `JsonDoc`   | `JSONB`     | `TEXT`, JSON                 | [`JsonDoc`]        |
//! | `Timestamp` | `TIMESTAMP` | `TEXT`, UTC, microseconds    | [`UtcTime`]        |
//! | `Date`      | `DATE`      | `TEXT`                       | [`Day`]            |

mod document;

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::data_types::{PgDate, PgTimestamp};
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types as st;
use diesel::sqlite::{Sqlite, SqliteValue};
use jiff::civil::{Date, DateTime, date};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// SQL types of which the two databases have different ideas.
pub(crate) mod sql {
    /// A list of texts.
    #[derive(diesel::sql_types::SqlType, diesel::query_builder::QueryId)]
    #[diesel(postgres_type(oid = 1009, array_oid = 0), sqlite_type(name = "Text"))]
    pub struct Strings;

    /// A JSON document.
    #[derive(diesel::sql_types::SqlType, diesel::query_builder::QueryId)]
    #[diesel(postgres_type(oid = 3802, array_oid = 3807), sqlite_type(name = "Text"))]
    pub struct JsonDoc;
}

/// Seconds from 1970 to PostgreSQL's epoch, 2000-01-01.
const POSTGRES_EPOCH_SECONDS: i64 = 946_684_800;
const POSTGRES_EPOCH_DAY: Date = date(2000, 1, 1);
/// The byte that PostgreSQL puts before a document's text.
const JSONB_VERSION: u8 = 1;

#[derive(Debug, Clone, PartialEq, Eq, Default, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql::Strings)]
pub(crate) struct Strings(pub(crate) Vec<String>);

#[derive(Debug, Clone, PartialEq, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql::JsonDoc)]
pub(crate) struct JsonDoc(pub(crate) serde_json::Value);

/// An instant, stored without a zone, in UTC, to the microsecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = st::Timestamp)]
pub(crate) struct UtcTime(pub(crate) Timestamp);

/// A local date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = st::Date)]
pub(crate) struct Day(pub(crate) Date);

impl ToSql<sql::Strings, Pg> for Strings {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<st::Array<st::Text>, Pg>::to_sql(&self.0, out)
    }
}

impl FromSql<sql::Strings, Pg> for Strings {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(array_texts(value.as_bytes()).ok_or("an array that is cut off")??))
    }
}

/// The texts of an array, one after the other; `None` where its bytes end too soon. Arrays that operators wrote may hold
/// NULLs, and have any number of dimensions: the elements come in the order of rows.
fn array_texts(bytes: &[u8]) -> Option<Result<Vec<String>, std::string::FromUtf8Error>> {
    let (dimensions, rest) = number(bytes)?;
    // Whether there are NULLs, the elements' type, and for each dimension its length and its first index.
    let mut rest = rest.get(8 + 8 * usize::try_from(dimensions).ok()?..)?;
    let mut texts = Vec::new();
    while !rest.is_empty() {
        let (length, after) = number(rest)?;
        rest = after;
        // NULL has the length -1.
        if let Ok(length) = usize::try_from(length) {
            let (text, after) = rest.split_at_checked(length)?;
            texts.push(text.to_vec());
            rest = after;
        }
    }
    Some(texts.into_iter().map(String::from_utf8).collect())
}

fn number(bytes: &[u8]) -> Option<(i32, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((i32::from_be_bytes(*number), rest))
}

impl ToSql<sql::Strings, Sqlite> for Strings {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(serde_json::to_string(&self.0)?);
        Ok(IsNull::No)
    }
}

impl FromSql<sql::Strings, Sqlite> for Strings {
    fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        let text = <String as FromSql<st::Text, Sqlite>>::from_sql(value)?;
        // Lists that operators wrote may hold anything; what is no text is none.
        Ok(Self(document::texts(document::read(&text))))
    }
}

impl ToSql<sql::JsonDoc, Pg> for JsonDoc {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<st::Jsonb, Pg>::to_sql(&self.0, out)
    }
}

impl FromSql<sql::JsonDoc, Pg> for JsonDoc {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        match value.as_bytes() {
            [JSONB_VERSION, text @ ..] => Ok(Self(document::read(std::str::from_utf8(text)?))),
            _ => Err("a version of JSONB that is not known".into()),
        }
    }
}

impl ToSql<sql::JsonDoc, Sqlite> for JsonDoc {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(serde_json::to_string(&self.0)?);
        Ok(IsNull::No)
    }
}

impl FromSql<sql::JsonDoc, Sqlite> for JsonDoc {
    fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        let text = <String as FromSql<st::Text, Sqlite>>::from_sql(value)?;
        Ok(Self(document::read(&text)))
    }
}

impl ToSql<st::Timestamp, Pg> for UtcTime {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let since_epoch = self.0.as_microsecond() - POSTGRES_EPOCH_SECONDS * 1_000_000;
        ToSql::<st::Timestamp, Pg>::to_sql(&PgTimestamp(since_epoch), &mut out.reborrow())
    }
}

impl FromSql<st::Timestamp, Pg> for UtcTime {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let PgTimestamp(since_epoch) = FromSql::<st::Timestamp, Pg>::from_sql(value)?;
        let micros =
            since_epoch.checked_add(POSTGRES_EPOCH_SECONDS * 1_000_000).ok_or("an infinite timestamp")?;
        Ok(Self(Timestamp::from_microsecond(micros)?))
    }
}

impl ToSql<st::Timestamp, Sqlite> for UtcTime {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        // A fixed width keeps the order of texts the order of times.
        out.set_value(self.0.strftime("%Y-%m-%d %H:%M:%S.%6f").to_string());
        Ok(IsNull::No)
    }
}

impl FromSql<st::Timestamp, Sqlite> for UtcTime {
    fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        let text = <String as FromSql<st::Text, Sqlite>>::from_sql(value)?;
        let civil: DateTime = text.trim_end_matches('Z').parse()?;
        Ok(Self(TimeZone::UTC.to_timestamp(civil)?))
    }
}

impl ToSql<st::Date, Pg> for Day {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let days = (self.0 - POSTGRES_EPOCH_DAY).get_days();
        ToSql::<st::Date, Pg>::to_sql(&PgDate(days), &mut out.reborrow())
    }
}

impl FromSql<st::Date, Pg> for Day {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let PgDate(days) = FromSql::<st::Date, Pg>::from_sql(value)?;
        // `infinity` is a date that operators can write.
        Ok(Self(POSTGRES_EPOCH_DAY.checked_add(Span::new().try_days(days)?)?))
    }
}

impl ToSql<st::Date, Sqlite> for Day {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.to_string());
        Ok(IsNull::No)
    }
}

impl FromSql<st::Date, Sqlite> for Day {
    fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        let text = <String as FromSql<st::Text, Sqlite>>::from_sql(value)?;
        Ok(Self(text.parse()?))
    }
}

//! How types look in the document whose own definition says nothing of JSON. Which type of another crate is which of
//! these, or a plain number or text, is in `build.rs`.

use crate::reply::Instant;
use crate::text::{ConversationNumber, MessageNumber};
use serde_json::{Value, json};
use utoipa::openapi::schema::{
    AnyOfBuilder, ArrayBuilder, KnownFormat, Object, ObjectBuilder, OneOfBuilder, Schema, SchemaFormat,
    SchemaType, Type,
};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

/// The largest number that browsers read exactly.
const MAX_SAFE: i64 = (1 << 53) - 1;
/// A text without NUL.
pub(super) const NO_NUL: &str = r"^[^\x00]*$";
/// A number as a text, as forms send it.
const DIGITS: &str = "^ *[0-9]{1,15} *$";

/// `PublicConversationId`.
pub(crate) struct ConversationId;

impl PartialSchema for ConversationId {
    fn schema() -> RefOr<Schema> {
        whole(
            "A conversation. Such numbers are random: they cannot be guessed.",
            MAX_SAFE,
            KnownFormat::Int64,
        )
        .examples([json!(6_281_029_442_887_672_i64)])
        .into()
    }
}

impl ToSchema for ConversationId {
    fn name() -> std::borrow::Cow<'static, str> {
        "ConversationId".into()
    }
}

/// As [`Json`], but null.
pub(crate) struct JsonButNull;

impl PartialSchema for JsonButNull {
    fn schema() -> RefOr<Schema> {
        any_json(&[Type::Boolean, Type::Number], "Any JSON but null whose texts hold no NUL.")
    }
}

impl ToSchema for JsonButNull {}

fn any_json(simple: &[Type], description: &str) -> RefOr<Schema> {
    let own = || Ref::from_schema_name("Json");
    let no_nul = || Object::builder().schema_type(Type::String).pattern(Some(NO_NUL));
    let object =
        Object::builder().property_names(Some(Schema::from(no_nul()))).additional_properties(Some(own()));
    AnyOfBuilder::new()
        .description(Some(description))
        .item(Object::builder().schema_type(simple.iter().cloned().collect::<SchemaType>()))
        .item(no_nul())
        .item(ArrayBuilder::new().items(own()))
        .item(object)
        .into()
}

/// Any JSON that is sent: no text in it may hold a NUL.
pub(crate) struct Json;

impl PartialSchema for Json {
    fn schema() -> RefOr<Schema> {
        any_json(&[Type::Null, Type::Boolean, Type::Number], "Any JSON whose texts hold no NUL.")
    }
}

/// A whole number of 32 bits, as `fields::int` reads it.
pub(crate) struct WholeNumber;

impl PartialSchema for WholeNumber {
    fn schema() -> RefOr<Schema> {
        OneOfBuilder::new()
            .description(Some("A whole number of 32 bits, or the number as a text."))
            .item(i32::schema())
            .item(Object::builder().schema_type(Type::String).pattern(Some("^ *[+-]?[0-9]{1,9} *$")))
            .examples([json!(1)])
            .into()
    }
}

impl ToSchema for WholeNumber {}

/// A column that the server alone writes.
pub(crate) struct Ignored;

impl PartialSchema for Ignored {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(SchemaType::AnyValue).description(Some("Not looked at.")).into()
    }
}

impl ToSchema for Ignored {}

/// A body whose texts with these names have to be there.
pub(crate) fn with_required(body: RefOr<Schema>, names: &[&str], description: &str) -> RefOr<Schema> {
    let RefOr::T(Schema::Object(mut object)) = body else { return body };
    object.description = Some(description.to_owned());
    for name in names {
        object.required.push((*name).to_owned());
        if let Some(RefOr::T(Schema::Object(field))) = object.properties.get_mut(*name) {
            field.schema_type = SchemaType::Type(Type::String);
        }
    }
    Schema::Object(object).into()
}

/// A day, as `jiff::civil::Date`.
pub(crate) struct Day;

impl PartialSchema for Day {
    fn schema() -> RefOr<Schema> {
        text("A day.", KnownFormat::Date, json!("2026-11-24")).into()
    }
}

impl ToSchema for Day {
    fn name() -> std::borrow::Cow<'static, str> {
        "Day".into()
    }
}

impl PartialSchema for Instant {
    fn schema() -> RefOr<Schema> {
        text("An instant in UTC with milliseconds.", KnownFormat::DateTime, json!("2026-11-24T01:13:51.048Z"))
            .into()
    }
}

impl ToSchema for Instant {}

impl PartialSchema for ConversationNumber {
    fn schema() -> RefOr<Schema> {
        number_or_text("ConversationId", ConversationId::schema())
    }
}

impl ToSchema for ConversationNumber {}

impl PartialSchema for MessageNumber {
    fn schema() -> RefOr<Schema> {
        let number = whole("A reply.", i32::MAX.into(), KnownFormat::Int32).examples([json!(4)]);
        number_or_text("", number.into())
    }
}

impl ToSchema for MessageNumber {}

/// A number, or the same as a text.
fn number_or_text(component: &str, number: RefOr<Schema>) -> RefOr<Schema> {
    let number = if component.is_empty() { number } else { Ref::from_schema_name(component).into() };
    let text = ObjectBuilder::new().schema_type(Type::String).pattern(Some(DIGITS));
    OneOfBuilder::new().item(number).item(text.description(Some("The number as a text."))).into()
}

fn whole(description: &str, most: i64, format: KnownFormat) -> ObjectBuilder {
    Object::builder()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(format)))
        .minimum(Some(0))
        .maximum(Some(most))
        .description(Some(description))
}

fn text(description: &str, format: KnownFormat, example: Value) -> ObjectBuilder {
    Object::builder()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(format)))
        .description(Some(description))
        .examples([example])
}

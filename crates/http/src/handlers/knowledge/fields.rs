//! The fields that `draft` reads, as the OpenAPI document shows them. Nothing else uses these types.

#![expect(unused_qualifications, reason = "in what utoipa derives")]

use crate::openapi::types::Ignored;
use crate::openapi::types::WholeNumber;
use serde_json::Value;
use std::borrow::Cow;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ArrayBuilder, Object, ObjectBuilder, OneOfBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};

/// A text of which something is left without the spaces around it.
const NOT_BLANK: &str = r"^[^\x00]*[^\s\x00][^\x00]*$";

/// A whole entry. The columns that the server alone writes may be sent and are not looked at, so that a row may be sent
/// back as it came.
#[derive(ToSchema)]
#[schema(as = NewEntry)]
#[expect(dead_code, reason = "it is how the OpenAPI document shows a body")]
pub(in crate::handlers) struct EntryFields {
    #[schema(max_length = 1000, pattern = r"^[^\x00]*[^\s\x00][^\x00]*$", example = "Is there parking?")]
    question: String,
    #[schema(
        max_length = 20_000,
        pattern = r"^[^\x00]*[^\s\x00][^\x00]*$",
        example = "Behind the building."
    )]
    answer: String,
    keywords: Option<Keywords>,
    /// The greater goes first among entries that fit equally; 0 where it is left out.
    priority: Option<WholeNumber>,
    #[schema(max_length = 100, example = "Location")]
    category: Option<String>,
    /// An inactive entry is no answer; true where it is left out.
    #[schema(example = true)]
    is_active: Option<bool>,
    /// Any JSON, kept for whoever wrote it.
    context: Option<Value>,
    #[schema(required = false)]
    id: Ignored,
    #[schema(required = false)]
    widget_id: Ignored,
    #[schema(required = false)]
    times_used: Ignored,
    #[schema(required = false)]
    helpful_count: Ignored,
    #[schema(required = false)]
    not_helpful_count: Ignored,
    #[schema(required = false)]
    created_at: Ignored,
    #[schema(required = false)]
    updated_at: Ignored,
}

/// The fields of an entry that are to change. Null empties `keywords`, `category` and `context`, and leaves the others
/// alone.
pub(super) struct EntryPatchFields;

/// An entry for a question that is there: without `question` the entry's is the first wording.
pub(in crate::handlers) struct AnswerFields;

fn with_optional(names: &[&str], description: &str) -> RefOr<Schema> {
    let mut schema = <EntryFields as utoipa::PartialSchema>::schema();
    if let RefOr::T(Schema::Object(object)) = &mut schema {
        object.description = Some(description.to_owned());
        object.required.retain(|name| !names.contains(&name.as_str()));
        for name in names {
            if let Some(RefOr::T(Schema::Object(field))) = object.properties.get_mut(*name) {
                field.schema_type = SchemaType::from_iter([Type::String, Type::Null]);
            }
        }
    }
    schema
}

impl utoipa::PartialSchema for EntryPatchFields {
    fn schema() -> RefOr<Schema> {
        with_optional(
            &["question", "answer"],
            "The fields that are to change. Null empties `keywords`, `category` and `context`, and leaves the others alone.",
        )
    }
}

impl utoipa::PartialSchema for AnswerFields {
    fn schema() -> RefOr<Schema> {
        with_optional(
            &["question"],
            "The entry that answers the question; without `question` it is the first wording.",
        )
    }
}

impl ToSchema for EntryPatchFields {
    fn name() -> Cow<'static, str> {
        "EntryChange".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        EntryFields::schemas(schemas);
    }
}

impl ToSchema for AnswerFields {
    fn name() -> Cow<'static, str> {
        "NewAnswer".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        EntryFields::schemas(schemas);
    }
}

/// A list, or a text with commas.
struct Keywords;

impl utoipa::PartialSchema for Keywords {
    fn schema() -> RefOr<Schema> {
        let keyword = string().max_length(Some(100)).pattern(Some(NOT_BLANK));
        let list = ArrayBuilder::new().items(keyword).max_items(Some(50));
        let text = string().pattern(Some(r"^([^,\x00]{0,100},){0,49}[^,\x00]{0,100}$"));
        OneOfBuilder::new()
            .description(Some("A list of texts, or one text with commas."))
            .item(list)
            .item(text)
            .examples([serde_json::json!(["car", "garage"])])
            .into()
    }
}

impl ToSchema for Keywords {}

fn string() -> ObjectBuilder {
    Object::builder().schema_type(Type::String)
}

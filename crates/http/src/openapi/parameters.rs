//! What the parts of a path are, said once for all calls.

use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{KnownFormat, Object, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{Ref, RefOr, Required, Schema};

/// Adds the parameters in the path, before those of the query.
pub(super) fn describe(path: &str, operation: &mut Operation) {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let of_path = names.map(|name| RefOr::T(parameter(name)));
    let of_query = operation.parameters.take().unwrap_or_default();
    let all: Vec<_> = of_path.chain(of_query).collect();
    operation.parameters = (!all.is_empty()).then_some(all);
}

/// Of a name that is not in this table nothing is said, and a test fails.
fn parameter(name: &str) -> Parameter {
    let (description, schema): (_, RefOr<Schema>) = match name {
        "api_key" => ("The API key's id.", id()),
        "key" => ("The widget's key.", text(255).examples(["demo"]).into()),
        "client" => ("The client's id.", id()),
        "widget" => ("The widget's id.", id()),
        "entry" => ("The knowledge entry's id.", id()),
        "question" => ("The unanswered question's id.", id()),
        "webhook" => ("The webhook's id.", id()),
        "delivery" => ("The delivery's id.", id()),
        "file" => ("The file's name.", text(100).examples(["start.js"]).into()),
        "version" => ("The version.", text(100).examples(["5f0c1f0f4ad9"]).into()),
        "session" => ("The visitor's session.", text(255).examples(["visitor-4f1c9a"]).into()),
        "conversation" => ("The conversation's id.", Ref::from_schema_name("ConversationId").into()),
        _ => ("", Schema::default().into()),
    };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description((!description.is_empty()).then_some(description))
        .schema(Some(schema))
        .build()
}

fn id() -> RefOr<Schema> {
    Object::builder()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
        .minimum(Some(1))
        .maximum(Some(i32::MAX))
        .examples([1])
        .into()
}

fn text(most: usize) -> ObjectBuilder {
    Object::builder().schema_type(Type::String).min_length(Some(1)).max_length(Some(most))
}

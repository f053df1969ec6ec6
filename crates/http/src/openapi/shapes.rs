//! What holds for all bodies of a kind:
//!
//! * a field of an answer that may be null is there nevertheless (one that may be missing says `nullable = false`);
//! * an administrator's body takes no other fields;
//! * a parameter of a query is there or not, and never null; an empty one counts as left out where it may be;
//! * a whole number of 32 bits that is sent has its bounds;
//! * a text that is sent holds no NUL.

use super::types::{Json, NO_NUL};
use std::collections::BTreeSet;
use utoipa::PartialSchema as _;
use utoipa::openapi::path::{Parameter, ParameterIn, PathItem};
use utoipa::openapi::schema::RefBuilder;
use utoipa::openapi::schema::{
    AdditionalProperties, KnownFormat, Object, Schema, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::{Components, Content, OpenApi, RefOr, Required};

/// Completes the schemas of the components and of the parameters.
pub(super) fn complete(api: &mut OpenApi, components: &mut Components) {
    let mut used = Used::default();
    for item in api.paths.paths.values_mut() {
        used.collect(item);
        let parameters = super::operations(item).filter_map(|(_, operation)| operation.parameters.as_mut());
        for parameter in parameters.flatten() {
            if let RefOr::T(parameter) = parameter {
                describe(parameter);
            }
        }
    }
    each(used.answers, components, &mut require_nullable);
    each(used.bodies.clone(), components, &mut bound);
    each(used.bodies.clone(), components, &mut without_nul);
    each(used.bodies, components, &mut refer_to_json);
    components.schemas.insert("Json".to_owned(), Json::schema());
    each(used.strict_bodies, components, &mut refuse_others);
    each(components.schemas.keys().cloned().collect(), components, &mut list_example);
}

/// The components that are named by answers and by bodies.
#[derive(Default)]
struct Used {
    answers: BTreeSet<String>,
    bodies: BTreeSet<String>,
    strict_bodies: BTreeSet<String>,
}

impl Used {
    fn collect(&mut self, item: &mut PathItem) {
        for (_, operation) in super::operations(item) {
            for response in operation.responses.responses.values() {
                if let RefOr::T(response) = response {
                    self.answers.extend(response.content.values().filter_map(content).flat_map(references));
                }
            }
            if let Some(RefOr::T(body)) = &operation.request_body {
                let names: Vec<_> = body.content.values().filter_map(content).flat_map(references).collect();
                self.bodies.extend(names.iter().cloned());
                self.strict_bodies.extend(names.into_iter().filter(|_| operation.security.is_some()));
            }
        }
    }
}

/// Visits the objects of these components and of all that they name.
fn each(names: BTreeSet<String>, components: &mut Components, visit: &mut dyn FnMut(&mut Object)) {
    for name in reachable(names, components) {
        if let Some(RefOr::T(schema)) = components.schemas.get_mut(&name) {
            objects(schema, visit);
        }
    }
}

fn content(content: &RefOr<Content>) -> Option<&RefOr<Schema>> {
    match content {
        RefOr::T(content) => content.schema.as_ref(),
        RefOr::Ref(_) => None,
    }
}

/// The components that a schema names.
fn references(schema: &RefOr<Schema>) -> Vec<String> {
    match schema {
        RefOr::Ref(reference) => reference
            .ref_location
            .strip_prefix("#/components/schemas/")
            .map(str::to_owned)
            .into_iter()
            .collect(),
        RefOr::T(schema) => parts(schema).into_iter().flat_map(references).collect(),
    }
}

fn parts(schema: &Schema) -> Vec<&RefOr<Schema>> {
    match schema {
        Schema::Object(object) => {
            let others = object.additional_properties.as_deref().and_then(|others| match others {
                AdditionalProperties::RefOr(schema) => Some(schema),
                AdditionalProperties::FreeForm(_) => None,
            });
            object.properties.values().chain(others).collect()
        }
        Schema::Array(array) => match &array.items {
            utoipa::openapi::schema::ArrayItems::RefOrSchema(items) => vec![items],
            utoipa::openapi::schema::ArrayItems::False => Vec::new(),
        },
        Schema::OneOf(one) => one.items.iter().collect(),
        Schema::AllOf(all) => all.items.iter().collect(),
        Schema::AnyOf(any) => any.items.iter().collect(),
        _ => Vec::new(),
    }
}

/// The components with all that they name in turn.
fn reachable(names: BTreeSet<String>, components: &Components) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut left: Vec<String> = names.into_iter().collect();
    while let Some(name) = left.pop() {
        if let Some(schema) = components.schemas.get(&name).filter(|_| found.insert(name.clone())) {
            left.extend(references(schema));
        }
    }
    found
}

/// Visits a schema's objects, its own and those within it.
fn objects(schema: &mut Schema, visit: &mut dyn FnMut(&mut Object)) {
    let parts: Vec<&mut RefOr<Schema>> = match schema {
        Schema::Object(object) => {
            visit(object);
            object.properties.values_mut().collect()
        }
        Schema::Array(array) => match &mut array.items {
            utoipa::openapi::schema::ArrayItems::RefOrSchema(items) => vec![items],
            utoipa::openapi::schema::ArrayItems::False => Vec::new(),
        },
        Schema::OneOf(one) => one.items.iter_mut().collect(),
        Schema::AllOf(all) => all.items.iter_mut().collect(),
        Schema::AnyOf(any) => any.items.iter_mut().collect(),
        _ => Vec::new(),
    };
    for part in parts {
        if let RefOr::T(part) = part {
            objects(part, visit);
        }
    }
}

fn require_nullable(object: &mut Object) {
    let nullable = object.properties.iter().filter(|(_, schema)| is_nullable(schema));
    let missing: Vec<_> =
        nullable.map(|(name, _)| name).filter(|name| !object.required.contains(name)).cloned().collect();
    object.required.extend(missing);
}

fn is_nullable(schema: &RefOr<Schema>) -> bool {
    let RefOr::T(schema) = schema else { return false };
    match schema {
        Schema::Object(object) => holds_null(&object.schema_type),
        Schema::Array(array) => holds_null(&array.schema_type),
        Schema::OneOf(one) => one.items.iter().any(is_nullable),
        _ => false,
    }
}

fn holds_null(kind: &SchemaType) -> bool {
    match kind {
        SchemaType::Type(kind) => *kind == Type::Null,
        SchemaType::Array(kinds) => kinds.contains(&Type::Null),
        SchemaType::AnyValue => true,
    }
}

fn refuse_others(object: &mut Object) {
    if !object.properties.is_empty() {
        object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
    }
}

/// A text that is sent and is not told otherwise.
fn without_nul(object: &mut Object) {
    let is_text = match &object.schema_type {
        SchemaType::Type(kind) => *kind == Type::String,
        SchemaType::Array(kinds) => kinds.contains(&Type::String),
        SchemaType::AnyValue => false,
    };
    if is_text && object.enum_values.is_none() && object.format.is_none() {
        object.pattern.get_or_insert_with(|| NO_NUL.to_owned());
    }
}

/// What is any JSON.
fn refer_to_json(object: &mut Object) {
    for property in object.properties.values_mut() {
        if let RefOr::T(Schema::Object(any)) = property
            && any.schema_type == SchemaType::AnyValue
        {
            let reference = RefBuilder::new().ref_location_from_schema_name("Json");
            *property = reference.description(any.description.take()).into();
        }
    }
}

fn describe(parameter: &mut Parameter) {
    if parameter.parameter_in == ParameterIn::Query && parameter.required != Required::True {
        let extensions = parameter.extensions.get_or_insert_default();
        extensions.insert("allowEmptyValue".to_owned(), true.into());
    }
    let Some(RefOr::T(schema)) = &mut parameter.schema else { return };
    if parameter.parameter_in == ParameterIn::Query {
        objects(schema, &mut never_null);
        objects(schema, &mut without_nul);
    }
    objects(schema, &mut bound);
    objects(schema, &mut list_example);
}

fn never_null(object: &mut Object) {
    if let SchemaType::Array(kinds) = &mut object.schema_type {
        kinds.retain(|kind| *kind != Type::Null);
        if let [kind] = kinds.as_slice() {
            object.schema_type = SchemaType::Type(kind.clone());
        }
    }
}

/// OpenAPI 3.1 has lists of examples.
fn list_example(object: &mut Object) {
    object.examples.extend(object.example.take());
}

fn bound(object: &mut Object) {
    if object.format == Some(SchemaFormat::KnownFormat(KnownFormat::Int32)) {
        object.minimum.get_or_insert_with(|| i32::MIN.into());
        object.maximum.get_or_insert_with(|| i32::MAX.into());
    }
}

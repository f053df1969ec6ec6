//! Where ids come from: an answer of one call tells the calls that take its id.

use std::collections::BTreeMap;
use utoipa::openapi::link::LinkBuilder;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{OpenApi, RefOr};

/// An id in an answer.
struct Source {
    operation: &'static str,
    status: &'static str,
    /// Where it stands, as a JSON pointer.
    id: &'static str,
    /// The parameter in the path of other calls.
    parameter: &'static str,
    targets: &'static [&'static str],
}

const SOURCES: [Source; 7] = [
    Source {
        operation: "create_webhook",
        status: "201",
        id: "/id",
        parameter: "webhook",
        targets: &[
            "get_webhook",
            "update_webhook_by_patch",
            "delete_webhook",
            "test_webhook",
            "list_deliveries",
        ],
    },
    Source {
        operation: "list_deliveries",
        status: "200",
        id: "/deliveries/0/id",
        parameter: "delivery",
        targets: &["redeliver"],
    },
    Source {
        operation: "test_webhook",
        status: "200",
        id: "/delivery_id",
        parameter: "delivery",
        targets: &["redeliver"],
    },
    Source {
        operation: "create_api_key",
        status: "201",
        id: "/id",
        parameter: "api_key",
        targets: &["revoke_api_key"],
    },
    Source {
        operation: "create_entry",
        status: "201",
        id: "/id",
        parameter: "entry",
        targets: &["get_entry", "update_entry", "update_entry_by_patch", "delete_entry"],
    },
    Source {
        operation: "list_entries",
        status: "200",
        id: "/0/id",
        parameter: "entry",
        targets: &["get_entry", "update_entry"],
    },
    Source {
        operation: "list_questions",
        status: "200",
        id: "/questions/0/id",
        parameter: "question",
        targets: &["answer_question", "dismiss_question"],
    },
];

/// Adds the links to the answers. What else is in the target's path is taken over from the source's.
pub(super) fn add(api: &mut OpenApi) {
    let parameters: BTreeMap<String, Vec<String>> = api
        .paths
        .paths
        .values_mut()
        .flat_map(super::operations)
        .filter_map(|(_, operation)| Some((operation.operation_id.clone()?, in_path(operation))))
        .collect();
    for (_, operation) in api.paths.paths.values_mut().flat_map(super::operations) {
        for source in SOURCES.iter().filter(|one| operation.operation_id.as_deref() == Some(one.operation)) {
            let Some(RefOr::T(response)) = operation.responses.responses.get_mut(source.status) else {
                continue;
            };
            for target in source.targets {
                let mut link = LinkBuilder::new().operation_id(*target);
                for name in parameters.get(*target).into_iter().flatten() {
                    let value = if name == source.parameter {
                        format!("$response.body#{}", source.id)
                    } else {
                        format!("$request.path.{name}")
                    };
                    link = link.parameter(name, value);
                }
                response.links.insert((*target).to_owned(), RefOr::T(link.build()));
            }
        }
    }
}

fn in_path(operation: &Operation) -> Vec<String> {
    let all = operation.parameters.iter().flatten();
    let parameters = all.filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    });
    parameters.filter(|one| one.parameter_in == ParameterIn::Path).map(|one| one.name.clone()).collect()
}

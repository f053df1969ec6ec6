//! One row of the table of routes.

use super::{BASE, PUBLIC};
use crate::access::Access;
use crate::body::Limit;
use crate::middleware::limits::count_message;
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::{FromRequest, Handler, Responder, Route, guard, web};

/// A method at an address, who may call it, and what answers.
pub(super) struct Row {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) access: Access,
    /// Of its bodies, where they may be larger than others'.
    pub(super) limit: Option<Limit>,
    pub(super) route: Route,
}

/// A call of the API, as it stands in the table of routes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// `GET`, `POST`, ..; a `GET` is also a `HEAD`.
    pub method: String,
    /// The whole path, with its parameters in braces.
    pub path: String,
    /// Who may make it.
    pub access: Access,
}

impl Row {
    /// Allows bodies of another size.
    pub(super) fn up_to(self, limit: Limit) -> Self {
        Self { limit: Some(limit), ..self }
    }

    /// Counts the calls as messages, before their bodies are read.
    pub(super) fn counted(self) -> Self {
        Self { route: self.route.wrap(from_fn(count_message)), ..self }
    }

    pub(super) fn call(&self) -> Call {
        Call { method: self.method.to_string(), path: self.path.clone(), access: self.access }
    }
}

macro_rules! verbs {
    ($($name:ident $method:ident),*) => {
        $(pub(super) fn $name<F, Args>(access: Access, path: &str, handler: F) -> Row
        where
            F: Handler<Args>,
            Args: FromRequest + 'static,
            F::Output: Responder + 'static,
        {
            row(Method::$method, access, path, handler)
        })*
    };
}

verbs!(get GET, post POST, put PUT, patch PATCH, delete DELETE);

fn row<F, Args>(method: Method, access: Access, path: &str, handler: F) -> Row
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let route = if method == Method::GET {
        web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
    } else {
        web::method(method.clone())
    };
    let path = match access {
        Access::Anyone => path.to_owned(),
        Access::Visitor => format!("{BASE}{PUBLIC}{path}"),
        Access::Read | Access::Write | Access::Admin => format!("{BASE}{path}"),
    };
    Row { method, path, access, limit: None, route: route.to(handler) }
}

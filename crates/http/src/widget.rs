//! What this process was told about serving the widget.

use crate::error::ApiError;
use crate::middleware::security::is_tls;
use crate::routes;
use crate::state::State;
use actix_web::HttpRequest;
use actix_web::http::header::HOST;
use frontdesk_web::{Asset, BackendUrl, loader_as};
use std::collections::HashMap;
use std::io;

/// What this process was told about serving the widget.
#[derive(Debug, Clone, Default)]
pub struct WidgetServing {
    /// Where browsers reach this server; without it that is what a request says.
    pub public_url: Option<BackendUrl>,
    /// The widget in the place of older scripts.
    pub legacy_scripts: LegacyScripts,
    /// The key of the demo client's widget, where the server shows its site.
    pub demo_key: Option<String>,
}

/// The widget in the place of older scripts, by the paths at which sites load these.
#[derive(Debug, Clone, Default)]
pub struct LegacyScripts(HashMap<String, Asset>);

/// Why the widget cannot take the place of an older script.
#[derive(Debug, thiserror::Error)]
pub enum LegacyScriptError {
    /// Something of the server's own is there.
    #[error("{0:?} is an address of this server's own; only another path can be an older script's")]
    Taken(String),
    /// It cannot be made.
    #[error("the widget for {0:?} cannot be compressed: {1}")]
    Compression(String, io::Error),
}

impl LegacyScripts {
    /// The widget at these paths, each with the global name that pages call.
    ///
    /// # Errors
    /// [`LegacyScriptError`].
    pub fn new<'a>(scripts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, LegacyScriptError> {
        let made = scripts.into_iter().map(|(path, global)| {
            if routes::is_taken(path) {
                return Err(LegacyScriptError::Taken(path.to_owned()));
            }
            let loader = loader_as(global);
            let loader = loader.map_err(|error| LegacyScriptError::Compression(path.to_owned(), error))?;
            Ok((path.to_owned(), loader))
        });
        Ok(Self(made.collect::<Result<_, _>>()?))
    }

    pub(crate) fn find(&self, path: &str) -> Option<&Asset> {
        self.0.get(path)
    }
}

/// Where browsers reach this server: what was configured, else what the request says. Whether that came by TLS is
/// known only from a proxy of ours.
pub(crate) fn backend_url(state: &State, request: &HttpRequest) -> Result<BackendUrl, ApiError> {
    if let Some(url) = &state.widget.public_url {
        return Ok(url.clone());
    }
    let tls = state.trusted_proxies > 0 && is_tls(request.headers());
    let scheme = if tls { "https" } else { "http" };
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    // Whatever is no host with a port cannot be an origin's end.
    let url = format!("{scheme}://{host}").parse::<BackendUrl>().map_err(|_| ApiError::BadRequest)?;
    if url.to_string() == url.origin() { Ok(url) } else { Err(ApiError::BadRequest) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_script_may_be_where_nothing_of_ours_is() {
        let new = |path| LegacyScripts::new([(path, "Some")]);
        for free in ["/public/some-widget-v2.js", "/widget-v1.js", "/a.js", "/widget/a.js", "/docs.js"] {
            assert!(new(free).unwrap().find(free).is_some(), "{free}");
        }
        for taken in
            ["/widget.js", "/widget/1/a.js", "/docs/start.js", "/api/chat-widget/widgets/1.js", "/api/a.js"]
        {
            let error = new(taken).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{taken:?} is an address of this server's own")), "{error}");
        }
    }
}

//! The lines that put a widget on a site.

use super::widget::find;
use crate::error::ApiError;
use crate::reply;
use crate::state::State;
use crate::widget::backend_url;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use frontdesk_web::Embed;
use serde::Serialize;
use utoipa::ToSchema;

/// What a site's owner needs to put the widget on it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WidgetEmbed)]
struct Lines {
    /// The tag that always loads the current widget.
    #[schema(
        example = r#"<script async src="https://chat.example.com/widget.js" data-widget-key="demo"></script>"#
    )]
    script: String,
    /// The tag that loads just this version, and whose bytes the browser checks.
    pinned_script: String,
    /// The checksum in the pinned tag.
    integrity: &'static str,
    /// The version in the pinned tag.
    #[schema(example = "5f0c1f0f4ad9")]
    version: &'static str,
    /// What the site's own content security policy has to allow, if it has one.
    #[schema(
        example = "script-src https://chat.example.com; connect-src https://chat.example.com; img-src https://chat.example.com"
    )]
    content_security_policy: String,
}

impl From<Embed> for Lines {
    fn from(embed: Embed) -> Self {
        let Embed { script, pinned_script, integrity, version, content_security_policy } = embed;
        Self { script, pinned_script, integrity, version, content_security_policy }
    }
}

/// The lines that put the widget on a site, active or not.
#[utoipa::path(
    get,
    path = "/widgets/{widget}/embed",
    responses((status = 200, description = "The lines.", body = Lines)),
    extensions(("x-error-codes" = json!(["widget_not_found"]))),
)]
pub(crate) async fn get_embed(
    state: Data<State>,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let config = find(&state, &id).await?.config;
    let backend = backend_url(&state, &request)?;
    let embed = Embed::new(&backend, &config.widget_key, config.bot_avatar_url.as_deref());
    reply::ok(&Lines::from(embed))
}

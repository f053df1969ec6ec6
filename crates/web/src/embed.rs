//! The lines that put a widget on a site.

use crate::build::current;
use url::{Position, Url};

/// Where browsers reach the server: scheme, host and, behind a proxy that takes it off, the beginning of the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackendUrl {
    origin: String,
    /// Empty, or with a slash first and none at the end.
    path: String,
}

/// Why an address is not one under which browsers reach the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BackendUrlError {
    /// No `https://` or `http://` URL with a host.
    #[error("has to be a URL such as https://chat.example.com")]
    NoUrl,
    /// With a user, a query or a fragment.
    #[error("has to be a URL without user, query and fragment, such as https://chat.example.com")]
    Parts,
}

impl BackendUrl {
    /// The origin, as browsers write it: `https://chat.example.com`.
    pub fn origin(&self) -> &str {
        &self.origin
    }
}

impl std::fmt::Display for BackendUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.origin, self.path)
    }
}

impl std::str::FromStr for BackendUrl {
    type Err = BackendUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text.trim()).map_err(|_| BackendUrlError::NoUrl)?;
        if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none() {
            return Err(BackendUrlError::NoUrl);
        }
        let plain = url.username().is_empty() && url.password().is_none();
        if !plain || !url[Position::AfterPath..].is_empty() {
            return Err(BackendUrlError::Parts);
        }
        Ok(Self {
            origin: url.origin().ascii_serialization(),
            path: url.path().trim_end_matches('/').to_owned(),
        })
    }
}

/// What a site's owner needs to put a widget on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Embed {
    /// The tag that always loads the current widget.
    pub script: String,
    /// The tag that loads just this version, and whose bytes the browser checks.
    pub pinned_script: String,
    /// The checksum in the pinned tag.
    pub integrity: &'static str,
    /// The version in the pinned tag.
    pub version: &'static str,
    /// What the site's own content security policy has to allow, if it has one: directives to be joined with its own.
    pub content_security_policy: String,
}

impl Embed {
    /// The lines for the widget with this key on a server at `backend`. `avatar` is the address of the bot's picture,
    /// which may be elsewhere.
    pub fn new(backend: &BackendUrl, key: &str, avatar: Option<&str>) -> Self {
        let build = current();
        let (integrity, version) = (build.loader_integrity(), build.version());
        let (at, key) = (escaped(&backend.to_string()), escaped(key));
        Self {
            script: format!(r#"<script async src="{at}/widget.js" data-widget-key="{key}"></script>"#),
            pinned_script: format!(
                r#"<script async src="{at}/widget/{version}/loader.js" integrity="{integrity}" crossorigin="anonymous" data-widget-key="{key}"></script>"#
            ),
            integrity,
            version,
            content_security_policy: policy(backend.origin(), avatar),
        }
    }
}

fn policy(origin: &str, avatar: Option<&str>) -> String {
    let avatar = avatar.and_then(|avatar| Url::parse(avatar).ok()).map(|url| url.origin());
    let avatar = avatar.filter(url::Origin::is_tuple).map(|origin| origin.ascii_serialization());
    let images = match avatar {
        Some(elsewhere) if elsewhere != origin => format!("{origin} {elsewhere}"),
        _ => origin.to_owned(),
    };
    format!("script-src {origin}; connect-src {origin}; img-src {images}")
}

/// A text as it stands in HTML: in an element, or in an attribute within double quotation marks.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> BackendUrl {
        text.parse().unwrap()
    }

    #[test]
    fn a_backend_is_an_origin_and_perhaps_the_beginning_of_a_path() {
        for (text, whole, origin) in [
            ("https://Chat.Example.com", "https://chat.example.com", "https://chat.example.com"),
            (" https://chat.example.com:443/ ", "https://chat.example.com", "https://chat.example.com"),
            ("http://localhost:8080", "http://localhost:8080", "http://localhost:8080"),
            ("https://example.com/chat/", "https://example.com/chat", "https://example.com"),
            ("http://[::1]:8080", "http://[::1]:8080", "http://[::1]:8080"),
        ] {
            assert_eq!((at(text).to_string().as_str(), at(text).origin()), (whole, origin), "{text}");
        }
        for text in ["", "chat.example.com", "ftp://example.com", "https://", "/chat"] {
            assert_eq!(text.parse::<BackendUrl>(), Err(BackendUrlError::NoUrl), "{text}");
        }
        for text in ["https://u@example.com", "https://:p@example.com", "https://e.com?a", "https://e.com#a"]
        {
            assert_eq!(text.parse::<BackendUrl>(), Err(BackendUrlError::Parts), "{text}");
        }
    }

    #[test]
    fn a_key_cannot_leave_its_attribute() {
        let embed = Embed::new(&at("https://chat.example.com"), r#""><script>&"#, None);
        let key = r#"data-widget-key="&quot;&gt;&lt;script&gt;&amp;""#;
        for tag in [&embed.script, &embed.pinned_script] {
            assert!(tag.contains(key) && tag.matches("<script").count() == 1, "{tag}");
        }
    }

    #[test]
    fn the_tags_name_the_server_and_the_pinned_one_the_version_and_its_checksum() {
        let embed = Embed::new(&at("https://example.com/chat"), "demo", None);
        assert_eq!(
            embed.script,
            r#"<script async src="https://example.com/chat/widget.js" data-widget-key="demo"></script>"#
        );
        let (version, integrity) = (current().version(), current().loader_integrity());
        assert_eq!(
            embed.pinned_script,
            format!(
                r#"<script async src="https://example.com/chat/widget/{version}/loader.js" integrity="{integrity}" crossorigin="anonymous" data-widget-key="demo"></script>"#
            )
        );
    }

    #[test]
    fn the_policy_names_the_server_and_where_the_bots_picture_is() {
        let policy =
            |avatar| Embed::new(&at("https://chat.example.com"), "demo", avatar).content_security_policy;
        let own = "script-src https://chat.example.com; connect-src https://chat.example.com; img-src https://chat.example.com";
        for avatar in [None, Some("/bot.png"), Some("https://chat.example.com/bot.png"), Some("data:,")] {
            assert_eq!(policy(avatar), own, "{avatar:?}");
        }
        assert_eq!(policy(Some("https://cdn.example/bot.png")), format!("{own} https://cdn.example"));
    }
}

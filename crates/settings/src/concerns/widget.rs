//! Where browsers get the widget.

use crate::error::SettingsError;
use crate::values::Values;
use crate::variables::{LEGACY_WIDGET_PATHS, PUBLIC_URL};

/// Where browsers get the widget.
#[derive(Debug, Clone)]
pub struct WidgetSettings {
    /// `PUBLIC_URL` (none): where browsers reach this server, for the tags that are shown to sites' owners; without it
    /// that is what a request says.
    pub public_url: Option<String>,
    /// `LEGACY_WIDGET_PATHS` (none): older scripts in whose place the widget is served, a comma list of `PATH=GLOBAL`.
    pub legacy_scripts: Vec<LegacyScript>,
}

/// An older script that sites still load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegacyScript {
    /// Where they load it, such as `/public/some-widget-v2.js`.
    pub path: String,
    /// The global name that they call, such as `SomeGlobal`.
    pub global: String,
}

/// Names of `window` that cannot be given away, or that lead the page elsewhere when something is assigned to them.
const BROWSERS: [&str; 12] = [
    "Infinity",
    "NaN",
    "document",
    "frames",
    "globalThis",
    "location",
    "name",
    "parent",
    "self",
    "top",
    "undefined",
    "window",
];

impl WidgetSettings {
    pub(crate) fn from_values(values: &Values) -> Result<Self, SettingsError> {
        let mut scripts: Vec<LegacyScript> = Vec::new();
        for item in values.list(&LEGACY_WIDGET_PATHS)? {
            let script = script(&item).map_err(|problem| {
                SettingsError::invalid(&LEGACY_WIDGET_PATHS, format!("{item:?} {problem}"))
            })?;
            if scripts.iter().any(|other| other.path == script.path) {
                let problem = format!("{:?} is listed twice", script.path);
                return Err(SettingsError::invalid(&LEGACY_WIDGET_PATHS, problem));
            }
            scripts.push(script);
        }
        Ok(Self { public_url: public_url(values)?, legacy_scripts: scripts })
    }
}

fn public_url(values: &Values) -> Result<Option<String>, SettingsError> {
    let Some(text) = values.optional(&PUBLIC_URL)? else { return Ok(None) };
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let plain = |byte: u8| {
        byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#' | b'@' | b'"' | b'<' | b'>' | b'\\')
    };
    let is_url =
        rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && rest.bytes().all(plain));
    if is_url {
        return Ok(Some(text));
    }
    let problem = format!("{text:?} is not the URL of a server (such as https://chat.example.com)");
    Err(SettingsError::invalid(&PUBLIC_URL, problem))
}

fn script(item: &str) -> Result<LegacyScript, String> {
    let (path, global) = item
        .split_once('=')
        .ok_or("is not a path and a global name (such as /public/some-widget-v2.js=SomeGlobal)")?;
    let (path, global) = (path.trim(), global.trim());
    if !is_path(path) {
        return Err(
            "does not begin with the path of a script (such as /public/some-widget-v2.js: letters, digits, - _ . ~ /)"
                .to_owned(),
        );
    }
    if !is_identifier(global) {
        return Err(
            "does not end with a name that JavaScript takes (ASCII letters, digits, _ and $)".to_owned()
        );
    }
    if BROWSERS.contains(&global) {
        return Err(format!("would take {global} from the browser; name the one that the pages call"));
    }
    Ok(LegacyScript { path: path.to_owned(), global: global.to_owned() })
}

/// Browsers resolve `.` and `..` before they ask, and would never ask for such a path.
fn is_path(path: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    let Some(rest) = path.strip_prefix('/') else { return false };
    let is_part = |part: &str| !part.is_empty() && part != "." && part != ".." && part.bytes().all(plain);
    rest.split('/').all(is_part)
        && rest
            .rsplit('/')
            .next()
            .is_some_and(|file| file.strip_suffix(".js").is_some_and(|stem| !stem.is_empty()))
}

fn is_identifier(name: &str) -> bool {
    let part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$');
    !name.is_empty() && !name.starts_with(|first: char| first.is_ascii_digit()) && name.bytes().all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_a_name_is_read() {
        let read = |item: &str| script(item).map(|own| (own.path, own.global));
        let both = |path: &str, global: &str| Ok((path.to_owned(), global.to_owned()));
        assert_eq!(
            read("/public/some-widget-v2.js=SomeGlobal"),
            both("/public/some-widget-v2.js", "SomeGlobal")
        );
        assert_eq!(read("/w.js = $_1 "), both("/w.js", "$_1"));
    }

    #[test]
    fn what_is_no_path_to_a_script_is_refused() {
        for path in [
            "",
            "w.js",
            "/",
            "/.js",
            "/a/.js",
            "/w",
            "/w.css",
            "//w.js",
            "/a//w.js",
            "/../w.js",
            "/a/./w.js",
            "/w w.js",
            "/w%20.js",
            "/w.js?v",
            "https://e.com/w.js",
            "/{w}.js",
            "/ü.js",
        ] {
            let problem = script(&format!("{path}=Some")).unwrap_err();
            assert!(problem.starts_with("does not begin with the path"), "{path}: {problem}");
        }
    }

    #[test]
    fn what_is_no_name_or_the_browsers_is_refused() {
        for global in ["", "1a", "a-b", "a.b", "a b", "a\"]", "ü", "a=b", "a;b"] {
            let problem = script(&format!("/w.js={global}")).unwrap_err();
            assert!(problem.starts_with("does not end with a name"), "{global}: {problem}");
        }
        assert!(script("/w.js=location").unwrap_err().starts_with("would take location"));
        assert!(script("/w.js").unwrap_err().starts_with("is not a path and a global name"));
    }
}

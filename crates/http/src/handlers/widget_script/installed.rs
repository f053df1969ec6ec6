//! Which tags sites have: counted, and told in the log where a site's tag loads what is not the current widget any more.
//! Browsers keep scripts, so the counts are of loads from here, not of visits.

use crate::state::State;
use actix_web::HttpRequest;
use actix_web::http::header::REFERER;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use url::{Origin, Url};

/// More sites are not told, so that nobody fills the memory with invented ones.
const MOST_SITES: usize = 1_000;

/// What a tag loads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tag {
    /// The widget without a version.
    Current,
    /// An older script's path.
    Legacy,
    /// This version by its name.
    Pinned,
    /// An earlier version, which is still served.
    Outdated,
    /// A version that is not served: the site shows no chat.
    Unknown,
}

impl Tag {
    pub(crate) const ALL: [Self; 5] =
        [Self::Current, Self::Legacy, Self::Pinned, Self::Outdated, Self::Unknown];

    /// What a tag is that names a version.
    fn of(version: &str, current: &str, is_served: bool) -> Self {
        match is_served {
            true if version == current => Self::Pinned,
            true => Self::Outdated,
            false => Self::Unknown,
        }
    }

    /// As in the metrics.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Legacy => "legacy",
            Self::Pinned => "pinned",
            Self::Outdated => "outdated",
            Self::Unknown => "unknown",
        }
    }
}

/// The sites that were told of in the log, each with its version.
#[derive(Debug, Default)]
pub(crate) struct Told(Mutex<HashSet<(String, String)>>);

impl Told {
    /// Whether it is to be told now of this site and version.
    fn is_first(&self, site: &str, version: &str) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.len() < MOST_SITES && told.insert((site.to_owned(), version.to_owned()))
    }
}

/// A tag has loaded a loader.
pub(super) fn count(tag: Tag) {
    metrics::counter!("frontdesk_widget_loads_total", "tag" => tag.as_str()).increment(1);
}

/// A tag has loaded, or wanted to load, the loader of a version.
pub(super) fn note(state: &State, request: &HttpRequest, version: &str) {
    let current = frontdesk_web::current().version();
    let tag = Tag::of(version, current, frontdesk_web::find(version).is_some());
    count(tag);
    if matches!(tag, Tag::Outdated | Tag::Unknown)
        && let Some(site) = site(request)
        && state.told.is_first(&site, version)
    {
        match tag {
            Tag::Unknown => {
                tracing::warn!(
                    site,
                    version,
                    current,
                    "a site shows no chat: its tag names a version of the widget that this server does not have; give it the tag that `api embed` prints"
                );
            }
            _ => {
                tracing::info!(
                    site,
                    version,
                    current,
                    "a site's tag loads an earlier release of the widget; `api embed` prints the tag of this one"
                );
            }
        }
    }
}

/// The site whose page loads the script, as its browser says.
fn site(request: &HttpRequest) -> Option<String> {
    let page = Url::parse(request.headers().get(REFERER)?.to_str().ok()?).ok()?;
    Some(page.origin()).filter(Origin::is_tuple).map(|origin| origin.ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn a_tag_is_told_by_the_version_that_it_names() {
        assert_eq!(Tag::of("b", "b", true), Tag::Pinned);
        assert_eq!(Tag::of("a", "b", true), Tag::Outdated);
        assert_eq!(Tag::of("a", "b", false), Tag::Unknown);
    }

    #[test]
    fn a_site_is_told_of_once_for_each_version_and_not_without_end() {
        let told = Told::default();
        assert!(told.is_first("https://a.example", "1") && told.is_first("https://a.example", "2"));
        assert!(!told.is_first("https://a.example", "1"));
        for at in 2..MOST_SITES {
            assert!(told.is_first(&format!("https://{at}.example"), "1"), "{at}");
        }
        assert!(!told.is_first("https://one-more.example", "1"));
    }

    #[test]
    fn of_a_page_only_its_site_is_known() {
        let seen =
            |referer: &str| site(&TestRequest::default().insert_header((REFERER, referer)).to_http_request());
        assert_eq!(seen("https://shop.example/a?who=ann#b").as_deref(), Some("https://shop.example"));
        assert_eq!(seen("https://shop.example:8443").as_deref(), Some("https://shop.example:8443"));
        for none in ["", "about:blank", "shop.example", "data:,x"] {
            assert_eq!(seen(none), None, "{none}");
        }
    }
}

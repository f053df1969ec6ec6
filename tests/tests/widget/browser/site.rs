//! The site of a client: pages of another origin than the api's, with a policy of their own.

use frontdesk_tests::stub::{Recorded, Reply, Stub};
use std::collections::BTreeMap;

/// A web server with what a test gives it, on a free port of this machine.
pub(crate) struct Site {
    stub: Stub,
}

/// A path, its type, its text.
type File = (&'static str, &'static str, String);

impl Site {
    /// Starts a server with these files, each a path, a content type and a text. `policy` is the
    /// `Content-Security-Policy` of all.
    ///
    /// # Panics
    /// When no port can be had.
    pub(crate) fn start(policy: &str, files: impl IntoIterator<Item = File>) -> Self {
        let policy = policy.to_owned();
        let files: BTreeMap<&str, (&str, String)> =
            files.into_iter().map(|(path, kind, text)| (path, (kind, text))).collect();
        Self { stub: Stub::start(move |request| answer(&files, &policy, request)) }
    }

    /// The address of a path under a name below `localhost`, which browsers trust as they trust `https`.
    pub(crate) fn url(&self, path: &str) -> String {
        self.url_at("shop.localhost", path)
    }

    /// The address of a path under any name that leads here.
    pub(crate) fn url_at(&self, host: &str, path: &str) -> String {
        self.stub.url().replace("127.0.0.1", host) + path
    }
}

fn answer(files: &BTreeMap<&str, (&str, String)>, policy: &str, request: &Recorded) -> Reply {
    let path = request.path.split(['?', '#']).next().unwrap_or_default();
    let (status, (kind, text)) = match files.get(path) {
        Some((kind, text)) => (200, (*kind, text.clone())),
        None => (404, ("text/plain", String::new())),
    };
    let reply = Reply::Answer { status, headers: Vec::new(), body: text.into_bytes() };
    reply.with_header("content-type", kind).with_header("content-security-policy", policy)
}

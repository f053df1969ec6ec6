//! An api on a database as it grows in production, and the pass-through.

use crate::servers::{self, TOKENS};
use crate::visitor::Target;
use crate::{Kind, Options, fill};
use frontdesk_tests::{Api, ScratchDir, TempPg};

/// Widgets that are written to. All others are there.
const ASKED: u32 = 10;

/// One database with its api. Fields are dropped in their order: the api before its database.
pub(crate) struct World {
    pub(crate) kind: Kind,
    pub(crate) api: Api,
    pub(crate) target: Target,
    pub(crate) url: String,
    _server: Option<TempPg>,
    _folder: ScratchDir,
}

/// What is measured beside it.
pub(crate) fn bare(model: &str) -> Target {
    Target::new(&servers::pass_through(model), vec!["/".to_owned()])
}

impl World {
    /// One for each database that is to be measured.
    pub(crate) fn all(model: &str, options: &Options) -> Vec<Self> {
        options.databases.iter().map(|&kind| Self::start(kind, model, options)).collect()
    }

    pub(crate) fn start(kind: Kind, model: &str, options: &Options) -> Self {
        let folder = ScratchDir::new_in(&options.folder);
        let (server, url) = match kind {
            Kind::Sqlite => (None, folder.sqlite_url()),
            Kind::Postgres => {
                let server = TempPg::start_durable(&options.folder)
                    .unwrap_or_else(|error| panic!("no PostgreSQL: {error}"));
                let url = server.create_database();
                (Some(server), url)
            }
        };
        let asked = ASKED.min(options.widgets);
        fill::fill(&url, options, asked);
        let api = start(&url, model);
        let paths = (1..=asked).map(|n| format!("/api/chat-widget/public/widget/key-{n}/message"));
        let target = Target::new(api.url(), paths.collect());
        Self { kind, api, target, url, _server: server, _folder: folder }
    }

    /// Whether the books say what was answered: every message is one call that was charged.
    pub(crate) fn check(&self) {
        let sql = "SELECT count(*), coalesce(sum(total_tokens), 0) FROM llm_request_logs
            WHERE status = 'success' AND llm_model <> 'earlier'";
        let replies = "SELECT count(*) FROM widget_messages WHERE message_type = 'bot'";
        let (booked, replies) = (fill::sql(&self.url, sql), fill::sql(&self.url, replies));
        let count: u64 = replies.parse().unwrap_or_else(|error| panic!("{replies}: {error}"));
        assert_eq!(booked, format!("{count}|{}", count * u64::from(TOKENS)));
    }
}

fn start(url: &str, model: &str) -> Api {
    // Every limit is counted, none is reached.
    Api::start_with(
        &["serve"],
        &[
            ("DATABASE_URL", url),
            ("RUST_LOG", "info"),
            ("GEMINI_API_KEY", "a-key"),
            ("GEMINI_BASE_URL", model),
            ("PROVIDERS__GEMINI__REQUESTS_PER_MINUTE", "1000000000"),
            ("PROVIDERS__GEMINI__TOKENS_PER_MINUTE", "1000000000000"),
            ("PROVIDERS__GEMINI__REQUESTS_PER_DAY", "1000000000"),
            ("PROVIDERS__GEMINI__TOKENS_PER_DAY", "1000000000000"),
            ("RATE_LIMITS", "on"),
            ("RATE_LIMIT_PER_IP", "1000000"),
            ("RATE_LIMIT_PER_WIDGET", "1000000"),
            ("RATE_LIMIT_CALLS_PER_IP", "1000000"),
        ],
    )
}

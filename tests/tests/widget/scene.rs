//! What a test of the widget needs: the real api with the demo client, a way to it on which things go wrong, a model that
//! answers what the test wants, and a client's site under the strictest policy.

use crate::browser::{Browser, LIMIT, Page, Site};
use frontdesk_tests::stub::{Recorded, Reply};
use frontdesk_tests::{Api, Front, ScratchDir, Stub};
use serde_json::{Value, json};
use std::ops::Deref;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

pub(crate) const ADMIN_KEY: &str = "an-admin-key-for-tests";

/// What the demo's launcher and panel are called.
pub(crate) const CHAT: &str = "Chat with Harbour Assistant";
pub(crate) const INPUT: &str = "Write a message…";
/// A question of the demo's knowledge base, and how its answer begins.
pub(crate) const HOURS: &str = "What are your business hours?";
pub(crate) const HOURS_ANSWER: &str = "We're open Monday to Friday from 9 AM to 5 PM";

/// How the paths of the calls end.
pub(crate) const CONFIG: &str = "/config";
pub(crate) const MESSAGE: &str = "/message";

pub(crate) struct Scene {
    pub(crate) front: Front,
    pub(crate) api: Api,
    database: ScratchDir,
    _model: Option<Stub>,
}

/// A page of a client's site in a visitor's browser.
pub(crate) struct Visit {
    page: Page,
    _site: Site,
}

impl Deref for Visit {
    type Target = Page;

    fn deref(&self) -> &Page {
        &self.page
    }
}

impl Scene {
    /// The knowledge base alone answers.
    pub(crate) fn start() -> Self {
        Self::start_with(&[], None)
    }

    /// A model answers what `reply` says.
    pub(crate) fn with_model(reply: impl Fn(&Recorded) -> Reply + Send + Sync + 'static) -> Self {
        let model = Stub::start(reply);
        let url = model.url();
        // a model that waits for the test is no model that hangs
        let patient = "100000";
        let environment = [
            ("GEMINI_API_KEY", "a-key"),
            ("GEMINI_BASE_URL", &url),
            ("PROVIDER_IDLE_TIMEOUT_MS", patient),
            ("PROVIDER_TIMEOUT_MS", patient),
            ("ANSWER_DEADLINE_MS", patient),
        ];
        let scene = Self::start_with(&environment, Some(model));
        scene.sql("UPDATE widget_configs SET llm_enabled = true");
        scene
    }

    pub(crate) fn start_with(environment: &[(&str, &str)], model: Option<Stub>) -> Self {
        let database = ScratchDir::new();
        let url = database.sqlite_url();
        let mut all = vec![("DATABASE_URL", url.as_str()), ("ADMIN_API_KEY", ADMIN_KEY)];
        all.extend_from_slice(environment);
        let api = Api::start_with(&["serve", "--demo"], &all);
        let front = Front::start(api.url());
        Self { front, api, database, _model: model }
    }

    /// Runs SQL by hand; rows as lines, columns with `|` between them.
    pub(crate) fn sql(&self, sql: &str) -> String {
        let path = self.database.path().join("frontdesk.db");
        let output =
            Command::new("sqlite3").args(["-bail", "-cmd", ".timeout 10000"]).arg(path).arg(sql).output();
        let output = output.expect("install sqlite3");
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// Changes the demo widget's settings: `column = value, ..`.
    pub(crate) fn set(&self, settings: &str) {
        self.sql(&format!("UPDATE widget_configs SET {settings}"));
    }

    /// As [`Scene::set`] once somebody has read the settings, which the api then knows for a while: waits until it tells of
    /// the change.
    pub(crate) fn change(&self, settings: &str) {
        let told = || self.api.get("/api/chat-widget/public/widget/demo/config").json;
        let (before, began) = (told(), Instant::now());
        self.set(settings);
        while told() == before {
            assert!(began.elapsed() < LIMIT, "the api does not tell of {settings}");
            thread::sleep(Duration::from_millis(50));
        }
    }

    pub(crate) fn admin(&self, method: &str, path: &str, body: &Value) -> Value {
        let bearer = format!("Bearer {ADMIN_KEY}");
        let path = format!("/api/chat-widget{path}");
        let answer = self.api.send(method, &path, &[("Authorization", &bearer)], Some(body));
        assert_eq!(answer.status / 100, 2, "{path}: {}", answer.text);
        answer.json
    }

    /// What a careful site lets in: the widget's server, and nothing else.
    pub(crate) fn policy(&self) -> String {
        let host = self.front.url();
        format!("default-src 'none'; script-src {host}; connect-src {host}; img-src {host}")
    }

    /// The line that embeds the widget.
    pub(crate) fn tag(&self) -> String {
        format!(r#"<script async src="{}/widget.js" data-widget-key="demo"></script>"#, self.front.url())
    }

    /// Visits a page with the line that embeds the widget, under the strictest policy.
    pub(crate) fn visit(&self, browser: &Browser) -> Visit {
        self.visit_page(browser, &document("", &self.tag()))
    }

    /// Visits a page of any text, under the strictest policy.
    pub(crate) fn visit_page(&self, browser: &Browser, html: &str) -> Visit {
        let site = Site::start(&self.policy(), [("/", "text/html", html.to_owned())]);
        let page = browser.open(&site.url("/"));
        Visit { page, _site: site }
    }

    /// Visits a page that has a script or styles of its own: the policy lets in those, too, and nothing else.
    pub(crate) fn visit_with(&self, browser: &Browser, html: &str, files: &[(&'static str, &str)]) -> Visit {
        let host = self.front.url();
        let policy = format!(
            "default-src 'none'; script-src {host} 'self'; connect-src {host}; img-src {host}; style-src 'self'"
        );
        let kind = |path: &str| match path.rsplit('.').next() {
            Some("css") => "text/css",
            _ => "text/javascript",
        };
        let own = files.iter().map(|(path, text)| (*path, kind(path), (*text).to_owned()));
        let site = Site::start(&policy, own.chain([("/", "text/html", html.to_owned())]));
        let page = browser.open(&site.url("/"));
        Visit { page, _site: site }
    }
}

impl Visit {
    /// Opens the panel by its launcher, and waits until one can write.
    #[track_caller]
    pub(crate) fn open_chat(&self) {
        self.find("button", CHAT).click();
        self.find("textbox", INPUT);
    }

    /// Writes a message and sends it with the Enter key.
    #[track_caller]
    pub(crate) fn say(&self, text: &str) {
        let input = self.find("textbox", INPUT);
        input.click();
        self.press(text);
        self.press(ENTER);
    }

    /// Waits until no answer is coming.
    #[track_caller]
    pub(crate) fn idle(&self) {
        self.wait_until_gone("button", "Stop the answer");
    }

    /// How often a text stands among the messages.
    pub(crate) fn count(&self, text: &str) -> usize {
        self.tree().inside("log", "Messages").text().matches(text).count()
    }

    /// What the browser keeps of the site: its storages and cookies.
    pub(crate) fn kept(&self) -> Value {
        let script = "return [{...localStorage}, {...sessionStorage}, document.cookie];";
        self.script(script, &[])
    }

    /// From now on [`Visit::announced`] hears what screen readers announce by themselves.
    pub(crate) fn listen(&self) {
        self.script(LISTEN, &[]);
    }

    /// What screen readers have announced, in its order.
    pub(crate) fn announced(&self) -> Vec<String> {
        let texts = self.script("return globalThis.announced;", &[]);
        serde_json::from_value(texts).expect("a list of texts")
    }
}

pub(crate) const ENTER: &str = "\u{e007}";
pub(crate) const ESCAPE: &str = "\u{e00c}";
pub(crate) const TAB: &str = "\u{e004}";

/// Watches every live region of every widget, as browsers tell screen readers of them.
const LISTEN: &str = r"
    globalThis.announced = [];
    const live = '[aria-live=polite], [aria-live=assertive], [role=status], [role=alert], [role=log]:not([aria-live=off])';
    for (const widget of document.querySelectorAll('frontdesk-chat')) {
        for (const region of widget.shadowRoot.querySelectorAll(live)) {
            new MutationObserver(changes => {
                for (const node of changes.flatMap(change => [...change.addedNodes])) {
                    if (node.textContent) { globalThis.announced.push(node.textContent); }
                }
            }).observe(region, { childList: true, subtree: true, characterData: true });
        }
    }";

/// A page of a small shop, with more in its head and at its end.
pub(crate) fn document(head: &str, end: &str) -> String {
    format!(
        r#"<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A shop</title>
        <meta name="viewport" content="width=device-width">{head}</head><body><main><h1>A shop</h1>
        <p>We sell lamps.</p><button id="own">Buy</button></main>{end}</body></html>"#
    )
}

/// The rows of a widget's conversation: who said what.
pub(crate) fn said(scene: &Scene) -> Vec<String> {
    let rows = scene.sql("SELECT message_type || ': ' || message_text FROM widget_messages ORDER BY id");
    rows.lines().map(str::to_owned).collect()
}

/// A status with a body as the api has it, for pages of any origin.
pub(crate) fn refusal(request: &Recorded, status: u16, code: &str) -> Reply {
    let body = json!({"error": "Try again.", "code": code, "request_id": "a-request"});
    let origin = request.header("origin").unwrap_or("null").to_owned();
    let reply = Reply::json(status, &body).with_header("access-control-allow-origin", &origin);
    reply.with_header("access-control-expose-headers", "Retry-After, X-Request-Id")
}

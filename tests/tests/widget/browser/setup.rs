//! How a visitor's browser is set up.

use super::client::Client;
use super::driver::Driver;
use super::page::Page;
use serde_json::json;
use thirtyfour::{Capabilities, WebDriver};

/// A browser that answers to nobody else: it asks no server of its vendor's for anything.
const FLAGS: &[&str] = &[
    "--headless",
    "--no-sandbox", // root has none, and the pages are ours
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage", // containers have little of it
    "--remote-debugging-pipe", // ends with ChromeDriver
    "--hide-scrollbars",
    "--force-color-profile=srgb",
];

/// How the browser calls a setting that forbids.
const BLOCK: u8 = 2;

/// A visitor's browser before it is started.
#[derive(Debug, Clone)]
pub(crate) struct Browser {
    width: u32,
    height: u32,
    is_phone: bool,
    language: String,
    font_size: Option<u32>,
    media: Vec<(&'static str, &'static str)>,
    flags: Vec<String>,
    keeps_nothing: bool,
}

impl Browser {
    /// A window of 1280 by 800 pixels, in English, with nothing chosen.
    pub(crate) fn desktop() -> Self {
        Self {
            width: 1280,
            height: 800,
            is_phone: false,
            language: "en".to_owned(),
            font_size: None,
            media: Vec::new(),
            flags: Vec::new(),
            keeps_nothing: false,
        }
    }

    /// The smallest phone in use: 320 by 568 pixels, with a finger in place of a mouse.
    pub(crate) fn phone() -> Self {
        Self { width: 320, height: 568, is_phone: true, ..Self::desktop() }
    }

    /// The language that the visitor prefers, such as `de` or `pt-BR`.
    #[must_use]
    pub(crate) fn language(mut self, language: &str) -> Self {
        language.clone_into(&mut self.language);
        self
    }

    /// The size of text in pixels that the visitor has chosen; browsers come with 16.
    #[must_use]
    pub(crate) fn font_size(mut self, pixels: u32) -> Self {
        self.font_size = Some(pixels);
        self
    }

    /// A choice of the visitor's that style sheets see, such as `prefers-color-scheme` and `dark`.
    #[must_use]
    pub(crate) fn media(mut self, feature: &'static str, value: &'static str) -> Self {
        self.media.push((feature, value));
        self
    }

    /// Another window.
    #[must_use]
    pub(crate) fn window(mut self, width: u32, height: u32) -> Self {
        (self.width, self.height) = (width, height);
        self
    }

    /// Lets no page keep anything: reaching for a storage is an error.
    #[must_use]
    pub(crate) fn without_storage(mut self) -> Self {
        self.keeps_nothing = true;
        self
    }

    /// Lets a name lead to this machine. Unlike one below `localhost` it counts as a site on the open net, and without
    /// `https` as one that cannot be trusted.
    #[must_use]
    pub(crate) fn host(mut self, name: &str) -> Self {
        self.flags.push(format!("--host-resolver-rules=MAP {name} 127.0.0.1"));
        self
    }

    /// Starts the browser with a fresh profile and visits a page.
    ///
    /// # Panics
    /// When the browser or its driver is missing or does not start, or the page does not load.
    pub(crate) fn open(&self, url: &str) -> Page {
        let page = self.start();
        page.go(url);
        page
    }

    /// As [`Browser::open`], without a page yet.
    ///
    /// # Panics
    /// As [`Browser::open`].
    pub(crate) fn start(&self) -> Page {
        let builder = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let runtime = builder.unwrap_or_else(|error| panic!("no runtime: {error}"));
        let driver = WebDriver::builder(Driver::shared().url(), self.capabilities()).client(Client::new());
        let driver = runtime.block_on(driver.connect());
        let page = Page::new(runtime, driver.unwrap_or_else(|error| panic!("no browser: {error}")));
        self.emulate(&page);
        page
    }

    fn capabilities(&self) -> Capabilities {
        let mut flags: Vec<String> = FLAGS.iter().map(|flag| (*flag).to_owned()).collect();
        flags.push(format!("--window-size={},{}", self.width, self.height));
        flags.push(format!("--accept-lang={}", self.language));
        flags.extend(self.flags.iter().cloned());
        let mut preferences = json!({});
        if let Some(pixels) = self.font_size {
            preferences["webkit.webprefs.default_font_size"] = json!(pixels);
        }
        if self.keeps_nothing {
            preferences["profile.default_content_setting_values.cookies"] = json!(BLOCK);
        }
        let all = json!({
            "browserName": "chrome",
            "goog:loggingPrefs": {"browser": "SEVERE"},
            "goog:chromeOptions": {"args": flags, "prefs": preferences},
        });
        serde_json::from_value(all).unwrap_or_else(|error| panic!("capabilities: {error}"))
    }

    fn emulate(&self, page: &Page) {
        let (width, height, phone) = (self.width, self.height, self.is_phone);
        let screen = json!({"width": width, "height": height, "deviceScaleFactor": if phone { 2 } else { 1 },
            "mobile": phone});
        page.cdp("Emulation.setDeviceMetricsOverride", &screen);
        if phone {
            page.cdp("Emulation.setTouchEmulationEnabled", &json!({"enabled": true, "maxTouchPoints": 1}));
        }
        if !self.media.is_empty() {
            page.prefer(&self.media);
        }
    }
}

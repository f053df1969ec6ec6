//! What all handlers share.

use crate::access::{ConfiguredSecret, Keys};
use crate::connections::Connections;
use crate::handlers::widget_script::installed::Told;
use crate::metrics::Metrics;
use crate::middleware::trace::FollowTrace;
use crate::server::ServerConfig;
use crate::widget::WidgetServing;
use frontdesk_chat::{FrontDesk, Now, Random};
use frontdesk_domain::ids::WidgetId;
use frontdesk_limits::Limits;
use frontdesk_persistence::Database;
use frontdesk_webhooks::Webhooks;
use jiff::Timestamp;
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What all handlers share.
pub(crate) struct State {
    pub(crate) desk: FrontDesk,
    pub(crate) database: Database,
    /// `ADMIN_API_KEY`.
    pub(crate) admin_key: ConfiguredSecret,
    pub(crate) webhooks: Webhooks,
    pub(crate) widget: WidgetServing,
    pub(crate) limits: Limits,
    pub(crate) connections: Arc<Connections>,
    /// Where somebody wants to read them.
    pub(crate) metrics: Option<Metrics>,
    /// Where there are traces.
    pub(crate) follow_trace: Option<FollowTrace>,
    /// How many proxies of ours every request passes.
    pub(crate) trusted_proxies: usize,
    /// Whether it was told in the log that a proxy adds addresses that are not believed.
    told_of_proxy: AtomicBool,
    /// Sites whose tags load an outdated widget, which was told in the log.
    pub(crate) told: Told,
    /// Widgets whose restrictions hold something unreadable, which was told in the log.
    misread: Mutex<HashSet<WidgetId>>,
    pub(crate) keys: Keys,
    now: Now,
    random: Random,
    stopping: AtomicBool,
}

impl State {
    pub(crate) fn new(
        config: &ServerConfig,
        metrics: Option<Metrics>,
        desk: FrontDesk,
        database: Database,
        now: Now,
        random: Random,
    ) -> Self {
        let keys = Keys::new(database.clone());
        Self {
            desk,
            database,
            admin_key: ConfiguredSecret::new(config.admin_key.as_ref()),
            webhooks: config.webhooks.clone(),
            widget: config.widget.clone(),
            limits: config.limits.clone(),
            connections: Arc::default(),
            metrics,
            follow_trace: config.follow_trace,
            trusted_proxies: config.trusted_proxies,
            keys,
            told_of_proxy: AtomicBool::new(false),
            told: Told::default(),
            misread: Mutex::default(),
            now,
            random,
            stopping: AtomicBool::new(false),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.now)()
    }

    pub(crate) fn random(&self) -> u64 {
        (self.random)()
    }

    /// Whether it is to be told now that a proxy adds addresses that are not believed.
    pub(crate) fn is_first_proxy(&self) -> bool {
        !self.told_of_proxy.swap(true, Ordering::Relaxed)
    }

    /// Whether nobody has been told yet that this widget's restrictions hold something unreadable.
    pub(crate) fn is_first_misread(&self, widget: WidgetId) -> bool {
        self.misread.lock().unwrap_or_else(PoisonError::into_inner).insert(widget)
    }

    /// From now on the process is not ready for new requests.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }
}

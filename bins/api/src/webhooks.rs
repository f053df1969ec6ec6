//! Clients' webhooks, as the settings have them.

use crate::Failure;
use frontdesk_persistence::Database;
use frontdesk_settings::{PrivateTarget as Target, WebhookSettings};
use frontdesk_webhooks::{Now, Policy, PrivateTarget, Random, Webhooks};
use std::sync::Arc;

/// The way of events to clients' webhooks.
pub(crate) fn webhooks(
    settings: &WebhookSettings,
    database: &Database,
    now: &Now,
    random: &Random,
) -> Result<Webhooks, Failure> {
    let target = |target: &Target| PrivateTarget { host: target.host.clone(), port: target.port };
    let policy = Policy {
        allow_http: settings.allow_http,
        private_targets: settings.private_targets.iter().map(target).collect(),
    };
    let made = Webhooks::new(database.clone(), policy, Arc::clone(now), Arc::clone(random));
    made.map_err(Failure::outside)
}

//! `api embed`: prints the lines that put a widget on a site, without a server.

use crate::{Failure, widget};
use clap::Args;
use frontdesk_persistence::Database;
use frontdesk_settings::Settings;
use frontdesk_web::{BackendUrl, Embed};

#[derive(Args)]
pub(crate) struct Arguments {
    /// The widget's key
    #[arg(long, value_name = "KEY")]
    widget: String,
    /// Where browsers reach the server: scheme, host and port; without it what `PUBLIC_URL` says
    #[arg(long, value_name = "URL")]
    host: Option<BackendUrl>,
}

pub(crate) async fn embed(settings: &Settings, arguments: &Arguments) -> Result<(), Failure> {
    let backend = match &arguments.host {
        Some(host) => host.clone(),
        None => widget::public_url(&settings.widget)?.ok_or_else(|| {
            Failure::configuration(
                "say where browsers reach the server: --host https://.., or set PUBLIC_URL",
            )
        })?,
    };
    let database = Database::connect(settings.database.url.expose(), 1).await?;
    let key = &arguments.widget;
    let found = database.widget_by_key(key).await?.ok_or_else(|| {
        Failure::outside(format!(
            "no active widget has the key {key:?}: the administration lists the keys of all"
        ))
    })?;
    let embed = Embed::new(&backend, key, found.config.bot_avatar_url.as_deref());
    println!("For the current widget, also after an upgrade of the server:\n  {}\n", embed.script);
    println!(
        "For just this version ({}), whose bytes browsers check:\n  {}\n",
        embed.version, embed.pinned_script
    );
    println!("A site with a Content-Security-Policy adds to it:");
    for directive in embed.content_security_policy.split("; ") {
        println!("  {directive}");
    }
    Ok(())
}

//! `api serve`: settings, providers, answer flow and server, put together.

use crate::{Failure, limits, providers, webhooks, widget};
use frontdesk_chat::{self as chat, FrontDesk};
use frontdesk_http::{Bounds, FollowTrace, MetricsConfig, Server, ServerConfig};
use frontdesk_persistence::{Database, Lane, ReaderSettings, within};
use frontdesk_redis::Redis;
use frontdesk_settings::{DatabaseSettings, ServerSettings, Settings, clock};
use secrecy::ExposeSecret;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// How often holds that nobody settled are released.
const SWEEP_EVERY: Duration = Duration::from_mins(1);

/// How often messages that got no answer are grouped.
const GROUP_EVERY: Duration = Duration::from_secs(2);

/// How often uses and votes are counted on knowledge entries that someone held when they came.
const COUNT_EVERY: Duration = Duration::from_secs(5);

/// How long a message waits for credits that only other visitors' messages hold, before it falls back.
const CREDIT_WAIT: Duration = Duration::from_secs(2);

/// File descriptors beside those of visitors' connections: the database, providers, files.
const OTHER_FILES: u64 = 1_024;

pub(crate) async fn serve(
    settings: Settings,
    demo: bool,
    follow_trace: Option<FollowTrace>,
) -> Result<(), Failure> {
    let stop = stop_signal().map_err(Failure::outside)?;
    tokio::pin!(stop);
    let now: chat::Now = Arc::new(clock::now);
    let redis = settings.providers.redis_url.as_ref().map(|url| Redis::open(url.expose_secret()));
    let redis = redis.transpose().map_err(Failure::configuration)?;
    let providers = providers::providers(&settings.providers, redis.as_ref(), &now)?;
    let database = tokio::select! {
        opened = open(&settings.database) => opened?,
        () = &mut stop => return Ok(()),
    };
    let demo_key = if demo { database.seed_demo().await? } else { None };
    let random: chat::Random = Arc::new(rand::random::<u64>);
    let desk = FrontDesk::new(
        database.clone(),
        providers,
        chat_settings(&settings),
        Arc::clone(&now),
        Arc::clone(&random),
    );
    let grouper = group_unanswered(desk.clone());
    let webhooks = webhooks::webhooks(&settings.webhooks, &database, &now, &random)?;
    let config = ServerConfig {
        host: settings.server.host.clone(),
        port: settings.server.port,
        shutdown_timeout: settings.server.shutdown_timeout,
        admin_key: settings.admin.api_key.clone(),
        webhooks: webhooks.clone(),
        widget: widget::serving(&settings.widget, demo_key)?,
        bounds: bounds(&settings.server),
        trusted_proxies: settings.limits.trusted_proxies,
        limits: limits::limits(&settings.limits, redis.as_ref(), &now),
        metrics: MetricsConfig { port: settings.metrics.port, token: settings.metrics.token.clone() },
        follow_trace,
    };
    make_room_for_connections(config.bounds.connections);
    let server = Server::bind(&config, desk, database.clone(), now, random).map_err(|error| {
        Failure::outside(format!("HOST and PORT: cannot listen on {}:{}: {error}", config.host, config.port))
    })?;
    announce(&format!("http://{}", server.address()), demo, demo_key);
    if let Some(address) = server.metrics_address().map_err(Failure::outside)? {
        tracing::info!("metrics are at http://{address}/metrics");
    }
    tokio::spawn(within(Lane::Administrators, sweep(database.clone())));
    tokio::spawn(within(Lane::Administrators, count_knowledge(database)));
    tokio::spawn(within(Lane::Administrators, grouper));
    let (stopping, mut stopped) = watch::channel(false);
    let deliverer = tokio::spawn(within(
        Lane::Administrators,
        webhooks.deliver(async move {
            // An error says that the server is gone.
            drop(stopped.wait_for(|stopped| *stopped).await);
        }),
    ));
    let stop = async move {
        stop.await;
        stopping.send_replace(true);
    };
    server.run(stop).await.map_err(Failure::outside)?;
    // It was told to stop with the server, and an attempt takes ten seconds at most.
    deliverer.await.map_err(Failure::outside)
}

fn chat_settings(settings: &Settings) -> chat::Settings {
    chat::Settings {
        fallback_providers: settings.providers.fallbacks.clone(),
        provider_timeout: settings.providers.timeout,
        answer_deadline: settings.providers.answer_deadline,
        reservation_timeout: settings.ledger.reservation_timeout,
        credit_wait: CREDIT_WAIT,
        most: chat::Most {
            answering: count(settings.server.max_in_flight_messages),
            waiting: count(settings.server.max_waiting_messages),
            wait: settings.server.message_wait,
        },
        knowledge_cache_bytes: settings.knowledge.cache_bytes,
    }
}

fn bounds(settings: &ServerSettings) -> Bounds {
    Bounds {
        connections: count(settings.max_connections),
        header: settings.header_timeout,
        body: settings.body_timeout,
        request: settings.request_timeout,
        keep_alive: settings.keep_alive,
    }
}

fn count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

async fn open(settings: &DatabaseSettings) -> Result<Database, Failure> {
    let readers = ReaderSettings { size: settings.pool_size, wait: settings.wait };
    Ok(Database::open(settings.url.expose(), readers).await?)
}

/// Connections take two file descriptors each, and many systems start a process with a limit of 1,024.
fn make_room_for_connections(connections: usize) {
    let wanted = u64::try_from(connections).unwrap_or(u64::MAX).saturating_mul(2).saturating_add(OTHER_FILES);
    match rlimit::increase_nofile_limit(wanted) {
        Ok(limit) if limit < wanted => tracing::warn!(
            limit,
            wanted,
            "MAX_CONNECTIONS needs more file descriptors than this process may have: raise `ulimit -Hn`, or lower it"
        ),
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "the limit of file descriptors cannot be raised"),
    }
}

fn announce(url: &str, demo: bool, demo_key: Option<&str>) {
    println!("Frontdesk is listening on {url}");
    match demo_key {
        Some(key) => println!(
            "Try it: open {url}/ in a browser, or\n  curl -X POST {url}/api/chat-widget/public/widget/{key}/message -H 'Content-Type: application/json' -d '{{\"message_text\":\"What are your business hours?\"}}'"
        ),
        None if demo => println!("Nothing was added for --demo: the database has widgets of its own"),
        None => {}
    }
}

/// Done when the process is asked to stop. The handlers are in place before anything is started.
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Releases, for as long as the process runs, what messages held whose process died.
async fn sweep(database: Database) {
    let mut every = tokio::time::interval(SWEEP_EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        match database.release_overdue(clock::now()).await {
            Ok(0) => {}
            Ok(released) => tracing::info!(released, "released LLM holds that nobody had settled"),
            Err(error) => tracing::warn!(%error, "overdue LLM holds could not be released; trying again"),
        }
    }
}

/// Counts, for as long as the process runs, what could not be counted when it happened.
async fn count_knowledge(database: Database) {
    let mut every = tokio::time::interval(COUNT_EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        match database.count_knowledge().await {
            Ok(entries) => tracing::trace!(entries, "counted what others had held"),
            Err(error) => {
                tracing::warn!(%error, "uses of knowledge entries could not be counted; trying again");
            }
        }
    }
}

/// Groups, for as long as the process runs, the messages that got no answer or none that helped.
async fn group_unanswered(desk: FrontDesk) {
    let mut every = tokio::time::interval(GROUP_EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        loop {
            match desk.group_unanswered().await {
                Ok(0) => break,
                Ok(grouped) => tracing::debug!(grouped, "grouped unanswered messages"),
                Err(error) => {
                    tracing::warn!(%error, "unanswered messages could not be grouped; trying again");
                    break;
                }
            }
        }
    }
}

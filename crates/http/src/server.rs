//! The server: binding, running, and stopping without dropping a visitor's answer.

use crate::connections::{Bounds, Connections};
use crate::error::ApiError;
use crate::handlers::metrics::get_metrics_at_their_port;
use crate::metrics::{Metrics, MetricsConfig};
use crate::middleware::request::complete;
use crate::middleware::security::secure;
use crate::middleware::trace::FollowTrace;
use crate::state::State;
use crate::widget::WidgetServing;
use crate::wire::{self, Serving};
use crate::{body, routes};
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data};
use actix_web::{App, HttpServer, dev};
use frontdesk_chat::{FrontDesk, Now, Random};
use frontdesk_limits::Limits;
use frontdesk_persistence::Database;
use frontdesk_webhooks::Webhooks;
use secrecy::SecretString;
use socket2::SockRef;
use std::any::Any;
use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

/// Connections that wait in the system's queue until they are accepted.
const BACKLOG: i32 = 2_048;
/// Connections of those who read the metrics.
const METRICS_CONNECTIONS: usize = 32;

/// Where the server listens and how it stops.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// An address or a host name.
    pub host: String,
    /// 0 takes any free port.
    pub port: u16,
    /// How long running requests may go on after the signal to stop.
    pub shutdown_timeout: Duration,
    /// Opens all of the administration; without it only keys of the database open any.
    pub admin_key: Option<SecretString>,
    /// Checks and tries out clients' webhooks.
    pub webhooks: Webhooks,
    /// How the widget is served.
    pub widget: WidgetServing,
    /// How long connections may take for what.
    pub bounds: Bounds,
    /// How many proxies every request passes that add to `X-Forwarded-For`.
    pub trusted_proxies: usize,
    /// How much one caller may ask.
    pub limits: Limits,
    /// Who may read the metrics, and where.
    pub metrics: MetricsConfig,
    /// How requests become parts of their callers' traces, where there are traces.
    pub follow_trace: Option<FollowTrace>,
}

/// A bound server: connections are accepted and wait until [`run`](Self::run).
pub struct Server {
    listener: TcpListener,
    metrics_listener: Option<TcpListener>,
    address: SocketAddr,
    shutdown_timeout: Duration,
    bounds: Bounds,
    state: Data<State>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Server {
    /// Binds the address. `now` is the clock. `random` makes request ids and API keys, and must be a
    /// cryptographic source.
    ///
    /// # Errors
    /// The address is no address, is in use, or may not be taken.
    pub fn bind(
        config: &ServerConfig,
        desk: FrontDesk,
        database: Database,
        now: Now,
        random: Random,
    ) -> io::Result<Self> {
        let listener = listen(&config.host, config.port)?;
        let metrics_listener = config.metrics.port.map(|port| listen(&config.host, port)).transpose()?;
        let metrics = Metrics::begin(&config.metrics).map_err(io::Error::other)?;
        Ok(Self {
            address: listener.local_addr()?,
            listener,
            metrics_listener,
            shutdown_timeout: config.shutdown_timeout,
            bounds: config.bounds,
            state: Data::new(State::new(config, metrics, desk, database, now, random)),
        })
    }

    /// The address of the metrics, where they have one of their own.
    ///
    /// # Errors
    /// The system does not tell it.
    pub fn metrics_address(&self) -> io::Result<Option<SocketAddr>> {
        self.metrics_listener.as_ref().map(TcpListener::local_addr).transpose()
    }

    /// The address with the real port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` is done. Then nothing new is accepted, and what is being answered may finish
    /// within the shutdown timeout.
    ///
    /// # Errors
    /// The listener failed.
    pub async fn run(self, stop: impl Future<Output = ()>) -> io::Result<()> {
        let Self { listener, metrics_listener, shutdown_timeout, bounds, state, .. } = self;
        let server = start(listener, shutdown_timeout, bounds, state.clone())?;
        if let Some(listener) = metrics_listener {
            // It ends with the process: there is nothing to finish.
            tokio::spawn(start_metrics(listener, bounds, state.clone())?);
        }
        let handle = server.handle();
        let serving = tokio::spawn(server);
        tokio::pin!(serving);
        tokio::select! {
            ended = &mut serving => return ended.map_err(io::Error::other)?,
            () = state.connections.watch(bounds) => {}
            () = upkeep(&state) => {}
            () = stop => {}
        }
        tracing::info!(timeout = ?shutdown_timeout, "stopping: what is being answered may finish");
        state.stop();
        let finished = async { tokio::join!(handle.stop(true), state.desk.drain()) };
        if tokio::time::timeout(shutdown_timeout, finished).await.is_err() {
            if state.desk.is_answering() {
                tracing::warn!("stopped before all messages were answered; their holds expire by themselves");
            } else {
                tracing::info!("stopped before all callers had read their answers; everything is stored");
            }
        }
        Ok(())
    }
}

fn listen(host: &str, port: u16) -> io::Result<TcpListener> {
    let listener = TcpListener::bind((host, port))?;
    // The standard library lets 128 wait, which a burst of visitors exceeds.
    SockRef::from(&listener).listen(BACKLOG)?;
    Ok(listener)
}

async fn upkeep(state: &State) {
    match &state.metrics {
        Some(metrics) => metrics.upkeep().await,
        None => std::future::pending().await,
    }
}

/// The metrics at their own port. They are few and for machines: one thread serves them.
fn start_metrics(listener: TcpListener, bounds: Bounds, state: Data<State>) -> io::Result<dev::Server> {
    let app = move || {
        App::new()
            .wrap(from_fn(complete))
            .wrap(from_fn(secure))
            .app_data(state.clone())
            .service(web::resource("/metrics").route(web::get().to(get_metrics_at_their_port)))
            .default_service(web::to(|| async { Err::<&str, _>(ApiError::RouteNotFound) }))
    };
    let server = HttpServer::new(app)
        .workers(1)
        .max_connections(METRICS_CONNECTIONS)
        .keep_alive(bounds.keep_alive)
        .client_request_timeout(bounds.header)
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}

fn start(
    listener: TcpListener,
    shutdown_timeout: Duration,
    bounds: Bounds,
    state: Data<State>,
) -> io::Result<dev::Server> {
    let workers = std::thread::available_parallelism()?.get();
    let connections = Arc::clone(&state.connections);
    let ids = state.clone();
    let app = move || {
        App::new()
            .wrap(from_fn(complete))
            .wrap(from_fn(secure))
            .app_data(state.clone())
            .app_data(body::SMALL.payload())
            .app_data(body::small(bounds.body))
            .configure(routes::mount)
    };
    let serving = Serving {
        workers,
        max_connections: bounds.connections.div_ceil(workers),
        keep_alive: bounds.keep_alive,
        request_timeout: bounds.header,
        shutdown_timeout,
        random: Arc::new(move || ids.random()),
    };
    let on_connect = move |connection: &dyn Any, data: &mut dev::Extensions| {
        if let Some(noted) = Connections::note(&connections, connection) {
            data.insert(noted);
        }
    };
    wire::serve(listener, serving, on_connect, app)
}

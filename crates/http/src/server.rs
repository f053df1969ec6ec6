//! The server: binding, running, and stopping without dropping a visitor's answer.

use crate::middleware::request::complete;
use crate::middleware::security::secure;
use crate::state::{AdminKey, State};
use crate::{body, routes};
use actix_web::middleware::from_fn;
use actix_web::web::Data;
use actix_web::{App, HttpServer, dev};
use frontdesk_chat::{FrontDesk, Now, Random};
use frontdesk_limits::Limits;
use frontdesk_persistence::Database;
use secrecy::SecretString;
use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

/// Longer than the 60 s after which proxies close: then it is never us who close under a request.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// For the head of a request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
/// Connections of one worker thread; more wait in the listener's queue.
const MAX_CONNECTIONS: usize = 4_096;

/// Where the server listens and how it stops.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// An address or a host name.
    pub host: String,
    /// 0 takes any free port.
    pub port: u16,
    /// How long running requests may go on after the signal to stop.
    pub shutdown_timeout: Duration,
    /// Opens the administration; without it that stays closed.
    pub admin_key: Option<SecretString>,
    /// How many proxies every request passes that add to `X-Forwarded-For`.
    pub trusted_proxies: usize,
    /// How much one caller may ask.
    pub limits: Limits,
}

/// A bound server: connections are accepted and wait until [`run`](Self::run).
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    shutdown_timeout: Duration,
    state: Data<State>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Server {
    /// Binds the address. `now` and `random` are the clock and the source of request ids.
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
        let listener = TcpListener::bind((config.host.as_str(), config.port))?;
        let admin_key = AdminKey::new(config.admin_key.as_ref());
        Ok(Self {
            address: listener.local_addr()?,
            listener,
            shutdown_timeout: config.shutdown_timeout,
            state: Data::new(State::new(
                desk,
                database,
                admin_key,
                config.limits.clone(),
                config.trusted_proxies,
                now,
                random,
            )),
        })
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
        let Self { listener, shutdown_timeout, state, .. } = self;
        let server = start(listener, shutdown_timeout, state.clone())?;
        let handle = server.handle();
        let serving = tokio::spawn(server);
        tokio::pin!(serving);
        tokio::select! {
            ended = &mut serving => return ended.map_err(io::Error::other)?,
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

fn start(listener: TcpListener, shutdown_timeout: Duration, state: Data<State>) -> io::Result<dev::Server> {
    let app = move || {
        App::new()
            .wrap(from_fn(complete))
            .wrap(from_fn(secure))
            .app_data(state.clone())
            .app_data(body::SMALL.payload())
            .configure(routes::mount)
    };
    let server = HttpServer::new(app)
        .keep_alive(KEEP_ALIVE)
        .client_request_timeout(REQUEST_TIMEOUT)
        .max_connections(MAX_CONNECTIONS)
        // A caller who closes has left, and need not be found out by writing to nobody.
        .h1_allow_half_closed(false)
        .shutdown_timeout(shutdown_timeout.as_secs())
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}

//! Between the listener and the app. The web framework turns requests that it cannot read away by itself, with an empty
//! body, before the app sees them; here such an answer gets the body that all errors have. Therefore the framework's
//! parts are put together here and not by its `HttpServer`, which takes no other connections than the system's.

mod refusal;

use actix_http::{HttpService, Protocol};
use actix_service::{IntoServiceFactory, ServiceFactoryExt as _, fn_service, map_config};
use actix_web::body::MessageBody;
use actix_web::dev::{AppConfig, Extensions, Server, ServiceFactory, ServiceResponse};
use actix_web::rt::net::TcpStream;
use frontdesk_chat::Random;
use refusal::Answered;
use std::any::Any;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

/// How long what a caller still sends is read after an answer that ends the connection: a caller who is sending gets to
/// read the answer.
const LINGER: Duration = Duration::from_secs(1);

/// How connections are served.
pub(crate) struct Serving {
    pub(crate) workers: usize,
    /// Connections of one worker thread; more wait in the listener's queue.
    pub(crate) max_connections: usize,
    /// How long a connection may wait for its next request.
    pub(crate) keep_alive: Duration,
    /// For the head of a request.
    pub(crate) request_timeout: Duration,
    /// How long running requests may go on after the signal to stop.
    pub(crate) shutdown_timeout: Duration,
    /// Source of the ids of requests that cannot be read.
    pub(crate) random: Random,
}

/// Serves the app on a listener. `on_connect` sees each new connection.
///
/// # Errors
/// The listener cannot be used.
pub(crate) fn serve<F, I, S, B>(
    listener: TcpListener,
    serving: Serving,
    on_connect: impl Fn(&dyn Any, &mut Extensions) + Clone + Send + 'static,
    app: F,
) -> io::Result<Server>
where
    F: Fn() -> I + Clone + Send + 'static,
    I: IntoServiceFactory<S, actix_http::Request>,
    S: ServiceFactory<actix_http::Request, Config = AppConfig, Response = ServiceResponse<B>> + 'static,
    S::Error: Into<actix_web::Error> + 'static,
    S::InitError: std::fmt::Debug,
    B: MessageBody + 'static,
{
    let Serving { workers, max_connections, keep_alive, request_timeout, shutdown_timeout, random } = serving;
    let address = listener.local_addr()?;
    let builder = Server::build()
        .workers(workers)
        .max_concurrent_connections(max_connections)
        .shutdown_timeout(shutdown_timeout.as_secs())
        .disable_signals();
    let stopping = builder.graceful_shutdown_signal();
    let server = builder.listen("api", listener, move || {
        let (stopping, on_connect, random) = (stopping.clone(), on_connect.clone(), Arc::clone(&random));
        let app = app().into_factory().map_err(|error| error.into().error_response());
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .keep_alive(keep_alive)
            .client_request_timeout(request_timeout)
            .client_disconnect_timeout(LINGER)
            // A caller who closes has left, and need not be found out by writing to nobody.
            .h1_allow_half_closed(false)
            .local_addr(address)
            .on_connect_ext(move |io: &Answered<TcpStream>, data: &mut Extensions| {
                on_connect(io.inner(), data);
            })
            .finish(map_config(app, |()| AppConfig::default()));
        fn_service(move |io: TcpStream| {
            let random = Arc::clone(&random);
            async move {
                let peer = io.peer_addr().ok();
                Ok((Answered::new(io, random), Protocol::Http1, peer))
            }
        })
        .and_then(http)
    })?;
    Ok(server.run())
}

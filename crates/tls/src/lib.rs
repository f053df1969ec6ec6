//! Whom outgoing HTTPS connections trust: the system's root certificates, and Mozilla's, which are built in, where the
//! system has none that can be used.

use reqwest::{Certificate, Client, ClientBuilder};

/// An HTTP client as `builder` makes it, which is asked once more where the system's certificates cannot be used.
///
/// # Errors
/// What `builder` says; or no client can be built, even with the built-in certificates.
pub fn client(builder: impl Fn() -> Result<ClientBuilder, reqwest::Error>) -> Result<Client, reqwest::Error> {
    // An error says that the process has a provider already, which then is the one to use.
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        tracing::debug!("a TLS crypto provider was installed before");
    }
    builder()?.build().or_else(|error| {
        // A bare machine or container has no root certificates: the built-in ones are Mozilla's.
        tracing::warn!(%error, "the system's root certificates are not usable; the built-in ones are used");
        builder()?.tls_certs_only(built_in_roots()?).build()
    })
}

fn built_in_roots() -> Result<Vec<Certificate>, reqwest::Error> {
    let roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter();
    roots.map(|root| Certificate::from_der(root)).collect()
}

//! A provider behind TLS, with certificates of an authority that nobody knows unless told.

use frontdesk_tests::ScratchDir;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::json;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::{fs, thread};

/// An authority of the test's own.
pub(super) struct Authority {
    folder: ScratchDir,
}

impl Authority {
    pub(super) fn new(name: &str) -> Self {
        let authority = Self { folder: ScratchDir::new() };
        authority.run(&format!(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30
             -subj /CN={name} -keyout authority.key -out authority.crt",
        ));
        authority
    }

    /// Its certificate, for a client that shall trust it.
    pub(super) fn certificate(&self) -> String {
        self.file("authority.crt").display().to_string()
    }

    /// A certificate and its key for a host of this name.
    fn issue(&self, host: &str) -> (PathBuf, PathBuf) {
        let extensions = format!("basicConstraints=CA:FALSE\nsubjectAltName=DNS:{host}\n");
        fs::write(self.file("extensions"), extensions).unwrap();
        self.run(&format!(
            "req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes
             -subj /CN={host} -keyout {host}.key -out {host}.csr"
        ));
        self.run(&format!(
            "x509 -req -in {host}.csr -CA authority.crt -CAkey authority.key -CAcreateserial -days 30
             -extfile extensions -out {host}.crt"
        ));
        (self.file(&format!("{host}.crt")), self.file(&format!("{host}.key")))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, arguments: &str) {
        let mut openssl = Command::new("openssl");
        let output = openssl.args(arguments.split_whitespace()).current_dir(self.folder.path()).output();
        let output = output.expect("install openssl");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// A provider that speaks OpenAI's API over TLS, and keeps what came to it in the clear.
pub(super) struct Vendor {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Vendor {
    /// On this machine, with a certificate for `host`. It listens until the test process ends.
    pub(super) fn start(authority: &Authority, host: &str) -> Self {
        let (certificate, key) = authority.issue(host);
        let chain = CertificateDer::pem_file_iter(certificate).unwrap().map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_file(key).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = Arc::new(config.unwrap().with_no_client_auth().with_single_cert(chain, key).unwrap());
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::<Mutex<Vec<String>>>::default();
        let record = Arc::clone(&requests);
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                // A client that does not trust the certificate breaks off: that is what some tests want.
                drop(serve(connection, &config, &record));
            }
        });
        Self { address, requests }
    }

    /// Its address under `host`, which leads to this machine.
    pub(super) fn url(&self, host: &str) -> String {
        format!("https://{host}:{}", self.address.port())
    }

    /// What came to it: the first line of each request, once it has begun.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn serve(connection: TcpStream, config: &Arc<ServerConfig>, record: &Mutex<Vec<String>>) -> io::Result<()> {
    let session = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
    let mut reader = BufReader::new(StreamOwned::new(session, connection));
    let mut line = String::new();
    reader.read_line(&mut line)?;
    record.lock().unwrap_or_else(PoisonError::into_inner).push(line.trim_end().to_owned());
    let mut length = 0;
    while line != "\r\n" {
        line.clear();
        reader.read_line(&mut line)?;
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
    }
    reader.read_exact(&mut vec![0; length])?;
    let answer = json!({
        "model": "gpt-6-luna",
        "choices": [{"message": {"role": "assistant", "content": "Over TLS."}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 40, "completion_tokens": 4},
    })
    .to_string();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: ";
    let stream = reader.get_mut();
    stream.write_all(format!("{head}{}\r\n\r\n{answer}", answer.len()).as_bytes())?;
    stream.conn.send_close_notify();
    stream.flush()
}

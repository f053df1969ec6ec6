//! A server that takes TLS connections only, with a certificate that it signed itself.

use super::programs::{Programs, run};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

/// Who may connect: over the socket anybody, over TCP anybody with TLS, but the user of [`super::APP`] with a
/// password only.
const RULES: &str =
    "local all all trust\nhostssl all app 127.0.0.1/32 scram-sha-256\nhostssl all all 127.0.0.1/32 trust\n";

/// The server's options for it; the files are in the folder above its data.
pub(super) fn options(port: u16) -> String {
    let files = "-c ssl_cert_file=../server.crt -c ssl_key_file=../server.key";
    format!(" -p {port} -h 127.0.0.1 -c ssl=on {files}")
}

pub(super) fn certificate(dir: &Path) -> PathBuf {
    dir.join("server.crt")
}

/// PostgreSQL cannot be asked to pick a port itself.
pub(super) fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

pub(super) fn set_up(programs: &Programs, dir: &Path) -> io::Result<()> {
    let (certificate, key) = (certificate(dir), dir.join("server.key"));
    self_sign(&certificate, &key)?;
    programs.hand_over(&key)?;
    programs.hand_over(&certificate)?;
    fs::write(dir.join("data/pg_hba.conf"), RULES)
}

/// A new key and a certificate for `localhost` that is signed with it.
pub(crate) fn self_sign(certificate: &Path, key: &Path) -> io::Result<()> {
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]);
    openssl.args(["-days", "30", "-subj", "/CN=localhost"]);
    openssl.args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]);
    run(openssl.arg("-keyout").arg(key).arg("-out").arg(certificate))
}

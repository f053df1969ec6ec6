//! A vendor's server without delay: threads that know one answer and one stream for every request.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// What a vendor answers.
#[derive(Debug)]
pub(crate) struct Answers {
    /// A whole answer, in JSON.
    pub(crate) whole: String,
    /// The events of a stream up to its first visible text, and those after it.
    pub(crate) stream: (String, String),
}

/// A request as it came, to be sent once more.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) body: Vec<u8>,
}

/// Listens until the process ends.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    last: Arc<Mutex<Request>>,
}

impl Server {
    pub(crate) fn start(answers: Answers) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let (answers, last) = (Arc::new(answers), Arc::<Mutex<Request>>::default());
        let record = Arc::clone(&last);
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let (answers, record) = (Arc::clone(&answers), Arc::clone(&record));
                thread::spawn(move || {
                    if let Err(error) = serve(&connection, &answers, &record) {
                        eprintln!("server: {error}");
                    }
                });
            }
        });
        Ok(Self { address, last })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The request that came last.
    pub(crate) fn last(&self) -> Request {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn serve(mut connection: &TcpStream, answers: &Answers, record: &Mutex<Request>) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let mut reader = BufReader::new(connection);
    while let Some(request) = read(&mut reader)? {
        let streams = request.path.contains("streamGenerateContent") || asks_for_stream(&request.body);
        *record.lock().unwrap_or_else(PoisonError::into_inner) = request;
        if streams {
            let (first, rest) = &answers.stream;
            let head =
                "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
            connection.write_all(format!("{head}{}", chunk(first)).as_bytes())?;
            connection.write_all(format!("{}0\r\n\r\n", chunk(rest)).as_bytes())?;
        } else {
            let (whole, length) = (&answers.whole, answers.whole.len());
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
            );
            connection.write_all(format!("{head}{whole}").as_bytes())?;
        }
    }
    Ok(())
}

fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}

fn asks_for_stream(body: &[u8]) -> bool {
    const ASKED: &[u8] = br#""stream":true"#;
    body.windows(ASKED.len()).any(|window| window == ASKED)
}

/// `None` once the client has gone.
fn read(reader: &mut impl BufRead) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut length = 0;
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 || line == "\r\n" {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some(Request { path, body }))
}

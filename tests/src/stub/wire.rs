//! Just enough HTTP/1.1: bodies with a length, connections that stay open.

use super::{Part, Recorded, Reply};
use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;
use std::{iter, thread};

/// Serves one connection until either side ends it.
pub(super) fn serve(stream: &TcpStream, answer: impl Fn(&Recorded) -> Reply) -> io::Result<()> {
    // Head and body are two writes, the second of which would wait 40 ms for the first one's acknowledgement.
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    loop {
        let request = match read_request(&mut reader) {
            Ok(Some(request)) => request,
            Ok(None) => return Ok(()),
            Err(error) if ended_by_peer(&error) => return Ok(()),
            Err(error) => return Err(error),
        };
        let wants_close =
            request.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        match send(stream, answer(&request)) {
            Ok(Next::Request) if !wants_close => (),
            Ok(_) => return Ok(()),
            Err(error) if ended_by_peer(&error) => return Ok(()), // it gave up waiting, as tests of limits want
            Err(error) => return Err(error),
        }
    }
}

pub(crate) fn ended_by_peer(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
}

/// `None` when the client closed the connection between two requests.
pub(crate) fn read_request(reader: &mut impl BufRead) -> io::Result<Option<Recorded>> {
    let Some(line) = read_line(reader)? else {
        return Ok(None);
    };
    let mut words = line.split(' ');
    let (Some(method), Some(path)) = (words.next(), words.next()) else {
        return Err(io::Error::other(format!("not a request: {line:?}")));
    };
    let mut request =
        Recorded { method: method.to_owned(), path: path.to_owned(), headers: Vec::new(), body: Vec::new() };
    while let Some(line) = read_line(reader)?.filter(|line| !line.is_empty()) {
        let Some((name, value)) = line.split_once(':') else {
            return Err(io::Error::other(format!("not a header: {line:?}")));
        };
        request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    if request.header("transfer-encoding").is_some() {
        return Err(io::Error::other("a request with chunks, which this stub does not read"));
    }
    let length = request.header("content-length").map_or(Ok(0), str::parse).map_err(io::Error::other)?;
    request.body = vec![0; length];
    reader.read_exact(&mut request.body)?;
    Ok(Some(request))
}

fn read_line(reader: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    let length = reader.read_line(&mut line)?;
    Ok((length > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned()))
}

/// What the connection is for after a reply.
pub(crate) enum Next {
    Request,
    Nothing,
}

pub(crate) fn send(mut stream: &TcpStream, reply: Reply) -> io::Result<Next> {
    match reply {
        Reply::Answer { status, headers, body } => {
            stream.write_all(&head(status, &headers, body.len()))?;
            stream.write_all(&body)?;
            Ok(Next::Request)
        }
        Reply::Later(delay, reply) => {
            thread::sleep(delay);
            send(stream, *reply)
        }
        Reply::Hang => {
            // ends when the client closes, or when the stub is dropped and cuts the connection
            io::copy(&mut stream, &mut io::sink())?;
            Ok(Next::Nothing)
        }
        Reply::CutConnection => Ok(Next::Nothing),
        Reply::CutBody(part) => {
            let headers = [("content-type".to_owned(), "application/json".to_owned())];
            stream.write_all(&head(200, &headers, part.len() + 1))?;
            stream.write_all(&part)?;
            Ok(Next::Nothing)
        }
        Reply::Stream(parts) => {
            let head =
                "HTTP/1.1 200 \r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
            stream.write_all(head.as_bytes())?;
            send_parts(stream, parts)
        }
    }
}

fn send_parts(mut stream: &TcpStream, parts: Vec<Part>) -> io::Result<Next> {
    for part in parts {
        match part {
            Part::Send(text) => {
                stream.write_all(format!("{:x}\r\n{text}\r\n", text.len()).as_bytes())?;
            }
            Part::Pass(gate, name) => gate.pass(name),
            Part::AwaitHangUp(hung_up) => {
                io::copy(&mut stream, &mut io::sink())?;
                return hung_up.send(()).map(|()| Next::Nothing).map_err(io::Error::other);
            }
            Part::Cut => return Ok(Next::Nothing),
        }
    }
    stream.write_all(b"0\r\n\r\n")?;
    Ok(Next::Request)
}

/// The reason phrase may be empty, and nobody reads it.
fn head(status: u16, headers: &[(String, String)], length: usize) -> Vec<u8> {
    let status = format!("HTTP/1.1 {status} \r\ncontent-length: {length}\r\n");
    let lines = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
    iter::once(status).chain(lines).chain(["\r\n".to_owned()]).collect::<String>().into_bytes()
}

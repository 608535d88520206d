//! `/metrics`, `/healthz` and `/readyz` over HTTP/1.1, for this machine alone: one `GET` a connection, few connections at
//! a time, each with little time. Whoever is on this machine can ask, so nothing that it sends is trusted either.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::prometheus_text::CONTENT_TYPE;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::metrics;

/// Requests at the same time; more are closed at once.
const MAX_CONNECTIONS: usize = 16;
/// From the connection to the end of the answer.
const DEADLINE: Duration = Duration::from_secs(10);
/// A longer head is refused.
const MAX_HEAD: usize = 8 * 1024;
const MAX_HEADERS: usize = 64;
/// After a failed accept, such as one for want of file descriptors.
const PAUSE: Duration = Duration::from_millis(200);

/// Where requests come from.
#[derive(Debug)]
pub enum Listener {
    /// A loopback address.
    Tcp(TcpListener),
    /// A socket in the file system.
    Unix(UnixListener),
}

/// What the rest of the portal knows of its own state.
pub trait Health: Send + Sync + 'static {
    /// Whether people can sign in now. Also brings the gauges up to date that nobody keeps.
    fn is_ready(&self) -> impl Future<Output = bool> + Send;
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

impl Listener {
    async fn accept(&self) -> io::Result<Box<dyn Stream>> {
        match self {
            Self::Tcp(listener) => listener.accept().await.map(|(stream, _)| Box::new(stream) as _),
            Self::Unix(listener) => listener.accept().await.map(|(stream, _)| Box::new(stream) as _),
        }
    }
}

/// Answers until `stop`.
pub async fn serve(listener: Listener, health: Arc<impl Health>, stop: CancellationToken) {
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok(stream) => {
                let Ok(place) = room.clone().try_acquire_owned() else { continue };
                let health = health.clone();
                tokio::spawn(async move {
                    // Whoever is late or gone hears nothing.
                    let _ = timeout(DEADLINE, answer(stream, &*health)).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::debug!(%error, "cannot accept a request for metrics for now");
                stop.run_until_cancelled(tokio::time::sleep(PAUSE)).await;
            }
        }
    }
}

async fn answer(mut stream: impl Stream, health: &impl Health) -> io::Result<()> {
    let response = match read_request(&mut stream).await? {
        Ok(HttpRequest { path, is_head }) => respond(&path, health).await.bytes(is_head),
        Err(status) => Response::of(status, status).bytes(false),
    };
    stream.write_all(&response).await?;
    stream.shutdown().await
}

struct HttpRequest {
    path: String,
    is_head: bool,
}

/// Reads the head of one request, or gives the status that it is refused with.
async fn read_request(stream: &mut impl Stream) -> io::Result<Result<HttpRequest, &'static str>> {
    let (mut head, mut part) = (Vec::new(), [0; 1024]);
    loop {
        let read = stream.read(&mut part).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        head.extend_from_slice(&part[..read]);
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut request = httparse::Request::new(&mut headers);
        match request.parse(&head) {
            Ok(httparse::Status::Complete(_)) => {
                let path = request.path.unwrap_or_default();
                let path = path.split('?').next().unwrap_or_default().to_owned();
                return Ok(match request.method {
                    Some("GET") => Ok(HttpRequest { path, is_head: false }),
                    Some("HEAD") => Ok(HttpRequest { path, is_head: true }),
                    _ => Err("405 Method Not Allowed"),
                });
            }
            Ok(httparse::Status::Partial) if head.len() < MAX_HEAD => {}
            Ok(httparse::Status::Partial) | Err(httparse::Error::TooManyHeaders) => {
                return Ok(Err("431 Request Header Fields Too Large"));
            }
            Err(_) => return Ok(Err("400 Bad Request")),
        }
    }
}

struct Response {
    status: &'static str,
    content_type: &'static str,
    body: String,
}

impl Response {
    fn of(status: &'static str, line: &str) -> Self {
        Self { status, content_type: "text/plain; charset=utf-8", body: format!("{line}\n") }
    }

    fn bytes(&self, is_head: bool) -> Vec<u8> {
        let Self { status, content_type, body } = self;
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
             X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
            body.len()
        );
        (if is_head { head } else { head + body }).into_bytes()
    }
}

async fn respond(path: &str, health: &impl Health) -> Response {
    match path {
        // That it is answered says it: the runtime runs.
        "/healthz" => Response::of("200 OK", "ok"),
        "/readyz" if health.is_ready().await => Response::of("200 OK", "ready"),
        "/readyz" => Response::of("503 Service Unavailable", "not ready: the database takes no writes"),
        "/metrics" => {
            health.is_ready().await;
            Response { status: "200 OK", content_type: CONTENT_TYPE, body: metrics().text() }
        }
        _ => Response::of("404 Not Found", "There are /metrics, /healthz and /readyz."),
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    struct Is(bool);

    impl Health for Is {
        async fn is_ready(&self) -> bool {
            self.0
        }
    }

    async fn ask(request: &[u8], ready: bool) -> String {
        let (mut client, server) = duplex(64 * 1024);
        let answered = tokio::spawn(async move { answer(server, &Is(ready)).await });
        for part in request.chunks(7) {
            // It may have answered before the end.
            if client.write_all(part).await.is_err() {
                break;
            }
        }
        let mut response = String::new();
        client.read_to_string(&mut response).await.unwrap();
        answered.await.unwrap().unwrap();
        response
    }

    #[tokio::test]
    async fn three_paths_are_answered_and_nothing_else() {
        for (request, ready, status) in [
            ("GET /healthz", false, "200 OK"),
            ("GET /readyz", true, "200 OK"),
            ("GET /readyz?x=1", false, "503 Service Unavailable"),
            ("GET /metrics", true, "200 OK"),
            ("HEAD /metrics", true, "200 OK"),
            ("GET /", true, "404 Not Found"),
            ("GET /metrics/../etc/passwd", true, "404 Not Found"),
            ("POST /metrics", true, "405 Method Not Allowed"),
        ] {
            let response = ask(format!("{request} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes(), ready).await;
            assert!(response.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{request}: {response}");
            let (head, body) = response.split_once("\r\n\r\n").unwrap();
            assert!(head.contains("\r\nConnection: close"), "{head}");
            assert_eq!(body.is_empty(), request.starts_with("HEAD"), "{request}: {body}");
            let is_text = body.contains("# TYPE doorkey_connections gauge\n");
            assert_eq!(is_text, request == "GET /metrics", "{request}: {body}");
        }
    }

    #[tokio::test]
    async fn what_is_no_request_or_too_long_is_refused() {
        assert!(ask(b"SSH-2.0-OpenSSH_9.9\r\n\r\n", true).await.starts_with("HTTP/1.1 400 "));
        assert!(ask(&[0xff; 64], true).await.starts_with("HTTP/1.1 400 "));
        let long = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(2 * MAX_HEAD));
        assert!(ask(long.as_bytes(), true).await.starts_with("HTTP/1.1 431 "));
        let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(MAX_HEADERS + 1));
        assert!(ask(many.as_bytes(), true).await.starts_with("HTTP/1.1 431 "));
    }
}

//! A socket with a kill switch: once it is pulled, every read and write fails at once, also one
//! that was waiting. russh cannot abort a connection; this makes even a stalled one end.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// A transport that can be closed without waiting for the other side to read the rest.
pub(super) trait Socket: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    /// Called once, when the kill switch was pulled.
    fn abort(&self) {}
}

impl Socket for TcpStream {
    /// Without this the kernel would keep unsent bytes for minutes, for a client that never reads.
    fn abort(&self) {
        if let Err(error) = self.set_zero_linger() {
            tracing::debug!(%error, "the socket closes slowly");
        }
    }
}

/// What a client may send before authentication without being answered: more than its key exchange, its largest
/// certificate and its longest answer.
const MAX_UNANSWERED: u64 = 16 * 1024;

/// Bytes that crossed a stream so far.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    read: AtomicU64,
    written: AtomicU64,
    /// Bytes from the client since the last ones to it.
    unanswered: AtomicU64,
    is_authenticated: AtomicBool,
    delivers_rest: AtomicBool,
}

impl Traffic {
    /// Bytes from the client.
    pub(super) fn read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// From now on the kill switch lets what was sent reach the client, also one that reads it later.
    pub(super) fn deliver_rest(&self) {
        self.delivers_rest.store(true, Ordering::Relaxed);
    }

    /// From now on the client may send what needs no answer.
    ///
    /// Before, everything that it may send is answered, but for a few small messages. What is not, such as a channel
    /// that it opens too early, russh drops without a word (`Session::process_packet`), and calls nobody.
    pub(super) fn authenticated(&self) {
        self.is_authenticated.store(true, Ordering::Relaxed);
    }

    /// Counts what came. False for more than anybody sends who waits for answers.
    fn takes(&self, came: u64) -> bool {
        self.read.fetch_add(came, Ordering::Relaxed);
        let unanswered = self.unanswered.fetch_add(came, Ordering::Relaxed).saturating_add(came);
        unanswered <= MAX_UNANSWERED || self.is_authenticated.load(Ordering::Relaxed)
    }

    /// Bytes to the client.
    pub(super) fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }
}

/// A stream that fails from the moment on when its kill switch is pulled.
///
/// Its halves must be polled by one task, as russh does: the switch wakes only the last one.
pub(super) struct GuardedStream<S> {
    socket: S,
    killed: Pin<Box<WaitForCancellationFutureOwned>>,
    dead: bool,
    traffic: Arc<Traffic>,
}

impl<S: Socket> GuardedStream<S> {
    /// Guards `socket` with the switch `kill` and counts into `traffic`.
    pub(super) fn new(socket: S, kill: CancellationToken, traffic: Arc<Traffic>) -> Self {
        Self { socket, killed: Box::pin(kill.cancelled_owned()), dead: false, traffic }
    }

    fn alive(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if !self.dead && self.killed.as_mut().poll(cx).is_ready() {
            self.dead = true;
            if !self.traffic.delivers_rest.load(Ordering::Relaxed) {
                self.socket.abort();
            }
        }
        if self.dead { Err(io::ErrorKind::ConnectionAborted.into()) } else { Ok(()) }
    }
}

impl<S: Socket> AsyncRead for GuardedStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.alive(cx)?;
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.socket).poll_read(cx, buf))?;
        let came = buf.filled().len().saturating_sub(before);
        if self.traffic.takes(came as u64) {
            Poll::Ready(Ok(()))
        } else {
            Poll::Ready(Err(io::ErrorKind::InvalidData.into()))
        }
    }
}

impl<S: Socket> AsyncWrite for GuardedStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.alive(cx)?;
        let went = ready!(Pin::new(&mut self.socket).poll_write(cx, buf))?;
        self.traffic.written.fetch_add(went as u64, Ordering::Relaxed);
        self.traffic.unanswered.store(0, Ordering::Relaxed);
        Poll::Ready(Ok(went))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.alive(cx)?;
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.alive(cx)?;
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::time::timeout;

    impl Socket for DuplexStream {}

    fn guarded(
        capacity: usize,
    ) -> (GuardedStream<DuplexStream>, DuplexStream, CancellationToken, Arc<Traffic>) {
        let (near, far) = duplex(capacity);
        let (kill, traffic) = (CancellationToken::new(), Arc::default());
        (GuardedStream::new(near, kill.clone(), Arc::clone(&traffic)), far, kill, traffic)
    }

    async fn ends_at_once<T>(task: tokio::task::JoinHandle<io::Result<T>>) -> io::ErrorKind {
        let Ok(Ok(Err(error))) = timeout(Duration::from_secs(5), task).await else {
            panic!("the stream was not cut");
        };
        error.kind()
    }

    #[tokio::test]
    async fn a_read_that_waits_for_nothing_ends_when_killed() {
        let (mut stream, _far, kill, _) = guarded(16);
        let reading = tokio::spawn(async move { stream.read_u8().await });
        tokio::task::yield_now().await;
        kill.cancel();
        assert_eq!(ends_at_once(reading).await, io::ErrorKind::ConnectionAborted);
    }

    #[tokio::test]
    async fn a_write_that_nobody_reads_ends_when_killed() {
        let (mut stream, _far, kill, traffic) = guarded(16);
        let writing = tokio::spawn(async move { stream.write_all(&[0; 64]).await });
        tokio::task::yield_now().await;
        kill.cancel();
        assert_eq!(ends_at_once(writing).await, io::ErrorKind::ConnectionAborted);
        assert_eq!(traffic.written(), 16);
    }

    #[tokio::test]
    async fn a_killed_stream_takes_and_gives_nothing_any_more() {
        let (mut stream, mut far, kill, _) = guarded(16);
        far.write_all(b"late").await.unwrap();
        kill.cancel();
        assert!(stream.read_u8().await.is_err());
        assert!(stream.write_all(b"x").await.is_err());
        assert!(stream.shutdown().await.is_err());
    }

    #[tokio::test]
    async fn before_authentication_only_so_much_may_come_without_an_answer() {
        let kibibyte = [0; 1024];
        let (mut stream, mut far, _kill, traffic) = guarded(1024);
        let mut buffer = [0; 1024];
        for answered in [true, false] {
            for _ in 0..16 {
                far.write_all(&kibibyte).await.unwrap();
                stream.read_exact(&mut buffer).await.unwrap();
            }
            if answered {
                stream.write_all(b"x").await.unwrap();
            }
        }
        far.write_all(b"!").await.unwrap();
        assert_eq!(stream.read_u8().await.unwrap_err().kind(), io::ErrorKind::InvalidData);
        traffic.authenticated();
        far.write_all(b"!").await.unwrap();
        assert_eq!(stream.read_u8().await.unwrap(), b'!');
    }

    #[tokio::test]
    async fn bytes_are_counted_in_both_directions() {
        let (mut stream, mut far, _kill, traffic) = guarded(16);
        far.write_all(b"abc").await.unwrap();
        let mut buffer = [0; 3];
        stream.read_exact(&mut buffer).await.unwrap();
        stream.write_all(b"hello").await.unwrap();
        assert_eq!((traffic.read(), traffic.written()), (3, 5));
    }
}

//! A socket with a kill switch: once it is pulled, every read and write fails at once, also one
//! that was waiting. russh cannot abort a connection; this makes even a stalled one end.
//!
//! A write that nobody reads pulls it by itself, in whatever state the connection is: before authentication and
//! while keys are exchanged, too, when no session waits for anything.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use rustix::net::sockopt;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, Sleep, sleep};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::key_exchanges::KeyExchanges;

/// What the kernel keeps for a client that does not read, and for one whose connection does not read: a few frames, and
/// as much as a client may send before more is granted. Linux doubles each for its own bookkeeping (socket(7)), and
/// without them lets a connection grow to 4 MiB and 32 MiB (`tcp_wmem`, `tcp_rmem` in tcp(7)).
const SEND_BUFFER: usize = 32 * 1024;
const RECEIVE_BUFFER: usize = 64 * 1024;

/// The largest packet that everybody must be able to take (RFC 4253 section 6.1), and larger than what anybody may send
/// here. russh makes room for a packet as soon as its length is known, up to 256 KiB, and keeps a copy of a KEXINIT:
/// strangers would have that for four bytes.
const LARGEST_PACKET: usize = 35_000;

/// Bounds what the kernel holds of each connection that `listener` accepts from now on: they inherit its options
/// (tcp(7)). What the client has not acknowledged after `stall_limit`, although it may have room for it, ends the
/// connection, also when nothing more is written.
pub(super) fn bound_buffers(listener: &TcpListener, stall_limit: Duration) -> io::Result<()> {
    sockopt::set_socket_send_buffer_size(listener, SEND_BUFFER)?;
    sockopt::set_socket_recv_buffer_size(listener, RECEIVE_BUFFER)?;
    let milliseconds = u32::try_from(stall_limit.as_millis()).unwrap_or(u32::MAX);
    sockopt::set_tcp_user_timeout(listener, milliseconds)?;
    Ok(())
}

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

/// How much is read at a time where russh asks for less: first for the length of a packet, and then for the rest of it. A
/// key comes in less, so that it takes one system call: what fills no buffer leaves nothing behind it in the socket.
const READ_AHEAD: usize = 512;

/// What a packet has around what it carries, at most: lengths, type and channel (13 bytes and 5), padding, and the tag of
/// HMAC-SHA-512.
const AROUND: usize = 18 + 19 + 64;

/// The largest packet that is held back for what follows it: the reply to a request of a channel.
const LARGEST_REPLY: usize = 128;

/// Bytes that crossed a stream so far.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    read: AtomicU64,
    written: AtomicU64,
    /// Bytes from the client since the last ones to it.
    unanswered: AtomicU64,
    /// Bytes to the client that were announced and are not written yet.
    announced: AtomicU64,
    is_authenticated: AtomicBool,
    delivers_rest: AtomicBool,
    holds_reply: AtomicBool,
}

impl Traffic {
    /// Bytes from the client.
    pub(super) fn read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Bytes from the client that nothing was sent after.
    pub(super) fn unanswered(&self) -> u64 {
        self.unanswered.load(Ordering::Relaxed)
    }

    /// `bytes` are about to be handed to russh in so many `packets`. What it writes of itself is small, or a key exchange.
    pub(super) fn announce(&self, bytes: usize, packets: usize) {
        self.announced.fetch_add((bytes + packets * AROUND) as u64, Ordering::Relaxed);
    }

    /// Takes what was announced of `bytes` that were written. Less than the framing of a packet announces no other.
    fn take_announced(&self, bytes: u64) -> u64 {
        // Only the stream takes, so that no less is there than was seen.
        let announced = self.announced.load(Ordering::Relaxed);
        let is_all = announced.saturating_sub(bytes) < AROUND as u64;
        self.announced.fetch_sub(if is_all { announced } else { bytes }, Ordering::Relaxed);
        announced.min(bytes)
    }

    /// The next small write waits until there is more to write, or until the client is read again: the reply to a request
    /// goes out together with the first frame, in one system call.
    pub(super) fn hold_reply(&self) {
        self.holds_reply.store(true, Ordering::Relaxed);
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
    /// What was read and not asked for yet. It counts when it is: as it would where nothing was read ahead.
    ahead: Box<[u8]>,
    /// What russh takes for written and is not; see [`Traffic::hold_reply`].
    held: Vec<u8>,
    /// It waits for what follows.
    is_reply: bool,
    killed: Pin<Box<WaitForCancellationFutureOwned>>,
    dead: bool,
    /// How long a write may wait, and the end of that time for the one that waits now.
    stall_limit: Duration,
    stalls: Option<Pin<Box<Sleep>>>,
    traffic: Arc<Traffic>,
    exchanges: KeyExchanges,
    /// The connection's: russh uses the stream in a task of its own, outside of it.
    span: tracing::Span,
}

impl<S: Socket> GuardedStream<S> {
    /// Guards `socket` with the switch `kill` and counts into `traffic`. A write of which the client has taken
    /// nothing for `stall_limit` fails.
    pub(super) fn new(
        socket: S,
        kill: CancellationToken,
        stall_limit: Duration,
        traffic: Arc<Traffic>,
    ) -> Self {
        Self {
            socket,
            ahead: Box::default(),
            held: Vec::new(),
            is_reply: false,
            killed: Box::pin(kill.cancelled_owned()),
            dead: false,
            stall_limit,
            stalls: None,
            traffic,
            exchanges: KeyExchanges::new(Instant::now()),
            span: tracing::Span::current(),
        }
    }

    /// What was read ahead, or else what is in the socket.
    fn poll_ahead(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.ahead.is_empty() {
            if buf.remaining() >= READ_AHEAD {
                return Pin::new(&mut self.socket).poll_read(cx, buf);
            }
            let mut piece = [MaybeUninit::uninit(); READ_AHEAD];
            let mut piece = ReadBuf::uninit(&mut piece);
            ready!(Pin::new(&mut self.socket).poll_read(cx, &mut piece))?;
            let (asked, ahead) = piece.filled().split_at(piece.filled().len().min(buf.remaining()));
            buf.put_slice(asked);
            self.ahead = ahead.into();
        } else {
            let ahead = std::mem::take(&mut self.ahead);
            let (asked, ahead) = ahead.split_at(ahead.len().min(buf.remaining()));
            buf.put_slice(asked);
            self.ahead = ahead.into();
        }
        Poll::Ready(Ok(()))
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

    /// Writes what the socket takes of `buf`, and counts it.
    fn poll_send(&mut self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let Poll::Ready(outcome) = Pin::new(&mut self.socket).poll_write(cx, buf) else {
            return self.waits(cx).map(Err);
        };
        self.stalls = None;
        let went = outcome?;
        self.traffic.written.fetch_add(went as u64, Ordering::Relaxed);
        self.traffic.unanswered.store(0, Ordering::Relaxed);
        let announced = self.traffic.take_announced(went as u64);
        if !self.exchanges.wrote(buf.len() as u64, went as u64, announced, Instant::now()) {
            tracing::info!(parent: &self.span, "cut a client that exchanges keys again and again");
            return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
        }
        Poll::Ready(Ok(went))
    }

    /// Writes all that is held.
    fn poll_held(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.is_reply = false;
        let mut held = std::mem::take(&mut self.held);
        while !held.is_empty() {
            match self.poll_send(cx, &held) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(went)) => drop(held.drain(..went)),
                outcome => {
                    self.held = held;
                    return outcome.map_ok(drop);
                }
            }
        }
        Poll::Ready(Ok(()))
    }

    /// A write waits: fails when it has waited for too long.
    fn waits(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let stall_limit = self.stall_limit;
        let stalls = self.stalls.get_or_insert_with(|| Box::pin(sleep(stall_limit)));
        ready!(stalls.as_mut().poll(cx));
        self.dead = true;
        tracing::info!(parent: &self.span, limit = ?self.stall_limit, "cut a client that does not read");
        self.socket.abort();
        Poll::Ready(io::ErrorKind::TimedOut.into())
    }
}

impl<S: Socket> AsyncRead for GuardedStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.alive(cx)?;
        // Nothing follows it now. What the socket does not take wakes the same task again.
        if let Poll::Ready(Err(error)) = self.poll_held(cx) {
            return Poll::Ready(Err(error));
        }
        // russh asks for the rest of a packet in one piece.
        if buf.remaining() > LARGEST_PACKET {
            return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
        }
        let before = buf.filled().len();
        ready!(self.poll_ahead(cx, buf))?;
        let came = buf.filled().len().saturating_sub(before);
        if came > 0 {
            self.exchanges.heard();
        }
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
        if self.is_reply {
            self.held.extend_from_slice(buf);
            // What is left of both goes when russh flushes, as it does behind every write.
            return match self.poll_held(cx) {
                Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
                _ => Poll::Ready(Ok(buf.len())),
            };
        }
        ready!(self.poll_held(cx))?;
        if self.traffic.holds_reply.swap(false, Ordering::Relaxed) && buf.len() <= LARGEST_REPLY {
            self.held.extend_from_slice(buf);
            self.is_reply = true;
            return Poll::Ready(Ok(buf.len()));
        }
        self.poll_send(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.alive(cx)?;
        if !self.is_reply {
            ready!(self.poll_held(cx))?;
        }
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.alive(cx)?;
        ready!(self.poll_held(cx))?;
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::time::timeout;

    impl Socket for DuplexStream {}

    const NEVER: Duration = Duration::from_hours(1);

    fn guarded(
        capacity: usize,
    ) -> (GuardedStream<DuplexStream>, DuplexStream, CancellationToken, Arc<Traffic>) {
        limited(capacity, NEVER)
    }

    fn limited(
        capacity: usize,
        stall_limit: Duration,
    ) -> (GuardedStream<DuplexStream>, DuplexStream, CancellationToken, Arc<Traffic>) {
        let (near, far) = duplex(capacity);
        let (kill, traffic) = (CancellationToken::new(), Arc::default());
        (GuardedStream::new(near, kill.clone(), stall_limit, Arc::clone(&traffic)), far, kill, traffic)
    }

    /// Counts how often anything is looked for in it.
    struct CountedReads {
        socket: TcpStream,
        reads: Arc<AtomicU64>,
    }

    impl Socket for CountedReads {}

    impl AsyncRead for CountedReads {
        fn poll_read(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            buf: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            let polled = Pin::new(&mut self.socket).poll_read(cx, buf);
            // Where it waits, tokio knows without a system call.
            self.reads.fetch_add(u64::from(polled.is_ready()), Ordering::Relaxed);
            polled
        }
    }

    impl AsyncWrite for CountedReads {
        fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
            Pin::new(&mut self.socket).poll_write(cx, buf)
        }

        fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut self.socket).poll_flush(cx)
        }

        fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut self.socket).poll_shutdown(cx)
        }
    }

    /// Writes as they come at the other end.
    #[tokio::test]
    async fn a_reply_goes_with_what_follows_it_or_alone_when_the_client_is_read_again() {
        let (mut stream, mut far, _kill, traffic) = guarded(1024);
        let mut seen = [0; 64];
        let mut there = async |far: &mut DuplexStream| {
            let read = far.read(&mut seen).now_or_never();
            String::from_utf8(seen[..read.map_or(0, Result::unwrap)].to_vec()).unwrap()
        };
        stream.write_all(b"before ").await.unwrap();
        stream.flush().await.unwrap();
        traffic.hold_reply();
        stream.write_all(b"reply ").await.unwrap();
        stream.flush().await.unwrap();
        assert_eq!(there(&mut far).await, "before ");
        assert_eq!(there(&mut far).await, "", "it waits");
        stream.write_all(b"frame").await.unwrap();
        stream.flush().await.unwrap();
        assert_eq!(there(&mut far).await, "reply frame");
        traffic.hold_reply();
        stream.write_all(b"reply").await.unwrap();
        stream.flush().await.unwrap();
        assert_eq!(there(&mut far).await, "");
        assert!(stream.read_u8().now_or_never().is_none());
        assert_eq!(there(&mut far).await, "reply");
        traffic.hold_reply();
        stream.write_all(b"last").await.unwrap();
        stream.shutdown().await.unwrap();
        assert_eq!(there(&mut far).await, "last");
        assert_eq!(traffic.written(), 27);
    }

    #[tokio::test]
    async fn a_reply_and_a_frame_that_are_too_much_at_once_arrive_whole() {
        let (mut stream, mut far, _kill, traffic) = guarded(8);
        traffic.hold_reply();
        let writing = tokio::spawn(async move {
            stream.write_all(b"reply ").await.unwrap();
            stream.flush().await.unwrap();
            stream.write_all(b"a frame that is longer than the socket takes").await.unwrap();
            stream.flush().await.unwrap();
            stream.shutdown().await.unwrap();
        });
        let mut seen = String::new();
        far.read_to_string(&mut seen).await.unwrap();
        writing.await.unwrap();
        assert_eq!(seen, "reply a frame that is longer than the socket takes");
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

    #[tokio::test]
    async fn a_packet_is_read_at_once_and_counts_when_it_is_asked_for() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (far, near) = tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
        let (mut far, reads) = (far.unwrap(), Arc::<AtomicU64>::default());
        let socket = CountedReads { socket: near.unwrap().0, reads: Arc::clone(&reads) };
        let traffic = Arc::<Traffic>::default();
        let mut stream = GuardedStream::new(socket, CancellationToken::new(), NEVER, Arc::clone(&traffic));
        let key: Vec<u8> = (0..52).collect();
        for nth in 1..=10 {
            far.write_all(&key).await.unwrap();
            let (mut length, mut rest) = ([0; 4], [0; 48]);
            stream.read_exact(&mut length).await.unwrap();
            assert_eq!(traffic.read(), nth * 52 - 48);
            stream.read_exact(&mut rest).await.unwrap();
            assert_eq!(traffic.read(), nth * 52);
            assert_eq!([length.as_slice(), rest.as_slice()].concat(), key);
            assert_eq!(reads.load(Ordering::Relaxed), nth);
        }
        // Many at once, and what is larger, arrive whole and in their order.
        let sent: Vec<u8> = (0..200_000_u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
        let expected = sent.clone();
        tokio::spawn(async move { far.write_all(&sent).await });
        traffic.authenticated();
        let mut came = Vec::new();
        for size in (1..).map(|nth| nth * 37 % 1_500) {
            let mut piece = vec![0; size.min(expected.len() - came.len())];
            stream.read_exact(&mut piece).await.unwrap();
            came.extend(piece);
            if came.len() == expected.len() {
                break;
            }
        }
        assert_eq!(came, expected);
        assert_eq!(stream.read(&mut [0; 4]).await.unwrap(), 0, "nothing follows");
    }

    #[tokio::test]
    async fn keys_that_are_exchanged_again_and_again_end_it_and_pages_do_not() {
        let (mut stream, mut far, _kill, traffic) = guarded(64 * 1024);
        stream.write_all(b"SSH-2.0-Doorkey\r\n").await.unwrap();
        for _ in 0..100 {
            // The first of these is the KEXINIT that all others are compared with.
            traffic.announce(5_000, 1);
            stream.write_all(&[0; 5_050]).await.unwrap();
            far.read_exact(&mut [0; 5_050]).await.unwrap();
        }
        let mut exchanged = 0;
        while exchanged < 100 {
            far.write_all(b"KEXINIT").await.unwrap();
            stream.read_exact(&mut [0; 7]).await.unwrap();
            if stream.write_all(&[0; 5_050]).await.is_err() {
                break;
            }
            far.read_exact(&mut [0; 5_050]).await.unwrap();
            exchanged += 1;
        }
        assert!((8..100).contains(&exchanged), "{exchanged}");
    }

    #[tokio::test]
    async fn a_packet_larger_than_anybody_may_send_is_refused_when_its_length_is_known() {
        let (mut stream, _far, _kill, _) = guarded(16);
        let reading = tokio::spawn(async move { stream.read_exact(&mut vec![0; LARGEST_PACKET + 1]).await });
        assert_eq!(ends_at_once(reading).await, io::ErrorKind::InvalidData);
    }

    #[tokio::test]
    async fn a_write_that_nobody_reads_ends_by_itself() {
        let (mut stream, far, _kill, _) = limited(16, Duration::from_millis(50));
        let writing = tokio::spawn(async move { stream.write_all(&[0; 64]).await });
        assert_eq!(ends_at_once(writing).await, io::ErrorKind::TimedOut);
        drop(far);
    }

    #[tokio::test]
    async fn a_slow_reader_is_given_the_time_anew_with_all_that_it_takes() {
        let (mut stream, mut far, _kill, _) = limited(1, Duration::from_millis(500));
        let writing = tokio::spawn(async move { stream.write_all(&[7; 15]).await });
        for _ in 0..15 {
            // In all longer than the limit.
            tokio::time::sleep(Duration::from_millis(50)).await;
            assert_eq!(far.read_u8().await.unwrap(), 7);
        }
        writing.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn the_kernel_keeps_little_for_a_client_that_does_not_read() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        bound_buffers(&listener, Duration::from_secs(2)).unwrap();
        // It does not read, and has no large buffer of its own.
        let client = tokio::net::TcpSocket::new_v4().unwrap();
        client.set_recv_buffer_size(4 * 1024).unwrap();
        let (client, accepted) =
            tokio::join!(client.connect(listener.local_addr().unwrap()), listener.accept());
        let (client, server) = (client.unwrap(), accepted.unwrap().0);
        assert_eq!(sockopt::tcp_user_timeout(&server).unwrap(), 2_000);
        assert!(sockopt::socket_recv_buffer_size(&server).unwrap() <= 2 * RECEIVE_BUFFER);

        let (kill, traffic) = (CancellationToken::new(), Arc::<Traffic>::default());
        let mut stream = GuardedStream::new(server, kill, Duration::from_millis(200), Arc::clone(&traffic));
        let error = timeout(Duration::from_secs(20), stream.write_all(&vec![0; 8 * 1024 * 1024])).await;
        assert_eq!(error.unwrap().unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert!(traffic.written() < 256 * 1024, "{} bytes are kept", traffic.written());
        drop(client);
    }
}

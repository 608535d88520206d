//! After authentication, on a terminal.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use russh::ChannelOpenFailure;

use super::Scene;
use crate::server_limits::{RawClient, Server};

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_types_and_never_reads_is_cut() {
    let mut scene = Scene::set("stall=2").await;
    let took = scene.suffers("types_and_never_reads").await;
    assert!(took < Duration::from_secs(8), "{took:?}");
    scene.is_calm().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_sends_more_than_was_granted_is_cut() {
    let mut scene = Scene::set("wind_down=1").await;
    let took = scene.suffers("floods_beyond_its_window").await;
    assert!(took < Duration::from_secs(8), "{took:?}");
    scene.is_calm().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_exchange_that_is_never_ended_is_cut() {
    let mut scene = Scene::set("stall=2").await;
    let took = scene.suffers("begins_a_rekey_and_never_ends_it").await;
    assert!(took < Duration::from_secs(8), "{took:?}");
    scene.is_calm().await;
}

/// `ssh` in a session that has seen the welcome; it is stopped with SIGSTOP and cleaned up afterwards.
async fn a_stopped_client_is_cut(limits: &str, keys: &[u8]) {
    let mut scene = Scene::set(limits).await;
    let mut ssh = Command::new("ssh")
        .args(["-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-tt"])
        .args(["-p", &scene.server.port().to_string(), "account@127.0.0.1"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(ssh.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    assert!(line.starts_with("welcome"), "{line}");
    ssh.stdin.as_mut().unwrap().write_all(keys).unwrap();
    if !keys.is_empty() {
        // Stopped before it had passed the keys on, it would only be idle.
        out.read_exact(&mut [0; 1]).unwrap();
    }
    let signal = |name: &str| Command::new("kill").args([name, &ssh.id().to_string()]).status().unwrap();
    assert!(signal("-STOP").success());
    let took = scene.server.wait_for_connections(1);
    assert!(took < Duration::from_secs(12), "{took:?}");
    scene.is_calm().await;
    assert!(signal("-KILL").success());
    ssh.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_client_that_is_being_drawn_to_is_cut() {
    a_stopped_client_is_cut("stall=2", b"F").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_client_that_is_idle_is_cut_when_it_answers_no_keepalive() {
    a_stopped_client_is_cut("alive=1", b"").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_size_is_too_small_or_too_large() {
    let mut scene = Scene::set("").await;
    for (cols, rows, shown) in
        [(0, 0, "80x24"), (u32::MAX, u32::MAX, "500x200"), (1, 1, "20x5"), (65_536, 0, "500x24")]
    {
        let mut client = RawClient::enter_with(&scene.server, cols, rows).await;
        client.channel.window_change(100, 30, 0, 0).await.unwrap();
        client.sees("size=100x30").await;
        client.channel.window_change(cols, rows, u32::MAX, u32::MAX).await.unwrap();
        client.sees(&format!("size={shown}")).await;
    }
    scene.is_calm().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_resizes_cost_others_nothing_and_the_last_counts() {
    let mut scene = Scene::set("").await;
    let mut client = RawClient::enter(&scene.server).await;
    for n in 0..100_000_u32 {
        client.channel.window_change(20 + n % 400, 5 + n % 150, 0, 0).await.unwrap();
        if n % 10_000 == 0 {
            scene.goes_on().await;
        }
    }
    client.channel.window_change(123, 45, 0, 0).await.unwrap();
    client.sees("size=123x45").await;
    drop(client);
    scene.is_calm().await;
}

async fn is_refused_for_shortage(client: &RawClient) -> bool {
    match client.handle.channel_open_session().await {
        Err(russh::Error::ChannelOpenFailure(ChannelOpenFailure::ResourceShortage)) => true,
        Ok(_) => false,
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_thousand_channels_ten_are_opened() {
    let mut scene = Scene::set("").await;
    let mut client = RawClient::enter(&scene.server).await;
    let mut opened = 1;
    for _ in 0..1_000 {
        opened += u32::from(!is_refused_for_shortage(&client).await);
    }
    assert_eq!(opened, 10);
    client.round_trip().await;
    drop(client);
    scene.is_calm().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_of_one_connection_have_nothing_else_in_common() {
    let mut scene = Scene::set("sessions=4").await;
    let mut first = RawClient::enter(&scene.server).await;
    let mut others = Vec::new();
    for width in [81, 82, 83] {
        others.push(first.beside(width, 24).await);
    }
    assert!(is_refused_for_shortage(&first).await);
    // Input, size and end are each one's own.
    others[0].types(b"nothing for the others").await;
    others[0].sees("echo=").await;
    first.types(b"?").await;
    assert_eq!(first.sees("got=").await, "1");
    others[1].channel.window_change(99, 33, 0, 0).await.unwrap();
    assert_eq!(others[1].sees("size=").await, "99x33");
    others[2].types(b"q").await;
    assert_eq!(others[2].leaves().await, Some(42));
    // A panic ends its own session, and its connection only when nobody else is on it.
    others[1].types(b"!").await;
    assert_eq!(others[1].leaves().await, Some(70));
    first.round_trip().await;
    others[0].round_trip().await;
    drop((first, others));
    scene.is_calm().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_come_one_after_the_other_up_to_some_hundreds() {
    let mut scene = Scene::set("sessions=1").await;
    let mut client = RawClient::enter(&scene.server).await;
    for _ in 0..50 {
        client.types(b"q").await;
        assert_eq!(client.leaves().await, Some(42));
        client = client.beside(80, 24).await;
    }
    client.types(b"q").await;
    assert_eq!(client.leaves().await, Some(42));
    // One that the client closes itself leaves nothing, and what is kept of the others is bounded.
    for _ in 0..600 {
        client.handle.channel_open_session().await.unwrap().close().await.unwrap();
    }
    assert_eq!(51 + ends_of_themselves(&client).await, 512);
    drop(client);
    scene.is_calm().await;
}

/// How many commands end one after the other until no channel is opened for another.
async fn ends_of_themselves(client: &RawClient) -> u32 {
    let mut ended = 0;
    while let Ok(mut channel) = client.handle.channel_open_session().await {
        channel.exec(true, "x").await.unwrap();
        while channel.wait().await.is_some() {}
        ended += 1;
        assert!(ended <= 600, "without end");
    }
    ended
}

/// A server for 12 connections keeps 24 ended channels in all, besides 16 of each connection.
#[tokio::test(flavor = "multi_thread")]
async fn channels_that_end_of_themselves_are_bounded_in_all() {
    let mut scene = Scene::set("connections=12").await;
    let (first, second) = (RawClient::enter(&scene.server).await, RawClient::enter(&scene.server).await);
    assert_eq!(ends_of_themselves(&first).await, 15 + 24);
    assert_eq!(ends_of_themselves(&second).await, 15);
    assert!(is_refused_for_shortage(&second).await);
    scene.goes_on().await;
    drop(first);
    scene.server.wait_for_connections(2);
    assert_eq!(ends_of_themselves(&second).await, 24);
    drop(second);
    scene.is_calm().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_has_no_session_any_more_is_ended_after_a_while() {
    let mut scene = Scene::set("idle=2").await;
    let mut client = RawClient::enter(&scene.server).await;
    client.types(b"q").await;
    assert_eq!(client.leaves().await, Some(42));
    let mut client = client.beside(80, 24).await;
    client.types(b"q").await;
    assert_eq!(client.leaves().await, Some(42));
    scene.is_calm().await;
    assert!(client.handle.channel_open_session().await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_shell_or_terminal_on_a_channel_is_refused() {
    let mut scene = Scene::set("").await;
    let mut client = RawClient::enter(&scene.server).await;
    client.channel.request_shell(true).await.unwrap();
    assert!(client.is_refused().await);
    client.channel.request_pty(true, "vt100", 10, 10, 0, 0, &[]).await.unwrap();
    assert!(client.is_refused().await);
    client.channel.exec(true, "id").await.unwrap();
    assert!(client.is_refused().await);
    client.round_trip().await;
    drop(client);
    scene.is_calm().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_megabytes_of_anything_arrive_whole_and_are_not_held() {
    for piece in [b"\x1b[200~pasted and never ended".as_slice(), &[0xff; 1000]] {
        let mut scene = Scene::set("").await;
        let mut client = RawClient::enter(&scene.server).await;
        let pieces = 10 * 1024 * 1024 / piece.len();
        // In large packets, as a paste comes.
        let packet = piece.repeat(32 * 1024 / piece.len());
        let per_packet = packet.len() / piece.len();
        for _ in 0..pieces / per_packet {
            client.types(&packet).await;
        }
        let sent = pieces / per_packet * packet.len();
        let held = scene.server.memory_kib().saturating_sub(scene.memory_kib);
        assert!(held < super::LEFT_BEHIND_KIB, "{held} KiB are held");
        client.channel.eof().await.unwrap();
        assert_eq!(client.sees("eof got=").await, sent.to_string());
        drop(client);
        scene.is_calm().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_ends_one_session_only() {
    let mut scene = Scene::set("").await;
    let mut client = RawClient::enter(&scene.server).await;
    client.types(b"!").await;
    assert_eq!(client.leaves().await, Some(70));
    drop(client);
    scene.is_calm().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_does_not_end_is_dropped_with_its_connection() {
    let mut scene = Scene::set("wind_down=1").await;
    let client = RawClient::enter(&scene.server).await;
    client.types(b"S").await;
    scene.goes_on().await;
    drop(client);
    scene.is_calm().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_hang_up_after_a_session_is_disconnected() {
    let mut scene = Scene::set("idle=1").await;
    let mut client = RawClient::enter(&scene.server).await;
    client.types(b"q").await;
    assert_eq!(client.leaves().await, Some(42));
    let took = scene.server.wait_for_connections(1);
    assert!(took < Duration::from_secs(4), "{took:?}");
    assert!(client.handle.is_closed());
    scene.is_calm().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_closes_the_channel_and_stays_is_disconnected() {
    let mut scene = Scene::set("idle=1").await;
    let client = RawClient::enter(&scene.server).await;
    client.channel.close().await.unwrap();
    let took = scene.server.wait_for_connections(1);
    assert!(took < Duration::from_secs(4), "{took:?}");
    drop(client);
    scene.is_calm().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopping_server_does_not_wait_for_a_session_that_does_not_end() {
    let server = Server::start("shutdown=1");
    let client = RawClient::enter(&server).await;
    client.types(b"S").await;
    let took = tokio::task::spawn_blocking(move || server.stop()).await.unwrap();
    assert!((1..5).contains(&took.as_secs()), "{took:?}");
}

/// The wire's own part of a session, in a build that is not optimised; notes on what a session may cost in all
/// speak of 96 KiB.
#[tokio::test(flavor = "multi_thread")]
async fn an_idle_session_costs_the_wire_little() {
    const SESSIONS: u64 = 200;
    let mut scene = Scene::set("").await;
    let mut clients = Vec::new();
    for _ in 0..SESSIONS {
        clients.push(RawClient::enter(&scene.server).await);
    }
    let each = scene.server.memory_kib().saturating_sub(scene.memory_kib) / SESSIONS;
    println!("{each} KiB for each idle session");
    assert!(each < 96, "{each} KiB for each idle session");
    drop(clients);
    scene.is_calm().await;
}

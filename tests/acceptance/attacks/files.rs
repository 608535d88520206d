//! When the server may open no more files.

use std::net::TcpStream;

use crate::server_limits::{RawClient, Server};

#[tokio::test(flavor = "multi_thread")]
async fn the_accept_loop_survives_having_no_descriptors_left() {
    let server = Server::start_with_few_files("banner=20", 48);
    RawClient::enter(&server).await;
    let held: Vec<_> = (0..200).map(|_| TcpStream::connect(server.address).unwrap()).collect();
    // Nobody can be let in any more: all 48 descriptors are taken.
    while server.descriptors() < 48 {
        tokio::task::yield_now().await;
    }
    drop(held);
    let start = std::time::Instant::now();
    let mut client = RawClient::enter(&server).await;
    client.round_trip().await;
    assert!(start.elapsed().as_secs() < 5, "it took {:?} to recover", start.elapsed());
}

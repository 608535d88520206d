//! A DNS server with the records that a test gives it (RFC 1035), over UDP. Of every other name it says that there is
//! nothing of the kind.

use std::net::{SocketAddr, UdpSocket};

/// Types of records by their number.
pub(crate) const A: u16 = 1;
pub(crate) const MX: u16 = 15;
pub(crate) const TXT: u16 = 16;
pub(crate) const SSHFP: u16 = 44;

/// A record: name without the last dot, type, data as it is on the wire.
pub(crate) type Record = (&'static str, u16, Vec<u8>);

/// Starts a server that lives as long as the test program.
pub(crate) fn start(records: Vec<Record>) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut buffer = [0; 1_500];
        while let Ok((length, client)) = socket.recv_from(&mut buffer) {
            // A client that is gone has its answer already.
            let _ = socket.send_to(&answer(&buffer[..length], &records), client);
        }
    });
    address
}

fn answer(query: &[u8], records: &[Record]) -> Vec<u8> {
    let (mut labels, mut at) = (Vec::new(), 12);
    while query[at] != 0 {
        let end = at + 1 + usize::from(query[at]);
        labels.push(String::from_utf8_lossy(&query[at + 1..end]).to_lowercase());
        at = end;
    }
    let kind = u16::from_be_bytes([query[at + 1], query[at + 2]]);
    let question = &query[12..at + 5];
    let name = labels.join(".");
    let found = records.iter().filter(|(of, of_kind, _)| *of == name && *of_kind == kind);
    let answers: Vec<&Record> = found.collect();
    let count = u16::try_from(answers.len()).unwrap().to_be_bytes();
    // The id, an answer without error, one question, the answers.
    let mut out = [&query[..2], &[0x81, 0x80, 0, 1], &count, &[0; 4], question].concat();
    for (_, kind, data) in answers {
        // The name of the question, class IN, a minute to live.
        out.extend([&[0xc0, 12], &kind.to_be_bytes()[..], &[0, 1, 0, 0, 0, 60]].concat());
        out.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        out.extend(data);
    }
    out
}

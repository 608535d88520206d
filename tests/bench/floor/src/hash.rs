//! Argon2id alone: as many hashes as the same threads can do when nothing else is to be done. Its memory is kept from
//! one hash to the next and never wiped.
//!
//! ```text
//! hash --memory KIB --passes N --threads N --count N     one line of JSON: hashes a second
//! ```

use std::collections::HashMap;
use std::error::Error;
use std::time::Instant;

use argon2::{Algorithm, Argon2, Block, Params, Version};

fn hashes(params: &Params, count: u32) -> Result<(), argon2::Error> {
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    let mut memory = vec![Block::new(); params.block_count()];
    let mut tag = [0; 32];
    for _ in 0..count {
        argon2.hash_password_into_with_memory(
            b"violet engine numbers",
            b"sixteen bytes of",
            &mut tag,
            &mut memory,
        )?;
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let flags: HashMap<&str, &str> =
        words.chunks(2).map(|pair| (&*pair[0], pair.get(1).map_or("", |v| v))).collect();
    let number = |name: &str| {
        flags.get(name).ok_or(name.to_owned()).and_then(|v| v.parse::<u32>().map_err(|e| e.to_string()))
    };
    let params = Params::new(number("--memory")?, number("--passes")?, 1, None)?;
    let (threads, count) = (number("--threads")?, number("--count")?);
    let start = Instant::now();
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..threads).map(|_| scope.spawn(|| hashes(&params, count / threads))).collect();
        all.into_iter().try_for_each(|thread| {
            thread.join().map_err(|_| "a thread panicked".to_owned())?.map_err(|e| e.to_string())
        })
    })?;
    let rate = f64::from(count / threads * threads) / start.elapsed().as_secs_f64();
    println!(r#"{{"per_second":{rate}}}"#);
    Ok(())
}

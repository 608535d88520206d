//! The `doorkey` program: parses what an operator typed and runs it.

use std::process::ExitCode;

use tikv_jemallocator::Jemalloc;
use zeroizing_alloc::ZeroAlloc;

/// What is freed is wiped, whichever crate had it: codes, passwords and emails pass through buffers of russh,
/// `serde_json`, minijinja, lettre, rustls and sqlx that nobody else can reach. See [`doorkey::domain::secret`].
/// What is free for ten seconds goes back to the system: after a wave of sessions the process is as small as before it.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<Jemalloc> = ZeroAlloc(Jemalloc);

fn main() -> ExitCode {
    doorkey::cli::run(std::env::args_os())
}

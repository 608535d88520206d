//! The `doorkey` program: parses what an operator typed and runs it.

use std::alloc::System;
use std::process::ExitCode;

use zeroizing_alloc::ZeroAlloc;

/// What is freed is wiped, whichever crate had it: codes, passwords and emails pass through buffers of russh,
/// `serde_json`, minijinja, lettre, rustls and sqlx that nobody else can reach. See [`doorkey::domain::secret`].
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

fn main() -> ExitCode {
    doorkey::cli::run(std::env::args_os())
}

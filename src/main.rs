//! The `doorkey` program: parses what an operator typed and runs it.

use std::process::ExitCode;

fn main() -> ExitCode {
    doorkey::cli::run(std::env::args_os())
}

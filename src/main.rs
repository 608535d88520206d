//! The `doorkey` program: parses what an operator typed and runs it.

use std::process::ExitCode;

fn main() -> ExitCode {
    doorkey::command::run(std::env::args_os())
}

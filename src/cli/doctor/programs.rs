//! What programs of this machine know that no file says.

use std::process::Command;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

/// How long a program may take: one that asks a service over the bus may wait for it.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a program prints, or why it says nothing. A program that does not end is left behind in a thread of its own, which
/// ends with this command.
pub(super) async fn output_of(
    program: &'static str,
    words: &'static [&'static str],
) -> Result<String, String> {
    let (told, said) = oneshot::channel();
    std::thread::spawn(move || told.send(Command::new(program).args(words).output()));
    match timeout(PATIENCE, said).await {
        Ok(Ok(Ok(output))) if output.status.success() => {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        }
        Ok(Ok(Ok(output))) => {
            let said = String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; ");
            Err(if said.is_empty() { format!("{program} failed") } else { format!("{program}: {said}") })
        }
        Ok(Ok(Err(error))) => Err(format!("{program}: {error}")),
        Ok(Err(_)) | Err(_) => Err(format!("{program} gave no answer within {} s", PATIENCE.as_secs())),
    }
}

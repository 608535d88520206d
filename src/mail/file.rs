//! Emails as `.eml` files: written atomically, readable by their owner only.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use super::SendError;
use super::transport::SentEmail;

/// Writes `sent` as `<id>.eml`. A second try of the same email replaces the first.
pub(super) async fn put(directory: &Path, sent: &SentEmail) -> Result<(), SendError> {
    let (directory, id, raw) = (directory.to_owned(), sent.id.clone(), sent.raw.clone());
    tokio::task::spawn_blocking(move || write(&directory, &id, &raw).map_err(|error| (directory, error)))
        .await
        .map_err(|_| SendError::deferred("writing the email was interrupted"))?
        .map_err(|(directory, error)| SendError::deferred(&format!("{}: {error}", directory.display())))
}

fn write(directory: &Path, id: &str, raw: &[u8]) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let draft = directory.join(format!(".{id}.part"));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(raw)?;
    file.sync_all()?;
    std::fs::rename(&draft, directory.join(format!("{id}.eml")))?;
    // Makes the rename durable.
    File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    use crate::domain::timestamp::Timestamp;
    use crate::mail::templates::Templates;
    use crate::mail::tests::{portal, reset_code};
    use crate::mail::transport::Transport;
    use crate::mail::{Mailer, SendErrorKind};
    use std::os::unix::fs::PermissionsExt as _;
    use tokio_util::sync::CancellationToken;

    #[tokio::test]
    async fn an_email_becomes_one_private_file_however_often_it_is_tried() {
        let base = tempfile::tempdir().unwrap();
        let directory = base.path().join("outbox/new");
        let (shown, mut sees) = tokio::sync::mpsc::unbounded_channel();
        let transport = Transport::Print { directory: directory.clone(), shown };
        let mailer = Mailer::new(portal(), Templates::default(), transport).unwrap();
        for _ in 0..2 {
            mailer
                .send(
                    "ada@example.org",
                    "row-1",
                    &reset_code(),
                    Timestamp::from_epoch_ms(0),
                    &CancellationToken::new(),
                )
                .await
                .unwrap();
        }
        let names: Vec<_> = std::fs::read_dir(&directory).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names, ["row-1.eml"]);
        let file = directory.join("row-1.eml");
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(directory.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        assert!(std::fs::read_to_string(file).unwrap().contains("\r\n\r\nWDJB-MJHT\r\n\r\n"));
        assert!(sees.recv().await.unwrap().text.contains("\nWDJB-MJHT\n"));
    }

    #[tokio::test]
    async fn a_directory_that_cannot_be_written_is_a_fault_for_now_that_names_it() {
        let base = tempfile::tempdir().unwrap();
        let in_the_way = base.path().join("outbox");
        std::fs::write(&in_the_way, "a file").unwrap();
        let transport = Transport::File { directory: in_the_way };
        let mailer = Mailer::new(portal(), Templates::default(), transport).unwrap();
        let fault = mailer
            .send(
                "ada@example.org",
                "row-1",
                &reset_code(),
                Timestamp::from_epoch_ms(0),
                &CancellationToken::new(),
            )
            .await;
        let fault = fault.unwrap_err();
        assert!(fault.kind == SendErrorKind::Deferred && fault.reason.contains("outbox"), "{fault}");
    }
}

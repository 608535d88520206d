//! How emails leave.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use lettre::address::Envelope;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::SendError;
use super::file;
use super::memory::MemoryTransport;
use super::smtp::Smtp;

/// How emails leave.
pub enum Transport {
    /// Each email becomes an `.eml` file.
    File {
        /// Created when missing.
        directory: PathBuf,
    },
    /// Each email goes to a mail relay.
    Smtp(Box<Smtp>),
    /// Each email becomes an `.eml` file and is also sent to a channel (the demo prints it).
    Print {
        /// Created when missing.
        directory: PathBuf,
        /// Receives each email once its file is written.
        shown: mpsc::UnboundedSender<SentEmail>,
    },
    /// Each email stays in memory (tests).
    Memory(Arc<MemoryTransport>),
}

/// An email as it was sent.
#[derive(Clone, PartialEq, Eq)]
pub struct SentEmail {
    /// The outbox row's id.
    pub id: String,
    /// The one recipient.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The plain text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// The whole message, headers and all (RFC 5322).
    pub raw: Vec<u8>,
}

impl Transport {
    /// When this returns `Ok`, the email is out of our hands. `cut` ends a conversation with a relay early; a file is
    /// written to its end.
    pub(super) async fn send(
        &self,
        envelope: &Envelope,
        sent: SentEmail,
        cut: &CancellationToken,
    ) -> Result<(), SendError> {
        match self {
            Self::File { directory } => file::put(directory, &sent).await,
            Self::Smtp(smtp) => smtp.send(envelope, &sent.raw, cut).await,
            Self::Print { directory, shown } => {
                file::put(directory, &sent).await?;
                // Without a receiver there is still the file.
                let _ = shown.send(sent);
                Ok(())
            }
            Self::Memory(memory) => memory.put(sent),
        }
    }
}

impl Transport {
    /// The mail relay, if there is one.
    pub(super) fn relay(&self) -> Option<&Smtp> {
        match self {
            Self::Smtp(smtp) => Some(smtp),
            Self::File { .. } | Self::Print { .. } | Self::Memory(_) => None,
        }
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { directory } | Self::Print { directory, .. } => {
                write!(f, "Transport({})", directory.display())
            }
            Self::Smtp(smtp) => write!(f, "Transport({smtp:?})"),
            Self::Memory(_) => f.write_str("Transport(memory)"),
        }
    }
}

/// Leaves the text out: it may contain a code.
impl fmt::Debug for SentEmail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SentEmail({} to {}, {:?}, ***)", self.id, self.to, self.subject)
    }
}

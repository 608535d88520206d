//! The ways an email can leave, behind one enum.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use lettre::address::Envelope;
use tokio::sync::mpsc;

use super::SendError;
use super::file;
use super::memory::MemoryTransport;
use super::smtp::Smtp;

/// A way out.
pub enum Transport {
    /// Each email becomes an `.eml` file.
    File {
        /// Where; made when missing.
        directory: PathBuf,
    },
    /// Each email goes to a mail relay.
    Smtp(Box<Smtp>),
    /// Each email becomes an `.eml` file and is also handed to whoever shows it (the demo).
    Print {
        /// Where; made when missing.
        directory: PathBuf,
        /// Gets each email once it is in its file.
        shown: mpsc::UnboundedSender<SentEmail>,
    },
    /// Each email stays in memory (tests).
    Memory(Arc<MemoryTransport>),
}

/// An email as it left.
#[derive(Clone, PartialEq, Eq)]
pub struct SentEmail {
    /// The outbox row's id.
    pub id: String,
    /// The one recipient.
    pub to: String,
    /// The subject line.
    pub subject: String,
    /// The plain text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// The whole message, headers and all (RFC 5322).
    pub raw: Vec<u8>,
}

impl Transport {
    /// Carries one email. When this returns `Ok`, it is out of this program's hands.
    pub(super) async fn carry(&self, envelope: &Envelope, sent: SentEmail) -> Result<(), SendError> {
        match self {
            Self::File { directory } => file::put(directory, &sent).await,
            Self::Smtp(smtp) => smtp.send(envelope, &sent.raw).await,
            Self::Print { directory, shown } => {
                file::put(directory, &sent).await?;
                // Nobody looks any more: the file is there all the same.
                let _ = shown.send(sent);
                Ok(())
            }
            Self::Memory(hole) => hole.put(sent),
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

/// The text is left out: it may hold a code.
impl fmt::Debug for SentEmail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sent({} to {}, {:?}, ***)", self.id, self.to, self.subject)
    }
}

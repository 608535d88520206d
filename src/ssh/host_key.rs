//! The host key: made once, kept for good, never silently replaced. A new key would look like an attack
//! to everybody who has connected before.
//!
//! What lets it be replaced without that is a host certificate: clients that trust the authority which signed it accept
//! any key of this host. The other way, announcing the next key by `hostkeys-00@openssh.com` (PROTOCOL, section 2.5), is
//! closed to us: russh's server sends no global request but keepalives and forwardings, answers every unknown one with a
//! failure, `hostkeys-prove-00@openssh.com` included, and tells nobody the session identifier that the proof signs.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rand::CryptoRng;
use russh::keys::ssh_key::LineEnding;
use russh::keys::ssh_key::certificate::CertType;
use russh::keys::{Algorithm, Certificate, HashAlg, PrivateKey};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::domain::timestamp::Timestamp;

/// An OpenSSH private-key file is some 400 bytes; a larger file is something else.
const LARGEST_FILE: u64 = 16 * 1024;

/// An ed25519 host key, perhaps with a certificate. One key suffices for every client in use (RFC 8709).
#[derive(Clone)]
pub struct HostKey {
    key: PrivateKey,
    certificate: Option<Certificate>,
}

/// Why there is no host key. Each names the file and says what to do.
#[derive(Debug, Error)]
pub enum HostKeyError {
    /// The file or its folder cannot be read or written.
    #[error("host key {path} cannot be read or written; make it readable for the user who runs this service")]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// Others can read it.
    #[error(
        "host key {path}: its mode is {mode:04o}, so others can read it. Type: chmod 600 {path}. \
         If others may have read it, replace it"
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It is not a usable key.
    #[error(
        "host key {path}: {reason}. Restore it from a backup. To make a new one on purpose, move it away and type: \
         ssh-keygen -t ed25519 -N '' -f {path} (ssh then stops everybody who knows the old key)"
    )]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// There is none, although there was one.
    #[error(
        "host key {path} is missing, but the database has accounts, so the portal has had one. With another key, everybody \
         who has connected before is stopped by \"REMOTE HOST IDENTIFICATION HAS CHANGED\". Restore it from the backup. To \
         make a new one on purpose: ssh-keygen -t ed25519 -N '' -f {path}"
    )]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The certificate is none for this key now.
    #[error(
        "host certificate {path}: {reason}. Sign the host key again (ssh-keygen -s CA -h -I ID -n HOST KEY.pub), or leave \
         ssh.host_certificate out"
    )]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A new key could not be made.
    #[error("a new host key could not be made: {0}")]
    NotMade(String),
}

impl HostKey {
    /// The key in the file at `path`; when there is no such file, a new key that is stored there.
    pub fn load_or_make(path: &Path, rng: &mut impl CryptoRng) -> Result<Self, HostKeyError> {
        match Self::load(path) {
            Err(HostKeyError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                Self::make(rng)?.store(path, rng)?;
                // Two servers may start at once: the file decides whose key it is.
                Self::load(path)
            }
            outcome => outcome,
        }
    }

    /// The key in the file at `path`, in OpenSSH's own format.
    pub fn load(path: &Path) -> Result<Self, HostKeyError> {
        let io = |source| HostKeyError::Io { path: path.to_owned(), source };
        let unusable = |reason: String| HostKeyError::Unusable { path: path.to_owned(), reason };
        let file = File::open(path).map_err(io)?;
        let meta = file.metadata().map_err(io)?;
        if !meta.is_file() {
            return Err(unusable("it is not a file".to_owned()));
        }
        let mode = meta.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(HostKeyError::Exposed { path: path.to_owned(), mode });
        }
        let mut text = Zeroizing::new(String::new());
        if meta.len() > LARGEST_FILE {
            return Err(unusable("it is too large for a private key".to_owned()));
        }
        file.take(LARGEST_FILE).read_to_string(&mut text).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => unusable("it is not text".to_owned()),
            _ => io(error),
        })?;
        let key = PrivateKey::from_openssh(text.as_str())
            .map_err(|error| unusable(format!("it is not an OpenSSH private key ({error})")))?;
        if key.is_encrypted() {
            return Err(unusable("it has a passphrase, which nobody could type here".to_owned()));
        }
        if key.algorithm() != Algorithm::Ed25519 {
            return Err(unusable(format!("it is of type {}, only ssh-ed25519 is used", key.algorithm())));
        }
        Ok(Self { key, certificate: None })
    }

    /// The same key with the certificate in the file at `path`, as `ssh-keygen -s CA -h` makes it.
    pub fn with_certificate(self, path: &Path, now: Timestamp) -> Result<Self, HostKeyError> {
        let refuse = |reason: String| HostKeyError::Certificate { path: path.to_owned(), reason };
        let mut text = String::new();
        let file = File::open(path).map_err(|error| refuse(format!("it cannot be read ({error})")))?;
        file.take(LARGEST_FILE)
            .read_to_string(&mut text)
            .map_err(|error| refuse(format!("it cannot be read ({error})")))?;
        let certificate = Certificate::from_openssh(text.trim())
            .map_err(|error| refuse(format!("it is not an OpenSSH certificate ({error})")))?;
        if certificate.cert_type() != CertType::Host {
            return Err(refuse("it is for a user, not for a host".to_owned()));
        }
        if certificate.public_key() != self.key.public_key().key_data() {
            return Err(refuse(format!("it is for another key than {}", self.fingerprint())));
        }
        certificate.verify_signature().map_err(|_| refuse("its signature is wrong".to_owned()))?;
        let seconds = u64::try_from(now.epoch_ms() / 1_000).unwrap_or_default();
        if seconds < certificate.valid_after() {
            return Err(refuse("it is not valid yet".to_owned()));
        }
        if seconds >= certificate.valid_before() {
            return Err(refuse("it has expired".to_owned()));
        }
        Ok(Self { certificate: Some(certificate), ..self })
    }

    /// A new key, not stored.
    pub fn make(rng: &mut impl CryptoRng) -> Result<Self, HostKeyError> {
        PrivateKey::random(rng, Algorithm::Ed25519)
            .map(|key| Self { key, certificate: None })
            .map_err(|error| HostKeyError::NotMade(error.to_string()))
    }

    /// `SHA256:…`, as `ssh` shows it on the first connection.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.key.fingerprint(HashAlg::Sha256).to_string()
    }

    /// The data of the host's record in DNS, as `ssh-keygen -r` prints it, for clients with `VerifyHostKeyDNS` (RFC 4255;
    /// 4 is Ed25519 by RFC 7479, 2 is SHA-256 by RFC 6594).
    #[must_use]
    pub fn sshfp(&self) -> String {
        let fingerprint = self.key.fingerprint(HashAlg::Sha256);
        fingerprint.as_bytes().iter().fold("SSHFP 4 2 ".to_owned(), |data, byte| format!("{data}{byte:02x}"))
    }

    pub(super) fn private(&self) -> PrivateKey {
        self.key.clone()
    }

    pub(super) fn certificates(&self) -> Vec<Certificate> {
        self.certificate.iter().cloned().collect()
    }

    /// Writes the whole key beside `path` and links it into place, so that at `path` there is either
    /// no file or a whole one, and an existing file is never replaced.
    fn store(&self, path: &Path, rng: &mut impl CryptoRng) -> Result<(), HostKeyError> {
        let text =
            self.key.to_openssh(LineEnding::LF).map_err(|error| HostKeyError::NotMade(error.to_string()))?;
        let io = |source| HostKeyError::Io { path: path.to_owned(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(folder_of(path)).map_err(io)?;
        let draft = path.with_extension(format!("{:016x}.tmp", rng.next_u64()));
        let outcome = write_new(&draft, text.as_bytes()).and_then(|()| match fs::hard_link(&draft, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            other => other,
        });
        let removed = fs::remove_file(&draft);
        outcome
            .and(removed)
            // A new name is safe only once its folder is on the disk.
            .and_then(|()| File::open(folder_of(path))?.sync_all())
            .map_err(io)
    }
}

impl std::fmt::Debug for HostKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HostKey({})", self.fingerprint())
    }
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;
    use std::process::Command;

    fn in_new_folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ssh_host_ed25519_key");
        (folder, path)
    }

    fn any_rng() -> StdRng {
        StdRng::seed_from_u64(7)
    }

    #[test]
    fn the_key_is_made_once_and_is_private() {
        let (folder, path) = in_new_folder();
        let first = HostKey::load_or_make(&path, &mut any_rng()).unwrap();
        let second = HostKey::load_or_make(&path, &mut StdRng::seed_from_u64(8)).unwrap();
        assert_eq!(first.fingerprint(), second.fingerprint());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left behind");
    }

    #[test]
    fn of_servers_that_start_at_once_all_have_the_key_of_one() {
        let (folder, path) = in_new_folder();
        let start = std::sync::Barrier::new(8);
        let servers = std::thread::scope(|scope| {
            let begin = |seed| {
                let (start, path) = (&start, &path);
                move || {
                    start.wait();
                    HostKey::load_or_make(path, &mut StdRng::seed_from_u64(seed)).unwrap().fingerprint()
                }
            };
            let threads: Vec<_> = (0..8).map(|seed| scope.spawn(begin(seed))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        let kept = HostKey::load(&path).unwrap().fingerprint();
        assert!(servers.iter().all(|fingerprint| *fingerprint == kept), "{servers:?}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left behind");
    }

    #[test]
    fn openssh_reads_the_same_fingerprint() {
        let (_folder, path) = in_new_folder();
        let key = HostKey::load_or_make(&path, &mut any_rng()).unwrap();
        let said = Command::new("ssh-keygen").arg("-lf").arg(&path).output().unwrap();
        let said = String::from_utf8(said.stdout).unwrap();
        assert!(said.contains(&key.fingerprint()), "{said} has no {}", key.fingerprint());
        assert!(key.fingerprint().starts_with("SHA256:"));
        let dns = Command::new("ssh-keygen").args(["-r", "portal", "-f"]).arg(&path).output().unwrap();
        let dns = String::from_utf8(dns.stdout).unwrap();
        let expected = format!("portal IN {}", key.sshfp());
        assert!(dns.lines().any(|line| line == expected), "{dns} has no {expected}");
    }

    #[test]
    fn a_key_that_others_can_read_is_refused_by_name() {
        let (_folder, path) = in_new_folder();
        HostKey::load_or_make(&path, &mut any_rng()).unwrap();
        for mode in [0o640, 0o604, 0o660] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let error = HostKey::load_or_make(&path, &mut any_rng()).unwrap_err();
            assert!(matches!(error, HostKeyError::Exposed { .. }));
            let text = error.to_string();
            assert!(text.contains(path.to_str().unwrap()) && text.contains("chmod 600"), "{text}");
        }
    }

    #[test]
    fn a_damaged_key_is_refused_and_left_as_it_is() {
        let (_folder, path) = in_new_folder();
        for rubbish in [&b""[..], b"not a key\n", &[0xff, 0xfe, 0x00]] {
            fs::write(&path, rubbish).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            let error = HostKey::load_or_make(&path, &mut any_rng()).unwrap_err();
            assert!(matches!(error, HostKeyError::Unusable { .. }), "{error}");
            assert_eq!(fs::read(&path).unwrap(), rubbish);
        }
    }

    #[test]
    fn a_key_with_a_passphrase_or_of_another_type_is_refused() {
        for (kind, passphrase) in [("ed25519", "secret words"), ("ecdsa", "")] {
            let (_folder, path) = in_new_folder();
            let made = Command::new("ssh-keygen")
                .args(["-q", "-t", kind, "-N", passphrase, "-f"])
                .arg(&path)
                .status()
                .unwrap();
            assert!(made.success());
            let error = HostKey::load(&path).unwrap_err();
            assert!(matches!(error, HostKeyError::Unusable { .. }), "{error}");
        }
    }

    #[test]
    fn a_folder_that_is_not_there_is_made_for_the_owner_only() {
        let (folder, _) = in_new_folder();
        let keys = folder.path().join("missing");
        HostKey::load_or_make(&keys.join("key"), &mut any_rng()).unwrap();
        assert_eq!(fs::metadata(&keys).unwrap().permissions().mode() & 0o777, 0o700);
        // Where none can be made, the file is named.
        let error = HostKey::load_or_make(&keys.join("key").join("below"), &mut any_rng()).unwrap_err();
        assert!(error.to_string().contains("missing"), "{error}");
    }

    #[test]
    fn debug_shows_only_the_fingerprint() {
        let key = HostKey::make(&mut any_rng()).unwrap();
        assert_eq!(format!("{key:?}"), format!("HostKey({})", key.fingerprint()));
    }
}

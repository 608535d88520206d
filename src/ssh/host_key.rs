//! The host keys: made once, kept for good, never silently replaced. A new key would look like an attack
//! to everybody who has connected before.
//!
//! What lets one be replaced without that is a host certificate: clients that trust the authority which signed it accept
//! any key of this host. The other way, announcing the next key by `hostkeys-00@openssh.com` (PROTOCOL, section 2.5), is
//! closed to us: russh's server sends no global request but keepalives and forwardings, answers every unknown one with a
//! failure, `hostkeys-prove-00@openssh.com` included, and tells nobody the session identifier that the proof signs.

use std::fmt;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rand::CryptoRng;
use russh::keys::ssh_key::LineEnding;
use russh::keys::ssh_key::certificate::CertType;
use russh::keys::ssh_key::private::RsaKeypair;
use russh::keys::{Algorithm, Certificate, EcdsaCurve, HashAlg, PrivateKey};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::domain::algorithms::HostKeyList;
use crate::domain::input;
use crate::domain::timestamp::Timestamp;
use crate::private_file::{self, folder_of};

/// An OpenSSH private-key file has 400 to 12,000 bytes; a larger file is something else.
const LARGEST_FILE: u64 = 16 * 1024;

/// The least for RSA, and what a new key has: as strong as P-256 (NIST SP 800-57 part 1, table 2).
const RSA_BITS: u32 = 3_072;

/// What kind of key a host has. Ed25519 (RFC 8709) suffices for most clients; those that are held to FIPS 140, and old
/// ones, know the others only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostKeyKind {
    /// Ed25519.
    Ed25519,
    /// ECDSA on the curve P-256.
    Ecdsa,
    /// RSA with at least 3,072 bits.
    Rsa,
}

impl HostKeyKind {
    /// The kind of key that signs with the algorithm of this name.
    fn of(algorithm: &str) -> Self {
        if algorithm.starts_with("rsa-") {
            Self::Rsa
        } else if algorithm.starts_with("ecdsa-") {
            Self::Ecdsa
        } else {
            Self::Ed25519
        }
    }

    /// As `ssh-keygen -t` and the names of files have it.
    fn word(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::Ecdsa => "ecdsa",
            Self::Rsa => "rsa",
        }
    }

    /// Its number in DNS (RFC 4255, 6594 and 7479).
    fn number(self) -> u8 {
        match self {
            Self::Rsa => 1,
            Self::Ecdsa => 3,
            Self::Ed25519 => 4,
        }
    }

    fn signs_with(self, algorithm: &Algorithm) -> bool {
        match self {
            Self::Ed25519 => *algorithm == Algorithm::Ed25519,
            Self::Ecdsa => *algorithm == Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 },
            Self::Rsa => matches!(algorithm, Algorithm::Rsa { .. }),
        }
    }
}

/// What `ssh-keygen -t` takes to make such a key.
impl fmt::Display for HostKeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ed25519 | Self::Ecdsa => f.write_str(self.word()),
            Self::Rsa => write!(f, "rsa -b {RSA_BITS}"),
        }
    }
}

/// Where a host key is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostKeyFile {
    /// What is in it.
    pub kind: HostKeyKind,
    /// The file.
    pub path: PathBuf,
}

impl HostKeyFile {
    /// The files of the keys that sign with `algorithms`, in their order: `ed25519`, and the others beside it with the
    /// name of their kind in the place of `ed25519`, or behind the name where that is not in it.
    #[must_use]
    pub fn all(ed25519: &Path, algorithms: &HostKeyList) -> Vec<Self> {
        let mut files: Vec<Self> = Vec::new();
        for kind in algorithms.names().map(HostKeyKind::of) {
            if !files.iter().any(|file| file.kind == kind) {
                files.push(Self { kind, path: beside(ed25519, kind) });
            }
        }
        files
    }

    /// Whether it is to be missed when it is not there although the portal has accounts: the first key always, and another
    /// where there is none at all. Another beside the first one may only just have been asked for.
    #[must_use]
    pub fn is_missed(&self, any_is_there: bool) -> bool {
        self.kind == HostKeyKind::Ed25519 || !any_is_there
    }
}

fn beside(ed25519: &Path, kind: HostKeyKind) -> PathBuf {
    if kind == HostKeyKind::Ed25519 {
        return ed25519.to_owned();
    }
    let name = ed25519.file_name().unwrap_or_default().to_string_lossy();
    ed25519.with_file_name(if name.contains("ed25519") {
        name.replace("ed25519", kind.word())
    } else {
        format!("{name}_{}", kind.word())
    })
}

/// A host key, perhaps with a certificate.
#[derive(Clone)]
pub struct HostKey {
    key: PrivateKey,
    kind: HostKeyKind,
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
         ssh-keygen -t {kind} -N '' -f {path} (ssh then stops everybody who knows the old key)"
    )]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What should be in it.
        kind: HostKeyKind,
        /// What is wrong with it.
        reason: String,
    },
    /// There is none, although there was one.
    #[error(
        "host key {path} is missing, but the database has accounts, so the portal has had one. With another key, everybody \
         who has connected before is stopped by \"REMOTE HOST IDENTIFICATION HAS CHANGED\". Restore it from the backup. To \
         make a new one on purpose: ssh-keygen -t {kind} -N '' -f {path}"
    )]
    Missing {
        /// The file.
        path: PathBuf,
        /// What should be in it.
        kind: HostKeyKind,
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

impl HostKeyError {
    /// That the file is missing.
    #[must_use]
    pub fn missing(file: &HostKeyFile) -> Self {
        Self::Missing { path: file.path.clone(), kind: file.kind }
    }
}

/// The keys in `files`; those of which there is no file are made and stored, unless the portal has had them.
pub fn load_or_make(
    files: &[HostKeyFile],
    has_accounts: bool,
    rng: &mut impl CryptoRng,
) -> Result<Vec<HostKey>, HostKeyError> {
    let is_there = |file: &HostKeyFile| file.path.try_exists().unwrap_or(true);
    let any_is_there = files.iter().any(is_there);
    let mut keys = Vec::new();
    for file in files {
        if has_accounts && !is_there(file) {
            if file.is_missed(any_is_there) {
                return Err(HostKeyError::missing(file));
            }
            let path = file.path.display();
            tracing::warn!(%path, "made another host key; all nodes of a portal need the same ones");
        }
        keys.push(HostKey::load_or_make(file, rng)?);
    }
    Ok(keys)
}

/// Gives the certificate in the file at `path`, as `ssh-keygen -s CA -h` makes it, to the one of `keys` that it is for.
pub fn certify(keys: &mut [HostKey], path: &Path, now: Timestamp) -> Result<(), HostKeyError> {
    let refuse = |reason: String| HostKeyError::Certificate { path: path.to_owned(), reason };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| refuse(format!("it cannot be read ({error})")))?;
    file.take(LARGEST_FILE)
        .read_to_end(&mut bytes)
        .map_err(|error| refuse(format!("it cannot be read ({error})")))?;
    let text = input::text(&bytes).map_err(|what| refuse(format!("it {what}")))?;
    let certificate = Certificate::from_openssh(text.trim())
        .map_err(|error| refuse(format!("it is not an OpenSSH certificate ({error})")))?;
    if certificate.cert_type() != CertType::Host {
        return Err(refuse("it is for a user, not for a host".to_owned()));
    }
    let known = keys.iter().map(HostKey::fingerprint).collect::<Vec<_>>().join(" or ");
    let theirs = |key: &&mut HostKey| certificate.public_key() == key.key.public_key().key_data();
    let Some(key) = keys.iter_mut().find(theirs) else {
        return Err(refuse(format!("it is for another key than {known}")));
    };
    certificate.verify_signature().map_err(|_| refuse("its signature is wrong".to_owned()))?;
    let seconds = u64::try_from(now.epoch_ms() / 1_000).unwrap_or_default();
    if seconds < certificate.valid_after() {
        return Err(refuse("it is not valid yet".to_owned()));
    }
    if seconds >= certificate.valid_before() {
        return Err(refuse("it has expired".to_owned()));
    }
    key.certificate = Some(certificate);
    Ok(())
}

impl HostKey {
    /// The key in `file`; when there is no such file, a new key that is stored there.
    fn load_or_make(file: &HostKeyFile, rng: &mut impl CryptoRng) -> Result<Self, HostKeyError> {
        match Self::load(file) {
            Err(HostKeyError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                Self::make(file.kind, rng)?.store(&file.path, rng)?;
                // Two servers may start at once: the file decides whose key it is.
                Self::load(file)
            }
            outcome => outcome,
        }
    }

    /// The key in `file`, in OpenSSH's own format.
    pub fn load(file: &HostKeyFile) -> Result<Self, HostKeyError> {
        let HostKeyFile { kind, path } = file;
        let io = |source| HostKeyError::Io { path: path.clone(), source };
        let unusable = |reason: String| HostKeyError::Unusable { path: path.clone(), kind: *kind, reason };
        let file = File::open(path).map_err(io)?;
        let meta = file.metadata().map_err(io)?;
        if !meta.is_file() {
            return Err(unusable("it is not a file".to_owned()));
        }
        let mode = meta.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(HostKeyError::Exposed { path: path.clone(), mode });
        }
        let mut bytes = Zeroizing::new(Vec::new());
        if meta.len() > LARGEST_FILE {
            return Err(unusable("it is too large for a private key".to_owned()));
        }
        file.take(LARGEST_FILE).read_to_end(&mut bytes).map_err(io)?;
        let text = input::text(&bytes).map_err(|what| unusable(format!("it {what}")))?;
        let key = PrivateKey::from_openssh(text)
            .map_err(|error| unusable(format!("it is not an OpenSSH private key ({error})")))?;
        if key.is_encrypted() {
            return Err(unusable("it has a passphrase, which nobody could type here".to_owned()));
        }
        if !kind.signs_with(&key.algorithm()) {
            let (found, wanted) = (key.algorithm(), kind.word());
            return Err(unusable(format!(
                "it is of type {found}, and this file is for a key of type {wanted}"
            )));
        }
        if let Some(bits) = key.key_data().rsa().map(RsaKeypair::key_size)
            && bits < RSA_BITS
        {
            return Err(unusable(format!("it has {bits} bits, and RSA needs {RSA_BITS}")));
        }
        Ok(Self { key, kind: *kind, certificate: None })
    }

    /// A new key, not stored.
    pub fn make(kind: HostKeyKind, rng: &mut impl CryptoRng) -> Result<Self, HostKeyError> {
        let key = match kind {
            HostKeyKind::Ed25519 => PrivateKey::random(rng, Algorithm::Ed25519),
            HostKeyKind::Ecdsa => PrivateKey::random(rng, Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 }),
            HostKeyKind::Rsa => RsaKeypair::random(rng, RSA_BITS as usize).map(PrivateKey::from),
        };
        key.map(|key| Self { key, kind, certificate: None })
            .map_err(|error| HostKeyError::NotMade(error.to_string()))
    }

    /// `SHA256:…`, as `ssh` shows it on the first connection.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.key.fingerprint(HashAlg::Sha256).to_string()
    }

    /// The data of the host's record in DNS, as `ssh-keygen -r` prints it, for clients with `VerifyHostKeyDNS` (RFC 4255;
    /// 2 is SHA-256 by RFC 6594).
    #[must_use]
    pub fn sshfp(&self) -> String {
        let fingerprint = self.key.fingerprint(HashAlg::Sha256);
        let head = format!("SSHFP {} 2 ", self.kind.number());
        fingerprint.as_bytes().iter().fold(head, |data, byte| format!("{data}{byte:02x}"))
    }

    pub(super) fn private(&self) -> PrivateKey {
        self.key.clone()
    }

    pub(super) fn certificate(&self) -> Option<Certificate> {
        self.certificate.clone()
    }

    pub(super) fn signs_with(&self, algorithm: &Algorithm) -> bool {
        self.kind.signs_with(algorithm)
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
    let mut file = private_file::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;
    use std::process::Command;

    fn in_new_folder() -> (tempfile::TempDir, HostKeyFile) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ssh_host_ed25519_key");
        (folder, HostKeyFile { kind: HostKeyKind::Ed25519, path })
    }

    fn any_rng() -> StdRng {
        StdRng::seed_from_u64(7)
    }

    fn files_of(ed25519: &HostKeyFile, algorithms: &str) -> Vec<HostKeyFile> {
        HostKeyFile::all(&ed25519.path, &algorithms.parse().unwrap())
    }

    #[test]
    fn the_key_is_made_once_and_is_private() {
        let (folder, file) = in_new_folder();
        let first = HostKey::load_or_make(&file, &mut any_rng()).unwrap();
        let second = HostKey::load_or_make(&file, &mut StdRng::seed_from_u64(8)).unwrap();
        assert_eq!(first.fingerprint(), second.fingerprint());
        assert_eq!(fs::metadata(&file.path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left behind");
    }

    #[test]
    fn of_servers_that_start_at_once_all_have_the_key_of_one() {
        let (folder, file) = in_new_folder();
        let files = &HostKeyFile::all(&file.path, &HostKeyList::default());
        let fingerprints = |keys: Vec<HostKey>| keys.iter().map(HostKey::fingerprint).collect::<Vec<_>>();
        let start = std::sync::Barrier::new(8);
        let servers = std::thread::scope(|scope| {
            let begin = |seed| {
                let start = &start;
                move || {
                    start.wait();
                    let keys = load_or_make(files, false, &mut StdRng::seed_from_u64(seed)).unwrap();
                    fingerprints(keys)
                }
            };
            let threads: Vec<_> = (0..8).map(|seed| scope.spawn(begin(seed))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        let kept = fingerprints(files.iter().map(|file| HostKey::load(file).unwrap()).collect());
        assert!(servers.iter().all(|keys| *keys == kept), "{servers:?}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "no draft is left behind");
    }

    #[test]
    fn openssh_reads_the_same_fingerprint_of_each_kind() {
        let (_folder, file) = in_new_folder();
        for file in files_of(&file, "ssh-ed25519,ecdsa-sha2-nistp256") {
            let key = HostKey::load_or_make(&file, &mut any_rng()).unwrap();
            let said = Command::new("ssh-keygen").arg("-lf").arg(&file.path).output().unwrap();
            let said = String::from_utf8(said.stdout).unwrap();
            assert!(said.contains(&key.fingerprint()), "{said} has no {}", key.fingerprint());
            assert!(key.fingerprint().starts_with("SHA256:"));
            let dns =
                Command::new("ssh-keygen").args(["-r", "portal", "-f"]).arg(&file.path).output().unwrap();
            let dns = String::from_utf8(dns.stdout).unwrap();
            let expected = format!("portal IN {}", key.sshfp());
            assert!(dns.lines().any(|line| line == expected), "{dns} has no {expected}");
        }
    }

    #[test]
    fn the_others_are_kept_beside_the_first_one() {
        let names = |first: &str, algorithms: &str| {
            let files = HostKeyFile::all(Path::new(first), &algorithms.parse().unwrap());
            files.into_iter().map(|file| file.path.display().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(
            names("keys/ssh_host_ed25519_key", "+rsa-sha2-*"),
            ["keys/ssh_host_ed25519_key", "keys/ssh_host_ecdsa_key", "keys/ssh_host_rsa_key"]
        );
        assert_eq!(names("/k/host", "ecdsa-sha2-nistp256,ssh-ed25519"), ["/k/host_ecdsa", "/k/host"]);
    }

    #[test]
    fn a_key_that_the_portal_has_had_is_not_made_anew_and_another_beside_it_is() {
        let (_folder, first) = in_new_folder();
        let both = files_of(&first, "ssh-ed25519,ecdsa-sha2-nistp256");
        let error = load_or_make(&both, true, &mut any_rng()).unwrap_err();
        assert!(matches!(error, HostKeyError::Missing { kind: HostKeyKind::Ed25519, .. }), "{error}");
        assert!(error.to_string().contains("ssh-keygen -t ed25519"), "{error}");
        let error = load_or_make(&files_of(&first, "rsa-sha2-512"), true, &mut any_rng()).unwrap_err();
        assert!(error.to_string().contains("ssh-keygen -t rsa -b 3072"), "{error}");
        load_or_make(&both[..1], false, &mut any_rng()).unwrap();
        let keys = load_or_make(&both, true, &mut any_rng()).unwrap();
        let fingerprints: Vec<_> = keys.iter().map(HostKey::fingerprint).collect();
        assert_ne!(fingerprints[0], fingerprints[1]);
        fs::remove_file(&both[0].path).unwrap();
        assert!(load_or_make(&both, true, &mut any_rng()).is_err());
        assert!(!both[0].path.exists());
    }

    #[test]
    fn an_rsa_key_is_taken_when_it_is_long_enough() {
        let (folder, file) = in_new_folder();
        let file = files_of(&file, "rsa-sha2-512").remove(0);
        for (bits, is_taken) in [("2048", false), ("3072", true)] {
            let _ = fs::remove_file(&file.path);
            let mut keygen = Command::new("ssh-keygen");
            keygen.args(["-q", "-t", "rsa", "-b", bits, "-N", "", "-f"]).arg(&file.path);
            assert!(keygen.status().unwrap().success());
            let loaded = HostKey::load(&file);
            assert_eq!(loaded.is_ok(), is_taken, "{loaded:?}");
            if let Err(error) = loaded {
                assert!(error.to_string().contains("2048 bits, and RSA needs 3072"), "{error}");
            }
        }
        drop(folder);
    }

    #[test]
    fn a_key_that_others_can_read_is_refused_by_name() {
        let (_folder, file) = in_new_folder();
        HostKey::load_or_make(&file, &mut any_rng()).unwrap();
        for mode in [0o640, 0o604, 0o660] {
            fs::set_permissions(&file.path, fs::Permissions::from_mode(mode)).unwrap();
            let error = HostKey::load_or_make(&file, &mut any_rng()).unwrap_err();
            assert!(matches!(error, HostKeyError::Exposed { .. }));
            let text = error.to_string();
            assert!(text.contains(file.path.to_str().unwrap()) && text.contains("chmod 600"), "{text}");
        }
    }

    /// As an editor on Windows leaves it.
    #[test]
    fn a_key_behind_a_byte_order_mark_and_with_windows_line_ends_is_the_same_key_and_utf_16_is_named() {
        let (_folder, file) = in_new_folder();
        let made = HostKey::load_or_make(&file, &mut any_rng()).unwrap();
        let text = fs::read_to_string(&file.path).unwrap();
        fs::write(&file.path, format!("\u{feff}{}", text.replace('\n', "\r\n"))).unwrap();
        assert_eq!(HostKey::load(&file).unwrap().fingerprint(), made.fingerprint());
        let utf_16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        fs::write(&file.path, utf_16).unwrap();
        let error = HostKey::load(&file).unwrap_err().to_string();
        assert!(error.contains("it is UTF-16, not UTF-8"), "{error}");
    }

    #[test]
    fn a_damaged_key_is_refused_and_left_as_it_is() {
        let (_folder, file) = in_new_folder();
        for rubbish in [&b""[..], b"not a key\n", &[0xff, 0xfe, 0x00]] {
            fs::write(&file.path, rubbish).unwrap();
            fs::set_permissions(&file.path, fs::Permissions::from_mode(0o600)).unwrap();
            let error = HostKey::load_or_make(&file, &mut any_rng()).unwrap_err();
            assert!(matches!(error, HostKeyError::Unusable { .. }), "{error}");
            assert_eq!(fs::read(&file.path).unwrap(), rubbish);
        }
    }

    #[test]
    fn a_key_with_a_passphrase_or_of_another_type_is_refused() {
        for (kind, passphrase) in [("ed25519", "secret words"), ("ecdsa", "")] {
            let (_folder, file) = in_new_folder();
            let made = Command::new("ssh-keygen")
                .args(["-q", "-t", kind, "-N", passphrase, "-f"])
                .arg(&file.path)
                .status()
                .unwrap();
            assert!(made.success());
            let error = HostKey::load(&file).unwrap_err();
            assert!(matches!(error, HostKeyError::Unusable { .. }), "{error}");
        }
    }

    #[test]
    fn a_folder_that_is_not_there_is_made_for_the_owner_only() {
        let (folder, _) = in_new_folder();
        let keys = folder.path().join("missing");
        let at = |path: PathBuf| HostKeyFile { kind: HostKeyKind::Ed25519, path };
        HostKey::load_or_make(&at(keys.join("key")), &mut any_rng()).unwrap();
        assert_eq!(fs::metadata(&keys).unwrap().permissions().mode() & 0o777, 0o700);
        // Where none can be made, the file is named.
        let error = HostKey::load_or_make(&at(keys.join("key").join("below")), &mut any_rng()).unwrap_err();
        assert!(error.to_string().contains("missing"), "{error}");
    }

    #[test]
    fn debug_shows_only_the_fingerprint() {
        let key = HostKey::make(HostKeyKind::Ed25519, &mut any_rng()).unwrap();
        assert_eq!(format!("{key:?}"), format!("HostKey({})", key.fingerprint()));
    }
}

//! The file with the secret keys: generated once, private to its owner, and never silently replaced, because
//! without these keys no stored password can be verified.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::private::{self, PrivateFault};
use crate::domain::entropy::Entropy;
use crate::domain::keyring::Keyring;

/// Why the secret keys cannot be used. `Display` names the file and what to do, never its content.
#[derive(Debug, thiserror::Error)]
#[error("secret keys {}: {reason}", path.display())]
pub struct KeysFault {
    /// Path of the key file.
    pub path: PathBuf,
    /// What is wrong, and what to do about it.
    pub reason: String,
}

/// Loads the keys from `path`; `None` if there is no such file.
///
/// # Errors
/// If the file exists but cannot be used: unreadable, readable by others, or damaged.
pub fn load(path: &Path) -> Result<Option<Keyring>, KeysFault> {
    let fault = |reason: String| KeysFault { path: path.to_owned(), reason };
    match private::read(path) {
        Ok(text) => Keyring::parse(&text)
            .map(Some)
            .map_err(|refusal| fault(format!("{refusal}. Restore the file from a backup"))),
        Err(PrivateFault::Missing) => Ok(None),
        Err(other) => Err(fault(other.to_string())),
    }
}

/// Loads the keys from `path`, or generates them if there is no such file. Only for a portal whose database is
/// still empty, because nothing in it can have been made with other keys.
pub fn load_or_create(path: &Path, entropy: &Entropy) -> Result<Keyring, KeysFault> {
    if let Some(keyring) = load(path)? {
        return Ok(keyring);
    }
    let fault = |reason: String| KeysFault { path: path.to_owned(), reason };
    match create(path, entropy) {
        // Another process was faster; use its keys.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        other => other.map_err(|error| fault(format!("cannot be created: {error}")))?,
    }
    load(path)?.ok_or_else(|| fault("disappeared while it was being created".to_owned()))
}

/// Writes new keys to a temporary file and links it to `path` once it is complete, which fails if `path`
/// exists already.
fn create(path: &Path, entropy: &Entropy) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let suffix = entropy.bytes::<6>().map(|byte| format!("{byte:02x}")).concat();
    let draft = folder.join(format!(".secret_keys.{suffix}"));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    let written = file
        .write_all(Keyring::generate(entropy).as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| std::fs::hard_link(&draft, path));
    std::fs::remove_file(&draft)?;
    written?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn mode(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn keys_are_made_once_and_private() {
        let base = tempfile::tempdir().unwrap();
        let path = base.path().join("keys/secret_keys");
        assert!(load(&path).unwrap().is_none());
        let first = load_or_create(&path, &Entropy::System).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let again = load_or_create(&path, &Entropy::System).unwrap();
        assert_eq!(first.identifier_mac("x"), again.identifier_mac("x"));
        let names = std::fs::read_dir(base.path().join("keys")).unwrap().count();
        assert_eq!(names, 1, "no draft is left behind");
    }

    #[test]
    fn ten_processes_that_start_at_once_share_one_key() {
        let base = tempfile::tempdir().unwrap();
        let path = base.path().join("secret_keys");
        let made: Vec<String> = std::thread::scope(|scope| {
            let all: Vec<_> = (0..10)
                .map(|_| scope.spawn(|| load_or_create(&path, &Entropy::System).unwrap().identifier_mac("x")))
                .collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert!(made.iter().all(|mac| *mac == made[0]));
    }

    #[test]
    fn a_file_that_cannot_be_used_is_refused_and_stays_as_it_is() {
        let base = tempfile::tempdir().unwrap();
        let path = base.path().join("secret_keys");
        load_or_create(&path, &Entropy::System).unwrap();
        let refusal = || load_or_create(&path, &Entropy::System).unwrap_err().to_string();
        for open in [0o640, 0o604, 0o620, 0o644] {
            mode(&path, open);
            let text = refusal();
            assert!(text.contains("secret_keys: its mode is") && text.contains("chmod 600"), "{text}");
        }
        mode(&path, 0o600);
        std::fs::write(&path, "").unwrap();
        assert!(refusal().contains("contains no key"), "{}", refusal());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "");
        std::fs::write(&path, "k1:0123").unwrap();
        assert!(!refusal().contains("0123"));
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert!(refusal().contains("secret_keys"));
    }
}

//! The file with the secret keys: generated once, private to its owner, and never silently replaced, because
//! without these keys no stored password can be verified.

use std::fs::{DirBuilder, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::private::{self, PrivateFault};
use crate::domain::entropy::Entropy;
use crate::domain::keyring::Keyring;
use crate::domain::timestamp::Timestamp;
use crate::private_file::{self, folder_of};

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
pub fn load_or_create(path: &Path, entropy: &Entropy, now: Timestamp) -> Result<Keyring, KeysFault> {
    if let Some(keyring) = load(path)? {
        return Ok(keyring);
    }
    let fault = |reason: String| KeysFault { path: path.to_owned(), reason };
    match create(path, entropy, now) {
        // Another process was faster; use its keys.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        other => other.map_err(|error| fault(format!("cannot be created: {error}")))?,
    }
    load(path)?.ok_or_else(|| fault("disappeared while it was being created".to_owned()))
}

/// Replaces the file with what `change` makes of its content, as a whole and durably, and gives the new keys. `None`
/// leaves it alone. Nobody else changes it meanwhile.
pub fn change(
    path: &Path,
    entropy: &Entropy,
    change: impl FnOnce(&str, &Keyring) -> Option<Zeroizing<String>>,
) -> Result<Keyring, KeysFault> {
    let fault = |reason: String| KeysFault { path: path.to_owned(), reason };
    let io_fault = |error: io::Error| fault(format!("cannot be changed: {error}. It is as it was"));
    // A link to the file stays a link.
    let real = path.canonicalize().map_err(io_fault)?;
    let folder = File::open(folder_of(&real)).map_err(io_fault)?;
    folder.lock().map_err(io_fault)?;
    let text = private::read(&real).map_err(|error| fault(error.to_string()))?;
    let keyring = Keyring::parse(&text).map_err(|refusal| fault(refusal.to_string()))?;
    let Some(new) = change(&text, &keyring) else { return Ok(keyring) };
    // Never write what could not be read again.
    let keyring = Keyring::parse(&new).map_err(|refusal| fault(refusal.to_string()))?;
    let (draft, file) = write_draft(&real, &new, entropy).map_err(io_fault)?;
    let replaced = keep_owner(&real, &file).and_then(|()| std::fs::rename(&draft, &real));
    if let Err(error) = replaced {
        // A draft that cannot be removed either is private like the file.
        let _ = std::fs::remove_file(&draft);
        return Err(io_fault(error));
    }
    folder.sync_all().map_err(|error| fault(format!("was changed, but perhaps not durably: {error}")))?;
    Ok(keyring)
}

/// An operator may be root, and the server another user who must be able to read the file.
fn keep_owner(old: &Path, draft: &File) -> io::Result<()> {
    let (old, new) = (old.metadata()?, draft.metadata()?);
    if (old.uid(), old.gid()) == (new.uid(), new.gid()) {
        return Ok(());
    }
    // By the descriptor: whoever may write to the folder could put a link in the draft's place.
    std::os::unix::fs::fchown(draft, Some(old.uid()), Some(old.gid()))
}

/// Writes new keys to a temporary file and links it to `path` once it is complete, which fails if `path`
/// exists already.
fn create(path: &Path, entropy: &Entropy, now: Timestamp) -> io::Result<()> {
    let folder = folder_of(path);
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let (draft, _file) = write_draft(path, &Keyring::generate(entropy, now), entropy)?;
    let linked = std::fs::hard_link(&draft, path);
    std::fs::remove_file(&draft)?;
    linked?;
    File::open(folder)?.sync_all()
}

/// Writes `text` to a new private file beside `path`, durably.
fn write_draft(path: &Path, text: &str, entropy: &Entropy) -> io::Result<(PathBuf, File)> {
    let suffix = entropy.bytes::<6>().map(|byte| format!("{byte:02x}")).concat();
    let draft = folder_of(path).join(format!(".secret_keys.{suffix}"));
    let mut file = private_file::create(&draft)?;
    match file.write_all(text.as_bytes()).and_then(|()| file.sync_all()) {
        Ok(()) => Ok((draft, file)),
        Err(error) => {
            // On a full disk removing may still work.
            let _ = std::fs::remove_file(&draft);
            Err(error)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    const NOW: Timestamp = Timestamp::from_epoch_ms(1_795_341_909_000);

    fn mode(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn keys_are_made_once_and_private() {
        let base = tempfile::tempdir().unwrap();
        let path = base.path().join("keys/secret_keys");
        assert!(load(&path).unwrap().is_none());
        let first = load_or_create(&path, &Entropy::System, NOW).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let again = load_or_create(&path, &Entropy::System, NOW).unwrap();
        assert_eq!(first.identifier_mac("x"), again.identifier_mac("x"));
        let names = std::fs::read_dir(base.path().join("keys")).unwrap().count();
        assert_eq!(names, 1, "no draft is left behind");
    }

    #[test]
    fn a_change_replaces_the_whole_file_keeps_it_private_and_follows_a_link() {
        let base = tempfile::tempdir().unwrap();
        let (path, link) = (base.path().join("secret_keys"), base.path().join("link"));
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let first = load_or_create(&path, &Entropy::System, NOW).unwrap();
        let both =
            change(&link, &Entropy::System, |text, _| Some(Keyring::with_next(text, &Entropy::System, NOW)));
        assert_eq!(both.unwrap().code_key().0, first.code_key().0);
        assert!(load(&path).unwrap().unwrap().next_id().is_some());
        assert!(link.is_symlink());
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let before = std::fs::read_to_string(&path).unwrap();
        let refused = change(&path, &Entropy::System, |_, _| Some(Zeroizing::new("no key".to_owned())));
        assert!(refused.is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), before);
        assert_eq!(std::fs::read_dir(base.path()).unwrap().count(), 2, "no draft is left behind");
    }

    #[test]
    fn ten_processes_that_start_at_once_share_one_key() {
        let base = tempfile::tempdir().unwrap();
        let path = base.path().join("secret_keys");
        let made: Vec<String> = std::thread::scope(|scope| {
            let all: Vec<_> = (0..10)
                .map(|_| {
                    scope.spawn(|| load_or_create(&path, &Entropy::System, NOW).unwrap().identifier_mac("x"))
                })
                .collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert!(made.iter().all(|mac| *mac == made[0]));
    }

    #[test]
    fn a_file_that_cannot_be_used_is_refused_and_stays_as_it_is() {
        let base = tempfile::tempdir().unwrap();
        let path = base.path().join("secret_keys");
        load_or_create(&path, &Entropy::System, NOW).unwrap();
        let refusal = || load_or_create(&path, &Entropy::System, NOW).unwrap_err().to_string();
        for open in [0o640, 0o604, 0o620, 0o644] {
            mode(&path, open);
            let text = refusal();
            assert!(text.contains("secret_keys: its mode is") && text.contains("chmod 600"), "{text}");
        }
        mode(&path, 0o600);
        std::fs::write(&path, "").unwrap();
        assert!(refusal().contains("contains no current key"), "{}", refusal());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "");
        std::fs::write(&path, "k1:0123").unwrap();
        assert!(!refusal().contains("0123"));
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert!(refusal().contains("secret_keys"));
    }
}

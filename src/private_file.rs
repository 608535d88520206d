//! New files that only their owner may use.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

/// Creates `path`, which must not exist, with mode 0600, and hands it over.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    if let Err(error) = hand_over(path, &file) {
        // Nobody could use it. That it stays where it cannot be removed changes nothing about that.
        let _ = std::fs::remove_file(path);
        return Err(error);
    }
    Ok(file)
}

/// Gives the file at `path`, made by root, to the owner of its folder: an operator may be root, and the server another
/// user who must be able to use the file.
pub(crate) fn hand_over(path: &Path, file: &File) -> io::Result<()> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let (folder, own) = (folder_of(path).metadata()?, file.metadata()?);
    if folder.uid() == own.uid() {
        return Ok(());
    }
    // By the descriptor: whoever may write to the folder could put a link in the file's place.
    std::os::unix::fs::fchown(file, Some(folder.uid()), Some(folder.gid()))
}

/// The folder of a file; the working directory for a bare name.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_private_new_and_its_folder_s_owner_s() {
        let folder = tempfile::tempdir().unwrap();
        let is_root = rustix::process::geteuid().is_root();
        if is_root {
            std::os::unix::fs::chown(folder.path(), Some(65_534), Some(65_533)).unwrap();
        }
        let path = folder.path().join("new");
        let found = create(&path).unwrap().metadata().unwrap();
        assert_eq!(found.mode() & 0o7777, 0o600);
        assert_eq!(found.uid(), folder.path().metadata().unwrap().uid());
        assert!(!is_root || (found.uid(), found.gid()) == (65_534, 65_533));
        assert_eq!(create(&path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    }
}

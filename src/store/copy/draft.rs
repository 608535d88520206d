//! A file that is written under another name and shows itself only when it is whole and on the disk.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::CopyFault;
use crate::private_file;

/// `NAME.part`, for its owner only; removed when dropped before it is published.
pub(super) struct Draft {
    path: PathBuf,
    target: PathBuf,
    /// Locked, so that nobody else writes the same draft. Closed only after SQLite has closed the file: closing any
    /// descriptor takes the whole process's POSIX locks on it away.
    file: File,
}

impl Draft {
    /// Begins a file that will be `target`. What an interrupted process has left behind is removed.
    pub(super) fn of(target: &Path) -> Result<Self, CopyFault> {
        let path = beside(target, ".part");
        if let Ok(left) = File::open(&path) {
            left.try_lock().map_err(|_| CopyFault::Underway(target.to_owned()))?;
            remove(&path).map_err(CopyFault::at(&path))?;
        }
        let file = private_file::create(&path);
        let file = file.map_err(|cause| match cause.kind() {
            ErrorKind::AlreadyExists => CopyFault::Underway(target.to_owned()),
            _ => CopyFault::File { file: path.clone(), cause },
        })?;
        let draft = Self { path, target: target.to_owned(), file };
        draft.file.try_lock().map_err(|_| CopyFault::Underway(target.to_owned()))?;
        Ok(draft)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the draft the owner of `model`: whoever restores may be root, and the server is not.
    pub(super) fn owned_as(&self, model: &Path) -> Result<(), CopyFault> {
        let own = self.file.metadata().map_err(CopyFault::at(&self.path))?;
        let model = fs::metadata(model).map_err(CopyFault::at(model))?;
        if (own.uid(), own.gid()) == (model.uid(), model.gid()) {
            return Ok(());
        }
        std::os::unix::fs::fchown(&self.file, Some(model.uid()), Some(model.gid()))
            .map_err(CopyFault::at(&self.path))
    }

    /// Syncs the draft and gives it its name, in one step. Without `replace` an existing file stays.
    pub(super) fn publish(self, replace: bool) -> Result<(), CopyFault> {
        self.file.sync_all().map_err(CopyFault::at(&self.path))?;
        if replace {
            fs::rename(&self.path, &self.target).map_err(CopyFault::at(&self.target))?;
        } else {
            // Unlike a rename, a new link never replaces a file that came meanwhile.
            fs::hard_link(&self.path, &self.target).map_err(|cause| match cause.kind() {
                ErrorKind::AlreadyExists => CopyFault::Exists(self.target.clone()),
                _ => CopyFault::File { file: self.target.clone(), cause },
            })?;
            remove(&self.path).map_err(CopyFault::at(&self.path))?;
        }
        sync_folder_of(&self.target)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        for path in [self.path.clone(), beside(&self.path, "-wal"), beside(&self.path, "-shm")] {
            // Mostly it has been published. What cannot be removed is removed by the next one.
            let _ = fs::remove_file(path);
        }
    }
}

/// `doorkey.db-wal` for `doorkey.db`.
pub(super) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// Removes a file that need not exist.
pub(super) fn remove(path: &Path) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes names in the folder of `path` durable.
pub(super) fn sync_folder_of(path: &Path) -> Result<(), CopyFault> {
    let folder = folder_of(path);
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(CopyFault::at(folder))
}

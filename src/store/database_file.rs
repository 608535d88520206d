//! Whether the file of SQLite that is open is still the one at its path. A file that was moved away, deleted or replaced
//! by a restored backup stays open and takes writes, and all of them are lost at the end ("How To Corrupt An SQLite
//! Database File", section 4). So nothing is read or written any more until the file is back. Nor is the new file opened
//! by anybody while the old one is: both would use the `-wal` file at the path, which would ruin the new one.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::StoreFault;
use crate::log::record;

/// How often the list of locks is read. Each time takes well under a millisecond.
const LOOKS: usize = 8;

/// The file that was opened.
#[derive(Debug)]
pub struct DatabaseFile {
    path: PathBuf,
    /// Its device and inode.
    opened: (u64, u64),
    /// The log knows that another file is there, or none.
    is_told: AtomicBool,
}

impl DatabaseFile {
    /// The file at `path`, which was opened just now.
    pub(super) fn opened(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), opened: identity(path)?, is_told: AtomicBool::new(false) })
    }

    /// Looks at the path again; costs one system call. The log is told once, not by every request.
    pub(super) fn require_in_place(&self) -> Result<(), StoreFault> {
        let why = match identity(&self.path) {
            Ok(found) if found == self.opened => {
                self.is_told.store(false, Ordering::Relaxed);
                return Ok(());
            }
            Ok(_) => "replaced",
            Err(error) if error.kind() == io::ErrorKind::NotFound => "removed",
            // Nothing is known of it, and what is open works.
            Err(_) => return Ok(()),
        };
        let file = self.path.display().to_string();
        if !self.is_told.swap(true, Ordering::Relaxed) {
            record!(DatabaseReplaced, file, reason = why);
        }
        Err(StoreFault::Replaced { file, why })
    }
}

/// The process that has another file open than the one at `path`, or than none, and its `-shm` file. Linux tells who holds
/// which locks: a connection in WAL mode has one on each of the two as long as it is open.
pub(in crate::store) fn process_on_another_file(path: &Path) -> Option<u32> {
    let looks = (0..LOOKS).filter_map(|_| std::fs::read_to_string("/proc/locks").ok());
    process_among(&looks.collect::<Vec<_>>(), path)
}

/// The list is not read in one moment, and on a busy machine any lock can be passed over, even more than once. So one that is
/// seen proves more than one that is not: whoever was ever seen with a lock on the file at `path` has that open.
fn process_among(looks: &[String], path: &Path) -> Option<u32> {
    let inode = |path: &Path| std::fs::metadata(path).ok().map(|found| found.ino());
    let mut shm = path.as_os_str().to_owned();
    shm.push("-shm");
    let (database, shm) = (inode(path), inode(Path::new(&shm))?);
    let held: Vec<Vec<(u32, u64)>> =
        looks.iter().map(|look| look.lines().filter_map(lock).collect()).collect();
    let looks_with =
        |process: u32, inode: u64| held.iter().filter(|look| look.contains(&(process, inode))).count();
    let has_database = |process: u32| database.is_some_and(|database| looks_with(process, database) > 0);
    // Once may be a process that ends.
    let is_elsewhere = |process: u32| looks_with(process, shm) > 1 && !has_database(process);
    held.iter().flatten().map(|lock| lock.0).find(|process| is_elsewhere(*process))
}

/// Whose lock a line tells of, and on which inode: `1: POSIX  ADVISORY  READ 4711 08:01:131 128 128`. A waiter's line has an
/// arrow behind its number.
fn lock(line: &str) -> Option<(u32, u64)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [_, "POSIX", _, _, process, place, ..] = words[..] else { return None };
    Some((process.parse().ok()?, place.rsplit(':').next()?.parse().ok()?))
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    std::fs::metadata(path).map(|found| (found.dev(), found.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_with_locks_on_the_shm_file_alone_has_another_database_open() {
        let folder = tempfile::tempdir().unwrap();
        let (path, shm) = (folder.path().join("doorkey.db"), folder.path().join("doorkey.db-shm"));
        let inode = |path: &Path| std::fs::metadata(path).unwrap().ino();
        std::fs::write(&shm, "").unwrap();
        let on_shm = format!("1: POSIX  ADVISORY  READ 4711 08:01:{} 128 128\n", inode(&shm));
        let among = |looks: &[&str]| {
            let looks: Vec<String> = looks.iter().map(ToString::to_string).collect();
            process_among(&looks, &path)
        };
        assert_eq!(among(&[&on_shm, &on_shm]), Some(4711), "there is no file");
        std::fs::write(&path, "").unwrap();
        let on_both = format!(
            "{on_shm}2: POSIX  ADVISORY  READ 4711 08:01:{} 1073741826 1073742335\n3: FLOCK  ADVISORY  WRITE 1 08:01:7 0 EOF\n",
            inode(&path)
        );
        assert_eq!(among(&[&on_both, &on_both]), None);
        let of_another = on_both.replacen("READ 4711", "READ 4712", 1);
        assert_eq!(among(&[&of_another, &of_another]), Some(4712));
        assert_eq!(among(&[&on_shm, &on_shm]), Some(4711), "there is another");
        assert_eq!(among(&[&on_shm, &on_shm, &on_both, &on_shm]), None, "the other lock was passed over");
        assert_eq!(among(&["", &on_shm, &on_shm]), Some(4711));
        assert_eq!(among(&["", &on_shm]), None, "it has ended since, or begins");
        assert_eq!(among(&[""]), None);
        assert_eq!(among(&[]), None);
    }

    #[test]
    fn another_file_and_none_are_noticed_until_the_old_one_is_back() {
        let folder = tempfile::tempdir().unwrap();
        let (path, aside) = (folder.path().join("doorkey.db"), folder.path().join("aside"));
        std::fs::write(&path, "one").unwrap();
        let file = DatabaseFile::opened(&path).unwrap();
        let said = || file.require_in_place().map_err(|fault| fault.to_string());
        assert_eq!(said(), Ok(()));
        std::fs::rename(&path, &aside).unwrap();
        assert!(said().is_err_and(|said| said.contains("was removed")), "{:?}", said());
        std::fs::write(&path, "one").unwrap();
        let refused = said().unwrap_err();
        assert!(refused.contains("was replaced") && refused.contains("doorkey restore"), "{refused}");
        std::fs::rename(&aside, &path).unwrap();
        assert_eq!(said(), Ok(()));
    }
}

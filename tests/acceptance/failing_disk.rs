//! A disk under the real program that fails or dawdles when a test says so: a library that is loaded before libc's.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

use super::server::TempFolder;

/// Input/output error (errno(3)).
pub(crate) const EIO: i32 = 5;
/// No space left on device.
pub(crate) const ENOSPC: i32 = 28;

/// What the disk does to files of the database.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DiskFault {
    /// `sync` or `write`.
    pub(crate) call: &'static str,
    /// The end of the file's name.
    pub(crate) file: &'static str,
    /// 0 when it only takes long.
    pub(crate) errno: i32,
    pub(crate) wait_ms: u32,
    /// For the first call that fits, or until [`FailingDisk::heal`].
    pub(crate) once: bool,
}

/// The switch of one program's disk.
pub(crate) struct FailingDisk {
    control: PathBuf,
}

impl FailingDisk {
    /// Puts the disk under every program that runs at `place`.
    pub(crate) fn under(place: TempFolder) -> (Self, TempFolder) {
        let control = place.path("failing-disk");
        let (library, path) = (library().display().to_string(), control.display().to_string());
        (Self { control }, place.with("LD_PRELOAD", &library).with("FAILING_DISK", &path))
    }

    pub(crate) fn fail(&self, fault: DiskFault) {
        let DiskFault { call, file, errno, wait_ms, once } = fault;
        let once = if once { "once" } else { "" };
        // In one step: a half-written order would be misread.
        let draft = self.control.with_extension("draft");
        std::fs::write(&draft, format!("{call} {errno} {wait_ms} {file} {once}\n")).unwrap();
        std::fs::rename(draft, &self.control).unwrap();
    }

    /// Ends the fault.
    pub(crate) fn heal(&self) {
        let _ = std::fs::remove_file(&self.control);
    }

    /// True when a fault of one call has struck.
    pub(crate) fn has_struck(&self) -> bool {
        !self.control.exists()
    }
}

/// Compiled once for all tests of this process.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = LIBRARY.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("failing_disk.so");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/acceptance/failing_disk.c");
        let mut compiler = Command::new("cc");
        compiler
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
            .arg(&path)
            .arg(source)
            .arg("-ldl");
        let done = compiler.status().expect("a C compiler is installed");
        assert!(done.success());
        (folder, path)
    });
    path
}

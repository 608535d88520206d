//! SQLite on a disk that fails: what is told is true, and the portal is well again as soon as the disk is.

use std::time::{Duration, Instant};

use super::{CaseEntry, Laptop};
use crate::failing_disk::{DiskFault, EIO, ENOSPC, FailingDisk};
use crate::server::{ADAS_PASSWORD, Server, TempFolder};

const NEW: &str = "plum tractor seventeen";
const SYNC: DiskFault =
    DiskFault { call: "sync", file: "doorkey.db-wal", errno: EIO, wait_ms: 0, once: true };
const WRITE: DiskFault = DiskFault { call: "write", ..SYNC };
/// How soon everything works again after the fault.
const HEALED_WITHIN: Duration = Duration::from_secs(5);

struct Ada<'a> {
    laptop: Laptop<'a>,
    current: &'static str,
}

impl<'a> Ada<'a> {
    fn at(server: &'a Server) -> Self {
        Self { laptop: Laptop::without_key(server), current: ADAS_PASSWORD }
    }

    fn can_sign_in_with(&self, password: &str) -> CaseEntry {
        self.laptop.pipes(&format!("{password}\n"), "ada", "whoami --password-stdin")
    }

    /// Asks for the other password, and checks that what she is told is true.
    fn changes_password_and_hears_the_truth(&mut self, disk: &FailingDisk) -> CaseEntry {
        let other = if self.current == NEW { ADAS_PASSWORD } else { NEW };
        let said = self.laptop.pipes(&format!("{}\n{other}\n", self.current), "ada", "passwd --stdin --json");
        disk.heal();
        let is_well = Instant::now();
        let mut signed_in = self.can_sign_in_with(other);
        while signed_in.code == Some(69) {
            assert!(is_well.elapsed() < HEALED_WITHIN, "still {signed_in:?} after {said:?}");
            signed_in = self.can_sign_in_with(other);
        }
        let is_changed = signed_in.code == Some(0);
        match said.code {
            Some(0) => assert!(is_changed, "{said:?} {signed_in:?}"),
            Some(69) if said.err.contains("may or may not") => said.is_refused(69, "outcome-unknown"),
            Some(69) => {
                said.is_refused(69, "unavailable");
                assert!(!is_changed, "{said:?} {signed_in:?}");
            }
            _ => panic!("{said:?}"),
        }
        if is_changed {
            self.current = other;
        }
        said
    }
}

#[test]
fn one_failed_write_or_sync_is_survived_without_a_restart() {
    let (disk, place) = FailingDisk::under(TempFolder::new());
    let server = place.start().furnished();
    let mut ada = Ada::at(&server);
    for fault in [SYNC, WRITE, DiskFault { errno: ENOSPC, ..WRITE }, DiskFault { errno: ENOSPC, ..SYNC }] {
        disk.fail(fault);
        ada.changes_password_and_hears_the_truth(&disk);
        assert!(disk.has_struck(), "{fault:?} met nothing");
        // Once more, now that nothing fails.
        assert_eq!(ada.changes_password_and_hears_the_truth(&disk).code, Some(0), "{fault:?}");
    }
    assert_eq!(integrity(&server), "ok");
}

#[test]
fn while_the_disk_fails_each_command_is_told_so_and_afterwards_all_is_well() {
    let (disk, place) = FailingDisk::under(TempFolder::new());
    let server = place.start().furnished();
    let mut ada = Ada::at(&server);
    for fault in [SYNC, DiskFault { errno: ENOSPC, ..WRITE }] {
        let fault = DiskFault { once: false, ..fault };
        disk.fail(fault);
        let said = ada.laptop.runs("account", "forgot ada");
        assert_eq!(said.code, Some(69), "{fault:?}: {said:?}");
        assert_eq!(ada.changes_password_and_hears_the_truth(&disk).code, Some(69), "{fault:?}");
        assert_eq!(ada.changes_password_and_hears_the_truth(&disk).code, Some(0), "{fault:?}");
    }
    assert_eq!(integrity(&server), "ok");
}

#[test]
fn a_slow_disk_makes_nobody_wait_for_each_of_a_request_s_transactions() {
    let (disk, place) = FailingDisk::under(TempFolder::new());
    let server = place.start().furnished();
    let mut ada = Ada::at(&server);
    disk.fail(DiskFault { errno: 0, wait_ms: 3_000, once: false, ..SYNC });
    let began = Instant::now();
    let said = ada.changes_password_and_hears_the_truth(&disk);
    // Six seconds, and some for a look at the truth on a machine that is busy with other things.
    assert!(began.elapsed() < Duration::from_secs(14), "{:?}: {said:?}", began.elapsed());
    assert_eq!(said.code, Some(69), "{said:?}");
    assert_eq!(ada.changes_password_and_hears_the_truth(&disk).code, Some(0));
}

fn integrity(server: &Server) -> String {
    let url = format!("sqlite:{}", server.place_path("doorkey.db").display());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        use sqlx::Connection;
        let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
        sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut connection).await.unwrap()
    })
}

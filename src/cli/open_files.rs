//! How many files the process may have open (`RLIMIT_NOFILE`, getrlimit(2)), and so how many connections. A server that
//! runs out of files can neither accept a connection nor open its database.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files beside connections: the database, the mail relay, the log, and connections that are being looked at.
const OTHERS: u64 = 192;
/// One of so many connections more may be open for a moment: it has been told to end.
const LEAVING: u64 = 16;

/// Fewer connections than the settings want.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FewFiles {
    pub(super) connections: u32,
    wanted: u32,
    files: u64,
}

impl std::fmt::Display for FewFiles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { connections, wanted, files } = self;
        write!(
            f,
            "{files} are allowed (RLIMIT_NOFILE), enough for {connections} connections instead of the {wanted} of \
             ssh.max_connections; allow {} (LimitNOFILE= in the systemd unit, or ulimit -n), or lower the setting",
            needed(u64::from(*wanted))
        )
    }
}

/// Raises the soft limit to the hard limit, as far as it goes.
pub(super) fn raise_limit() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current != maximum
        && let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })
    {
        tracing::warn!(%error, "the limit of open files could not be raised");
    }
}

/// Whether the hard limit is too low for so many connections.
pub(super) fn few_files(wanted: u32) -> Option<FewFiles> {
    within(getrlimit(Resource::Nofile).maximum, wanted)
}

fn within(files: Option<u64>, wanted: u32) -> Option<FewFiles> {
    let files = files.filter(|files| *files < needed(u64::from(wanted)))?;
    let room = files.saturating_sub(OTHERS.min(files / 2));
    let connections = u32::try_from(room * LEAVING / (LEAVING + 1)).unwrap_or(u32::MAX).clamp(1, wanted);
    Some(FewFiles { connections, wanted, files })
}

fn needed(connections: u64) -> u64 {
    connections + connections.div_ceil(LEAVING) + OTHERS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cap_on_connections_follows_the_limit_of_open_files() {
        assert_eq!(within(None, 2_000), None);
        assert_eq!(within(Some(needed(2_000)), 2_000), None);
        for files in [1, 2, 64, 256, 1_024, 2_316] {
            let few = within(Some(files), 2_000).unwrap();
            assert!(few.connections >= 1 && few.connections < 2_000, "{few:?}");
            assert!(files < 2 * OTHERS || needed(u64::from(few.connections)) <= files + 1, "{few:?}");
        }
        let said = within(Some(1_024), 2_000).unwrap().to_string();
        assert!(
            said.contains("1024 are allowed")
                && said.contains("783 connections")
                && said.contains("allow 2317"),
            "{said}"
        );
    }
}

//! On whose behalf something costly is done, so that waiting is fair: between accounts, and between networks.

use std::hash::{DefaultHasher, Hash, Hasher};

use ipnet::IpNet;

use super::source::Source;

/// On whose behalf a password is hashed or a database connection is awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requester {
    source: Source,
    account: Option<Share>,
}

/// What takes turns with others of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Share {
    /// A hash of an account's id: portal and time choose ids, so nobody aims at the turns of another account.
    Account(u64),
    /// A network, or a source in it.
    Network(IpNet),
}

impl Requester {
    /// Somebody at a place that `account` (its id) knows, or who has proven to be its owner in another way.
    #[must_use]
    pub fn known(account: &str, source: Source) -> Self {
        let mut hasher = DefaultHasher::new();
        account.hash(&mut hasher);
        Self { source, account: Some(Share::Account(hasher.finish())) }
    }

    /// Anybody else.
    #[must_use]
    pub fn unknown(source: Source) -> Self {
        Self { source, account: None }
    }

    /// Where they are.
    #[must_use]
    pub fn source(self) -> Source {
        self.source
    }

    /// True for [`Requester::known`].
    #[must_use]
    pub fn is_known(self) -> bool {
        self.account.is_some()
    }

    /// The account, if any, and the networks, the widest first.
    #[must_use]
    pub fn path(self) -> Vec<Share> {
        self.account.into_iter().chain(self.source.aggregates().into_iter().map(Share::Network)).collect()
    }
}

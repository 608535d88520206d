//! Who holds how many places, by network: each of the widest kind with those inside, down to the source and its
//! connections. A network with more than others makes room for them, and in it its part with most.

use std::collections::HashMap;

use ipnet::IpNet;

use crate::domain::source::Source;

/// The connections of one kind.
#[derive(Debug, Default)]
pub(super) struct Crowd(Group);

#[derive(Debug, Default)]
struct Group {
    len: u32,
    inside: HashMap<IpNet, Group>,
    /// The connections of one source; empty above that.
    ids: Vec<u64>,
}

/// How many places the networks of a newcomer would have, beside the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Share {
    /// Fewer than another: with one of that other's less, nobody has more than before.
    Fewer,
    /// As many as another, so that it makes no difference which of them has the place.
    AsMany,
    /// More than any other.
    Most,
}

impl Crowd {
    pub(super) fn len(&self) -> u32 {
        self.0.len
    }

    pub(super) fn insert(&mut self, source: Source, id: u64) {
        self.0.insert(&source.nested_networks(), id);
    }

    pub(super) fn remove(&mut self, source: Source, id: u64) {
        self.0.remove(&source.nested_networks(), id);
    }

    /// What share `newcomer` would have with one more, and who may give way to it: none if it would have most.
    pub(super) fn who_gives_way(&self, newcomer: Source) -> (Share, Vec<u64>) {
        let mut found = Vec::new();
        let share = self.0.who_gives_way(&newcomer.nested_networks(), &mut found);
        (share, found)
    }

    /// The connections of whoever has most.
    pub(super) fn fullest(&self) -> Vec<u64> {
        let mut found = Vec::new();
        self.0.fullest(&mut found);
        found
    }
}

impl Group {
    fn insert(&mut self, path: &[IpNet], id: u64) {
        self.len += 1;
        match path.split_first() {
            Some((network, rest)) => self.inside.entry(*network).or_default().insert(rest, id),
            None => self.ids.push(id),
        }
    }

    fn remove(&mut self, path: &[IpNet], id: u64) {
        self.len = self.len.saturating_sub(1);
        let Some((network, rest)) = path.split_first() else { return self.ids.retain(|other| *other != id) };
        if let Some(part) = self.inside.get_mut(network) {
            part.remove(rest, id);
            if part.len == 0 {
                self.inside.remove(network);
            }
        }
    }

    fn who_gives_way(&self, path: &[IpNet], found: &mut Vec<u64>) -> Share {
        let Some((network, rest)) = path.split_first() else { return Share::Most };
        let own = self.inside.get(network);
        let with_it = own.map_or(0, |own| own.len) + 1;
        let others = || self.inside.iter().filter(|(other, _)| *other != network).map(|(_, part)| part);
        let most = others().map(|part| part.len).max().unwrap_or(0);
        let add_fullest_others = |found: &mut Vec<u64>| {
            others().filter(|part| part.len == most).for_each(|part| part.fullest(found))
        };
        if with_it < most {
            add_fullest_others(found);
            return Share::Fewer;
        }
        let share = own.map_or(Share::Most, |own| own.who_gives_way(rest, found));
        if share != Share::Fewer && with_it == most {
            add_fullest_others(found);
            return Share::AsMany;
        }
        share
    }

    fn fullest(&self, found: &mut Vec<u64>) {
        found.extend(&self.ids);
        let most = self.inside.values().map(|part| part.len).max().unwrap_or(0);
        self.inside.values().filter(|part| part.len == most).for_each(|part| part.fullest(found));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source::of(text.parse().unwrap())
    }

    /// Connection `n` is of the `n`th address.
    fn crowd(addresses: &[&str]) -> Crowd {
        let mut crowd = Crowd::default();
        (0..).zip(addresses).for_each(|(id, address)| crowd.insert(source(address), id));
        crowd
    }

    fn gives_way(crowd: &Crowd, newcomer: &str) -> (Share, Vec<u64>) {
        let (share, mut ids) = crowd.who_gives_way(source(newcomer));
        ids.sort_unstable();
        (share, ids)
    }

    #[test]
    fn the_fullest_network_gives_way_to_those_with_fewer_places() {
        // A /16 with three, two of them in one /24, and of these one each from two sources.
        let them = crowd(&["192.0.2.1", "192.0.2.2", "192.0.3.1", "198.51.100.1"]);
        assert_eq!(gives_way(&them, "203.0.113.1"), (Share::Fewer, vec![0, 1]));
        assert_eq!(gives_way(&them, "198.51.100.1"), (Share::Fewer, vec![0, 1]));
        assert_eq!(gives_way(&them, "192.0.4.1"), (Share::Fewer, vec![0, 1]), "inside its own /16");
        assert_eq!(gives_way(&them, "192.0.3.9"), (Share::AsMany, vec![0, 1, 2]), "as many in its /24");
        assert_eq!(
            gives_way(&them, "192.0.2.3"),
            (Share::AsMany, vec![0, 1]),
            "as many as the sources of its /24"
        );
        assert_eq!(gives_way(&them, "192.0.2.1"), (Share::Most, vec![]));
        assert_eq!(them.fullest().len(), 2);
    }

    #[test]
    fn where_all_have_as_many_it_makes_no_difference_and_alone_somebody_has_most() {
        let one_each = crowd(&["192.0.2.1", "198.51.100.1", "2001:db8::1"]);
        assert_eq!(gives_way(&one_each, "203.0.113.1"), (Share::AsMany, vec![0, 1, 2]));
        assert_eq!(gives_way(&one_each, "192.0.2.1").0, Share::Most);
        assert_eq!(gives_way(&crowd(&[]), "192.0.2.1"), (Share::Most, vec![]));
        assert_eq!(gives_way(&crowd(&["192.0.2.1"]), "192.0.2.1"), (Share::Most, vec![]));
    }

    #[test]
    fn whoever_left_takes_no_memory() {
        let mut them = crowd(&["192.0.2.1", "2001:db8:1:2ff::1"]);
        them.remove(source("192.0.2.1"), 0);
        them.remove(source("2001:db8:1:2aa::1"), 1);
        assert!(them.0.inside.is_empty() && them.len() == 0);
    }
}

//! Fair turns between groups: each group of the widest kind gets a turn after the other, in each of them each group of
//! the next kind, and so on down to the last, whose own jobs are taken in order. Groups are networks, or accounts and
//! then networks: so a thousand addresses of one hoster, or the sessions of one account in a thousand networks, get no
//! more turns than the one address of somebody else.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// What waits, by group.
#[derive(Debug)]
pub(crate) struct FairTurns<K, T> {
    /// The jobs of one group of the last kind; empty above that.
    jobs: VecDeque<T>,
    /// The groups inside with something that waits, the one whose turn is next first.
    order: VecDeque<K>,
    inside: HashMap<K, FairTurns<K, T>>,
    len: u32,
}

impl<K, T> Default for FairTurns<K, T> {
    fn default() -> Self {
        Self { jobs: VecDeque::new(), order: VecDeque::new(), inside: HashMap::new(), len: 0 }
    }
}

impl<K: Copy + Eq + Hash, T> FairTurns<K, T> {
    /// How many wait.
    pub(crate) fn len(&self) -> u32 {
        self.len
    }

    /// Adds a job of somebody whose groups are `path`, the widest first.
    pub(crate) fn push(&mut self, path: &[K], job: T) {
        self.len += 1;
        let Some((group, rest)) = path.split_first() else { return self.jobs.push_back(job) };
        if !self.inside.contains_key(group) {
            self.order.push_back(*group);
        }
        self.inside.entry(*group).or_default().push(rest, job);
    }

    /// Takes the job whose turn it is.
    pub(crate) fn pop(&mut self) -> Option<T> {
        let job = match self.order.pop_front() {
            None => self.jobs.pop_front()?,
            Some(group) => {
                let part = self.inside.get_mut(&group)?;
                let job = part.pop()?;
                if part.len == 0 {
                    self.inside.remove(&group);
                } else {
                    self.order.push_back(group);
                }
                job
            }
        };
        self.len -= 1;
        Some(job)
    }

    /// Takes out the newest job of whoever has the most that wait: the widest group, in it the widest part, and so on.
    /// Of equals it is the one that came last.
    pub(crate) fn shed(&mut self) -> Option<T> {
        let job = match self.longest() {
            None => self.jobs.pop_back()?,
            Some(group) => {
                let part = self.inside.get_mut(&group)?;
                let job = part.shed()?;
                if part.len == 0 {
                    self.inside.remove(&group);
                    self.order.retain(|other| *other != group);
                }
                job
            }
        };
        self.len -= 1;
        Some(job)
    }

    /// Whether nobody would have more that wait than `path`, were one more job of it added. Otherwise
    /// [`shed`](Self::shed) then takes out somebody else's.
    pub(crate) fn would_have_most(&self, path: &[K]) -> bool {
        let Some((group, rest)) = path.split_first() else { return true };
        let own = self.inside.get(group);
        let with_it = own.map_or(0, Self::len) + 1;
        let others = self.inside.iter().filter(|(other, _)| *other != group);
        let longest = others.map(|(_, part)| part.len).max().unwrap_or(0);
        with_it >= longest && own.is_none_or(|own| own.would_have_most(rest))
    }

    fn longest(&self) -> Option<K> {
        let len_of = |group: &&K| self.inside.get(*group).map_or(0, Self::len);
        self.order.iter().max_by_key(len_of).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::source::Source;
    use ipnet::IpNet;

    fn path(address: &str) -> Vec<IpNet> {
        Source::of(address.parse().unwrap()).aggregates()
    }

    fn waiting(addresses: &[&'static str]) -> FairTurns<IpNet, &'static str> {
        let mut turns = FairTurns::default();
        for address in addresses {
            turns.push(&path(address), *address);
        }
        turns
    }

    fn in_turn(mut turns: FairTurns<IpNet, &str>) -> Vec<&str> {
        std::iter::from_fn(|| turns.pop()).collect()
    }

    #[test]
    fn each_network_has_a_turn_after_the_other_and_in_it_each_source() {
        let turns = waiting(&["192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2", "198.51.100.1"]);
        assert_eq!(in_turn(turns), ["192.0.2.1", "198.51.100.1", "192.0.2.2", "192.0.2.1", "192.0.2.1"]);
    }

    #[test]
    fn ipv6_takes_turns_by_48_and_by_32_as_well() {
        let (one, same_48, same_32, other) =
            ("2001:db8:1:100::1", "2001:db8:1:200::1", "2001:db8:2::1", "2001:db9::1");
        let turns = waiting(&[one, one, same_48, same_48, same_32, other]);
        assert_eq!(in_turn(turns), [one, other, same_32, same_48, one, same_48]);
    }

    #[test]
    fn what_is_shed_is_the_newest_of_the_network_with_most() {
        let mut turns = waiting(&["192.0.2.1", "192.0.2.2", "198.51.100.1", "192.0.2.2"]);
        assert_eq!(turns.shed(), Some("192.0.2.2"));
        assert_eq!(turns.shed(), Some("192.0.2.2"));
        assert_eq!(turns.shed(), Some("198.51.100.1"), "of equals the last that came");
        assert_eq!((turns.shed(), turns.shed(), turns.len()), (Some("192.0.2.1"), None, 0));
    }

    #[test]
    fn who_has_less_than_somebody_else_is_never_shed() {
        let addresses =
            ["192.0.2.1", "192.0.2.2", "192.0.2.2", "198.51.100.1", "198.51.100.1", "2001:db8::1"];
        let mut with_most = Vec::new();
        for newcomer in ["192.0.2.1", "192.0.2.2", "192.0.2.3", "198.51.100.1", "2001:db8::1", "203.0.113.1"]
        {
            let mut turns = waiting(&addresses);
            if turns.would_have_most(&path(newcomer)) {
                with_most.push(newcomer);
            } else {
                turns.push(&path(newcomer), "the newcomer");
                assert_ne!(turns.shed(), Some("the newcomer"), "{newcomer}");
            }
        }
        assert_eq!(with_most, ["192.0.2.1", "192.0.2.2", "198.51.100.1"]);
    }
}

//! The classes of email, and how they share what a node can send: no flood of one class keeps another one waiting.
//!
//! | class | reserved | what it is |
//! |---|---|---|
//! | known-place reset codes | 10 % | codes asked for from a place that the account knows; no stranger can cause one |
//! | reset codes | 20 % | the others |
//! | notifications | 15 % | to members, about their account |
//! | verification codes | 10 % | to addresses that members add |
//! | invitations | 10 % | and the other emails that need a member or an operator: answers of support, notices to it |
//! | strangers' | 10 % | what anybody can cause at any address: codes to sign up, guests' cases |
//!
//! The remaining 25 % are common: whoever is first in this order takes them. A class can use what is reserved for it
//! whatever the others do, so none starves; what is reserved for one stays free for it, so a code does not wait until a
//! minute that others have used up is over.

use strum::EnumCount;

/// How many classes there are.
pub const CLASSES: usize = EmailClass::COUNT;

/// What an email competes with for being sent. The order is that of the common part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumCount)]
pub enum EmailClass {
    /// A reset code that was asked for from a place that the account knows.
    KnownPlaceResetCode,
    /// Another reset code.
    ResetCode,
    /// About an account, to its addresses.
    Notification,
    /// For an address that a member adds.
    VerificationCode,
    /// Caused by a member or an operator, to somebody who may have no account.
    Invitation,
    /// What anybody can cause, at any address.
    Stranger,
}

impl EmailClass {
    /// All of them, in their order.
    pub const ALL: [Self; CLASSES] = [
        Self::KnownPlaceResetCode,
        Self::ResetCode,
        Self::Notification,
        Self::VerificationCode,
        Self::Invitation,
        Self::Stranger,
    ];

    /// As it is stored: its place in the order.
    #[must_use]
    pub const fn number(self) -> i64 {
        self as i64
    }

    /// The class stored as `number`; the last one for a number that no class has.
    #[must_use]
    pub fn of_number(number: i64) -> Self {
        usize::try_from(number).ok().and_then(|nth| Self::ALL.get(nth).copied()).unwrap_or(Self::Stranger)
    }

    /// What an operator reads.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::KnownPlaceResetCode | Self::ResetCode => "reset code",
            Self::Notification => "notification",
            Self::VerificationCode => "verification code",
            Self::Invitation => "invitation or support",
            Self::Stranger => "sign-up or guest",
        }
    }

    /// How much of everything is reserved for it.
    const fn reserved_percent(self) -> i64 {
        match self {
            Self::ResetCode => 20,
            Self::Notification => 15,
            Self::KnownPlaceResetCode | Self::VerificationCode | Self::Invitation | Self::Stranger => 10,
        }
    }
}

/// How many more emails of each class can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// What is reserved for each class, in the order of [`EmailClass::ALL`].
    pub reserved: [i64; CLASSES],
    /// What any of them can use beyond that.
    pub common: i64,
}

impl Room {
    /// What is left of `total` when so many of each class are being sent, or were.
    #[must_use]
    pub fn left(total: i64, used: [i64; CLASSES]) -> Self {
        let all = EmailClass::ALL.map(|class| total.saturating_mul(class.reserved_percent()) / 100);
        let beyond: i64 = all.iter().zip(used).map(|(reserved, used)| (used - reserved).max(0)).sum();
        let mut reserved = all;
        for (left, used) in reserved.iter_mut().zip(used) {
            *left = (*left - used).max(0);
        }
        Self { reserved, common: (total - all.iter().sum::<i64>() - beyond).max(0) }
    }

    /// Room for so many of any class.
    #[must_use]
    pub const fn common(count: i64) -> Self {
        Self { reserved: [0; CLASSES], common: count }
    }

    /// Room in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let mut reserved = self.reserved;
        for (left, others) in reserved.iter_mut().zip(other.reserved) {
            *left = (*left).min(others);
        }
        Self { reserved, common: self.common.min(other.common) }
    }

    /// All of it.
    #[must_use]
    pub fn total(&self) -> i64 {
        self.reserved.iter().sum::<i64>() + self.common
    }
}

/// How many emails of each class are among `classes`.
#[must_use]
pub fn count_classes(classes: impl Iterator<Item = EmailClass>) -> [i64; CLASSES] {
    let mut counts = [0; CLASSES];
    for class in classes {
        for (count, each) in counts.iter_mut().zip(EmailClass::ALL) {
            *count += i64::from(each == class);
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(class: EmailClass, count: i64) -> [i64; CLASSES] {
        count_classes(std::iter::repeat_n(class, usize::try_from(count).unwrap()))
    }

    #[test]
    fn a_flood_of_any_class_leaves_what_is_reserved_for_the_others() {
        for flood in EmailClass::ALL {
            let nth = usize::try_from(flood.number()).unwrap();
            let untouched = Room::left(60, [0; CLASSES]);
            let most = untouched.reserved[nth] + untouched.common;
            let room = Room::left(60, used(flood, most));
            assert_eq!((room.reserved[nth], room.common), (0, 0), "{flood:?}");
            for other in EmailClass::ALL.into_iter().filter(|other| *other != flood) {
                let nth = usize::try_from(other.number()).unwrap();
                assert_eq!(room.reserved[nth], untouched.reserved[nth], "{other:?} beside {flood:?}");
                assert!(room.reserved[nth] >= 6);
            }
        }
    }

    #[test]
    fn the_parts_are_never_more_than_the_whole_and_every_class_has_one_from_ten_on() {
        for total in 0..200 {
            let room = Room::left(total, [0; CLASSES]);
            assert_eq!(room.total(), total);
            assert!(total < 10 || room.reserved.iter().all(|left| *left >= 1), "of {total}");
        }
    }

    #[test]
    fn what_is_used_beyond_a_reserve_comes_from_the_common_part() {
        let room = Room::left(60, used(EmailClass::Stranger, 16));
        assert_eq!(room, Room { reserved: [6, 12, 9, 6, 6, 0], common: 5 });
        assert_eq!(room.and(Room::common(3)), Room::common(3));
        assert_eq!(EmailClass::ALL.map(|class| EmailClass::of_number(class.number())), EmailClass::ALL);
    }
}

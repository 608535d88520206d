//! Teams: the roles of their members, their description and links.

use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use serde::Serialize;

use unicode_normalization::UnicodeNormalization;

use crate::message;
use crate::messages::Message;

use super::input::without_ignorable;
use super::text::{is_inert, without_gaps};

/// A member's part in one team.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Display, EnumString, IntoStaticStr, VariantArray,
)]
#[strum(serialize_all = "kebab-case")]
#[strum(parse_err_ty = NoSuchRole, parse_err_fn = no_such_role)]
pub enum Role {
    /// Manages the team; every team has at least one.
    Owner,
    /// Belongs to the team without managing it.
    Member,
}

impl Role {
    /// The name used in the database, on pages and in commands.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A role with its article, `an owner`.
#[must_use]
pub fn with_article(role: &str) -> &'static str {
    if role == Role::Owner.as_str() { "an owner" } else { "a member" }
}

/// A word that is no role. `Display` says which ones are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a role is `owner` or `member`")]
pub struct NoSuchRole;

fn no_such_role(_: &str) -> NoSuchRole {
    NoSuchRole
}

/// Maximum characters of a team's name.
pub const TEAM_NAME_CHARS: usize = 128;

/// The name of a new team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamName(String);

/// Why a name was refused. `Display` is the message people see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message())]
pub enum TeamNameRefusal {
    /// Nothing but spaces.
    Empty,
    /// Too long, or with invisible or control characters.
    Text,
}

impl TeamNameRefusal {
    /// The words.
    #[must_use]
    pub fn message(self) -> Message {
        match self {
            Self::Empty => message!("refused-team-name-empty"),
            Self::Text => message!("refused-team-name-text", max = TEAM_NAME_CHARS),
        }
    }
}

impl TeamName {
    /// Trims and checks a typed name.
    pub fn parse(typed: &str) -> Result<Self, TeamNameRefusal> {
        let name = typed.trim();
        if name.is_empty() {
            return Err(TeamNameRefusal::Empty);
        }
        if !is_inert(name) || name.chars().nth(TEAM_NAME_CHARS).is_some() {
            return Err(TeamNameRefusal::Text);
        }
        Ok(Self(name.to_owned()))
    }

    /// As it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form that is unique.
    #[must_use]
    pub fn canonical(&self) -> String {
        canonical_team(&self.0)
    }
}

/// The form of a team's name that is unique: compatibility forms folded, lower case, without what nobody sees.
#[must_use]
pub fn canonical_team(name: &str) -> String {
    without_ignorable(name).trim().nfkc().flat_map(char::to_lowercase).nfkc().collect()
}

/// Maximum links of a team.
pub const LINKS_PER_TEAM: usize = 3;
/// Maximum characters of a link.
pub const LINK_CHARS: usize = 200;
/// Maximum characters of a team's description.
pub const DESCRIPTION_CHARS: usize = 500;

/// How a team presents itself to its members.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TeamInfo {
    /// One line or several; may be empty.
    pub description: String,
    /// `https` URLs, shown as text and never as clickable links.
    pub links: Vec<String>,
}

/// Why a description or a link was refused. `Display` is the message people see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message())]
pub enum TeamInfoRefusal {
    /// Too long, or with invisible or control characters.
    Description,
    /// Not a plain `https` URL.
    Link,
    /// More than [`LINKS_PER_TEAM`].
    TooManyLinks,
}

impl TeamInfoRefusal {
    /// The words.
    #[must_use]
    pub fn message(self) -> Message {
        match self {
            Self::Description => message!("refused-team-description", max = DESCRIPTION_CHARS),
            Self::Link => message!("refused-team-link", max = LINK_CHARS),
            Self::TooManyLinks => message!("refused-team-too-many-links"),
        }
    }
}

impl TeamInfo {
    /// Trims and checks typed text; empty links are dropped.
    pub fn parse(description: &str, links: &[String]) -> Result<Self, TeamInfoRefusal> {
        let description = without_gaps(description.trim().split_terminator('\n'));
        let description = description.trim_end();
        if !description.split('\n').all(is_inert) || description.chars().nth(DESCRIPTION_CHARS).is_some() {
            return Err(TeamInfoRefusal::Description);
        }
        let links = links.iter().map(|link| link.trim()).filter(|link| !link.is_empty());
        let links: Vec<String> = links.map(str::to_owned).collect();
        if links.len() > LINKS_PER_TEAM {
            return Err(TeamInfoRefusal::TooManyLinks);
        }
        if !links.iter().all(|link| is_link(link)) {
            return Err(TeamInfoRefusal::Link);
        }
        Ok(Self { description: description.to_owned(), links })
    }

    /// The links as stored, one per line.
    #[must_use]
    pub fn link_lines(&self) -> String {
        self.links.join("\n")
    }

    #[must_use]
    pub fn from_stored(description: String, link_lines: &str) -> Self {
        Self { description, links: link_lines.lines().map(str::to_owned).collect() }
    }
}

/// `https://`, a host that cannot be mistaken for another (no user info before an `@`, ASCII labels, at least one
/// dot), and visible ASCII after it.
fn is_link(link: &str) -> bool {
    let Some(rest) = link.strip_prefix("https://") else { return false };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, port) = rest[..end].split_once(':').unwrap_or((&rest[..end], "443"));
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    link.len() <= LINK_CHARS
        && link.bytes().all(|byte| byte.is_ascii_graphic())
        && host.contains('.')
        && host.split('.').all(is_label)
        && port.parse::<u16>().is_ok_and(|port| port > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(link: &str) -> Result<TeamInfo, TeamInfoRefusal> {
        TeamInfo::parse("", &[link.to_owned()])
    }

    #[test]
    fn a_link_shows_plainly_where_it_leads() {
        for good in
            ["https://acme.example", " https://wiki.acme.example:8443/a?b=c#d ", "https://acme.example?x"]
        {
            assert_eq!(link(good).unwrap().links, [good.trim()]);
        }
        for bad in [
            "http://acme.example",
            "javascript:alert(1)",
            "https://",
            "https://localhost/x",
            "https://acme.example@evil.example/",
            "https://аcme.example",
            "https://acme.example/a b",
            "https://acme.example/\u{202e}x",
            "https://acme.example:0/",
            "https://acme.example:https/",
        ] {
            assert_eq!(link(bad), Err(TeamInfoRefusal::Link), "{bad}");
        }
        assert_eq!(link(&format!("https://acme.example/{}", "x".repeat(200))), Err(TeamInfoRefusal::Link));
    }

    #[test]
    fn empty_links_are_dropped_and_the_rest_is_stored_one_per_line() {
        let links = ["", "https://a.example", " ", "https://b.example"].map(str::to_owned);
        let team = TeamInfo::parse("  Keeps the lights on. ", &links).unwrap();
        assert_eq!(team.description, "Keeps the lights on.");
        assert_eq!(TeamInfo::from_stored(team.description.clone(), &team.link_lines()), team);
        let many = ["https://a.example", "https://b.example", "https://c.example", "https://d.example"];
        assert_eq!(TeamInfo::parse("", &many.map(str::to_owned)), Err(TeamInfoRefusal::TooManyLinks));
        assert_eq!(TeamInfo::from_stored(String::new(), "").links, Vec::<String>::new());
    }

    #[test]
    fn a_description_that_could_trick_a_terminal_is_refused() {
        for bad in [
            "a\u{1b}[2Jb",
            "ab\u{202e}c",
            "one\rtwo",
            "one\n\u{301}two",
            &format!("a{}", "\u{301}".repeat(20)),
            &"x".repeat(501),
        ] {
            assert_eq!(TeamInfo::parse(bad, &[]), Err(TeamInfoRefusal::Description), "{bad:?}");
        }
    }

    #[test]
    fn a_description_may_have_several_lines() {
        let team = TeamInfo::parse(" Keeps the lights on.\n\nAsk us at noon.\n", &[]).unwrap();
        assert_eq!(team.description, "Keeps the lights on.\n\nAsk us at noon.");
        let many_lines = format!("Keeps{}the lights on.", "\n".repeat(400));
        assert_eq!(TeamInfo::parse(&many_lines, &[]).unwrap().description, "Keeps\n\nthe lights on.");
    }

    #[test]
    fn spellings_of_one_team_are_one() {
        assert_eq!(canonical_team(" Operations "), canonical_team("operations"));
        assert_eq!(canonical_team("Ｏｐｓ"), canonical_team("ops"));
        assert_eq!(canonical_team("❤\u{fe0f} علی\u{200c}رضا"), canonical_team("❤ علیرضا"));
        assert_eq!(canonical_team("Zoe\u{308}"), canonical_team("zoë"));
        assert_ne!(canonical_team("ops"), canonical_team("ops 2"));
    }

    #[test]
    fn a_name_that_could_trick_a_terminal_is_refused() {
        assert_eq!(TeamName::parse(" Night watch ").unwrap().as_str(), "Night watch");
        assert_eq!(TeamName::parse("  "), Err(TeamNameRefusal::Empty));
        for bad in ["a\u{1b}[2Jb", "ab\u{202e}c", "one\ntwo", &"x".repeat(129)] {
            assert_eq!(TeamName::parse(bad), Err(TeamNameRefusal::Text), "{bad:?}");
        }
    }

    #[test]
    fn a_role_reads_back_what_it_prints() {
        for role in Role::VARIANTS {
            assert_eq!(role.to_string().parse(), Ok(*role));
        }
        assert_eq!("admin".parse::<Role>(), Err(NoSuchRole));
    }
}

//! What the help says of each page: what it is for, and what to do when it does not work. Whoever adds a page adds its
//! two sentences here; a test finds the page that lacks them.

use super::page::Page;
use crate::domain::capabilities::Capabilities;
use crate::label;
use crate::messages::Label;

/// The two sentences of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageHelp {
    /// What the page is for.
    pub about: &'static str,
    /// What to do when it does not work.
    pub trouble: &'static str,
}

/// The help of `page`, in its language.
#[must_use]
pub fn of(page: &Page<'_>) -> Option<PageHelp> {
    let (_, about, trouble) = others(page.can).chain(PAGES).find(|(id, ..)| *id == page.id)?;
    Some(PageHelp { about: about.to(page), trouble: trouble.to(page) })
}

/// What is said instead where the portal cannot do all that it does of itself.
fn others(can: Capabilities) -> impl Iterator<Item = &'static (&'static str, Label, Label)> {
    let without_reset = WITHOUT_RESET.iter().filter(move |_| !can.reset);
    without_reset.chain(IN_DIRECTORY.iter().filter(move |_| !can.accounts))
}

/// Where nobody can set a forgotten password.
const WITHOUT_RESET: &[(&str, Label, Label)] = &[
    ("sign-in", label!("help-sign-in"), label!("help-sign-in-trouble-without-reset")),
    (
        "settings/password",
        label!("help-settings-password"),
        label!("help-settings-password-trouble-without-reset"),
    ),
    ("locked", label!("help-locked"), label!("help-locked-trouble-without-reset")),
];

/// Where a directory has the accounts.
const IN_DIRECTORY: &[(&str, Label, Label)] = &[(
    "settings/profile/emails",
    label!("help-settings-profile-emails-in-directory"),
    label!("help-settings-profile-emails-trouble-in-directory"),
)];

/// Id, what the page is for, and what to do when it does not work.
const PAGES: &[(&str, Label, Label)] = &[
    ("sign-in", label!("help-sign-in"), label!("help-sign-in-trouble")),
    ("sign-in-help", label!("help-sign-in-help"), label!("help-sign-in-help-trouble")),
    (
        "sign-in-help/no-email",
        label!("help-sign-in-help-no-email"),
        label!("help-sign-in-help-no-email-trouble"),
    ),
    ("forgot-password", label!("help-forgot-password"), label!("help-forgot-password-trouble")),
    ("choose-address", label!("help-choose-address"), label!("help-choose-address-trouble")),
    ("enter-code", label!("help-enter-code"), label!("help-enter-code-trouble")),
    ("second-factor", label!("help-second-factor"), label!("help-second-factor-trouble")),
    ("lost-authenticator", label!("help-lost-authenticator"), label!("help-lost-authenticator-trouble")),
    ("new-password", label!("help-new-password"), label!("help-new-password-trouble")),
    ("undo", label!("help-undo"), label!("help-undo-trouble")),
    ("undo/review", label!("help-undo-review"), label!("help-undo-review-trouble")),
    ("undo/second-factor", label!("help-undo-second-factor"), label!("help-undo-second-factor-trouble")),
    ("sign-up", label!("help-sign-up"), label!("help-sign-up-trouble")),
    ("join", label!("help-join"), label!("help-join-trouble")),
    ("join/account", label!("help-join-account"), label!("help-join-account-trouble")),
    ("setup", label!("help-setup"), label!("help-setup-trouble")),
    ("setup/address", label!("help-setup-address"), label!("help-setup-address-trouble")),
    ("setup/verify", label!("help-setup-verify"), label!("help-setup-verify-trouble")),
    ("setup/account", label!("help-setup-account"), label!("help-setup-account-trouble")),
    ("guest-support", label!("help-guest-support"), label!("help-guest-support-trouble")),
    ("guest-case", label!("help-guest-case"), label!("help-guest-case-trouble")),
    ("guest-case/read", label!("help-guest-case-read"), label!("help-guest-case-read-trouble")),
    ("teams", label!("help-teams"), label!("help-teams-trouble")),
    ("teams/new", label!("help-teams-new"), label!("help-teams-new-trouble")),
    ("team", label!("help-team"), label!("help-team-trouble")),
    ("team/member", label!("help-team-member"), label!("help-team-member-trouble")),
    ("team/invitations", label!("help-team-invitations"), label!("help-team-invitations-trouble")),
    (
        "team/invitations/invitation",
        label!("help-team-invitations-invitation"),
        label!("help-team-invitations-invitation-trouble"),
    ),
    ("team/edit", label!("help-team-edit"), label!("help-team-edit-trouble")),
    ("team/leave", label!("help-team-leave"), label!("help-team-leave-trouble")),
    ("settings/profile", label!("help-settings-profile"), label!("help-settings-profile-trouble")),
    (
        "settings/profile/name",
        label!("help-settings-profile-name"),
        label!("help-settings-profile-name-trouble"),
    ),
    (
        "settings/profile/display-name",
        label!("help-settings-profile-display-name"),
        label!("help-settings-profile-display-name-trouble"),
    ),
    (
        "settings/profile/time-zone",
        label!("help-settings-profile-time-zone"),
        label!("help-settings-profile-time-zone-trouble"),
    ),
    (
        "settings/profile/language",
        label!("help-settings-profile-language"),
        label!("help-settings-profile-language-trouble"),
    ),
    (
        "settings/profile/plain",
        label!("help-settings-profile-plain"),
        label!("help-settings-profile-plain-trouble"),
    ),
    (
        "settings/profile/no-color",
        label!("help-settings-profile-no-color"),
        label!("help-settings-profile-no-color-trouble"),
    ),
    (
        "settings/profile/appearance",
        label!("help-settings-profile-appearance"),
        label!("help-settings-profile-appearance-trouble"),
    ),
    (
        "settings/profile/export",
        label!("help-settings-profile-export"),
        label!("help-settings-profile-export-trouble"),
    ),
    (
        "settings/profile/delete",
        label!("help-settings-profile-delete"),
        label!("help-settings-profile-delete-trouble"),
    ),
    (
        "settings/profile/emails",
        label!("help-settings-profile-emails"),
        label!("help-settings-profile-emails-trouble"),
    ),
    (
        "settings/profile/emails/email",
        label!("help-settings-profile-emails-email"),
        label!("help-settings-profile-emails-email-trouble"),
    ),
    (
        "settings/profile/emails/add",
        label!("help-settings-profile-emails-add"),
        label!("help-settings-profile-emails-add-trouble"),
    ),
    (
        "settings/profile/emails/verify",
        label!("help-settings-profile-emails-verify"),
        label!("help-settings-profile-emails-verify-trouble"),
    ),
    ("settings/password", label!("help-settings-password"), label!("help-settings-password-trouble")),
    ("settings/security", label!("help-settings-security"), label!("help-settings-security-trouble")),
    (
        "settings/security/review",
        label!("help-settings-security-review"),
        label!("help-settings-security-review-trouble"),
    ),
    (
        "settings/security/authenticator",
        label!("help-settings-security-authenticator"),
        label!("help-settings-security-authenticator-trouble"),
    ),
    (
        "settings/security/recovery-codes",
        label!("help-settings-security-recovery-codes"),
        label!("help-settings-security-recovery-codes-trouble"),
    ),
    (
        "settings/security/new-recovery-codes",
        label!("help-settings-security-new-recovery-codes"),
        label!("help-settings-security-new-recovery-codes-trouble"),
    ),
    (
        "settings/security/turn-off",
        label!("help-settings-security-turn-off"),
        label!("help-settings-security-turn-off-trouble"),
    ),
    ("settings/keys", label!("help-settings-keys"), label!("help-settings-keys-trouble")),
    ("settings/keys/key", label!("help-settings-keys-key"), label!("help-settings-keys-key-trouble")),
    ("settings/keys/add", label!("help-settings-keys-add"), label!("help-settings-keys-add-trouble")),
    ("settings/sessions", label!("help-settings-sessions"), label!("help-settings-sessions-trouble")),
    (
        "settings/sessions/session",
        label!("help-settings-sessions-session"),
        label!("help-settings-sessions-session-trouble"),
    ),
    ("activity", label!("help-activity"), label!("help-activity-trouble")),
    ("activity/row", label!("help-activity-row"), label!("help-activity-row-trouble")),
    ("support", label!("help-support"), label!("help-support-trouble")),
    ("support/new", label!("help-support-new"), label!("help-support-new-trouble")),
    ("support/new/review", label!("help-support-new-review"), label!("help-support-new-review-trouble")),
    ("support/case", label!("help-support-case"), label!("help-support-case-trouble")),
    ("confirmation", label!("help-confirmation"), label!("help-confirmation-trouble")),
    ("confirm", label!("help-confirm"), label!("help-confirm-trouble")),
    ("locked", label!("help-locked"), label!("help-locked-trouble")),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow;
    use crate::messages::Language;

    #[test]
    fn every_page_has_its_two_sentences_and_nothing_else_has() {
        let described: Vec<&str> = PAGES.iter().map(|(id, ..)| *id).collect();
        let lacking: Vec<_> = flow::PAGES.iter().filter(|id| !described.contains(id)).collect();
        let unknown: Vec<_> = described.iter().filter(|id| !flow::PAGES.contains(id)).collect();
        assert!(lacking.is_empty() && unknown.is_empty(), "without help: {lacking:?}, no page: {unknown:?}");
        assert_eq!(described.len(), flow::PAGES.len(), "each once");
    }

    #[test]
    fn each_sentence_is_one_short_sentence() {
        for (language, longest, with) in [(Language::English, 120, "If "), (Language::German, 130, "Wenn ")] {
            for (id, about, trouble) in PAGES {
                let sentences = [about, trouble].map(|sentence| sentence.to(&language));
                for sentence in sentences {
                    let is_short = sentence.chars().count() <= longest;
                    assert!(sentence.ends_with(['.', '?', '“']) && is_short, "{id}: {sentence}");
                }
                assert!(sentences[1].starts_with(with), "{id}: {}", sentences[1]);
            }
        }
    }
}

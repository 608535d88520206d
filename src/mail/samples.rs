//! One email of each kind, for trying templates out.

use super::message::EmailMessage;
use super::notification::{Notification, NotificationKind};
use super::support_notice::SupportNotice;

impl EmailMessage {
    /// One email of each kind, for trying templates out.
    pub(super) fn samples() -> Vec<Self> {
        let code = Self::ResetCode {
            name: "ada".to_owned(),
            code: "WDJB-MJHT".to_owned(),
            valid_minutes: 10,
            requested_at: 0,
            ip: "192.0.2.7".to_owned(),
        };
        let notification = |about| {
            Self::Notification(Notification {
                about,
                name: "ada".to_owned(),
                at: 0,
                ip: "192.0.2.7".to_owned(),
                client: "SSH-2.0-OpenSSH_9.2".to_owned(),
                detail: "SHA256:xYil3VoVw+TxxZvQh9UW6eLf1FhT1b3wQIt4xekd1N8".to_owned(),
            })
        };
        let invitation = Self::Invitation {
            team: "Platform".to_owned(),
            code: "WDJB-MJHT".to_owned(),
            valid_minutes: 4_320,
            at: 0,
        };
        let sign_up = Self::SignUpCode {
            code: "WDJB-MJHT".to_owned(),
            valid_minutes: 30,
            at: 0,
            ip: "192.0.2.7".to_owned(),
        };
        let known = Self::SignUpKnown { name: "ada".to_owned(), at: 0, ip: "192.0.2.7".to_owned() };
        let verification_code = Self::VerificationCode {
            code: "WDJB-MJHT".to_owned(),
            valid_minutes: 10,
            requested_at: 0,
            ip: "192.0.2.7".to_owned(),
        };
        let support = |is_answer| Self::SupportCode {
            number: 1_042,
            code: "WDJB-MJHT".to_owned(),
            is_answer,
            at: 0,
            ip: "192.0.2.7".to_owned(),
            client: "SSH-2.0-OpenSSH_9.2".to_owned(),
        };
        let desk = Self::SupportDesk { number: 1_042, what: SupportNotice::Opened, at: 0 };
        let mut samples: Vec<_> =
            std::iter::once(code).chain(NotificationKind::ALL.into_iter().map(notification)).collect();
        samples.extend([verification_code, support(false), support(true), desk, invitation, sign_up, known]);
        samples
    }
}

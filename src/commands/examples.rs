//! One example of what each command prints with `--json`: its documentation, shown by `help COMMAND` and
//! in the README. The acceptance tests hold the real answers to the keys and types of these.

macro_rules! shapes {
    ($($constant:ident $command:literal $example:literal)*) => {
        $(
            #[doc = concat!("`", $command, "`")]
            pub(super) const $constant: &str = concat!("With --json it prints, for example:\n\n  ", $example);
        )*
        /// Command and example, in the order of `help`.
        pub const SHAPES: &[(&str, &str)] = &[$(($command, $example)),*];
    };
}

shapes! {
    WHOAMI "whoami"
        r#"{"account":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","name":"ada","signed_in_with":"key"}"#
    TEAMS "teams"
        r#"{"teams":[{"id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","last_opened_at":null,"members":3,"name":"Platform","role":"owner"}]}"#
    TEAMS_LEAVE "teams leave TEAM"
        r#"{"left":{"id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","last_opened_at":null,"members":3,"name":"Platform","role":"member"}}"#
    TEAMS_EDIT "teams edit TEAM"
        r#"{"description":"Keeps the lights on.","links":["https://wiki.acme.example/platform"],"team":"Platform"}"#
    TEAMS_ROLE "teams role TEAM USER ROLE"
        r#"{"member":"grace","role":"owner","team":"Platform"}"#
    TEAMS_REMOVE "teams remove TEAM USER"
        r#"{"removed":"grace","team":"Platform"}"#
    TEAMS_INVITE "teams invite TEAM ADDRESS"
        r#"{"invited":{"address":"alan@example.org","expires_at":"2026-11-25T14:05:09Z","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e56","invited_at":"2026-11-22T14:05:09Z"},"team":"Platform"}"#
    TEAMS_WITHDRAW "teams withdraw TEAM ADDRESS"
        r#"{"team":"Platform","withdrawn":{"address":"alan@example.org","expires_at":"2026-11-25T14:05:09Z","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e56","invited_at":"2026-11-22T14:05:09Z"}}"#
    TEAM "team NAME"
        r#"{"description":"Keeps the lights on.","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","invitations":[{"address":"alan@example.org","expires_at":"2026-11-25T14:05:09Z","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e56","invited_at":"2026-11-22T14:05:09Z"}],"last_opened_at":null,"links":["https://wiki.acme.example/platform"],"members":[{"display_name":"","name":"ada","role":"owner"}],"name":"Platform","role":"owner"}"#
    JOIN "join ADDRESS --code-stdin"
        r#"{"name":"alan","new":true,"teams":["Platform"]}"#
    PROFILE_GET "profile get"
        r#"{"emails":[{"added_at":"2026-11-22T14:05:09Z","address":"ada@example.org","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","primary":true,"verified_at":null}],"display_name":"Ada Lovelace","language":"en","name":"ada","no_color":false,"plain":false,"reviewed_at":null,"time_zone":"Europe/Berlin"}"#
    PROFILE_SET "profile set"
        r#"{"changed":{"emails":[{"added_at":"2026-11-22T14:05:09Z","address":"ada@example.org","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","primary":true,"verified_at":null}],"display_name":"Ada Lovelace","language":"en","name":"ada","no_color":false,"plain":false,"reviewed_at":null,"time_zone":"Europe/Berlin"}}"#
    EMAILS_LIST "emails list"
        r#"{"emails":[{"added_at":"2026-11-22T14:05:09Z","address":"ada@example.org","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","primary":true,"verified_at":null}]}"#
    EMAILS_ADD "emails add ADDRESS"
        r#"{"added":{"added_at":"2026-11-22T14:05:09Z","address":"ada@example.org","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","primary":false,"verified_at":null},"resend_at":"2026-11-22T14:06:09Z"}"#
    EMAILS_VERIFY "emails verify ADDRESS"
        r#"{"verified":{"added_at":"2026-11-22T14:05:09Z","address":"ada@example.org","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","primary":false,"verified_at":"2026-11-22T14:05:09Z"}}"#
    EMAILS_PRIMARY "emails primary ADDRESS"
        r#"{"primary":{"added_at":"2026-11-22T14:05:09Z","address":"ada@example.org","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","primary":true,"verified_at":"2026-11-22T14:05:09Z"}}"#
    EMAILS_REMOVE "emails remove ADDRESS"
        r#"{"removed":{"added_at":"2026-11-22T14:05:09Z","address":"ada@example.org","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","primary":false,"verified_at":null}}"#
    PASSWD "passwd"
        r#"{"changed":true,"name":"ada"}"#
    FORGOT "forgot NAME"
        r#"{"code_valid_minutes":10,"name":"ada","request":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","resend_at":"2026-11-22T14:06:09Z","sender":"portal@acme.example"}"#
    FORGOT_FINISHED "forgot NAME --code-stdin"
        r#"{"name":"ada","reset":true}"#
    KEYS_LIST "keys list"
        r#"{"keys":[{"added_at":"2026-11-22T14:05:09Z","algorithm":"ssh-ed25519","comment":"ada@laptop","fingerprint":"SHA256:xYil3VoVw+TxxZvQh9UW6eLf1FhT1b3wQIt4xekd1N8","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","last_used_at":null,"verified_at":null}]}"#
    KEYS_ADD "keys add"
        r#"{"added":{"added_at":"2026-11-22T14:05:09Z","algorithm":"ssh-ed25519","comment":"ada@laptop","fingerprint":"SHA256:xYil3VoVw+TxxZvQh9UW6eLf1FhT1b3wQIt4xekd1N8","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","last_used_at":null,"verified_at":null}}"#
    KEYS_RENAME "keys rename KEY COMMENT"
        r#"{"renamed":{"added_at":"2026-11-22T14:05:09Z","algorithm":"ssh-ed25519","comment":"ada@desk","fingerprint":"SHA256:xYil3VoVw+TxxZvQh9UW6eLf1FhT1b3wQIt4xekd1N8","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","last_used_at":null,"verified_at":null}}"#
    KEYS_REMOVE "keys remove KEY"
        r#"{"removed":{"added_at":"2026-11-22T14:05:09Z","algorithm":"ssh-ed25519","comment":"ada@laptop","fingerprint":"SHA256:xYil3VoVw+TxxZvQh9UW6eLf1FhT1b3wQIt4xekd1N8","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","last_used_at":null,"verified_at":null}}"#
    SESSIONS_LIST "sessions list"
        r#"{"sessions":[{"client":"SSH-2.0-OpenSSH_10.0","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","idle_s":12,"key":null,"ip":"192.0.2.7","started_at":"2026-11-22T14:05:09Z"}]}"#
    SESSIONS_REVOKE "sessions revoke ID"
        r#"{"revoked":["0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55"]}"#
    ACTIVITY "activity"
        r#"{"activity":[{"at":"2026-11-22T14:05:09Z","client":"SSH-2.0-OpenSSH_9.2","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","kind":"sign-in","result":"ok","ip":"192.0.2.7","what":"Signed in by password"}],"has_older":false}"#
    EXPORT "export"
        r#"{"activity":[{"at":"2026-11-22T14:05:09Z","client":"SSH-2.0-OpenSSH_9.2","kind":"sign-in","ip":"192.0.2.7"}],"activity_complete":true,"emails":[{"added_at":"2026-11-22T14:05:09Z","address":"ada@example.org","primary":true,"verified_at":"2026-11-22T14:05:09Z"}],"exported_at":"2026-11-22T14:05:09Z","format":1,"invitations_sent":[{"address":"alan@example.org","expires_at":"2026-11-25T14:05:09Z","invited_at":"2026-11-22T14:05:09Z","team":"Platform","used_at":null,"withdrawn_at":null}],"keys":[{"added_at":"2026-11-22T14:05:09Z","algorithm":"ssh-ed25519","comment":"ada@laptop","fingerprint":"SHA256:xYil3VoVw+TxxZvQh9UW6eLf1FhT1b3wQIt4xekd1N8","last_used_at":null,"verified_at":"2026-11-22T14:05:09Z"}],"portal":"Doorkey","profile":{"created_at":"2026-11-22T14:05:09Z","display_name":"","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","language":"en","name":"ada","no_color":false,"password_changed_at":"2026-11-22T14:05:09Z","plain":false,"reviewed_at":null,"time_zone":"UTC"},"two_factor":{"on_since":null,"recovery_codes_left":0},"support_cases":[{"changed_at":"2026-11-22T14:05:09Z","closed_at":null,"facts":["Username: ada"],"messages":[{"at":"2026-11-22T14:05:09Z","author":"member","text":"No email comes."}],"number":1042,"opened_at":"2026-11-22T14:05:09Z","subject":"No mail"}],"teams":[{"last_opened_at":null,"name":"Platform","role":"owner"}],"sessions":[{"client":"SSH-2.0-OpenSSH_9.2","key":null,"last_input_at":"2026-11-22T14:05:09Z","ip":"192.0.2.7","started_at":"2026-11-22T14:05:09Z"}]}"#
    SUPPORT_NEW "support new"
        r#"{"opened":{"changed_at":"2026-11-22T14:05:09Z","closed_at":null,"facts":["Username: ada"],"messages":[{"at":"2026-11-22T14:05:09Z","author":"member","text":"No email comes."}],"number":1042,"opened_at":"2026-11-22T14:05:09Z","state":"open","subject":"No mail"}}"#
    SUPPORT_LIST "support list"
        r#"{"cases":[{"changed_at":"2026-11-22T14:05:09Z","number":1042,"state":"open","subject":"No mail"}]}"#
    SUPPORT_SHOW "support show N"
        r#"{"case":{"changed_at":"2026-11-22T14:05:09Z","closed_at":null,"facts":["Username: ada"],"messages":[{"at":"2026-11-22T14:05:09Z","author":"member","text":"No email comes."}],"number":1042,"opened_at":"2026-11-22T14:05:09Z","state":"open","subject":"No mail"}}"#
    SUPPORT_REPLY "support reply N"
        r#"{"sent":{"changed_at":"2026-11-22T14:05:09Z","closed_at":null,"facts":["Username: ada"],"messages":[{"at":"2026-11-22T14:05:09Z","author":"member","text":"No email comes."}],"number":1042,"opened_at":"2026-11-22T14:05:09Z","state":"open","subject":"No mail"}}"#
    SUPPORT_CLOSE "support close N"
        r#"{"closed":{"changed_at":"2026-11-22T14:05:09Z","closed_at":"2026-11-22T14:06:09Z","facts":["Username: ada"],"messages":[{"at":"2026-11-22T14:05:09Z","author":"member","text":"No email comes."}],"number":1042,"opened_at":"2026-11-22T14:05:09Z","state":"closed","subject":"No mail"}}"#
    SECOND_FACTOR_STATUS "2fa status"
        r#"{"on_since":"2026-11-22T14:05:09Z","recovery_codes_left":8,"two_factor":true}"#
    SECOND_FACTOR_ENROLL "2fa enroll"
        r#"{"recovery_codes":["0W3K-9QTE-5XMB-72RC-DN4H-ZJ8V"],"two_factor":true}"#
    SECOND_FACTOR_DISABLE "2fa disable"
        r#"{"two_factor":false}"#
    RECOVERY_CODES_STATUS "recovery-codes status"
        r#"{"recovery_codes_left":8}"#
    RECOVERY_CODES_NEW "recovery-codes new"
        r#"{"recovery_codes":["0W3K-9QTE-5XMB-72RC-DN4H-ZJ8V"]}"#
    STATUS "status"
        r#"{"key_of":null,"organisation":"acme.example","portal":"Doorkey","status":"ok","support":"support@acme.example","time":"2026-11-22T14:05:09Z","version":"0.1.0"}"#
    VERSION "version"
        r#"{"version":"0.1.0"}"#
}

/// What the manual says of a command.
#[derive(Clone, Debug)]
pub struct CommandDoc {
    /// `teams leave TEAM`
    pub form: String,
    /// What it does, in a sentence.
    pub summary: String,
    /// What it prints with `--json`.
    pub json: &'static str,
}

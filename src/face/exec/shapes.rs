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
        r#"{"teams":[{"id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","last_visit_at":null,"members":3,"name":"Platform","role":"owner"}]}"#
    TEAMS_LEAVE "teams leave TEAM"
        r#"{"left":{"id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","last_visit_at":null,"members":3,"name":"Platform","role":"member"}}"#
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
        r#"{"description":"Keeps the lights on.","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","invitations":[{"address":"alan@example.org","expires_at":"2026-11-25T14:05:09Z","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e56","invited_at":"2026-11-22T14:05:09Z"}],"last_visit_at":null,"links":["https://wiki.acme.example/platform"],"members":[{"display_name":"","name":"ada","role":"owner"}],"name":"Platform","role":"owner"}"#
    JOIN "join ADDRESS --code-stdin"
        r#"{"name":"alan","new":true,"teams":["Platform"]}"#
    PASSWD "passwd"
        r#"{"changed":true,"name":"ada"}"#
    FORGOT "forgot NAME"
        r#"{"code_valid_minutes":10,"name":"ada","request":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","resend_at":"2026-11-22T14:06:09Z","sender":"portal@acme.example"}"#
    FORGOT_FINISHED "forgot NAME --code-stdin"
        r#"{"name":"ada","reset":true}"#
    KEYS_LIST "keys list"
        r#"{"keys":[{"added_at":"2026-11-22T14:05:09Z","algorithm":"ssh-ed25519","comment":"ada@laptop","fingerprint":"SHA256:xYil3VoVw+TxxZvQh9UW6eLf1FhT1b3wQIt4xekd1N8","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","last_used_at":null}]}"#
    KEYS_ADD "keys add"
        r#"{"added":{"added_at":"2026-11-22T14:05:09Z","algorithm":"ssh-ed25519","comment":"ada@laptop","fingerprint":"SHA256:xYil3VoVw+TxxZvQh9UW6eLf1FhT1b3wQIt4xekd1N8","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","last_used_at":null}}"#
    KEYS_REMOVE "keys remove KEY"
        r#"{"removed":{"added_at":"2026-11-22T14:05:09Z","algorithm":"ssh-ed25519","comment":"ada@laptop","fingerprint":"SHA256:xYil3VoVw+TxxZvQh9UW6eLf1FhT1b3wQIt4xekd1N8","id":"0198b2f0-7a11-7c61-9d3e-6d7a1c0f4e55","last_used_at":null}}"#
    STATUS "status"
        r#"{"key_of":null,"organisation":"acme.example","portal":"Doorkey","status":"ok","support":"support@acme.example","time":"2026-11-22T14:05:09Z","version":"0.1.0"}"#
    VERSION "version"
        r#"{"version":"0.1.0"}"#
}

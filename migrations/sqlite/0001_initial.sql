-- Who there is. Times are milliseconds since 1970-01-01 UTC; ids are UUIDv7 as text; a fact is a
-- moment or NULL, not a flag. The folder `postgres` holds this schema's twin.

-- An account. `name_canonical` is how a typed name is looked up, and what makes a name unique.
-- `password_phc` is NULL while the account has no password (forgot password sets the first one);
-- `pepper_id` names the pepper key the hash was keyed with, NULL for an imported hash without one.
-- `short_password_at` is when a password was set that is good only beside two-factor authentication, NULL for any other.
-- `auth_epoch` rises with every change of how the account is proven, and `epoch_raised_at` says when:
-- a session that signed in under an older epoch can do nothing any more. `language` (BCP 47), `time_zone`
-- (IANA name or offset), `plain_at` (wants plain prompts) and `no_color_at` (wants no colours) are what the
-- person prefers; `profile_version` rises with every change of these and of the names, so that of two sessions
-- that edit at the same time the later one is told. `recovery_reviewed_at` is when somebody last looked at
-- the addresses and found them right.
CREATE TABLE accounts (
    id                  TEXT    NOT NULL PRIMARY KEY,
    name                TEXT    NOT NULL,
    name_canonical      TEXT    NOT NULL UNIQUE,
    display_name        TEXT    NOT NULL,
    password_phc        TEXT,
    pepper_id           TEXT,
    password_changed_at INTEGER,
    short_password_at   INTEGER,
    auth_epoch          INTEGER NOT NULL DEFAULT 0,
    epoch_raised_at     INTEGER,
    created_at          INTEGER NOT NULL,
    disabled_at         INTEGER,
    language            TEXT    NOT NULL DEFAULT 'en',
    time_zone           TEXT    NOT NULL DEFAULT 'UTC',
    plain_at            INTEGER,
    no_color_at         INTEGER,
    profile_version     INTEGER NOT NULL DEFAULT 0,
    recovery_reviewed_at INTEGER
) STRICT;
CREATE INDEX accounts_epoch_raised_at ON accounts (epoch_raised_at) WHERE epoch_raised_at IS NOT NULL;

-- An address emails may go to. Only a verified one identifies its account or gets an email; one of
-- them at most is the primary one; `primary_until` is when another one took that place. A verified address belongs to one account only, in any spelling; before
-- that anybody may have written it down, which keeps nobody from verifying it.
CREATE TABLE email_addresses (
    id          TEXT    NOT NULL PRIMARY KEY,
    account     TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    address     TEXT    NOT NULL,
    canonical   TEXT    NOT NULL,
    verified_at INTEGER,
    primary_at     INTEGER,
    primary_until  INTEGER,
    created_at  INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX email_addresses_once_each ON email_addresses (account, canonical);
CREATE UNIQUE INDEX email_addresses_verified ON email_addresses (canonical) WHERE verified_at IS NOT NULL;
CREATE UNIQUE INDEX email_addresses_one_primary ON email_addresses (account) WHERE primary_at IS NOT NULL;

-- An address of somebody who has no account, or not yet: who was invited, who signs up, who asks support
-- as a guest. An email may go to it; it identifies nobody. Swept when nothing refers to it any more.
CREATE TABLE contacts (
    id         TEXT    NOT NULL PRIMARY KEY,
    address    TEXT    NOT NULL,
    canonical  TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX contacts_created_at ON contacts (created_at);

-- Where an account has signed in from of late: a keyed hash of the source, never the source itself.
-- Wrong tries from a known source are counted apart from those of the rest of the world.
CREATE TABLE known_sources (
    account      TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    source_mac   TEXT    NOT NULL,
    last_seen_at INTEGER NOT NULL,
    PRIMARY KEY (account, source_mac)
) STRICT;
CREATE INDEX known_sources_last_seen_at ON known_sources (last_seen_at);
-- Teams, and who is in them.

-- A team. `changed_at` is touched by every change of its memberships, which makes them queue up.
-- `links` is a line for each link.
CREATE TABLE teams (
    id             TEXT    NOT NULL PRIMARY KEY,
    name           TEXT    NOT NULL,
    name_canonical TEXT    NOT NULL UNIQUE,
    description    TEXT    NOT NULL,
    links          TEXT    NOT NULL DEFAULT '',
    created_at     INTEGER NOT NULL,
    changed_at     INTEGER NOT NULL
) STRICT;

-- One account's place in one team. `last_opened_at` is when that member last opened the team.
CREATE TABLE memberships (
    team      TEXT    NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    account   TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    role      TEXT    NOT NULL CHECK (role IN ('owner', 'member')),
    joined_at INTEGER NOT NULL,
    last_opened_at INTEGER,
    PRIMARY KEY (team, account)
) STRICT;
CREATE INDEX memberships_account ON memberships (account);
-- The way back in: a wish for a code, the code, and the right that a proven code leaves behind.

-- A wish for a code, written for known and unknown names alike. A worker resolves it and then wipes
-- `sealed_identifier` (what was typed, encrypted under a key outside the database).
CREATE TABLE reset_requests (
    id                TEXT    NOT NULL PRIMARY KEY,
    sealed_identifier BLOB,
    source            TEXT    NOT NULL,
    client            TEXT    NOT NULL,
    session             TEXT    NOT NULL,
    requested_at      INTEGER NOT NULL,
    resolved_at       INTEGER
) STRICT;
CREATE INDEX reset_requests_open ON reset_requests (requested_at) WHERE resolved_at IS NULL;
CREATE INDEX reset_requests_requested_at ON reset_requests (requested_at);

-- A one-time code, as an HMAC under the key named `key_id`, which is not in the database.
-- It is live while used_at and dead_at are NULL, tries < 5 and expires_at lies ahead. `expires_at` is
-- 30 minutes after the request until the relay takes the email, then the setting's minutes after that.
CREATE TABLE codes (
    id           TEXT    NOT NULL PRIMARY KEY,
    request      TEXT    NOT NULL UNIQUE,
    account      TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    purpose      TEXT    NOT NULL,
    mac          BLOB    NOT NULL,
    key_id       TEXT    NOT NULL,
    tries        INTEGER NOT NULL DEFAULT 0,
    requested_at INTEGER NOT NULL,
    sent_at      INTEGER,
    expires_at   INTEGER NOT NULL,
    used_at      INTEGER,
    dead_at      INTEGER
) STRICT;
CREATE INDEX codes_account ON codes (account);
CREATE INDEX codes_requested_at ON codes (requested_at);

-- The right to set the password of one account once. Dead when the account's epoch moved on. An account with
-- two-factor authentication needs that as well: until `second_factor_at` the grant opens nothing.
CREATE TABLE grants (
    id         TEXT    NOT NULL PRIMARY KEY,
    account    TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    code       TEXT    NOT NULL UNIQUE REFERENCES codes (id) ON DELETE CASCADE,
    epoch      INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    second_factor_at INTEGER,
    used_at    INTEGER,
    dead_at    INTEGER
) STRICT;
CREATE INDEX grants_account ON grants (account);
-- What counts tries, so that a restart or another node forgets none of them.

-- A counter in a named bucket. `fails` and `next_at` are a failure counter and the moment before which
-- no further try is looked at; a rate limiter keeps its theoretical arrival time in `next_at` alone.
-- `subject` is the account it is about; NULL for sources and for names that nobody has.
CREATE TABLE throttles (
    bucket     TEXT    NOT NULL PRIMARY KEY,
    subject    TEXT,
    fails      INTEGER NOT NULL,
    next_at    INTEGER NOT NULL,
    touched_at INTEGER NOT NULL
) STRICT;
CREATE INDEX throttles_subject ON throttles (subject) WHERE subject IS NOT NULL;
CREATE INDEX throttles_touched_at ON throttles (touched_at);

-- Single tries that count in a sliding window ("20 wrong codes in 24 hours"). The bucket's row in
-- `throttles` is written first, which makes tries in one bucket queue up.
CREATE TABLE attempts (
    bucket TEXT    NOT NULL,
    mark   TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (bucket, mark)
) STRICT;
CREATE INDEX attempts_at ON attempts (at);
-- What happened, and what has yet to be told by mail.

-- One thing that happened, written in the transaction that made it happen. `account` is NULL for a
-- name that nobody has; then `subject` is its keyed hash. `client` and `source` are as the wire told.
CREATE TABLE activity (
    id      TEXT    NOT NULL PRIMARY KEY,
    account TEXT    REFERENCES accounts (id) ON DELETE CASCADE,
    subject TEXT,
    kind    TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    ip      TEXT    NOT NULL,
    client  TEXT    NOT NULL,
    session   TEXT    NOT NULL
) STRICT;
CREATE INDEX activity_account ON activity (account, at);
CREATE INDEX activity_at ON activity (at);

-- An email that is committed and perhaps not yet sent. The recipient is a row of `email_addresses` or of
-- `contacts`, never text;
-- `to_unverified` is 1 for the one kind of email that may go to an address that is not verified yet. `sealed` is the email under a key outside the database, wiped when it is sent or dropped.
-- `next_at` is when it is due; a worker that takes it moves `next_at` past its lease and leaves its
-- mark in `lease`. `expires_at` is when it is no longer worth sending.
CREATE TABLE outbox (
    id         TEXT    NOT NULL PRIMARY KEY,
    address    TEXT    REFERENCES email_addresses (id) ON DELETE CASCADE,
    contact    TEXT    REFERENCES contacts (id) ON DELETE CASCADE,
    to_unverified INTEGER NOT NULL DEFAULT 0,
    code       TEXT    REFERENCES codes (id) ON DELETE CASCADE,
    sealed     BLOB,
    created_at INTEGER NOT NULL,
    next_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    lease      TEXT,
    sent_at    INTEGER,
    dropped_at INTEGER,
    parked_at  INTEGER,
    reason     TEXT,
    CHECK ((address IS NULL) <> (contact IS NULL))
) STRICT;
CREATE INDEX outbox_due ON outbox (next_at) WHERE sent_at IS NULL AND dropped_at IS NULL AND parked_at IS NULL;
CREATE INDEX outbox_sent_at ON outbox (sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX outbox_created_at ON outbox (created_at);
CREATE INDEX outbox_code ON outbox (code) WHERE code IS NOT NULL;
-- Public SSH keys of people.

-- `fingerprint` is the SHA-256 of `blob`, the key as it goes over the wire (RFC 4253 section 6.6). A
-- public key is no secret, so anybody may register it: it counts for its one owner when a connection has
-- proven to hold its private half (`verified_at`), and until then for whoever is named beside it. `comment`
-- is the owner's own text, made harmless.
CREATE TABLE keys (
    id           TEXT    NOT NULL PRIMARY KEY,
    account      TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    fingerprint  BLOB    NOT NULL,
    algorithm    TEXT    NOT NULL,
    blob         BLOB    NOT NULL,
    comment      TEXT    NOT NULL,
    added_at     INTEGER NOT NULL,
    last_used_at INTEGER,
    verified_at  INTEGER,
    UNIQUE (fingerprint, account)
) STRICT;
CREATE INDEX keys_account ON keys (account, added_at);
CREATE UNIQUE INDEX keys_verified ON keys (fingerprint) WHERE verified_at IS NOT NULL;
-- Two-factor authentication: an authenticator app, and the recovery codes that stand in for it.

-- An account that has two-factor authentication has a row here. `sealed` is the app's seed under a key outside the
-- database, bound to this account. `last_step` is the thirty seconds that the last taken code was for: no code
-- of that step or an earlier one counts again. `tries` of them were made in step `tries_step`; `fails` counts
-- wrong ones in a row.
CREATE TABLE second_factors (
    account    TEXT    NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    sealed     BLOB    NOT NULL,
    last_step  INTEGER NOT NULL,
    tries_step INTEGER NOT NULL DEFAULT 0,
    tries      INTEGER NOT NULL DEFAULT 0,
    fails      INTEGER NOT NULL DEFAULT 0,
    on_since   INTEGER NOT NULL
) STRICT;

-- A recovery code, as an HMAC under the key named `key_id`, which is not in the database. Good once.
CREATE TABLE recovery_codes (
    id      TEXT    NOT NULL PRIMARY KEY,
    account TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    mac     BLOB    NOT NULL,
    key_id  TEXT    NOT NULL,
    made_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;
CREATE INDEX recovery_codes_account ON recovery_codes (account);
-- What a change of profile leaves behind.

-- A username that its account gave up. Nobody else may take it for a while: emails, links and habits still
-- mean the one who had it. Swept when that while is over.
CREATE TABLE released_names (
    name_canonical TEXT    NOT NULL PRIMARY KEY,
    account        TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    released_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX released_names_account ON released_names (account);
CREATE INDEX released_names_released_at ON released_names (released_at);
-- The way in for somebody who may have no account: a code by mail, and what it opens.

-- A code that went to `contact`, as an HMAC under the key named `key_id`, which is not in the database.
-- With a `team` it is an invitation to it, sent by `inviter`; without one it was asked for to sign up.
-- It is open while used_at and dead_at are NULL, tries < 5 and expires_at lies ahead. When it was right
-- and `account` has the address already, `proven_at` says so, and the next sign-in takes it up.
-- `email` is the email that it is in, which goes nowhere any more when the invitation is taken back.
CREATE TABLE invitations (
    id         TEXT    NOT NULL PRIMARY KEY,
    team       TEXT    REFERENCES teams (id) ON DELETE CASCADE,
    inviter    TEXT    REFERENCES accounts (id) ON DELETE SET NULL,
    contact    TEXT    NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    email     TEXT    REFERENCES outbox (id) ON DELETE SET NULL,
    address    TEXT    NOT NULL,
    canonical  TEXT    NOT NULL,
    mac        BLOB    NOT NULL,
    key_id     TEXT    NOT NULL,
    tries      INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    account    TEXT    REFERENCES accounts (id) ON DELETE CASCADE,
    proven_at  INTEGER,
    used_at    INTEGER,
    dead_at    INTEGER
) STRICT;
CREATE INDEX invitations_team ON invitations (team) WHERE team IS NOT NULL;
CREATE INDEX invitations_canonical ON invitations (canonical);
CREATE INDEX invitations_contact ON invitations (contact);
CREATE INDEX invitations_account ON invitations (account) WHERE account IS NOT NULL;
CREATE INDEX invitations_email ON invitations (email) WHERE email IS NOT NULL;
CREATE INDEX invitations_created_at ON invitations (created_at);
-- Where people are signed in now.

-- A running portal. One that has not said so for a while (`seen_at`) is gone, and its sessions with it.
CREATE TABLE nodes (
    id      TEXT    NOT NULL PRIMARY KEY,
    seen_at INTEGER NOT NULL
) STRICT;

-- A session that is signed in. The row goes when the session does; `ended_at` is set by another session of the
-- account, and the node that has the session then closes it. `last_input_at` is written now and then.
CREATE TABLE sessions (
    id            TEXT    NOT NULL PRIMARY KEY,
    account       TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    node          TEXT    NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
    client        TEXT    NOT NULL,
    ip            TEXT    NOT NULL,
    fingerprint   BLOB,
    started_at    INTEGER NOT NULL,
    last_input_at INTEGER NOT NULL,
    ended_at      INTEGER
) STRICT;
CREATE INDEX sessions_account ON sessions (account, started_at);
CREATE INDEX sessions_node ON sessions (node);
CREATE INDEX sessions_ended ON sessions (node) WHERE ended_at IS NOT NULL;
-- Support cases: what members and guests ask of support, and what is answered.

-- What counts upwards in the whole portal: the numbers of cases.
CREATE TABLE counters (
    name TEXT    NOT NULL PRIMARY KEY,
    last INTEGER NOT NULL
) STRICT;

-- A case. It is an account's, or else a guest's: then `claimed` is the name that they say is theirs, which
-- nobody has checked, and `contact` is where they want answers, checked when `verified_at` says so.
-- `facts` is what support is told besides, line by line, as it was shown before it was sent.
-- The code is the guest's way to the case: an HMAC under the key named `code_key`, live until `code_until`
-- while `code_tries` < 5; the next one takes its place.
CREATE TABLE cases (
    id          TEXT    NOT NULL PRIMARY KEY,
    number      INTEGER NOT NULL UNIQUE,
    account     TEXT    REFERENCES accounts (id) ON DELETE CASCADE,
    contact     TEXT    REFERENCES contacts (id) ON DELETE CASCADE,
    claimed     TEXT    NOT NULL,
    verified_at INTEGER,
    code_mac    BLOB,
    code_key    TEXT,
    code_tries  INTEGER NOT NULL DEFAULT 0,
    code_until  INTEGER,
    subject     TEXT    NOT NULL,
    facts       TEXT    NOT NULL,
    opened_at   INTEGER NOT NULL,
    changed_at  INTEGER NOT NULL,
    closed_at   INTEGER,
    CHECK ((account IS NULL) <> (contact IS NULL))
) STRICT;
CREATE INDEX cases_account ON cases (account, changed_at) WHERE account IS NOT NULL;
CREATE INDEX cases_contact ON cases (contact) WHERE contact IS NOT NULL;
CREATE INDEX cases_changed_at ON cases (changed_at);

-- What was said in a case, and by whom.
CREATE TABLE case_messages (
    id      TEXT    NOT NULL PRIMARY KEY,
    of_case TEXT    NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    author  TEXT    NOT NULL CHECK (author IN ('member', 'guest', 'support')),
    text    TEXT    NOT NULL,
    at      INTEGER NOT NULL
) STRICT;
CREATE INDEX case_messages_case ON case_messages (of_case, at);

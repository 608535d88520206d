-- The whole schema. `../postgres/0001_initial.sql` is its twin: same tables, same columns, same order.
--
-- Times are milliseconds since 1970-01-01 UTC, ids are UUIDv7 as text, and a fact is a moment or NULL rather than
-- a flag.

-- Accounts, and how each is reached and proven
-- --------------------------------------------

-- `name_canonical` is what a typed name is looked up by and what makes a name unique. `password_phc` is NULL
-- while the account has no password (a password reset sets the first one); `pepper_id` names the pepper that the
-- hash was keyed with, NULL for an imported hash. `short_password_at` is when a password was set that is only
-- allowed together with two-factor authentication. `auth_epoch` rises with every change of how the account is
-- proven, at `epoch_raised_at`: a session that signed in under an older epoch can do nothing any more.
-- `profile_version` rises with every edit of the profile, so that two edits at once do not overwrite each other.
-- `plain_at` (line mode), `no_color_at` and `appearance` (`auto`, `dark`, `light`) are preferences.
-- `emails_reviewed_at` is when the owner last confirmed that the addresses are right, `two_factor_postponed_at` when
-- they last put off two-factor authentication. `deletion_requested_at` is when they asked for the account to be deleted;
-- it is, once the days are over in which that can be taken back. `deletion_begun_at` is set with the first events that are
-- erased, when there are too many for one transaction: from then on the account is disabled for good.
CREATE TABLE accounts (
    id                   TEXT    NOT NULL PRIMARY KEY,
    name                 TEXT    NOT NULL,
    name_canonical       TEXT    NOT NULL UNIQUE,
    name_skeleton        TEXT    NOT NULL UNIQUE,
    display_name         TEXT    NOT NULL,
    password_phc         TEXT,
    pepper_id            TEXT,
    password_changed_at  INTEGER,
    short_password_at    INTEGER,
    auth_epoch           INTEGER NOT NULL DEFAULT 0,
    epoch_raised_at      INTEGER,
    created_at           INTEGER NOT NULL,
    disabled_at          INTEGER,
    language             TEXT    NOT NULL DEFAULT 'auto',
    time_zone            TEXT    NOT NULL DEFAULT 'UTC',
    plain_at             INTEGER,
    no_color_at          INTEGER,
    appearance           TEXT    NOT NULL DEFAULT 'auto',
    profile_version      INTEGER NOT NULL DEFAULT 0,
    emails_reviewed_at INTEGER,
    two_factor_postponed_at INTEGER,
    deletion_requested_at INTEGER,
    deletion_begun_at INTEGER
) STRICT;
CREATE INDEX accounts_deletion_requested_at ON accounts (deletion_requested_at)
    WHERE deletion_requested_at IS NOT NULL;
CREATE INDEX accounts_deletion_begun_at ON accounts (deletion_begun_at) WHERE deletion_begun_at IS NOT NULL;
CREATE INDEX accounts_epoch_raised_at ON accounts (epoch_raised_at) WHERE epoch_raised_at IS NOT NULL;

-- Which entry of a directory an account is: `entry` stays the same as long as the entry is there, `location` is where
-- it was when it was last seen. `password_void_due_at` is when the password that the directory has of it is to be taken
-- away next, because a change was undone: NULL once that is done. Until `password_leased_until` somebody sets it or takes
-- it away.
CREATE TABLE directory_entries (
    account               TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    entry                 TEXT NOT NULL UNIQUE,
    location              TEXT NOT NULL,
    password_void_due_at  INTEGER,
    password_leased_until INTEGER
) STRICT;
CREATE INDEX directory_entries_password_void_due_at ON directory_entries (password_void_due_at)
    WHERE password_void_due_at IS NOT NULL;

-- By what a directory has found accounts beside their names and addresses: an alias, a user principal name.
CREATE TABLE directory_logins (
    login   TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX directory_logins_account ON directory_logins (account);

-- Only a verified address identifies its account, receives emails and belongs to one account alone, in any
-- spelling. Anybody may add an address, which keeps nobody else from verifying it. At most one address of an
-- account is primary; `primary_until` is when another one took its place.
-- `added_ip` and `added_client` are where it was added from, NULL when an operator's command did it; the same for
-- keys and second factors below. A password reset sets `suspended_at` for what is young: until its owner keeps it, a
-- suspended address gets no emails and identifies nobody, but still belongs to its account.
CREATE TABLE email_addresses (
    id            TEXT    NOT NULL PRIMARY KEY,
    account       TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    address       TEXT    NOT NULL,
    canonical     TEXT    NOT NULL,
    verified_at   INTEGER,
    primary_at    INTEGER,
    primary_until INTEGER,
    created_at    INTEGER NOT NULL,
    added_ip      TEXT,
    added_client  TEXT,
    suspended_at  INTEGER
) STRICT;
CREATE UNIQUE INDEX email_addresses_once_each ON email_addresses (account, canonical);
CREATE UNIQUE INDEX email_addresses_verified ON email_addresses (canonical) WHERE verified_at IS NOT NULL;
CREATE INDEX email_addresses_primary_until ON email_addresses (primary_until) WHERE primary_until IS NOT NULL;
CREATE UNIQUE INDEX email_addresses_one_primary ON email_addresses (account) WHERE primary_at IS NOT NULL;

-- Public SSH keys. `fingerprint` is the SHA-256 of `blob`, the key as it goes over the wire (RFC 4253 section
-- 6.6). A public key is no secret, so anybody may register it: it belongs to the one account that has proven to
-- hold its private half (`verified_at`), and until then it only counts beside an account's name. One that a
-- password reset has suspended (`suspended_at`) counts nowhere.
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
    added_ip     TEXT,
    added_client TEXT,
    suspended_at INTEGER,
    no_touch_required INTEGER NOT NULL DEFAULT 0,
    UNIQUE (fingerprint, account)
) STRICT;
CREATE INDEX keys_account ON keys (account, added_at);
CREATE UNIQUE INDEX keys_verified ON keys (fingerprint) WHERE verified_at IS NOT NULL;

-- One row for each account with two-factor authentication. `sealed` is the authenticator's seed, encrypted under
-- a key outside the database and bound to this account. `last_step` is the 30-second step of the last accepted
-- code: no code of that step or an earlier one is accepted again, unless it lies so far in the future that only a
-- clock that was ahead can have put it there. `tries` were made in step `tries_step`; `fails` counts wrong codes in
-- a row, `fails_elsewhere` those of them that came from where nothing but the password speaks for the owner.
CREATE TABLE second_factors (
    account         TEXT    NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    sealed          BLOB    NOT NULL,
    last_step       INTEGER NOT NULL,
    tries_step      INTEGER NOT NULL DEFAULT 0,
    tries           INTEGER NOT NULL DEFAULT 0,
    fails           INTEGER NOT NULL DEFAULT 0,
    fails_elsewhere INTEGER NOT NULL DEFAULT 0,
    on_since        INTEGER NOT NULL,
    added_ip        TEXT,
    added_client    TEXT
) STRICT;

-- Secrets that were shown by the first of two commands and wait for the second, which brings a code; one an account, and
-- dead when its epoch has moved on.
CREATE TABLE pending_enrolments (
    account    TEXT    NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    sealed     BLOB    NOT NULL,
    epoch      INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX pending_enrolments_created_at ON pending_enrolments (created_at);

-- The steps whose code was accepted: none of them is accepted again, whatever a clock says.
CREATE TABLE used_totp_steps (
    account TEXT    NOT NULL REFERENCES second_factors (account) ON DELETE CASCADE,
    step    INTEGER NOT NULL,
    PRIMARY KEY (account, step)
) STRICT;
CREATE INDEX used_totp_steps_step ON used_totp_steps (step);

-- Each stands in for the authenticator once. `mac` is an HMAC under the key named `key_id`, which is not in the
-- database.
CREATE TABLE recovery_codes (
    id      TEXT    NOT NULL PRIMARY KEY,
    account TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    mac     BLOB    NOT NULL,
    key_id  TEXT    NOT NULL,
    made_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;
CREATE INDEX recovery_codes_account ON recovery_codes (account);

-- Usernames that an account gave up. For a while nobody else may take them, because emails, links and habits
-- still mean the previous owner. `account` is NULL when that one was deleted.
CREATE TABLE released_names (
    name_canonical TEXT    NOT NULL PRIMARY KEY,
    name_skeleton  TEXT    NOT NULL,
    account        TEXT    REFERENCES accounts (id) ON DELETE SET NULL,
    released_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX released_names_skeleton ON released_names (name_skeleton);
CREATE INDEX released_names_account ON released_names (account);
CREATE INDEX released_names_released_at ON released_names (released_at);

-- Where an account has signed in from lately: a keyed hash of the source, never the source itself. Wrong tries
-- from a known source are counted apart from everybody else's. `place_mac` is the same for every account.
CREATE TABLE known_sources (
    account      TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    source_mac   TEXT    NOT NULL,
    place_mac    TEXT    NOT NULL,
    last_seen_at INTEGER NOT NULL,
    PRIMARY KEY (account, source_mac)
) STRICT;
CREATE INDEX known_sources_place_mac ON known_sources (place_mac, last_seen_at);
CREATE INDEX known_sources_last_seen_at ON known_sources (last_seen_at);

-- Addresses of people without an account: who was invited, who signs up, who asks support as a guest. Emails may
-- go to a contact, but it identifies nobody. Deleted when nothing refers to it any more.
CREATE TABLE contacts (
    id         TEXT    NOT NULL PRIMARY KEY,
    address    TEXT    NOT NULL,
    canonical  TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX contacts_created_at ON contacts (created_at);

-- Files of accounts being imported, by an id of what they hold. Rows are staged until the whole file is known to
-- be good (`checked_at`); from then on each batch of accounts takes its rows out, so a killed import goes on where
-- it was. `teams` has a line for each team, `ops` or `ops:owner`.
CREATE TABLE imports (
    id         TEXT    NOT NULL PRIMARY KEY,
    started_at INTEGER NOT NULL,
    checked_at INTEGER
) STRICT;

CREATE TABLE import_rows (
    import          TEXT    NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    line            INTEGER NOT NULL,
    name            TEXT    NOT NULL,
    name_canonical  TEXT    NOT NULL,
    name_skeleton   TEXT    NOT NULL,
    email           TEXT    NOT NULL,
    email_canonical TEXT    NOT NULL,
    display_name    TEXT    NOT NULL,
    password_phc    TEXT,
    teams           TEXT    NOT NULL,
    PRIMARY KEY (import, line)
) STRICT;

-- Sessions
-- --------

-- Running servers. One that has not been `seen_at` for a while is gone, and its sessions with it. `clock_ahead_ms` is
-- how far the clock of its machine was ahead of the time that all go by, at the last heartbeat. `keys` has the ids of
-- the secret keys that it knows, the current one first, with spaces between them.
CREATE TABLE nodes (
    id             TEXT    NOT NULL PRIMARY KEY,
    seen_at        INTEGER NOT NULL,
    clock_ahead_ms INTEGER NOT NULL DEFAULT 0,
    keys           TEXT    NOT NULL DEFAULT ''
) STRICT;

-- One row: `mark` is the highest time that was ever trusted. Time does not begin before it again; see `src/clock.rs`.
CREATE TABLE clock (
    id   INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    mark INTEGER NOT NULL
) STRICT;

-- One row, written while there is no account: the setup code is derived from `nonce` and the key named `key_id`, which is
-- not in the database. Whoever uses it creates the first account; see `src/accounts/setup.rs`.
CREATE TABLE setup (
    id         INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    nonce      TEXT    NOT NULL,
    key_id     TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT;

-- Signed-in sessions; the row goes when the session ends. `ended_at` is set by another session of the account, and
-- the node that has the session then closes it; `over_limit` says that it was by signing in, because the account had as
-- many as it may. `last_input_at` is written now and then.
CREATE TABLE sessions (
    id            TEXT    NOT NULL PRIMARY KEY,
    account       TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    epoch         INTEGER NOT NULL,
    node          TEXT    NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
    client        TEXT    NOT NULL,
    ip            TEXT    NOT NULL,
    fingerprint   BLOB,
    started_at    INTEGER NOT NULL,
    last_input_at INTEGER NOT NULL,
    ended_at      INTEGER,
    over_limit    INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX sessions_account ON sessions (account, started_at);
CREATE INDEX sessions_node ON sessions (node);
CREATE INDEX sessions_ended ON sessions (node) WHERE ended_at IS NOT NULL;

-- Password reset
-- --------------

-- Requests for a reset code, for known and unknown names alike. A worker resolves each and then wipes
-- `sealed_identifier`: what was typed, encrypted under a key outside the database.
CREATE TABLE reset_requests (
    id                TEXT    NOT NULL PRIMARY KEY,
    sealed_identifier BLOB,
    source            TEXT    NOT NULL,
    client            TEXT    NOT NULL,
    session           TEXT    NOT NULL,
    language          TEXT    NOT NULL DEFAULT 'en',
    requested_at      INTEGER NOT NULL,
    resolved_at       INTEGER
) STRICT;
CREATE INDEX reset_requests_open ON reset_requests (requested_at) WHERE resolved_at IS NULL;
CREATE INDEX reset_requests_requested_at ON reset_requests (requested_at);

-- One-time codes, as an HMAC under the key named `key_id`, which is not in the database. A code is live while
-- used_at and dead_at are NULL, tries < 5 and expires_at lies ahead. `expires_at` is 30 minutes after the request
-- until the relay has the email, then the setting's minutes after that. `asked_by` is the keyed hash of the source that
-- asked for it; of the tries, those of strangers are counted once more.
CREATE TABLE codes (
    id             TEXT    NOT NULL PRIMARY KEY,
    request        TEXT    NOT NULL UNIQUE,
    account        TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    purpose        TEXT    NOT NULL,
    mac            BLOB    NOT NULL,
    key_id         TEXT    NOT NULL,
    tries          INTEGER NOT NULL DEFAULT 0,
    stranger_tries INTEGER NOT NULL DEFAULT 0,
    asked_by       TEXT    NOT NULL DEFAULT '',
    requested_at   INTEGER NOT NULL,
    sent_at        INTEGER ,
    expires_at     INTEGER NOT NULL,
    used_at        INTEGER ,
    dead_at        INTEGER
) STRICT;
CREATE INDEX codes_account ON codes (account);
CREATE INDEX codes_requested_at ON codes (requested_at);

-- Undo
-- ----

-- What an account was like before a sensitive change, for as long as that can be undone with the code in its
-- notification. `nth` counts the account's changes: who undoes one voids the codes of those with a higher number.
-- `kind` is the event, `detail` what it was done to, `factor_since` is when the second factor was turned on that was on
-- then. Its codes are live while used_at and dead_at are NULL and expires_at lies ahead; `used_by` is the address whose
-- code was used.
CREATE TABLE undo_snapshots (
    id           TEXT    NOT NULL PRIMARY KEY,
    account      TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    nth          INTEGER NOT NULL,
    kind         TEXT    NOT NULL,
    detail       TEXT    NOT NULL,
    ip           TEXT    NOT NULL,
    client       TEXT    NOT NULL,
    factor_since INTEGER,
    made_at      INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    used_at      INTEGER,
    used_by      TEXT,
    dead_at      INTEGER,
    UNIQUE (account, nth)
) STRICT;
CREATE INDEX undo_snapshots_made_at ON undo_snapshots (made_at);

-- The verified addresses that the account had, each with the code that went to it. `lookup` is what a typed code is found
-- by, `mac` is bound to the snapshot; both are HMACs under the key named `key_id`, which is not in the database. A code
-- with `void_at` is good for nothing any more. `factor_fails` counts wrong codes of the second factor beside this one.
CREATE TABLE undo_addresses (
    snapshot      TEXT    NOT NULL REFERENCES undo_snapshots (id) ON DELETE CASCADE,
    id            TEXT    NOT NULL,
    address       TEXT    NOT NULL,
    canonical     TEXT    NOT NULL,
    verified_at   INTEGER NOT NULL,
    primary_at    INTEGER,
    primary_until INTEGER,
    created_at    INTEGER NOT NULL,
    added_ip      TEXT,
    added_client  TEXT,
    suspended_at  INTEGER,
    lookup        BLOB UNIQUE,
    mac           BLOB,
    key_id        TEXT,
    void_at       INTEGER,
    factor_fails  INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (snapshot, id)
) STRICT;

-- The SSH keys that it had, by the ids of their rows. One that was removed since does not come back.
CREATE TABLE undo_keys (
    snapshot TEXT NOT NULL REFERENCES undo_snapshots (id) ON DELETE CASCADE,
    key      TEXT NOT NULL,
    suspended_at INTEGER,
    PRIMARY KEY (snapshot, key)
) STRICT;

-- The recovery codes that were not used then. One that is used goes from here too.
CREATE TABLE undo_recovery_codes (
    snapshot TEXT    NOT NULL REFERENCES undo_snapshots (id) ON DELETE CASCADE,
    id       TEXT    NOT NULL,
    mac      BLOB    NOT NULL,
    key_id   TEXT    NOT NULL,
    made_at  INTEGER NOT NULL,
    PRIMARY KEY (snapshot, id)
) STRICT;
CREATE INDEX undo_recovery_codes_id ON undo_recovery_codes (id);

-- Second factors of snapshots, each once, with the tries of a step that `second_factors` has: all codes of one account
-- that ask for the same one share them.
CREATE TABLE undo_second_factors (
    account    TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    on_since   INTEGER NOT NULL,
    sealed     BLOB    NOT NULL,
    last_step  INTEGER NOT NULL,
    tries_step INTEGER NOT NULL,
    tries      INTEGER NOT NULL,
    added_ip     TEXT,
    added_client TEXT,
    kept_at    INTEGER NOT NULL,
    PRIMARY KEY (account, on_since)
) STRICT;
CREATE INDEX undo_second_factors_kept_at ON undo_second_factors (kept_at);

-- The right, earned by a code or an undo, to set the password of one account once. It is dead when the account's epoch has
-- moved on. For an account with two-factor authentication it opens nothing before `second_factor_at`.
CREATE TABLE grants (
    id               TEXT    NOT NULL PRIMARY KEY,
    account          TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    code             TEXT    UNIQUE REFERENCES codes (id) ON DELETE CASCADE,
    undo             TEXT    UNIQUE REFERENCES undo_snapshots (id) ON DELETE CASCADE,
    epoch            INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    expires_at       INTEGER NOT NULL,
    second_factor_at INTEGER,
    used_at          INTEGER,
    dead_at          INTEGER,
    CHECK (code IS NULL OR undo IS NULL)
) STRICT;
CREATE INDEX grants_account ON grants (account);
CREATE INDEX grants_created_at ON grants (created_at);

-- Teams
-- -----

-- `changed_at` is touched by every change of the team's memberships, which makes them queue up. `links` has a line
-- for each link.
CREATE TABLE teams (
    id             TEXT    NOT NULL PRIMARY KEY,
    name           TEXT    NOT NULL,
    name_canonical TEXT    NOT NULL UNIQUE,
    description    TEXT    NOT NULL,
    links          TEXT    NOT NULL DEFAULT '',
    created_at     INTEGER NOT NULL,
    changed_at     INTEGER NOT NULL
) STRICT;

-- `last_opened_at` is when the member last opened the team.
CREATE TABLE memberships (
    team           TEXT    NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    account        TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    role           TEXT    NOT NULL CHECK (role IN ('owner', 'member')),
    joined_at      INTEGER NOT NULL,
    last_opened_at INTEGER,
    PRIMARY KEY (team, account)
) STRICT;
CREATE INDEX memberships_account ON memberships (account);

-- Emails
-- ------

-- Emails that are committed and perhaps not sent yet. The recipient is a row of `email_addresses` or `contacts`,
-- never text; `to_unverified` is 1 for the one kind of email that may go to an address that is not verified yet.
-- `class` is what it competes with for being sent, a number of `EmailClass`.
-- `sealed` is the email under a key outside the database, wiped once it is sent or dropped. `next_at` is when it
-- is due; a worker that takes it moves `next_at` to the end of its lease, and on while it is sending, and writes
-- its mark into `lease` and its node into `leased_by`. `refused_at` is since when the relay has refused the
-- recipient in every try. A parked email is the operator's to decide on. `expires_at` is when it is no longer
-- worth sending.
CREATE TABLE outbox (
    id            TEXT    NOT NULL PRIMARY KEY,
    address       TEXT    REFERENCES email_addresses (id) ON DELETE CASCADE,
    contact       TEXT    REFERENCES contacts (id) ON DELETE CASCADE,
    to_unverified INTEGER NOT NULL DEFAULT 0,
    class         INTEGER NOT NULL,
    code          TEXT    REFERENCES codes (id) ON DELETE CASCADE,
    sealed        BLOB,
    created_at    INTEGER NOT NULL,
    next_at       INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    attempts      INTEGER NOT NULL DEFAULT 0,
    lease         TEXT,
    leased_by     TEXT,
    refused_at    INTEGER,
    sent_at       INTEGER,
    dropped_at    INTEGER,
    parked_at     INTEGER,
    reason        TEXT,
    CHECK ((address IS NULL) <> (contact IS NULL))
) STRICT;
CREATE INDEX outbox_due ON outbox (next_at) WHERE sent_at IS NULL AND dropped_at IS NULL AND parked_at IS NULL;
CREATE INDEX outbox_leased_by ON outbox (leased_by) WHERE lease IS NOT NULL;
CREATE INDEX outbox_parked ON outbox (expires_at) WHERE parked_at IS NOT NULL AND dropped_at IS NULL;
CREATE INDEX outbox_sent_at ON outbox (sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX outbox_created_at ON outbox (created_at);
CREATE INDEX outbox_code ON outbox (code) WHERE code IS NOT NULL;

-- Codes that went to a contact, as an HMAC under the key named `key_id`, which is not in the database. With a
-- `team` it is an invitation sent by `inviter`; without one it is a code to sign up. It is open while used_at and
-- dead_at are NULL and expires_at lies ahead. When the code was right and `account` has the address
-- already, `proven_at` is set and the next sign-in accepts the invitation. `email` is the email it is in, which
-- is dropped when the invitation is withdrawn.
CREATE TABLE invitations (
    id         TEXT    NOT NULL PRIMARY KEY,
    team       TEXT    REFERENCES teams (id) ON DELETE CASCADE,
    inviter    TEXT    REFERENCES accounts (id) ON DELETE SET NULL,
    contact    TEXT    NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    email      TEXT    REFERENCES outbox (id) ON DELETE SET NULL,
    address    TEXT    NOT NULL,
    canonical  TEXT    NOT NULL,
    mac        BLOB    NOT NULL,
    key_id     TEXT    NOT NULL,
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

-- Rate limits and the audit log
-- -----------------------------

-- Counters, in the database so that a restart or another node forgets none. `fails` and `next_at` are a failure
-- counter and the moment before which no further try is looked at; a rate limiter keeps its theoretical arrival
-- time in `next_at` alone. `subject` is the account it is about; NULL for sources and unknown names.
CREATE TABLE throttles (
    bucket     TEXT    NOT NULL PRIMARY KEY,
    subject    TEXT,
    fails      INTEGER NOT NULL,
    next_at    INTEGER NOT NULL,
    touched_at INTEGER NOT NULL
) STRICT;
CREATE INDEX throttles_subject ON throttles (subject) WHERE subject IS NOT NULL;
CREATE INDEX throttles_touched_at ON throttles (touched_at);

-- Single tries in a sliding window ("20 wrong codes in 24 hours"). The bucket's row in `throttles` is written
-- first, which makes tries in one bucket queue up.
CREATE TABLE attempts (
    bucket TEXT    NOT NULL,
    mark   TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (bucket, mark)
) STRICT;
CREATE INDEX attempts_at ON attempts (at);

-- The audit log; each row is written in the transaction that makes it true. `account` is NULL for a name that
-- nobody has; then `subject` is its keyed hash. `ip` and `client` are as the connection reported them.
-- Refusals of one kind, from one source, about one account or name and in one hour are a `series`: one row, first
-- written `at` and last counted `last_at`.
-- `mac` is an HMAC of what the row says. `seq` is its place in the chain, NULL for the moment before it has one, and
-- `previous` that of the row before it of the same account, 0 for none. `link` is an HMAC of these, the row's id and the
-- link before it. See `src/domain/audit_chain.rs`.
CREATE TABLE activity (
    id      TEXT    NOT NULL PRIMARY KEY,
    account TEXT    REFERENCES accounts (id) ON DELETE CASCADE,
    subject TEXT,
    kind    TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    ip      TEXT    NOT NULL,
    client  TEXT    NOT NULL,
    session TEXT    NOT NULL,
    series  TEXT    UNIQUE,
    count   INTEGER NOT NULL DEFAULT 1,
    last_at INTEGER NOT NULL,
    mac     BLOB,
    seq     INTEGER UNIQUE,
    previous INTEGER,
    link    BLOB
) STRICT;
CREATE INDEX activity_account_seq ON activity (account, seq);
CREATE INDEX activity_unlinked ON activity (at) WHERE seq IS NULL;
CREATE INDEX activity_account ON activity (account, at);
CREATE INDEX activity_at ON activity (at);

-- One row: both ends of the chain. `seq` and `link` are of its newest row, the anchor's of the last row that was deleted
-- for its age, and `mac` is an HMAC of all four. `sealed_key` is the key of these HMACs, encrypted under a key outside the
-- database.
CREATE TABLE audit_chain (
    id          INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    sealed_key  BLOB NOT NULL,
    seq         INTEGER NOT NULL,
    link        BLOB NOT NULL,
    anchor_seq  INTEGER NOT NULL,
    anchor_link BLOB NOT NULL,
    mac         BLOB NOT NULL
) STRICT;

-- Transactions
-- ------------

-- The first row that a transaction writes: when COMMIT gets no answer, its presence tells that it was committed.
-- Whoever finds it absent writes it with `void_at`, which keeps it from being committed later. The times are the
-- database's own.
CREATE TABLE transactions (
    id       TEXT    NOT NULL PRIMARY KEY,
    begun_at INTEGER NOT NULL,
    void_at  INTEGER
) STRICT;
CREATE INDEX transactions_begun_at ON transactions (begun_at);

-- Support
-- -------

-- Numbers that only rise: those of cases.
CREATE TABLE counters (
    name TEXT    NOT NULL PRIMARY KEY,
    last INTEGER NOT NULL
) STRICT;

-- A case belongs to an account, or else to a guest: then `claimed` is the name that the guest says is theirs, which
-- nobody has checked, and `contact` is where they want answers, checked once `verified_at` is set. `facts` is
-- what support is told besides, line by line, as it was shown before it was sent. A guest opens the case with a
-- code: an HMAC under the key named `code_key`, live until `code_until`; a new code replaces it.
CREATE TABLE cases (
    id          TEXT    NOT NULL PRIMARY KEY,
    number      INTEGER NOT NULL UNIQUE,
    account     TEXT    REFERENCES accounts (id) ON DELETE CASCADE,
    contact     TEXT    REFERENCES contacts (id) ON DELETE CASCADE,
    claimed     TEXT    NOT NULL,
    verified_at INTEGER,
    code_mac    BLOB,
    code_key    TEXT,
    code_until  INTEGER,
    subject     TEXT    NOT NULL,
    facts       TEXT    NOT NULL,
    language    TEXT    NOT NULL DEFAULT 'en',
    opened_at   INTEGER NOT NULL,
    changed_at  INTEGER NOT NULL,
    closed_at   INTEGER,
    CHECK ((account IS NULL) <> (contact IS NULL))
) STRICT;
CREATE INDEX cases_account ON cases (account, changed_at) WHERE account IS NOT NULL;
CREATE INDEX cases_contact ON cases (contact) WHERE contact IS NOT NULL;
CREATE INDEX cases_changed_at ON cases (changed_at);

CREATE TABLE case_messages (
    id      TEXT    NOT NULL PRIMARY KEY,
    of_case TEXT    NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    author  TEXT    NOT NULL CHECK (author IN ('member', 'guest', 'support')),
    text    TEXT    NOT NULL,
    at      INTEGER NOT NULL
) STRICT;
CREATE INDEX case_messages_case ON case_messages (of_case, at);

-- For other programs
-- ------------------

-- Under which names people sign in to a mail server: their username and their verified addresses.
CREATE VIEW mail_logins AS
SELECT a.id AS account, a.name_canonical AS login, a.name_canonical AS username
FROM accounts a
WHERE a.disabled_at IS NULL AND a.deletion_begun_at IS NULL
UNION ALL
SELECT a.id, e.canonical, a.name_canonical
FROM email_addresses e JOIN accounts a ON a.id = e.account
WHERE e.verified_at IS NOT NULL AND e.suspended_at IS NULL
  AND a.disabled_at IS NULL AND a.deletion_begun_at IS NULL;

-- For Dovecot's `password_query`. Only hashes without a pepper can be checked there (`password.pepper = false`). Who has
-- two-factor authentication is not in it, since the password alone would be enough.
CREATE VIEW dovecot_users AS
SELECT l.login, l.username, '{ARGON2ID}' || a.password_phc AS password
FROM mail_logins l JOIN accounts a ON a.id = l.account
WHERE a.pepper_id IS NULL AND a.password_phc LIKE '$argon2id$%'
  AND NOT EXISTS (SELECT 1 FROM second_factors f WHERE f.account = a.id);

-- For Postfix's `virtual_alias_maps`: whose mail it is.
CREATE VIEW postfix_addresses AS
SELECT l.login AS address, l.username
FROM mail_logins l
WHERE l.login <> l.username;

-- Hooks
-- -----

-- What hooks are still to be told of an event, which is `id`. A row is deleted when the hook has taken it, and kept for the
-- operator, with `dead_at`, when it was given up. A lower `priority` is told first and dropped last.
CREATE TABLE hook_deliveries (
    id         TEXT    NOT NULL,
    hook       TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    priority   INTEGER NOT NULL,
    body       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    next_at    INTEGER NOT NULL,
    attempts   INTEGER NOT NULL,
    lease      TEXT,
    leased_by  TEXT,
    dead_at    INTEGER,
    reason     TEXT,
    PRIMARY KEY (id, hook)
) STRICT;
CREATE INDEX hook_deliveries_due ON hook_deliveries (hook, priority, next_at, id) WHERE dead_at IS NULL;
CREATE INDEX hook_deliveries_kept ON hook_deliveries (hook, priority, id DESC);
CREATE INDEX hook_deliveries_lease ON hook_deliveries (lease) WHERE lease IS NOT NULL;
CREATE INDEX hook_deliveries_created ON hook_deliveries (created_at);

-- For the LDAP server
-- -------------------

-- What makes an account one of Unix machines too, as an operator gave it.
CREATE TABLE posix_accounts (
    account    TEXT    NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    uid_number INTEGER NOT NULL UNIQUE,
    gid_number INTEGER NOT NULL,
    home       TEXT    NOT NULL,
    shell      TEXT    NOT NULL
) STRICT;

-- Programs that search. `digest` is the SHA-256 of a secret of 256 random bits, `attributes` are those that it may read,
-- with commas between. With `all_teams_at` it finds everybody; without, the members of its teams.
CREATE TABLE service_accounts (
    id           TEXT    NOT NULL PRIMARY KEY,
    name         TEXT    NOT NULL UNIQUE,
    digest       BLOB NOT NULL,
    attributes   TEXT    NOT NULL,
    all_teams_at INTEGER,
    created_at   INTEGER NOT NULL
) STRICT;

CREATE TABLE service_account_teams (
    service_account TEXT NOT NULL REFERENCES service_accounts (id) ON DELETE CASCADE,
    team            TEXT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    PRIMARY KEY (service_account, team)
) STRICT;
CREATE INDEX service_account_teams_team ON service_account_teams (team);

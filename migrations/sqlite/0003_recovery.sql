-- The way back in: a wish for a code, the code, and the right that a proven code leaves behind.

-- A wish for a code, written for known and unknown names alike. A worker resolves it and then wipes
-- `sealed_identifier` (what was typed, encrypted under a key outside the database).
CREATE TABLE reset_requests (
    id                TEXT    NOT NULL PRIMARY KEY,
    sealed_identifier BLOB,
    source            TEXT    NOT NULL,
    client            TEXT    NOT NULL,
    visit             TEXT    NOT NULL,
    requested_at      INTEGER NOT NULL,
    resolved_at       INTEGER
) STRICT;
CREATE INDEX reset_requests_open ON reset_requests (requested_at) WHERE resolved_at IS NULL;
CREATE INDEX reset_requests_requested_at ON reset_requests (requested_at);

-- A one-time code, as an HMAC under the key named `key_id`, which is not in the database.
-- It is live while used_at and dead_at are NULL, tries < 5 and expires_at lies ahead. `expires_at` is
-- 30 minutes after the request until the relay takes the letter, then the setting's minutes after that.
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
-- a second step needs that as well: until `second_step_at` the grant opens nothing.
CREATE TABLE grants (
    id         TEXT    NOT NULL PRIMARY KEY,
    account    TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    code       TEXT    NOT NULL UNIQUE REFERENCES codes (id) ON DELETE CASCADE,
    epoch      INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    second_step_at INTEGER,
    used_at    INTEGER,
    dead_at    INTEGER
) STRICT;
CREATE INDEX grants_account ON grants (account);

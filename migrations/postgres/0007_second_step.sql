-- The second step: an authenticator app, and the recovery codes that stand in for it.

-- An account that has a second step has a row here. `sealed` is the app's seed under a key outside the
-- database, bound to this account. `last_step` is the thirty seconds that the last taken code was for: no code
-- of that step or an earlier one counts again. `tries` of them were made in step `tries_step`; `fails` counts
-- wrong ones in a row.
CREATE TABLE second_steps (
    account    TEXT    NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    sealed     BYTEA    NOT NULL,
    last_step  BIGINT NOT NULL,
    tries_step BIGINT NOT NULL DEFAULT 0,
    tries      BIGINT NOT NULL DEFAULT 0,
    fails      BIGINT NOT NULL DEFAULT 0,
    on_since   BIGINT NOT NULL
);

-- A recovery code, as an HMAC under the key named `key_id`, which is not in the database. Good once.
CREATE TABLE recovery_codes (
    id      TEXT    NOT NULL PRIMARY KEY,
    account TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    mac     BYTEA    NOT NULL,
    key_id  TEXT    NOT NULL,
    made_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX recovery_codes_account ON recovery_codes (account);

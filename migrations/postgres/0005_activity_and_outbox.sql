-- What happened, and what has yet to be told by mail.

-- One thing that happened, written in the transaction that made it happen. `account` is NULL for a
-- name that nobody has; then `subject` is its keyed hash. `client` and `source` are as the wire told.
CREATE TABLE activity (
    id      TEXT    NOT NULL PRIMARY KEY,
    account TEXT    REFERENCES accounts (id) ON DELETE CASCADE,
    subject TEXT,
    kind    TEXT    NOT NULL,
    at      BIGINT NOT NULL,
    source  TEXT    NOT NULL,
    client  TEXT    NOT NULL,
    visit   TEXT    NOT NULL
);
CREATE INDEX activity_account ON activity (account, at);
CREATE INDEX activity_at ON activity (at);

-- A letter that is committed and perhaps not yet sent. The recipient is a row of `addresses` or of
-- `contacts`, never text;
-- `to_unverified` is 1 for the one kind of letter that may go to an address that is not verified yet. `sealed` is the letter under a key outside the database, wiped when it is sent or dropped.
-- `next_at` is when it is due; a worker that takes it moves `next_at` past its lease and leaves its
-- mark in `lease`. `expires_at` is when it is no longer worth sending.
CREATE TABLE outbox (
    id         TEXT    NOT NULL PRIMARY KEY,
    address    TEXT    REFERENCES addresses (id) ON DELETE CASCADE,
    contact    TEXT    REFERENCES contacts (id) ON DELETE CASCADE,
    to_unverified BIGINT NOT NULL DEFAULT 0,
    code       TEXT    REFERENCES codes (id) ON DELETE CASCADE,
    sealed     BYTEA,
    created_at BIGINT NOT NULL,
    next_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    attempts   BIGINT NOT NULL DEFAULT 0,
    lease      TEXT,
    sent_at    BIGINT,
    dropped_at BIGINT,
    parked_at  BIGINT,
    reason     TEXT,
    CHECK ((address IS NULL) <> (contact IS NULL))
);
CREATE INDEX outbox_due ON outbox (next_at) WHERE sent_at IS NULL AND dropped_at IS NULL AND parked_at IS NULL;
CREATE INDEX outbox_sent_at ON outbox (sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX outbox_created_at ON outbox (created_at);
CREATE INDEX outbox_code ON outbox (code) WHERE code IS NOT NULL;

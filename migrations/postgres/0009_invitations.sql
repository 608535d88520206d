-- The way in for somebody who may have no account: a code by mail, and what it opens.

-- A code that went to `contact`, as an HMAC under the key named `key_id`, which is not in the database.
-- With a `team` it is an invitation to it, sent by `inviter`; without one it was asked for to sign up.
-- It is open while used_at and dead_at are NULL, tries < 5 and expires_at lies ahead. When it was right
-- and `account` has the address already, `proven_at` says so, and the next sign-in takes it up.
-- `letter` is the letter that it is in, which goes nowhere any more when the invitation is taken back.
CREATE TABLE invitations (
    id         TEXT    NOT NULL PRIMARY KEY,
    team       TEXT    REFERENCES teams (id) ON DELETE CASCADE,
    inviter    TEXT    REFERENCES accounts (id) ON DELETE SET NULL,
    contact    TEXT    NOT NULL REFERENCES contacts (id) ON DELETE CASCADE,
    letter     TEXT    REFERENCES outbox (id) ON DELETE SET NULL,
    address    TEXT    NOT NULL,
    canonical  TEXT    NOT NULL,
    mac        BYTEA    NOT NULL,
    key_id     TEXT    NOT NULL,
    tries      BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    account    TEXT    REFERENCES accounts (id) ON DELETE CASCADE,
    proven_at  BIGINT,
    used_at    BIGINT,
    dead_at    BIGINT
);
CREATE INDEX invitations_team ON invitations (team) WHERE team IS NOT NULL;
CREATE INDEX invitations_canonical ON invitations (canonical);
CREATE INDEX invitations_contact ON invitations (contact);
CREATE INDEX invitations_account ON invitations (account) WHERE account IS NOT NULL;
CREATE INDEX invitations_letter ON invitations (letter) WHERE letter IS NOT NULL;
CREATE INDEX invitations_created_at ON invitations (created_at);

-- Public SSH keys of people.

-- `fingerprint` is the SHA-256 of `blob`, the key as it goes over the wire (RFC 4253 section 6.6). It
-- is unique over all accounts: a connection that proves a key is then one account, whatever name it
-- gave. `comment` is the owner's own text, made harmless.
CREATE TABLE keys (
    id           TEXT    NOT NULL PRIMARY KEY,
    account      TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    fingerprint  BYTEA    NOT NULL UNIQUE,
    algorithm    TEXT    NOT NULL,
    blob         BYTEA    NOT NULL,
    comment      TEXT    NOT NULL,
    added_at     BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX keys_account ON keys (account, added_at);

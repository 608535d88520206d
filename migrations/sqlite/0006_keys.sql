-- Public SSH keys of people.

-- `fingerprint` is the SHA-256 of `blob`, the key as it goes over the wire (RFC 4253 section 6.6). It
-- is unique over all accounts: a connection that proves a key is then one account, whatever name it
-- gave. `comment` is the owner's own text, made harmless.
CREATE TABLE keys (
    id           TEXT    NOT NULL PRIMARY KEY,
    account      TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    fingerprint  BLOB    NOT NULL UNIQUE,
    algorithm    TEXT    NOT NULL,
    blob         BLOB    NOT NULL,
    comment      TEXT    NOT NULL,
    added_at     INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;
CREATE INDEX keys_account ON keys (account, added_at);

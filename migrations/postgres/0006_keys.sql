-- Public SSH keys of people.

-- `fingerprint` is the SHA-256 of `blob`, the key as it goes over the wire (RFC 4253 section 6.6). A
-- public key is no secret, so anybody may register it: it counts for its one owner when a connection has
-- proven to hold its private half (`proven_at`), and until then for whoever is named beside it. `comment`
-- is the owner's own text, made harmless.
CREATE TABLE keys (
    id           TEXT    NOT NULL PRIMARY KEY,
    account      TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    fingerprint  BYTEA    NOT NULL,
    algorithm    TEXT    NOT NULL,
    blob         BYTEA    NOT NULL,
    comment      TEXT    NOT NULL,
    added_at     BIGINT NOT NULL,
    last_used_at BIGINT,
    proven_at    BIGINT,
    UNIQUE (fingerprint, account)
);
CREATE INDEX keys_account ON keys (account, added_at);
CREATE UNIQUE INDEX keys_proven ON keys (fingerprint) WHERE proven_at IS NOT NULL;

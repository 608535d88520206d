-- Where people are signed in now.

-- A running portal. One that has not said so for a while (`seen_at`) is gone, and its visits with it.
CREATE TABLE nodes (
    id      TEXT    NOT NULL PRIMARY KEY,
    seen_at INTEGER NOT NULL
) STRICT;

-- A visit that is signed in. The row goes when the visit does; `ended_at` is set by another visit of the
-- account, and the node that has the visit then closes it. `last_input_at` is written now and then.
CREATE TABLE visits (
    id            TEXT    NOT NULL PRIMARY KEY,
    account       TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    node          TEXT    NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
    client        TEXT    NOT NULL,
    source        TEXT    NOT NULL,
    fingerprint   BLOB,
    started_at    INTEGER NOT NULL,
    last_input_at INTEGER NOT NULL,
    ended_at      INTEGER
) STRICT;
CREATE INDEX visits_account ON visits (account, started_at);
CREATE INDEX visits_node ON visits (node);
CREATE INDEX visits_ended ON visits (node) WHERE ended_at IS NOT NULL;

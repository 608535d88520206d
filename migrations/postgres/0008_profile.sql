-- What a change of profile leaves behind.

-- A username that its account gave up. Nobody else may take it for a while: letters, links and habits still
-- mean the one who had it. Swept when that while is over.
CREATE TABLE released_names (
    name_canonical TEXT    NOT NULL PRIMARY KEY,
    account        TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    released_at    BIGINT NOT NULL
);
CREATE INDEX released_names_account ON released_names (account);
CREATE INDEX released_names_released_at ON released_names (released_at);

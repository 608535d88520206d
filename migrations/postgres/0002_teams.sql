-- Teams, and who is in them.

-- A team. `changed_at` is touched by every change of its memberships, which makes them queue up.
-- `links` is a line for each link.
CREATE TABLE teams (
    id             TEXT    NOT NULL PRIMARY KEY,
    name           TEXT    NOT NULL,
    name_canonical TEXT    NOT NULL UNIQUE,
    description    TEXT    NOT NULL,
    links          TEXT    NOT NULL DEFAULT '',
    created_at     BIGINT NOT NULL,
    changed_at     BIGINT NOT NULL
);

-- One account's place in one team. `last_visit_at` is when that member last opened the team.
CREATE TABLE memberships (
    team      TEXT    NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    account   TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    role      TEXT    NOT NULL CHECK (role IN ('owner', 'member')),
    joined_at BIGINT NOT NULL,
    last_visit_at BIGINT,
    PRIMARY KEY (team, account)
);
CREATE INDEX memberships_account ON memberships (account);

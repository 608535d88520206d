-- Who there is. Times are milliseconds since 1970-01-01 UTC; ids are UUIDv7 as text; a fact is a
-- moment or NULL, not a flag. The folder `postgres` holds this schema's twin.

-- An account. `name_canonical` is how a typed name is looked up, and what makes a name unique.
-- `password_phc` is NULL while the account has no password (forgot password sets the first one);
-- `pepper_id` names the pepper key the hash was keyed with, NULL for an imported hash without one.
-- `short_password_at` is when a password was set that is good only beside a second step, NULL for any other.
-- `auth_epoch` rises with every change of how the account is proven, and `epoch_raised_at` says when:
-- a visit that signed in under an older epoch can do nothing any more. `language` (BCP 47), `time_zone`
-- (IANA name or offset), `plain_at` (wants plain prompts) and `no_color_at` (wants no colours) are what the
-- person prefers; `profile_version` rises with every change of these and of the names, so that of two visits
-- that edit at the same time the later one is told. `recovery_reviewed_at` is when somebody last looked at
-- the addresses and found them right.
CREATE TABLE accounts (
    id                  TEXT    NOT NULL PRIMARY KEY,
    name                TEXT    NOT NULL,
    name_canonical      TEXT    NOT NULL UNIQUE,
    display_name        TEXT    NOT NULL,
    password_phc        TEXT,
    pepper_id           TEXT,
    password_changed_at INTEGER,
    short_password_at   INTEGER,
    auth_epoch          INTEGER NOT NULL DEFAULT 0,
    epoch_raised_at     INTEGER,
    created_at          INTEGER NOT NULL,
    disabled_at         INTEGER,
    language            TEXT    NOT NULL DEFAULT 'en',
    time_zone           TEXT    NOT NULL DEFAULT 'UTC',
    plain_at            INTEGER,
    no_color_at         INTEGER,
    profile_version     INTEGER NOT NULL DEFAULT 0,
    recovery_reviewed_at INTEGER
) STRICT;
CREATE INDEX accounts_epoch_raised_at ON accounts (epoch_raised_at) WHERE epoch_raised_at IS NOT NULL;

-- An address letters may go to. Only a verified one identifies its account or gets a letter; one of
-- them at most is the main one; `main_until` is when another one took that place. A verified address belongs to one account only, in any spelling; before
-- that anybody may have written it down, which keeps nobody from verifying it.
CREATE TABLE addresses (
    id          TEXT    NOT NULL PRIMARY KEY,
    account     TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    address     TEXT    NOT NULL,
    canonical   TEXT    NOT NULL,
    verified_at INTEGER,
    main_at     INTEGER,
    main_until  INTEGER,
    created_at  INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX addresses_once_each ON addresses (account, canonical);
CREATE UNIQUE INDEX addresses_verified ON addresses (canonical) WHERE verified_at IS NOT NULL;
CREATE UNIQUE INDEX addresses_one_main ON addresses (account) WHERE main_at IS NOT NULL;

-- An address of somebody who has no account, or not yet: who was invited, who signs up, who asks support
-- as a guest. A letter may go to it; it identifies nobody. Swept when nothing refers to it any more.
CREATE TABLE contacts (
    id         TEXT    NOT NULL PRIMARY KEY,
    address    TEXT    NOT NULL,
    canonical  TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX contacts_created_at ON contacts (created_at);

-- Where an account has signed in from of late: a keyed hash of the source, never the source itself.
-- Wrong tries from a known source are counted apart from those of the rest of the world.
CREATE TABLE known_sources (
    account      TEXT    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    source_mac   TEXT    NOT NULL,
    last_seen_at INTEGER NOT NULL,
    PRIMARY KEY (account, source_mac)
) STRICT;
CREATE INDEX known_sources_last_seen_at ON known_sources (last_seen_at);

-- Support cases: what members and guests ask of support, and what is answered.

-- What counts upwards in the whole portal: the numbers of cases.
CREATE TABLE counters (
    name TEXT    NOT NULL PRIMARY KEY,
    last BIGINT NOT NULL
);

-- A case. It is an account's, or else a guest's: then `claimed` is the name that they say is theirs, which
-- nobody has checked, and `contact` is where they want answers, checked when `verified_at` says so.
-- `facts` is what support is told besides, line by line, as it was shown before it was sent.
-- The code is the guest's way to the case: an HMAC under the key named `code_key`, live until `code_until`
-- while `code_tries` < 5; the next one takes its place.
CREATE TABLE cases (
    id          TEXT    NOT NULL PRIMARY KEY,
    number      BIGINT NOT NULL UNIQUE,
    account     TEXT    REFERENCES accounts (id) ON DELETE CASCADE,
    contact     TEXT    REFERENCES contacts (id) ON DELETE CASCADE,
    claimed     TEXT    NOT NULL,
    verified_at BIGINT,
    code_mac    BYTEA,
    code_key    TEXT,
    code_tries  BIGINT NOT NULL DEFAULT 0,
    code_until  BIGINT,
    subject     TEXT    NOT NULL,
    facts       TEXT    NOT NULL,
    opened_at   BIGINT NOT NULL,
    changed_at  BIGINT NOT NULL,
    closed_at   BIGINT,
    CHECK ((account IS NULL) <> (contact IS NULL))
);
CREATE INDEX cases_account ON cases (account, changed_at) WHERE account IS NOT NULL;
CREATE INDEX cases_contact ON cases (contact) WHERE contact IS NOT NULL;
CREATE INDEX cases_changed_at ON cases (changed_at);

-- What was said in a case, and by whom.
CREATE TABLE case_messages (
    id      TEXT    NOT NULL PRIMARY KEY,
    of_case TEXT    NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    author  TEXT    NOT NULL CHECK (author IN ('member', 'guest', 'support')),
    text    TEXT    NOT NULL,
    at      BIGINT NOT NULL
);
CREATE INDEX case_messages_case ON case_messages (of_case, at);

-- What counts tries, so that a restart or another node forgets none of them.

-- A counter in a named bucket. `fails` and `next_at` are a failure counter and the moment before which
-- no further try is looked at; a rate limiter keeps its theoretical arrival time in `next_at` alone.
-- `subject` is the account it is about; NULL for sources and for names that nobody has.
CREATE TABLE throttles (
    bucket     TEXT    NOT NULL PRIMARY KEY,
    subject    TEXT,
    fails      BIGINT NOT NULL,
    next_at    BIGINT NOT NULL,
    touched_at BIGINT NOT NULL
);
CREATE INDEX throttles_subject ON throttles (subject) WHERE subject IS NOT NULL;
CREATE INDEX throttles_touched_at ON throttles (touched_at);

-- Single tries that count in a sliding window ("20 wrong codes in 24 hours"). The bucket's row in
-- `throttles` is written first, which makes tries in one bucket queue up.
CREATE TABLE attempts (
    bucket TEXT    NOT NULL,
    mark   TEXT    NOT NULL,
    at     BIGINT NOT NULL,
    PRIMARY KEY (bucket, mark)
);
CREATE INDEX attempts_at ON attempts (at);

-- What must hold in every state that a kill, a power cut or a failover leaves. Each query gives the rows that break its
-- rule, on either engine; the line `-- name: ...` before it says what is broken.

-- name: a code is used and dead at once
SELECT id FROM codes WHERE used_at IS NOT NULL AND dead_at IS NOT NULL;

-- name: a code has more tries than it may have
SELECT id, tries FROM codes
 WHERE tries > 5 OR tries < 0 OR stranger_tries > 3 OR stranger_tries < 0 OR stranger_tries > tries;

-- name: a grant for a code that is not used
SELECT g.id FROM grants g JOIN codes c ON c.id = g.code WHERE c.used_at IS NULL;

-- name: a used reset code without its grant
SELECT c.id FROM codes c WHERE c.purpose LIKE 'reset%' AND c.used_at IS NOT NULL
   AND NOT EXISTS (SELECT 1 FROM grants g WHERE g.code = c.id);

-- name: accepted codes differ from grants
SELECT a.name FROM accounts a
 WHERE (SELECT count(*) FROM activity e WHERE e.account = a.id AND e.kind = 'reset-code-accepted')
    <> (SELECT count(*) FROM grants g WHERE g.account = a.id);

-- name: password resets differ from used grants
SELECT a.name FROM accounts a
 WHERE (SELECT count(*) FROM activity e WHERE e.account = a.id AND e.kind = 'password-reset')
    <> (SELECT count(*) FROM grants g WHERE g.account = a.id AND g.used_at IS NOT NULL);

-- name: the epoch differs from the events that raise it
SELECT a.name FROM accounts a
 WHERE a.auth_epoch <> (SELECT count(*) FROM activity e
                        WHERE e.account = a.id AND e.kind IN ('password-reset', 'password-changed'));

-- name: the password is not as old as the last event that set it
SELECT a.name FROM accounts a
 WHERE a.auth_epoch > 0
   AND a.password_changed_at <> (SELECT max(e.at) FROM activity e
                                 WHERE e.account = a.id AND e.kind IN ('password-reset', 'password-changed'));

-- name: an event without its email
SELECT e.id, e.kind FROM activity e
 WHERE e.kind IN ('reset-code-sent', 'password-reset', 'password-changed', 'email-added', 'email-verified',
                  'verification-code-sent', 'key-added')
   AND NOT EXISTS (SELECT 1 FROM outbox o JOIN email_addresses d ON d.id = o.address
                   WHERE d.account = e.account AND o.created_at = e.at);

-- name: an email without its event
SELECT o.id FROM outbox o JOIN email_addresses d ON d.id = o.address
 WHERE NOT EXISTS (SELECT 1 FROM activity e WHERE e.account = d.account AND e.at = o.created_at);

-- name: a code without its email
SELECT c.id FROM codes c
 WHERE c.request NOT LIKE 'support:%' AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.code = c.id);

-- name: a sent email that still has its text, or whose code does not know that it was sent
SELECT o.id FROM outbox o LEFT JOIN codes c ON c.id = o.code
 WHERE o.sent_at IS NOT NULL AND (o.sealed IS NOT NULL OR (o.code IS NOT NULL AND c.sent_at IS NULL));

-- name: a request that was answered and still holds what was typed
SELECT id FROM reset_requests WHERE resolved_at IS NOT NULL AND sealed_identifier IS NOT NULL;

-- name: a verified address without its event
SELECT d.id FROM email_addresses d
 WHERE d.verified_at > d.created_at
   AND NOT EXISTS (SELECT 1 FROM activity e
                   WHERE e.account = d.account AND e.kind = 'email-verified' AND e.at = d.verified_at);

-- name: a key without its event
SELECT k.id FROM keys k
 WHERE NOT EXISTS (SELECT 1 FROM activity e
                   WHERE e.account = k.account AND e.kind = 'key-added' AND e.at = k.added_at);

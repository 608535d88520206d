//! The manual in Markdown, a chapter a function. The man pages are made of the same chapters.

use std::fmt::Write as _;
use std::path::Path;

use clap::{Arg, ArgAction, Command, CommandFactory};

use strum::VariantArray;

use super::{monitoring, package, unit};
use crate::accounts::EventKind;
use crate::cli::{Cli, wiring};
use crate::commands;
use crate::config;
use crate::domain::exit_code::{self, ExitCode};
use crate::domain::penalty_rules::PenaltyRules;
use crate::log::LogEvent;
use crate::mail::templates;
use crate::messages::Language;
use crate::ui::lines;

/// How commands find out who runs them, beyond what `help` says.
const COMMANDS_INTRO: &str = "\
What the portal does on a page, it also does in one line, for scripts. `ssh account@host help` lists every command and
`help COMMAND` shows its arguments and an example of its JSON. Names, ids, JSON keys and exit codes are an interface:
they change only with an entry under Changes in the README.

```sh
ssh -t ada@host keys add                                # once: asks for the password and the public key
ssh ada@host whoami                                     # once, with that key: proves that it is yours
ssh -o BatchMode=yes account@host whoami --json         # from then on: no prompt at all
printf '%s\\n%s\\n' \"$OLD\" \"$NEW\" | ssh ada@host passwd --stdin
ssh account@host forgot ada                             # then read the email
printf '%s\\n%s\\n' \"$CODE\" \"$NEW\" | ssh account@host forgot ada --code-stdin
printf '%s\\n' \"$UNDO_CODE\" | ssh account@host undo --code-stdin --preview     # who, what, when, from where
printf '%s\\n%s\\n' \"$UNDO_CODE\" \"$NEW\" | ssh account@host undo --code-stdin
```

Two-factor authentication can be turned on by two pipes, with what
`2fa enroll --start --json` prints between them.

`--password-stdin` takes the account from the name before the `@`, or from `--name NAME`. A key works for your username
(`ssh ada@host`) as soon as it is registered. It works for the portal's own username (`account@host`) once a connection
has proven that you hold it; from then on nobody else can register it. A security key (`sk-ssh-ed25519@openssh.com`,
`sk-ecdsa-sha2-nistp256@openssh.com`) is kept for your servers and signs in here only if you add it with
`no-touch-required` before it: the portal cannot tell whether it was touched. `doorkey authorized-keys` prints the option
too, so your servers then ask for no touch either. RSA keys sign with SHA-2 (`rsa-sha2-256`, `rsa-sha2-512`). A line that
standard input cuts off is not used. Output never contains an escape character. Times are UTC, RFC 3339.

The portal keeps no files and runs no programs. What `scp`, `sftp`, `rsync`, `git`, `mosh`, `ssh-copy-id`, editors and
scripts for a shell ask for is answered with one sentence on standard error, `[no-programs]`, and exit code 64; some of
these programs then exit with a code of their own.

Whatever is typed, pasted or piped has one form everywhere: on the screen, in line mode, in commands, in ssh's own prompts.
Passwords are the very characters in Unicode's NFC: one that nobody sees counts too, and nothing is trimmed. Codes may
be in any case, with any spaces, dashes and quotes, in digits of any script and with a sentence around them; what has no
code in it is refused with `code-malformed` and counts as no try. Names may have emoji, and the joiners of Persian and
Indic scripts where they belong. Control characters and what is not UTF-8 are refused. A byte order mark at the start and
CR LF at the end of lines, as Windows programs write them, are taken in standard input and in files; UTF-16 is not.

Where the setting `portal.public_keys` allows it, `ssh keys@host NAME` prints a user's public keys to anybody; for an
unknown name it prints nothing.

### Libraries

The portal offers `publickey` and `keyboard-interactive`, which asks for nothing but at `reset@host` and `undo@host`. Some
libraries authenticate in another way, and their first attempt always opens a session:

- A password that a client sends when it connects (paramiko, npm ssh2) is not asked for and is accepted all the same. It
  means what `--password-stdin` means: a command runs as the account before the `@` or as `--name NAME`, with `--2fa-stdin`
  for a two-factor code, and a page signs in at once or asks for the second factor. A wrong one leaves you a guest: the page
  says so, and so does a command that needs to know who you are (exit code 77).
- A signature by a key that is not registered, or not for that username, leaves you a guest in the same way where the
  client begins with it (paramiko). Clients that ask first, as OpenSSH does, go on to their next key.

`reset@host` and `undo@host` take neither, and end a connection that begins with them, with a reason. So does a second attempt by a client that
asks for the `ssh-userauth` service again before it, as paramiko does: give it the right key or password first.
";

/// What a terminal must be able to do, and what it is left with.
const TERMINALS: &str = "\
A page is drawn with the colours and characters that `TERM`, `COLORTERM`, `NO_COLOR` and the locale allow, as far as the
client sends them (`SendEnv`). A terminal that is called `dumb` or `unknown`, or not at all, gets line mode. Keys are read
as each terminal of terminfo that follows ECMA-48 sends them.

The page is erased when its session ends, and nothing of it stays where there is no alternate screen (the Linux console,
GNU screen without `altscreen on`). A connection that breaks can leave it there: `reset` clears the terminal.

Alt with a digit or a letter works in a field because xterm is told to send ESC before the character while the page is
open. A terminal that types another character instead (Terminal on macOS unless Option is used as Meta; tmux or GNU screen
in an xterm without `metaSendsEscape`) sends nothing by which the two could be told apart: leave the field with Tab, and
press the digit alone.
";

/// How places are shared, what misbehaving costs, and what stands before the portal.
const CONNECTIONS: &str = "\
A source is an IPv4 address or an IPv6 /56. It has at most `ssh.per_source_max` connections, and
`ssh.per_source_max_startups` that have not authenticated. In all there are `ssh.max_connections`; a process that may not
open as many files says so at the start and has fewer (`doorkey check` tells how many).

### When places run short

Places are counted by network: /16, /24 and address, or /32, /48 and /56. Somebody whose networks have fewer places than
another's gets in, and a guest of that other's gives way, the one that has been silent longest first; it reads that the
portal is full, with exit code 75. Connections that have not authenticated share the places of `ssh.max_startups` the same
way: only those whose networks have most are refused at random. A session that is signed in never gives way. A sixteenth of
the places is kept for sources from which an account older than a week has signed in within 30 days, and for connections
that have proven a registered key; guests among these do not give way to others, up to half of all places.

### Penalties

As with sshd's `PerSourcePenalties`, an offence costs its source seconds that add up; from `min` on the source is refused
until they have passed, at most `max`. The line in `ssh.per_source_penalties` names what it changes:

```toml
[ssh]
per_source_penalties = \"@PENALTIES@\"
per_source_penalty_exempt_list = \"192.0.2.0/24, 2001:db8::/32\"
```

| name | for |
|---|---|
| `authfail` | a password or a key where only prompts are answered, a signature that was asked for by a key that is not the user's, or wrong answers, and no success after it |
| `noauth` | leaving without an attempt, or with unregistered keys alone, as with `BatchMode`; once for each connection, however many keys it shows |
| `grace-exceeded` | not authenticated within `ssh.login_grace_time`, or silent when somebody else needed the place |
| `crash` | what no client sends, or a crash of the server over this connection |

Four scripts of an office with keys that are not registered yet cost it 4 seconds, and `min` is 15. With `no` there are no
penalties; `limits.trusted_networks` are exempt from them and from the limits per source.

### Addresses that many people share

To the limits of `[limits]` a course or an office behind one address is one source. They grow with the accounts older than
a week that have signed in from there within 30 days. Until then, so in the first week of a portal above all, the sixth
person who asks for a reset code within an hour reads `Too many attempts. Nothing was changed. Try again in 57
minutes, from 14:06 UTC.` (exit code 75), and the log has `event=refused source=192.0.2.7 request=request-code reason=try-later`. Name the
network in `limits.trusted_networks`, or raise the setting of the request that the log has with `reason=try-later`:

| in the log | setting |
|---|---|
@LIMITS@

What is counted by account has no setting: `try-later` for one account alone is such a limit.

### Algorithms

What is offered is in `ssh.kex`, `ssh.ciphers`, `ssh.macs` and `ssh.host_keys`, the first choice first, written as in
`sshd_config`: a list, or `+`, `-` or `^` and what is added to the default, taken from it or put first; `*` and `?` are
wildcards. What is not known stops the start.

Clients that are held to FIPS 140, and those without X25519, use the curves of NIST with the ECDSA host key; old libraries
(libssh2 1.10, Twisted Conch) use the plain MACs. `ssh-audit` (2.5 and 3.9) fails every curve of NIST, because it does not
trust who chose their constants, and warns of plain MACs; it fails nothing else. A server shows its lists before it knows the
client, so no order of them satisfies both. They are offered by default, since a client that can do more never uses them,
and one that cannot would be shut out. Without them `ssh-audit` fails nothing:

```toml
[ssh]
kex = \"-ecdh-*\"
host_keys = \"ssh-ed25519\"
macs = \"*-etm@openssh.com\"
```

The ECDSA key is made on the first start beside `ssh.host_key`, as `ssh_host_ecdsa_key`; with `host_keys = \"+rsa-sha2-*\"`
one of RSA with 3072 bits is made as `ssh_host_rsa_key`. All nodes need the same files. Not offered, whatever is set: SHA-1,
MD5, CBC, 3DES, RC4, DSA, `ssh-rsa`, host keys of the curves P-384 and P-521, group exchange, compression and `none`.
Finite-field Diffie-Hellman costs the server more than any other exchange; `+diffie-hellman-group14-sha256` and
`+diffie-hellman-group16-sha512` add it. A next host key is not announced to clients (`UpdateHostKeys`); use a host
certificate for that.

### Behind a proxy

A load balancer hides who connects, and all people would be one source. Let it send the PROXY protocol, version 2, and name
its address; the header is required from there, within 3 seconds, and refused from everybody else. Its health checks
(command LOCAL), and connections whose address it does not tell, count as its own and are never penalised. 64 headers are
read at a time.

```toml
[ssh]
proxy_protocol_from = \"10.0.0.5, 10.0.0.6\"
```

[Several nodes](#several-nodes) has what HAProxy needs.

### Sessions

A connection can have `ssh.max_sessions_per_connection` sessions at a time, pages and commands, and 512 in all, as with
ssh's `ControlMaster`. Each signs in by itself and has its own time limits; what they share is the username before the `@`
and the key that the connection has proven. A connection without a session is closed after `ssh.idle_timeout_guest`, when
its place is needed, or when the client closes it. In all there can be twice as many sessions as connections.

An account has at most `ssh.max_sessions_per_account` signed-in sessions, over all nodes. One more ends the one that has
been idle longest, which is known to within 15 seconds for one at another node: it says so (exit code 77), and
`session-limit-reached` is logged. F12, Ctrl-L twice within 2 seconds,
or `lock` in line mode locks a session until the password or second factor is typed.
";

/// Requests as the log names them, and the settings of the limits that refuse them.
const LIMITS: [(&str, &[&str]); 10] = [
    ("request-code", &["reset_requests_per_source", "reset_names_per_source"]),
    ("join", &["reset_requests_per_source", "reset_names_per_source", "tries_per_source"]),
    ("sign-in", &["tries_per_source"]),
    ("prove-code", &["tries_per_source"]),
    ("undo", &["tries_per_source"]),
    ("setup", &["reset_requests_per_source", "reset_names_per_source", "tries_per_source"]),
    ("profile", &["verification_codes_per_source"]),
    ("support", &["cases_per_source"]),
    ("guest-support", &["guest_cases_per_source"]),
    ("public-keys", &["key_lookups_per_source"]),
];

/// How several nodes and several database servers work together.
const POSTGRESQL: &str = "\
Any number of equal nodes share one PostgreSQL database; replicate it as you replicate your others. A node needs the
rights to create tables in its database and nothing else.

Name all hosts, as for `psql`, and a node finds the one that takes writes and follows a failover without a restart:

```toml
[store]
url = \"postgres://doorkey@db1:5432,db2:5432/doorkey?sslmode=verify-full&sslrootcert=/etc/ssl/db.pem\"
```

A standby is never read from: its answers may be old. The same rules of `sslmode` hold for each host. With synchronous
replication (`synchronous_standby_names`) what a person was told is on two machines; when the standby is lost, writes
wait and people read that the portal is unavailable. `doorkey check` tells of both.

Behind HAProxy, check for the primary, and cut the connections to a server that is one no longer:

```haproxy
listen doorkey-db
    bind 127.0.0.1:5432
    mode tcp
    option httpchk GET /primary
    default-server inter 1s fall 2 rise 1 on-marked-down shutdown-sessions
    server db1 db1:5432 check port 8008
    server db2 db2:5432 check port 8008
```

Port 8008 is Patroni's; without Patroni any check does that fails on a standby.

Behind PgBouncer, `pool_mode = session` needs no setting. With `pool_mode = transaction`, set `prepared_statements =
false` in `[store]`; `pool_mode = statement` cannot work.

```ini
[databases]
doorkey = host=db1 port=5432
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = 6432
pool_mode = transaction
default_pool_size = 20
```

Each transaction sets what it rests on by itself (`synchronous_commit`, `lock_timeout`, `statement_timeout`,
`idle_in_transaction_session_timeout`), so neither `ignore_startup_parameters` nor `ALTER ROLE` is needed. A node opens
up to 16 connections.
";

/// What the log is, before its table.
const LOG_INTRO: &str = "\
`doorkey serve` logs to standard error, one line an event. At `log.level = \"info\"` that is who signed in, what was
refused, which emails left, which sessions there were. The names and keys below are an interface; lines with `message`
instead of `event` are for people and may change.

```
2026-11-22T14:05:09.120Z INFO event=refused source=192.0.2.7 session=019a… request=sign-in reason=wrong-credentials account=ada
```

The time is UTC (RFC 3339, to the millisecond). A value is one word, or in quotes with backslashes: `\\\"`, `\\\\`, `\\n`,
`\\u{202e}`. Control, bidirectional, invisible and line-break characters are always written out like that, and a value has
at most 512 characters, so nothing that a client sends ends a line or looks like another field. With `log.format = \"json\"`
each line is an object with the same keys, and `time` and `level`.

`source` is the client's IPv4 address or IPv6 /56, `session` the id that people see in their list of sessions, `account` the
username of whom it is about. A name that nobody has, or that was not looked up, is logged only as `name_hash`, a keyed
hash: the same name has the same one. Passwords, codes, keys, email addresses and what people type are never logged, at no
level.

What strangers can make the log take is bounded: `log.lines_per_source` lines a second about one source,
`log.lines_per_second` about all, where the second half is for sources that had no line in this second. Events without a
level in the table, when they are about an account, refusals of wrong guesses and the portal's own lines have room of
their own, so no flood of strangers hides them. What is left out is counted in `lines-dropped`.

| event | level and keys | meaning |
|---|---|---|
";

/// From an empty folder to a portal, and what to do when something is wrong.
const FIRST_START: &str = "\
```sh
doorkey init
doorkey doctor
doorkey serve
doorkey user add ada --email ada@example.org
```

`init` asks five questions (the public address, the organisation, where people get help, the mail relay, the sender) and
writes `doorkey.toml` with every setting described; options answer beforehand, and an existing file is left as it is. With
a public address the portal listens on all addresses of the machine, at the port that the address names. `user add`
prints a sentence to send to the new user, with the command that opens the portal.

While there is no account, `serve` prints a setup code and the command that takes it, `ssh setup@host`: whoever types it
creates the first account, which owns the first team. A script pipes the code and a password into
`ssh setup@host setup --code-stdin --user-name NAME --email ADDRESS --team NAME`. The code has 69 bits and works for a day,
for one account; all nodes print the same, and so does a restart; after a day a restart prints another one. It goes to standard
output and never into the log; a service has both in the journal (`journalctl -u doorkey`), which administrators of the
machine read. The address is checked with a code by mail; where no email can arrive, whoever has the setup code vouches for
it, as with `user add`. Once there is an account, setup codes have no use any more. Until
then nobody can sign up, where `portal.sign_up` is `open`.

`portal.art`, `portal.footer`, `portal.help` and `portal.accent` give the portal a face. Art and footer are left out where a
screen has no room for them; line mode has the help text at *Trouble signing in?*. `check` refuses with its line what a
terminal would not show as it is written.

`doctor` looks at everything that `check` looks at, and connects to others: it writes a row to the database and takes it
back; it talks to the mail relay as far as the sender (EHLO, TLS, login), and with `--mail-to ADDRESS` sends a real email; it
asks DNS for the name given in EHLO, the domain of `mail.from` with its SPF record, and the SSHFP records; it asks systemd
whether a time service keeps the clock; it connects to the port and to `portal.address` and compares the host key, unless
that would start the portal (a socket of systemd that waits). A line is `ok`, a `warning` or a `problem`, and says what to do.

`check` connects to the database only, and writes nothing but a row of no meaning, which tells whether the database takes
writes and is forgotten a day later; `ssh account@host status` and `/readyz` do the same, at most once a second. So it may be
run often: before each start, and by a monitor. The commands that list and show only read, and wait for no writer. Run
`doctor` after a change of settings, DNS, relay or firewall, as the user that runs `serve`. Its two connections to the
portal count like those of any client that does not authenticate. Where this machine's DNS has other answers than the
public one, name a public server: `doorkey doctor --dns-server 192.0.2.53`.
";

/// How the server is run and what it may do: a unit for systemd, and the sandbox.
const SERVICE: &str = "\
As a service of systemd it runs as a user of its own, without any privilege:

```ini
# /etc/systemd/system/doorkey.service
@UNIT@```

`systemd-analyze security` rates this unit 1.4 of 10, where 0 is closed.
`doorkey generate unit` prints it, for other paths with `--binary` and `--settings`. `Type=notify`: systemd knows when the
port is open, when the settings are read again and when the portal stops; a process that hangs is started anew by the
watchdog. Operators run their commands as the same user,
`sudo -u doorkey doorkey --config /etc/doorkey/doorkey.toml ...`; `check` prints the fingerprint of the host key and its
SSHFP record for DNS (for ssh's `VerifyHostKeyDNS`). In `doorkey.toml`, give the database, the keys and the emails a
folder each:

```toml
[store]
url = \"sqlite:/var/lib/doorkey/data/doorkey.db\"
[keys]
secret_keys = \"/var/lib/doorkey/keys/secret_keys\"
[ssh]
listen_address = \"::\"
host_key = \"/var/lib/doorkey/keys/ssh_host_ed25519_key\"
[mail]
directory = \"/var/lib/doorkey/outbox\"
```

For a port below 1024 see [Port 22](#port-22).

Secrets can come as credentials of systemd: with `LoadCredential=relay:/etc/doorkey/relay`, which root alone can read, and
`password_file = \"$CREDENTIALS_DIRECTORY/relay\"` in `[mail]`. Operators need no password of the relay: they commit emails,
and the service sends them. The database they do need, so its password is better in the file `.pgpass`, or it has none
(see [PostgreSQL](#postgresql)). If it must be a credential, with `LoadCredential=database:/etc/doorkey/database` and
`url_file = \"$CREDENTIALS_DIRECTORY/database\"` in `[store]`, root gives it to each command:

```sh
systemd-run --quiet --pty --pipe --wait --collect --uid=doorkey \\
  --property=LoadCredential=database:/etc/doorkey/database \\
  doorkey --config /etc/doorkey/doorkey.toml user show ada
```

Without it a command says so, with what to type, and `check` and `doctor` look at all else.

A file with a password is for its owner alone (mode 0600), or belongs to root and is read by a group other than root's
(mode 0640), as the package makes the settings. Everything else is refused, with what to type.

`systemctl reload doorkey` (SIGHUP) reads again, without an interruption: the limits in `[limits]` but for
`trusted_networks`, the templates of emails, the blocklist of passwords, the host keys with their certificate, and the secret
keys. New connections see new host keys. Something that cannot be used changes nothing and is an error in the log; a
setting that takes a restart is named there.

With or without systemd, `doorkey serve` confines itself before it lets anyone in, so that whoever takes the process over
gets little:

- Programs: it runs none. The first try of `execve` ends the process with SIGSYS (systemd says `status=31/SYS`), and it
makes no new processes.
- Files: it reads and writes the folder of the SQLite database and that of `mail.directory`; it reads the folders of the
settings, of `keys.secret_keys`, of the host key with its certificate and of the blocklist, and the files that the settings
name. Of the system it reads
what looking up host names and checking certificates needs. All else is closed to it, whatever the permissions say.
- Memory: none becomes executable any more, so no library is loaded either. What `/etc/nsswitch.conf` names to look up hosts
is loaded before; a service that is added there later counts from the next start on.
- Privileges: it never gains any, and leaves no core dump. Debuggers of the same user cannot attach.
- Network: it opens no second TCP port, and has no sockets but those of TCP, UDP and of this machine.

What lies below the folder of the database can be written like the database. So keep the keys elsewhere, as above; in the
default layout of one folder they are not protected from the server itself.

This uses Landlock and seccomp, of Linux 5.13 or newer on x86-64 or 64-bit ARM. An older Landlock closes less, but
seccomp refuses to listen and to signal others on every kernel. Where the kernel or a container offers no Landlock, the
server says so and does not start; `sandbox = false` in `[ssh]` runs it without. `doorkey demo` and the commands of
operators are not confined.

A folder or file that a setting names must be there when the server starts. One that is moved or mounted later is seen
after a restart; a secret key, a certificate of the database or a resolver's settings that is replaced in its folder is
seen at once.
";

/// What an operator does for people, before the reference of the commands.
const HELPING_PEOPLE: &str = "\
These commands work while the portal runs and while it does not. What they change is in the person's activity, done by the
operator, and in an email where the person's own change would send one. None of them prints a hash, a key or a code but
`support issue-reset-code`. `--json` prints an object; a refusal is then an object on standard error too.

| somebody says | type |
|---|---|
| I can't sign in | `doorkey user show NAME`: state, limits in force and until when, last sign-ins |
| It says \"too many attempts\" | `doorkey user unlock NAME`; for a whole office `doorkey limits list`, then `doorkey limits clear --source ADDRESS` |
| No email comes | `doorkey outbox list` has the reason; `doorkey outbox retry ID`, or `doorkey outbox drop ID` |
| I can't ask for a code | `doorkey user reset-email NAME`, or `doorkey support issue-reset-code NAME` to read one out |
| My mailbox is gone | `doorkey user email add NAME ADDRESS`, then `doorkey user email primary NAME ADDRESS` |
| My phone is gone | `doorkey user disable-2fa NAME` |
| My laptop was stolen | `doorkey user keys list NAME` and `doorkey user keys remove NAME KEY`, which ends all sessions too; then `doorkey user reset-email NAME` |
| Who was it? | `doorkey activity NAME --since 7d`; `--follow` goes on with what happens |

A limit that is counted by source has the keyed hash of that source, not its address: the address is shown where something
happened from it within 30 days. A running portal may repeat a refusal for up to 30 seconds after its limit was cleared.
";

/// A chapter: its title and what writes it.
pub(super) type Chapter = (&'static str, fn() -> String);

/// What an operator reads from front to back.
pub(super) const OPERATION: &[Chapter] = &[
    ("Install", || include_str!("chapters/install.md").replace("@PACKAGES@\n", &package::chapter())),
    ("First start", || FIRST_START.to_owned()),
    ("Running as a service", service),
    ("Port 22", || include_str!("chapters/port_22.md").to_owned()),
    ("The mail relay", || include_str!("chapters/mail_relay.md").to_owned()),
    ("DNS", || include_str!("chapters/dns.md").to_owned()),
    ("Languages", || include_str!("chapters/languages.md").to_owned()),
    ("Emails", emails),
    ("PostgreSQL", postgresql),
    ("Several nodes", || include_str!("chapters/nodes.md").to_owned()),
    ("The first connection", || include_str!("chapters/first_connection.md").to_owned()),
    ("Import accounts", || include_str!("chapters/import.md").to_owned()),
    ("Mail servers", || include_str!("chapters/mail_servers.md").to_owned()),
    ("Hooks", hooks),
    ("Backup and restore", || include_str!("chapters/backup.md").to_owned()),
    ("Upgrade", || include_str!("chapters/upgrade.md").to_owned()),
    ("Replacing keys", || include_str!("chapters/replacing_keys.md").to_owned()),
    ("Monitoring", monitoring::chapter),
    ("Log", log),
    ("Audit log", || crate::cli::audit::CHAPTER.to_owned()),
    ("In front of a directory", || include_str!("chapters/directories.md").to_owned()),
    ("Check Doorkey's passwords from elsewhere", || include_str!("chapters/verify.md").to_owned()),
    ("The LDAP server", || include_str!("chapters/ldap.md").to_owned()),
    ("fail2ban", || include_str!("chapters/fail2ban.md").to_owned()),
    ("Helping people", || HELPING_PEOPLE.to_owned()),
    ("Sizing", || include_str!("chapters/sizing.md").to_owned()),
    ("Threat model", || include_str!("chapters/threat_model.md").to_owned()),
];

/// What is looked up.
const REFERENCE: &[Chapter] = &[
    ("Ways in", ways_in),
    ("Terminals", || TERMINALS.to_owned()),
    ("Commands over SSH", ssh_commands),
    ("Line mode", || lines::CONTRACT.to_owned()),
    ("Exit codes", exit_codes),
    ("Commands of the operator", operator_commands),
    ("Settings", settings),
    ("Connections", connections),
];

/// Webhooks and commands, with every event that they can be told of.
fn hooks() -> String {
    let events: Vec<_> = wiring::event_kinds().iter().map(|kind| format!("`{kind}`")).collect();
    include_str!("chapters/hooks.md").replace("@EVENTS@", &events.join(", "))
}

/// The templates of emails, by name.
fn emails() -> String {
    let names: Vec<_> = templates::names().map(|name| format!("`{name}`")).collect();
    include_str!("chapters/emails.md").replace("@NAMES@", &names.join(", "))
}

/// All chapters, behind a list of them.
pub(super) fn manual() -> String {
    let mut out = format!(
        "# Doorkey manual\n\nVersion {}. Written by `doorkey generate manual`.\n",
        env!("CARGO_PKG_VERSION")
    );
    for (part, chapters) in [("To run it", OPERATION), ("To look up", REFERENCE)] {
        let links: Vec<_> =
            chapters.iter().map(|(title, _)| format!("[{title}](#{})", anchor(title))).collect();
        let _ = write!(out, "\n{part}: {}.\n", links.join(", "));
    }
    for (title, text) in OPERATION.iter().chain(REFERENCE) {
        let _ = write!(out, "\n## {title}\n\n{}", text());
    }
    out
}

/// How Markdown names a heading in links.
fn anchor(title: &str) -> String {
    let kept = title.chars().filter(|c| c.is_alphanumeric() || *c == ' ');
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// Terminals.
pub(super) fn terminals() -> &'static str {
    TERMINALS
}

/// The usernames that open a page, from the settings that name them.
pub(super) fn ways_in() -> String {
    let mut out = String::from(
        "The name before the `@` says what opens. Any other name is taken for a username and fills in the form.\n\n\
         | command | setting | what it does |\n|---|---|---|\n",
    );
    for (setting, user, meaning) in config::page_users() {
        let _ = writeln!(out, "| `ssh {user}@host` | `{setting}` | {meaning} |");
    }
    out
}

pub(super) fn ssh_commands() -> String {
    let mut tree = commands::command_tree();
    tree.build();
    let mut out = format!("{COMMANDS_INTRO}\n{}", help_text(&tree));
    out.push_str("\nEvery command takes these options:\n\n");
    for option in tree.get_arguments().filter(|option| option.is_global_set()) {
        argument(&mut out, option);
    }
    out.push_str(
        "\nThe names that other programs have for a command work too:\n\n| command | also |\n|---|---|\n",
    );
    for (path, aliases) in commands::other_names() {
        let _ = writeln!(out, "| `{path}` | `{}` |", aliases.join("`, `"));
    }
    let docs = commands::documentation();
    for (path, command) in nodes(&tree) {
        let mut examples = docs.iter().filter(|doc| words_of(&doc.form) == path).peekable();
        if examples.peek().is_none() && !command.has_subcommands() {
            let _ = write!(out, "\n### `{path}`\n\n{}\n", description(command));
        }
        for doc in examples {
            let _ = write!(out, "\n### `{}`\n\n{}\n", doc.form, sentence(&doc.summary));
            arguments(&mut out, command);
            let _ = write!(
                out,
                "\nWith `--json` it prints, on one line:\n\n```json\n{}\n```\n",
                indented(doc.json)
            );
        }
    }
    out
}

pub(super) fn exit_codes() -> String {
    let mut out = String::from("Numbered as in sysexits(3).\n\n| exit code | meaning |\n|---|---|\n");
    for ExitCode { code, meaning, .. } in exit_code::ALL {
        let _ = writeln!(out, "| {code} | {meaning} |");
    }
    out.push_str("| 255 | From ssh itself: not connected, or not let in. |\n");
    out
}

pub(super) fn operator_commands() -> String {
    let mut tree = Cli::command();
    tree.build();
    let mut out = help_text(&tree);
    for (_, command) in nodes(&tree).into_iter().filter(|(_, command)| !command.has_subcommands()) {
        let usage = command.clone().render_usage().to_string();
        let usage = usage.trim_start_matches("Usage: ").replace(" [OPTIONS]", "");
        let _ = write!(out, "\n### `{usage}`\n\n{}\n", description(command));
        arguments(&mut out, command);
        let more = help_text(command);
        if !more.is_empty() {
            let _ = write!(out, "\n{more}");
        }
    }
    out
}

pub(super) fn settings() -> String {
    format!(
        "Settings are read from `doorkey.toml` in the working directory (or `--config FILE`) and from environment \
         variables named `DOORKEY__SECTION__KEY`; the environment wins. A setting that is unknown, of the wrong type or out \
         of bounds stops the start with its place and the reason (exit code {}). Names follow `sshd_config` where sshd has \
         the same thing. Times are in seconds unless the name says otherwise. `doorkey generate config` prints a sample \
         file, `doorkey check --effective` the settings in effect.\n{}",
        exit_code::CONFIG,
        config::reference()
    )
}

pub(super) fn connections() -> String {
    let limits = LIMITS.map(|(request, settings)| {
        let settings: Vec<_> = settings.iter().map(|name| format!("`limits.{name}`")).collect();
        let settings = settings.join(", ");
        format!("| `request={request}` | {settings} |\n")
    });
    CONNECTIONS
        .replace("@PENALTIES@", &PenaltyRules::default().to_string())
        .replace("@LIMITS@\n", &limits.concat())
}

/// What the log says: the events that are declared for it, and those of the audit trail that are no refusals.
fn log() -> String {
    let mut out = String::from(LOG_INTRO);
    for event in LogEvent::VARIANTS {
        let _ = write!(out, "| `{}` | {}", event.as_str(), event.level());
        for key in event.fields() {
            let _ = write!(out, " `{key}`");
        }
        let _ = writeln!(out, " | {} |", event.meaning());
    }
    for kind in EventKind::VARIANTS.iter().filter(|kind| !kind.is_refusal()) {
        let _ =
            writeln!(out, "| `{}` | `client` | {}. |", kind.as_str(), kind.sentence().to(&Language::English));
    }
    out
}

fn postgresql() -> String {
    format!("{}\n{POSTGRESQL}", include_str!("chapters/postgresql_setup.md"))
}

fn service() -> String {
    SERVICE.replace("@UNIT@", &unit::service(Path::new(unit::BINARY), Path::new(unit::SETTINGS)))
}

/// Every command below `tree` with its path, `teams leave`, parents first. `help` is left out: it repeats them all.
fn nodes(tree: &Command) -> Vec<(String, &Command)> {
    fn walk<'a>(path: &str, command: &'a Command, found: &mut Vec<(String, &'a Command)>) {
        for child in command.get_subcommands().filter(|child| child.get_name() != "help") {
            let path = format!("{path} {}", child.get_name());
            found.push((path.trim_start().to_owned(), child));
            walk(&path, child, found);
        }
    }
    let mut found = Vec::new();
    walk("", tree, &mut found);
    found
}

/// `teams leave` of `teams leave TEAM`.
fn words_of(form: &str) -> String {
    let is_word =
        |word: &&str| !word.starts_with('-') && !word.contains(|c: char| c.is_uppercase() || c == '[');
    form.split(' ').take_while(is_word).collect::<Vec<_>>().join(" ")
}

fn description(command: &Command) -> String {
    let about = command.get_long_about().or(command.get_about());
    about.map(|about| sentence(&about.to_string())).unwrap_or_default()
}

/// The text below a command's help; clap shows it as it is, so what it indents is an example.
fn help_text(command: &Command) -> String {
    let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let mut out = String::new();
    for block in text.split("\n\n").filter(|block| !block.is_empty()) {
        let _ = match block.lines().map(|line| line.strip_prefix("  ")).collect::<Option<Vec<_>>>() {
            Some(lines) => write!(out, "\n```\n{}\n```\n", lines.join("\n")),
            None => write!(out, "\n{block}\n"),
        };
    }
    out.trim_start().to_owned()
}

fn arguments(out: &mut String, command: &Command) {
    let is_shown = |arg: &&Arg| {
        !arg.is_hide_set()
            && !arg.is_global_set()
            && !matches!(
                arg.get_action(),
                ArgAction::Help | ArgAction::HelpShort | ArgAction::HelpLong | ArgAction::Version
            )
    };
    let mut shown = command.get_arguments().filter(is_shown).peekable();
    if shown.peek().is_some() {
        out.push('\n');
    }
    for arg in shown {
        argument(out, arg);
    }
}

fn argument(out: &mut String, arg: &Arg) {
    let help = arg.get_long_help().or(arg.get_help()).map(ToString::to_string).unwrap_or_default();
    let _ = write!(out, "- `{arg}`: {}", sentence(&help));
    let takes_value = arg.get_action().takes_values();
    let values: Vec<_> =
        arg.get_possible_values().iter().map(|value| format!("`{}`", value.get_name())).collect();
    if takes_value && !values.is_empty() {
        let _ = write!(out, " One of {}.", values.join(", "));
    }
    let defaults: Vec<_> = arg.get_default_values().iter().filter_map(|value| value.to_str()).collect();
    if takes_value && defaults.iter().any(|value| !value.is_empty()) {
        let _ = write!(out, " Default: `{}`.", defaults.join(" "));
    }
    out.push('\n');
}

fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() || text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// JSON on several lines, for people.
fn indented(json: &str) -> String {
    let parsed = serde_json::from_str::<serde_json::Value>(json);
    parsed.and_then(|value| serde_json::to_string_pretty(&value)).unwrap_or_else(|_| json.to_owned())
}

#[cfg(test)]
mod tests;

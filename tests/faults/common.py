"""What the fault scripts share: starting PostgreSQL, the mail relay and nodes, running commands over SSH, and looking
into the database. Everything listens on 127.0.0.1 and is stopped by its process id.

Debian: python3-asyncssh, python3-aiosmtpd, postgresql, openssl. The program is target/debug/doorkey, or DOORKEY_BINARY.
"""

import asyncio
import dataclasses
import email
import email.policy
import glob
import json
import os
import pathlib
import pwd
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import warnings

# asyncssh imports ciphers that the installed cryptography warns about.
warnings.simplefilter("ignore")
import asyncssh  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("DOORKEY_BINARY", str(ROOT / "target/debug/doorkey"))
# `password`, from the test vectors of Argon2's reference implementation: what imported accounts begin with. The first
# sign-in hashes it again, which is a write more to be killed in.
FIRST_PASSWORD = "password"
FIRST_HASH = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
CODE = re.compile(r"^\s*([BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4})\s*$", re.MULTILINE)
# How long anything may take on a machine that is busy with other things.
PATIENCE_S = 60


def say(*words):
    print(*words, flush=True)


def free_port():
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def some_source():
    """Somebody's own address: limits for each source are not what these scripts look at."""
    return f"127.{random.randint(1, 254)}.{random.randint(0, 254)}.{random.randint(1, 254)}"


def some_password():
    words = "violet engine numbers plum tractor harbour cedar lantern orbit saddle velvet walnut".split()
    return " ".join(random.sample(words, 4)) + f" {random.randint(0, 10**9)}"


class Scratch:
    """A folder that goes with the script, and what is to be stopped before."""

    def __init__(self, keep=False):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="doorkey-faults."))
        self.path.chmod(0o755)
        self.keep = keep
        self.stops = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for stop in reversed(self.stops):
            try:
                stop()
            except Exception as error:  # the others are still to be stopped
                say(f"could not stop: {error}")
        if self.keep:
            say(f"kept: {self.path}")
        else:
            shutil.rmtree(self.path, ignore_errors=True)


def kill_at_exit(scratch, process):
    def stop():
        if process.returncode is None and getattr(process, "poll", lambda: None)() is None:
            # A stopped process takes SIGKILL too.
            os.kill(process.pid, signal.SIGKILL)
    scratch.stops.append(stop)


class Postgres:
    """A cluster of its own, run by an unprivileged user."""

    def __init__(self, scratch, name="postgres", durable=False, port=None, data=None):
        self.folder = scratch.path / name
        self.folder.mkdir()
        self.data = data or self.folder / "data"
        self.port = port or free_port()
        self.durable = durable
        self.extra = []
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
        if not found:
            sys.exit("no PostgreSQL server found (Debian: apt-get install postgresql)")
        self.bin = found[-1]
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
        scratch.stops.append(self.kill)

    def run(self, *words, check=True):
        prefix = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"] if os.getuid() == 0 else []
        return subprocess.run([*prefix, *words], cwd=self.folder, check=check, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)

    def init(self):
        self.run(f"{self.bin}/initdb", "-D", str(self.data), "-U", "doorkey", "-A", "trust", "-E", "UTF8",
                 "--locale=C", "--no-sync")
        return self

    def start(self, wait=True):
        sync = "on" if self.durable else "off"
        options = [f"port={self.port}", "listen_addresses=127.0.0.1", "unix_socket_directories=",
                   f"fsync={sync}", f"full_page_writes={sync}", "max_connections=400", *self.extra]
        self.run(f"{self.bin}/pg_ctl", "-D", str(self.data), "-l", str(self.folder / "log"), "-s",
                 "-w" if wait else "-W", "-t", str(PATIENCE_S), "-o", " ".join(f"-c '{o}'" for o in options), "start")
        return self

    def pid(self):
        try:
            return int((self.data / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return None

    def signal_all(self, number):
        """To the postmaster and its children."""
        pid = self.pid()
        if pid is None:
            return
        children = subprocess.run(["ps", "--ppid", str(pid), "-o", "pid="], capture_output=True, text=True).stdout.split()
        for each in [str(pid), *children]:
            try:
                os.kill(int(each), number)
            except ProcessLookupError:
                pass

    def kill(self):
        """SIGKILL to all of it; its lock file goes too, as after a reboot."""
        self.signal_all(signal.SIGKILL)
        deadline = time.monotonic() + 10
        pid = self.pid()
        while pid and os.path.exists(f"/proc/{pid}") and time.monotonic() < deadline:
            if "State:\tZ" in pathlib.Path(f"/proc/{pid}/status").read_text():
                break
            time.sleep(0.02)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def copy_of(self, primary):
        """Becomes a hot standby of `primary`."""
        shutil.rmtree(self.data, ignore_errors=True)
        self.run(f"{self.bin}/pg_basebackup", "-h", "127.0.0.1", "-p", str(primary.port), "-U", "doorkey", "-D",
                 str(self.data), "-R", "-X", "stream", "-c", "fast", "--no-sync")
        return self

    def promote(self):
        self.run(f"{self.bin}/pg_ctl", "-D", str(self.data), "-s", "-w", "-t", str(PATIENCE_S), "promote")

    def url(self, database, port=None):
        return f"postgres://doorkey@127.0.0.1:{port or self.port}/{database}"

    def create(self, database):
        Database(self.url("postgres")).rows(f"CREATE DATABASE {database}")
        return self.url(database)


class Database:
    """Looks into a database behind the program's back. Rows are tuples of text, None for NULL."""

    def __init__(self, url):
        self.url = url
        # Whether a server has it open: then SQLite's own locks see to a consistent look.
        self.live = False

    def rows(self, *statements):
        """The rows of the last statement."""
        return self.tables(*statements)[-1]

    def number(self, statement):
        return int(self.rows(statement)[0][0])

    def tables(self, *statements):
        if self.url.startswith("sqlite:"):
            return self._sqlite(statements)
        # Unit and record separators do not occur in what is asked for.
        script = "".join(f"{sql};\n\\echo \x1d\n" for sql in statements)
        done = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-P", "null=\x1a",
                               "-F", "\x1f", "-R", "\x1e", self.url], input=script, capture_output=True, text=True,
                              timeout=PATIENCE_S)
        if done.returncode:
            raise RuntimeError(f"psql: {done.stderr}")
        tables = done.stdout.split("\x1d")[:-1]
        def row(line):
            return tuple(None if cell == "\x1a" else cell for cell in line.split("\x1f"))
        return [[row(line) for line in table.strip("\n\x1e").split("\x1e") if line] for table in tables]

    def _sqlite(self, statements):
        """Of a copy: opening it would recover the journal, and the next start is to find what the kill left."""
        file = pathlib.Path(self.url.removeprefix("sqlite:"))
        if self.live:
            connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=PATIENCE_S)
            connection.execute("BEGIN")
            try:
                return [[as_text(row) for row in connection.execute(sql)] for sql in statements]
            finally:
                connection.close()
        with tempfile.TemporaryDirectory(prefix="doorkey-look.") as folder:
            for part in (file, pathlib.Path(f"{file}-wal")):
                if part.exists():
                    shutil.copy(part, pathlib.Path(folder) / part.name)
            connection = sqlite3.connect(pathlib.Path(folder) / file.name)
            try:
                return [[as_text(row) for row in connection.execute(sql)] for sql in statements]
            finally:
                connection.close()


def as_text(row):
    return tuple(None if cell is None else str(cell) for cell in row)


@dataclasses.dataclass
class Mail:
    to: str
    id: str
    subject: str
    code: str
    at: float


class Relay:
    """tests/smtp_sink.py, and the emails that it took. It outlives the nodes."""

    def __init__(self, scratch, name="relay"):
        self.scratch = scratch
        self.folder = scratch.path / name
        self.folder.mkdir()
        self.mails = []
        self.by_address = {}
        self.news = asyncio.Event()
        self.port = None
        self.process = None
        self.seen = 0

    async def start(self):
        self.process = await asyncio.create_subprocess_exec(
            "/usr/bin/python3", str(ROOT / "tests/smtp_sink.py"), "--tls", "none", "--directory", str(self.folder),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
        kill_at_exit(self.scratch, self.process)
        ready = json.loads(await asyncio.wait_for(self.process.stdout.readline(), PATIENCE_S))
        self.port = ready["port"]
        self.reader = asyncio.create_task(self._read(self.process))
        return self

    async def _read(self, process):
        async for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "email":
                for to in event["to"]:
                    self._take(to, (self.folder / event["file"]).read_bytes())

    def _take(self, to, raw):
        message = email.message_from_bytes(raw, policy=email.policy.default)
        body = message.get_body(preferencelist=("plain",))
        found = CODE.search(body.get_content() if body else "")
        mail = Mail(to, message["Message-ID"].strip("<>").split("@")[0], message["Subject"],
                    found and found.group(1), time.monotonic())
        self.mails.append(mail)
        self.by_address.setdefault(to.lower(), []).append(mail)
        self.news.set()
        self.news = asyncio.Event()

    def settings(self):
        return {"MAIL__TRANSPORT": "smtp", "MAIL__HOST": "127.0.0.1", "MAIL__PORT": str(self.port),
                "MAIL__TLS": "none", "MAIL__FROM": "portal@acme.example", "MAIL__MAX_PER_MINUTE": "100000",
                "MAIL__MAX_PER_DAY_WITHOUT_ACCOUNT": "100000"}

    async def code(self, address, nth=1, patience=PATIENCE_S):
        """The `nth` code to an address, or None when it does not come in time."""
        deadline = time.monotonic() + patience
        while True:
            codes = [mail.code for mail in self.by_address.get(address.lower(), []) if mail.code]
            if len(codes) >= nth:
                return codes[nth - 1]
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            try:
                await asyncio.wait_for(self.news.wait(), left)
            except asyncio.TimeoutError:
                return None


class Node:
    """One server process, started again and again in the same folder."""

    def __init__(self, scratch, url, settings, folder="node", name="node"):
        self.scratch = scratch
        self.folder = scratch.path / folder
        (self.folder / "keys").mkdir(parents=True, exist_ok=True)
        self.name = name
        self.binary = BINARY
        self.port = free_port()
        self.settings = {
            "SSH__PORT": str(self.port),
            "SSH__HOST_KEY": str(self.folder / "keys/ssh_host_ed25519_key"),
            "SSH__MAX_STARTUPS": "2000:30:4000",
            "KEYS__SECRET_KEYS": str(self.folder / "keys/secret_keys"),
            "STORE__URL": url,
            "PORTAL__ORGANISATION": "acme.example",
            "PASSWORD__MEMORY_KIB": "19456",
            **settings,
        }
        self.process = None
        self.said = []
        self.log = open(scratch.path / f"{name}.log", "ab")
        self.news = asyncio.Event()

    def environment(self, fail_point=None):
        told = {f"DOORKEY__{key}": value for key, value in self.settings.items()}
        if fail_point:
            told["DOORKEY_FAIL_POINT"] = fail_point
        return {"PATH": os.environ["PATH"], **told}

    async def operator(self, *words, text="", patience=PATIENCE_S):
        """Runs an operator's command that must succeed; gives what it printed."""
        process = await asyncio.create_subprocess_exec(
            self.binary, *words, env=self.environment(), cwd=self.folder, stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
        out, err = await asyncio.wait_for(process.communicate(text.encode()), patience)
        if process.returncode:
            raise RuntimeError(f"doorkey {' '.join(words)}: {process.returncode} {err.decode()}")
        return out.decode()

    async def start(self, fail_point=None, wait=True):
        self.said = []
        self.process = await asyncio.create_subprocess_exec(
            self.binary, "serve", env=self.environment(fail_point), cwd=self.folder, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
        kill_at_exit(self.scratch, self.process)
        self.readers = [asyncio.create_task(self._read(stream))
                        for stream in (self.process.stdout, self.process.stderr)]
        if wait:
            # A start writes too, and may come to the fail point by itself.
            await self.until("listening on ", "fail point ")
        return self

    async def _read(self, stream):
        async for line in stream:
            self.log.write(line)
            self.log.flush()
            self.said.append(line.decode(errors="replace").rstrip())
            self.news.set()
            self.news = asyncio.Event()
        self.news.set()

    def has_said(self, *texts):
        return next((line for line in self.said if any(text in line for text in texts)), None)

    @property
    def is_running(self):
        return self.process is not None and self.process.returncode is None

    async def until(self, *texts, patience=PATIENCE_S):
        """Waits for a line with one of the texts; a process that ends before has failed."""
        deadline = time.monotonic() + patience
        while True:
            if found := self.has_said(*texts):
                return found
            if not self.is_running:
                raise RuntimeError(f"{self.name} ended with {self.process.returncode}: {self.said[-5:]}")
            left = deadline - time.monotonic()
            if left <= 0:
                raise RuntimeError(f"{self.name} did not say {texts}: {self.said[-5:]}")
            try:
                await asyncio.wait_for(self.news.wait(), min(left, 0.5))
            except asyncio.TimeoutError:
                pass

    def signal(self, number):
        if self.is_running:
            self.process.send_signal(number)

    async def kill(self):
        """SIGKILL, and until the process is gone."""
        self.signal(signal.SIGKILL)
        await self.process.wait()
        await asyncio.gather(*self.readers, return_exceptions=True)

    async def stop(self, patience=PATIENCE_S):
        """SIGTERM; gives the exit code."""
        self.signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), patience)


@dataclasses.dataclass
class Outcome:
    """`done`, `refused` (with the id of the refusal), or `unknown`: the connection was cut before an answer."""
    kind: str
    id: str = ""
    json: dict = dataclasses.field(default_factory=dict)
    message: str = ""
    retry_after_s: int = 0

    @property
    def done(self):
        return self.kind == "done"

    @property
    def refused(self):
        return self.kind == "refused"

    @property
    def unknown(self):
        return self.kind == "unknown"


async def command(port, user, words, lines=(), patience=PATIENCE_S):
    """`ssh USER@127.0.0.1 WORDS --json` on a connection of its own, with `lines` on standard input."""
    try:
        return await asyncio.wait_for(_command(port, user, words, lines), patience)
    except (asyncssh.Error, OSError, asyncio.TimeoutError, EOFError) as error:
        return Outcome("unknown", message=repr(error))


async def _command(port, user, words, lines):
    connecting = asyncssh.connect("127.0.0.1", port, known_hosts=None, config=None, client_keys=None, agent_path=None,
                                  username=user, password="none is asked for", local_addr=(some_source(), 0))
    async with connecting as connection:
        text = "".join(f"{line}\n" for line in lines)
        done = await connection.run(f"{words} --json", input=text, check=False)
        return outcome_of(done)


def outcome_of(done):
    if done.exit_status == 0:
        try:
            return Outcome("done", json=json.loads(done.stdout or "{}"))
        except ValueError:
            return Outcome("unknown", message=f"cut answer {done.stdout!r}")
    try:
        error = json.loads(done.stderr.strip().splitlines()[-1])["error"]
    except (ValueError, IndexError, KeyError, AttributeError):
        return Outcome("unknown", message=f"exit {done.exit_status}: {done.stderr!r}")
    return Outcome("refused", error["id"], message=error["message"], retry_after_s=error["retry_after_s"] or 0)


async def import_accounts(node, names):
    """Accounts with FIRST_PASSWORD and the address NAME@example.org."""
    file = node.folder / "accounts.csv"
    # Few enough at once for a debug build on a busy machine.
    for first in range(0, len(names), 200):
        lines = ["name,email,display_name,password_hash,teams"]
        # The hash has commas in it.
        lines += [f'{name},{name}@example.org,{name},"{FIRST_HASH}",' for name in names[first:first + 200]]
        file.write_text("\n".join(lines) + "\n")
        await node.operator("user", "import", str(file))


def table(title, rows):
    """Prints figures that can be compared from run to run."""
    say(f"\n{title}")
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        say(f"  {name:<{width}}  {value}")


def bounded(main, seconds):
    """Runs a script's coroutine, which may not take longer; gives its exit code."""
    async def within():
        return await asyncio.wait_for(main, seconds)
    return asyncio.run(within())

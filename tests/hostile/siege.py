"""What the scripts that besiege a server share: the server, a light SSH client, the people who are measured, and the
strangers, who run in processes of their own (`siege.py ATTACK OPTIONS`, started by `Attackers`).

The client is raw on purpose: it holds thousands of sessions in one process at some 15 KiB each, and leaves out what a
server should not rely on. It speaks curve25519-sha256 and aes256-gcm@openssh.com (RFC 8731, RFC 5647) and does not
check the host key. Each client binds to an address of 127.0.0.0/8, so that one machine has as many sources as it takes.

Debian: python3-asyncssh (by way of tests/faults/common.py), python3-cryptography.
"""

import asyncio
import collections
import contextlib
import hashlib
import json
import logging
import os
import pathlib
import random
import re
import resource
import socket
import sqlite3
import struct
import subprocess
import sys
import time

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "faults"))
from common import Database, FIRST_PASSWORD, Node, PATIENCE_S, import_accounts  # noqa: E402

# That a socket was closed meanwhile is what these clients are made for.
logging.getLogger("asyncio").setLevel(logging.CRITICAL)

# Several owners take turns, since a sign-in that is under way counts against the next one of the same account.
OWNERS = 8
# Where they have signed in before, and where they never did. No stranger comes from these networks.
KNOWN_SOURCE, NEW_SOURCES = "127.200.0.1", "127.201.{}.1"
# Where they have signed in before too, in the /24 of the first stranger.
BESIDE_SOURCES, BESIDE_FIRST = "127.1.0.{}", 200
# Networks (/16) that strangers are spread over.
STRANGE_NETWORKS = 180
# Connections that one process of strangers opens at a time: with two of them, fewer than `ssh.max_startups` begins with.
OPENING = 30


def raise_file_limit():
    """As far as the system lets us: every client here and the server need a descriptor each."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def strange_source(number):
    """Each in a /24 of its own, spread evenly over the /16s."""
    return f"127.{1 + number % STRANGE_NETWORKS}.{number // STRANGE_NETWORKS % 250}.{10 + number // (STRANGE_NETWORKS * 250)}"


def beside_source(nth):
    """Where the `nth` owner is known beside strangers. Somebody who looks and leaves forty times in a row has penalties."""
    return BESIDE_SOURCES.format(BESIDE_FIRST + nth % OWNERS)


# --- The server.

class Server(Node):
    """A server whose log goes to a file, as fast as it writes it. What the sieges look at is at its default."""

    def __init__(self, scratch, name, binary=None, url=None, **settings):
        super().__init__(scratch, url or f"sqlite:{scratch.path}/{name}.db", {}, folder=name, name=name)
        self.binary = str(binary or self.binary)
        for key in ("SSH__MAX_STARTUPS", "PASSWORD__MEMORY_KIB"):
            del self.settings[key]
        self.settings.update({"MAIL__DIRECTORY": str(self.folder / "outbox"), **settings})
        self.log_file = self.folder / "log"

    async def start(self):
        with open(self.log_file, "ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                self.binary, "serve", env=self.environment(), cwd=self.folder, stdin=asyncio.subprocess.DEVNULL,
                stdout=log, stderr=log)
        pid = self.process.pid
        self.scratch.stops.append(lambda: self.process.returncode is None and os.kill(pid, 9))
        deadline = time.monotonic() + PATIENCE_S
        while b"listening on " not in self.log_file.read_bytes():
            if not self.is_running or time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} did not start: {self.log_file.read_text()[-2000:]}")
            await asyncio.sleep(0.05)
        return self

    async def import_members(self, names=()):
        """Before the start: the owners, and others."""
        owners = [f"{name}{nth}" for name in ("owner", "traveller") for nth in range(OWNERS)]
        await import_accounts(self, [*owners, *names])

    async def make_known(self):
        """Each owner signs in once, which also gives their password a hash of the full cost."""
        for nth in range(OWNERS):
            await asyncio.gather(owner_signs_in(self.port, KNOWN_SOURCE, nth, 60),
                                 owner_signs_in(self.port, f"127.202.{nth}.1", nth, 60))
            await owner_signs_in(self.port, beside_source(nth), nth, 60)
        # Only accounts that are older than a week make a place known where connections are let in.
        older, url = "UPDATE accounts SET created_at = created_at - 2592000000", self.settings["STORE__URL"]
        if url.startswith("sqlite:"):
            with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:"), timeout=30)) as rows, rows:
                rows.execute(older)
        else:
            Database(url).rows(older)

    @property
    def log_bytes(self):
        return self.log_file.stat().st_size

    def log_lines(self, beginning=b""):
        with open(self.log_file, "rb") as log:
            return sum(1 for line in log if line.startswith(beginning))

    def status(self, key):
        """A number of /proc/PID/status, such as VmRSS in KiB."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(f"{key}:"):
                return int(line.split()[1])
        raise KeyError(key)

    @property
    def rss_kib(self):
        return self.status("VmRSS")

    @property
    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    @property
    def cpu_s(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def queues(self):
        """Bytes that the kernel holds of clients: (all that they did not read, of the fullest, and of the one from whom
        the server read least)."""
        port, queues, unread = f":{self.port:04X}", [], []
        with open("/proc/net/tcp") as rows:
            for row in rows:
                fields = row.split()
                if fields[1].endswith(port) and fields[3] == "01":
                    out, _, came = fields[4].partition(":")
                    queues.append(int(out, 16))
                    unread.append(int(came, 16))
        return sum(queues), max(queues, default=0), max(unread, default=0)


# --- The client.

class Ended(Exception):
    """The connection is over, or what was asked for was refused."""


def text(value):
    value = value if isinstance(value, bytes) else value.encode()
    return struct.pack(">I", len(value)) + value


def number(value):
    return struct.pack(">I", value)


def mpint(raw):
    """Of an unsigned number in big-endian bytes."""
    raw = raw.lstrip(b"\0")
    return text(b"\0" + raw if raw and raw[0] & 0x80 else raw)


def take_text(packet, at):
    end = at + 4 + struct.unpack_from(">I", packet, at)[0]
    return packet[at + 4:end], end


VERSION = b"SSH-2.0-siege"
_NAMES = [b"curve25519-sha256,kex-strict-c-v00@openssh.com", b"ssh-ed25519", *[b"aes256-gcm@openssh.com"] * 2,
          *[b"hmac-sha2-256-etm@openssh.com"] * 2, b"none", b"none", b"", b""]
_KEXINIT = b"\x14" + bytes(16) + b"".join(text(names) for names in _NAMES) + bytes(5)
# One key for every connection: there is nothing here to keep secret, and it halves the work.
_KEY = X25519PrivateKey.generate()
_SHARE = _KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
# Large enough to never be granted more.
_WINDOW = 2**31 - 1


class Client(asyncio.Protocol):
    """One connection with at most one channel."""

    __slots__ = ("transport", "inbound", "packets", "waiter", "ended", "reason", "began", "server_version",
                 "server_kexinit", "session_id", "send_key", "send_nonce", "take_key", "take_nonce", "pending",
                 "channel", "on_data", "out", "err", "status", "deaf", "thrown_away", "writable")

    def __init__(self):
        self.inbound, self.packets, self.waiter = bytearray(), collections.deque(), None
        self.ended, self.reason, self.began = False, "", time.monotonic()
        self.server_version = self.server_kexinit = self.session_id = None
        self.send_key = self.take_key = self.pending = self.channel = None
        self.on_data, self.out, self.err, self.status = None, bytearray(), bytearray(), None
        self.deaf, self.thrown_away, self.writable = False, 0, None

    @classmethod
    async def open(cls, port, source, patience=PATIENCE_S, receive_buffer=None):
        """Up to `ssh-userauth`."""
        client = await cls.connect(port, source, patience, receive_buffer)
        client.transport.write(VERSION + b"\r\n")
        client.send(_KEXINIT)
        await client.expect(6, patience=patience)
        return client

    @classmethod
    async def connect(cls, port, source, patience=PATIENCE_S, receive_buffer=None):
        """TCP alone."""
        loop, sock = asyncio.get_running_loop(), socket.socket()
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if receive_buffer:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            sock.bind((source, 0))
            await asyncio.wait_for(loop.sock_connect(sock, ("127.0.0.1", port)), patience)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _, client = await loop.create_connection(cls, sock=sock)
            return client
        except (OSError, asyncio.TimeoutError) as error:
            sock.close()
            raise Ended(type(error).__name__) from None

    # The transport's side.

    def connection_made(self, transport):
        self.transport = transport

    def connection_lost(self, _error):
        self.ended = True
        self._wake()
        if self.writable and not self.writable.done():
            self.writable.set_result(None)

    def pause_writing(self):
        self.writable = asyncio.get_running_loop().create_future()

    def resume_writing(self):
        if self.writable and not self.writable.done():
            self.writable.set_result(None)
        self.writable = None

    def data_received(self, data):
        if self.deaf:
            self.thrown_away += len(data)
            return
        self.inbound += data
        try:
            if self.server_version is None and not self._take_version():
                return
            while (packet := self._next()) is not None:
                self._take(packet)
        except Exception as error:  # a server that talks nonsense ends this client only
            self._end(f"{type(error).__name__}: {error}")

    def _take_version(self):
        line, found, rest = self.inbound.partition(b"\n")
        if found:
            self.server_version, self.inbound = bytes(line.rstrip(b"\r")), rest
            if not self.server_version.startswith(b"SSH-"):
                self._end(self.server_version.decode(errors="replace"))
        return found and not self.ended

    def _next(self):
        if len(self.inbound) < 4:
            return None
        length = struct.unpack_from(">I", self.inbound)[0]
        whole = 4 + length + (16 if self.take_key else 0)
        if len(self.inbound) < whole:
            return None
        packet = bytes(self.inbound[4:whole])
        if self.take_key:
            packet = self.take_key.decrypt(self._nonce("take_nonce"), packet, bytes(self.inbound[:4]))
        del self.inbound[:whole]
        return packet[1:len(packet) - packet[0]]

    def _nonce(self, name):
        fixed, counter = getattr(self, name)
        setattr(self, name, (fixed, (counter + 1) % 2**64))
        return fixed + struct.pack(">Q", counter)

    def _take(self, packet):
        kind = packet[0]
        if kind in (2, 3, 4, 7, 93):
            return
        if kind == 1:
            self._end(take_text(packet, 5)[0].decode(errors="replace"))
        elif kind == 20:
            self.server_kexinit = packet
            self.send(b"\x1e" + text(_SHARE))
        elif kind == 31:
            self._agree(packet)
        elif kind == 21:
            self.take_key, self.take_nonce = self.pending
            self.send(b"\x05" + text("ssh-userauth"))
        elif kind == 80:
            name, at = take_text(packet, 1)
            if packet[at]:
                self.send(b"\x52")
        elif kind in (94, 95):
            data = take_text(packet, 5 if kind == 94 else 9)[0]
            if self.on_data:
                self.on_data(data)
            else:
                (self.out if kind == 94 else self.err).extend(data)
                self._wake()
        elif kind == 98:
            name, at = take_text(packet, 5)
            if name == b"exit-status":
                self.status = struct.unpack_from(">I", packet, at + 1)[0]
            if packet[at]:
                self.send(b"\x64" + packet[1:5])
        else:
            self.packets.append(packet)
            self._wake()

    def _agree(self, packet):
        host_key, at = take_text(packet, 1)
        share, _ = take_text(packet, at)
        secret = mpint(_KEY.exchange(X25519PublicKey.from_public_bytes(share)))
        parts = [VERSION, self.server_version, _KEXINIT, self.server_kexinit, host_key, _SHARE, share]
        hashed = hashlib.sha256(b"".join(map(text, parts)) + secret).digest()
        self.session_id = self.session_id or hashed
        derive = lambda letter: hashlib.sha256(secret + hashed + letter + self.session_id).digest()  # noqa: E731
        nonce = lambda raw: (raw[:4], struct.unpack(">Q", raw[4:12])[0])  # noqa: E731
        self.send(b"\x15")
        self.send_key, self.send_nonce = AESGCM(derive(b"C")), nonce(derive(b"A"))
        self.pending = AESGCM(derive(b"D")), nonce(derive(b"B"))

    def _wake(self):
        if self.waiter and not self.waiter.done():
            self.waiter.set_result(None)

    def _end(self, reason):
        self.reason = self.reason or reason
        self.close()

    # What attacks and people do.

    def close(self):
        self.ended = True
        self.transport.abort()
        self._wake()

    def send(self, payload):
        if self.ended:
            raise Ended(self.reason or "closed")
        block, head = (16, 1) if self.send_key else (8, 5)
        padding = 4 + -(len(payload) + head + 4) % block
        body = bytes([padding]) + payload + bytes(padding)
        length = struct.pack(">I", len(body))
        if self.send_key:
            body = self.send_key.encrypt(self._nonce("send_nonce"), body, length)
        self.transport.write(length + body)

    async def drained(self):
        if self.writable:
            await self.writable
        if self.ended:
            raise Ended(self.reason or "closed")

    async def _until(self, met, patience):
        deadline = time.monotonic() + patience
        while not met():
            if self.ended:
                raise Ended(self.reason or "closed")
            self.waiter = asyncio.get_running_loop().create_future()
            try:
                await asyncio.wait_for(self.waiter, deadline - time.monotonic())
            except asyncio.TimeoutError:
                self.close()
                raise Ended("no answer in time") from None

    async def expect(self, *kinds, patience=PATIENCE_S):
        """The next packet, which must be one of `kinds`; the others that may come are skipped."""
        while True:
            await self._until(lambda: self.packets, patience)
            packet = self.packets.popleft()
            if packet[0] in kinds:
                return packet

    async def until_ended(self, seconds=1e6):
        """Whether the server ended the connection within so many seconds."""
        deadline = time.monotonic() + seconds
        while not self.ended and (left := deadline - time.monotonic()) > 0:
            self.waiter = asyncio.get_running_loop().create_future()
            try:
                await asyncio.wait_for(self.waiter, left)
            except asyncio.TimeoutError:
                break
        return self.ended

    def ask(self, user, method, rest=b""):
        """A request to be `user`."""
        self.send(b"\x32" + text(user) + text("ssh-connection") + text(method) + rest)

    async def sign_in(self, user, patience=PATIENCE_S):
        """As ssh does without keys: `none`, and keyboard-interactive when that is refused."""
        self.ask(user, "none")
        if (await self.expect(51, 52, patience=patience))[0] == 51:
            self.ask(user, "keyboard-interactive", text("") + text(""))
            while True:
                answer = await self.expect(51, 52, 60, patience=patience)
                if answer[0] != 60:
                    break
                self.send(b"\x3d" + number(0))
            if answer[0] == 51:
                self.close()
                raise Ended("not authenticated")

    async def prompts(self, user, patience=PATIENCE_S):
        """Begins keyboard-interactive; gives how many answers are asked for."""
        self.ask(user, "keyboard-interactive", text("") + text(""))
        answer = await self.expect(51, 52, 60, patience=patience)
        if answer[0] != 60:
            raise Ended("no prompt")
        at = 1
        for _ in range(3):
            _, at = take_text(answer, at)
        return struct.unpack_from(">I", answer, at)[0]

    async def open_channel(self, patience=PATIENCE_S):
        self.send(b"\x5a" + text("session") + number(0) + number(_WINDOW) + number(32768))
        answer = await self.expect(91, 92, patience=patience)
        if answer[0] == 92:
            self.close()
            raise Ended("channel refused")
        self.channel = answer[5:9]

    def request(self, kind, rest=b"", reply=False):
        self.send(b"\x62" + self.channel + text(kind) + bytes([reply]) + rest)

    async def shell(self, columns=80, rows=24, terminal="xterm-256color", patience=PATIENCE_S):
        """The portal's page, or its lines without `terminal`."""
        await self.open_channel(patience)
        if terminal is not None:
            self.request("pty-req", text(terminal) + number(columns) + number(rows) + bytes(8) + text(b"\0"))
            self.request("env", text("LANG") + text("C.UTF-8"))
        self.request("shell")
        await self._until(lambda: self.out, patience)

    def resize(self, columns, rows):
        self.request("window-change", number(columns) + number(rows) + bytes(8))

    def type(self, keys):
        self.send(b"\x5e" + self.channel + text(keys))

    async def run(self, words, *lines, patience=PATIENCE_S):
        """A command with `lines` on standard input; gives its exit status."""
        if self.channel is None:
            await self.open_channel(patience)
        self.request("exec", text(words))
        if lines:
            self.type("".join(f"{line}\n" for line in lines))
        self.send(b"\x60" + self.channel)
        await self.expect(97, patience=patience)
        return self.status


# --- The people who are measured.

class Tries:
    """What somebody heard who tried so many times: seconds of those that went well, and why the others did not."""

    def __init__(self):
        self.seconds, self.failures = [], collections.Counter()

    @property
    def count(self):
        return len(self.seconds) + self.failures.total() if hasattr(self.failures, "total") else \
            len(self.seconds) + sum(self.failures.values())

    def within(self, limit_s):
        return sum(1 for seconds in self.seconds if seconds <= limit_s)

    def at(self, part):
        """A percentile in seconds, of those that went well; None when none did."""
        ranked = sorted(self.seconds)
        return ranked[min(len(ranked) - 1, int(part * len(ranked)))] if ranked else None


async def owner_signs_in(port, source, nth, patience):
    client = await Client.open(port, source, patience)
    try:
        # Those of new places are others: a place is known by account.
        is_known = source in (KNOWN_SOURCE, beside_source(nth))
        await client.sign_in(f"{'owner' if is_known else 'traveller'}{nth % OWNERS}", patience)
        status = await client.run("whoami --password-stdin --json", FIRST_PASSWORD, patience=patience)
        if status != 0:
            try:
                raise Ended(json.loads(client.err)["error"]["id"])
            except (ValueError, KeyError, TypeError):
                raise Ended(f"exit status {status}") from None
    finally:
        client.close()


async def reset_prompts(port, source, _nth, patience):
    """The first question of `reset@`."""
    client = await Client.open(port, source, patience)
    try:
        if await client.prompts("reset", patience) == 0:
            raise Ended("nothing asked")
    finally:
        client.close()


async def measured(person, port, sources, count, gap, patience):
    """`person` tries `count` times, one try each `gap` seconds whether the last is over or not."""
    tries = Tries()

    async def once(nth):
        await asyncio.sleep(nth * gap)
        began = time.monotonic()
        try:
            await asyncio.wait_for(person(port, sources(nth), nth, patience), patience)
            tries.seconds.append(time.monotonic() - began)
        except (Ended, OSError, asyncio.TimeoutError) as error:
            tries.failures[str(error) or type(error).__name__] += 1

    await asyncio.gather(*(once(nth) for nth in range(count)))
    return tries


class Typist:
    """Somebody who types into a page, and how long each key takes to show."""

    def __init__(self, port, source=KNOWN_SOURCE):
        self.port, self.source, self.client = port, source, None

    async def __aenter__(self):
        self.client = await Client.open(self.port, self.source)
        await self.client.sign_in("forgot")
        await self.client.shell()
        # The first page comes in pieces, and its last line last.
        await self.client._until(lambda: b"quit" in self.client.out, 60)
        await asyncio.sleep(0.5)
        return self

    async def __aexit__(self, *_):
        self.client.close()

    async def types(self, count, gap=0.05, patience=5):
        tries, client = Tries(), self.client
        for nth in range(count):
            client.out.clear()
            began = time.monotonic()
            try:
                client.type("x" if nth % 2 == 0 else "\x7f")
                await client._until(lambda: client.out, patience)
                tries.seconds.append(time.monotonic() - began)
            except Ended as error:
                tries.failures[str(error)] += count - nth
                break
            await asyncio.sleep(gap)
        return tries


# --- The strangers. Each attack is a coroutine (port, source, options, heard, gate) that goes on until it is cancelled.

ATTACKS = {}


def attack(function):
    ATTACKS[function.__name__] = function
    return function


async def again_and_again(once, heard, pause_s):
    """What strangers do who are refused: they come back."""
    while True:
        try:
            await once()
        except (Ended, OSError, asyncio.TimeoutError) as error:
            heard[f"- {error}"] += 1
        await asyncio.sleep(pause_s * (0.5 + random.random()))


class Held:
    """Counts a place for as long as it is held."""

    def __init__(self, heard, client):
        self.heard, self.client = heard, client

    def __enter__(self):
        self.heard["held"] += 1

    def __exit__(self, *_):
        self.heard["held"] -= 1
        self.client.close()


@attack
async def idle_guest(port, source, told, heard, gate):
    async def once():
        async with gate:
            client = await Client.open(port, source)
            await client.sign_in(told.get("user", "guest"))
            await client.shell()
        # Nothing of it is looked at from here on.
        client.out.clear()
        client.on_data = lambda _: None
        with Held(heard, client):
            await client.until_ended()
        heard["ended"] += 1

    await again_and_again(once, heard, told.get("pause_s", 2))


@attack
async def half_open(port, source, told, heard, gate):
    """Hangs up before anything of it is an offence, and comes back."""
    async def once():
        client = await Client.connect(port, source)
        client.transport.write(VERSION + b"\r\n")
        with Held(heard, client):
            heard["ended"] += await client.until_ended(told.get("hold_s", 9))

    await again_and_again(once, heard, told.get("pause_s", 0.5))


# What a session of `forgot` in line mode asks for, and what is typed then: the first request is granted, all others are
# refused.
_FORGOT = {b"Email or username: ": "nobody{}", b"Code: ": "?", b"Choice: ": "back"}


@attack
async def forgets(port, source, told, heard, gate):
    """One guest in line mode who asks for a code again and again; with `pause_s` 0 as fast as it is answered."""
    async def once():
        async with gate:
            client = await Client.open(port, source)
            await client.sign_in("forgot")
            await client.shell(terminal=None)
        with Held(heard, client):
            while True:
                await client._until(lambda: client.out.endswith(tuple(_FORGOT)), PATIENCE_S)
                asked = next(prompt for prompt in _FORGOT if client.out.endswith(prompt))
                if found := re.search(rb"Error: [^\[]*\[([a-z-]+)\]", bytes(client.out)):
                    heard[f"told {found[1].decode()}"] += 1
                client.out.clear()
                if asked.startswith(b"Email"):
                    heard["requests"] += 1
                    await asyncio.sleep(told.get("pause_s", 1) * (0.5 + random.random()))
                client.type(_FORGOT[asked].format(told["number"]) + "\n")

    await again_and_again(once, heard, 2)


@attack
async def silent_reset(port, source, told, heard, gate):
    async def once():
        async with gate:
            client = await Client.open(port, source)
            await client.prompts("reset")
        with Held(heard, client):
            await client.until_ended()
        heard["ended"] += 1

    await again_and_again(once, heard, 1)


@attack
async def answered_reset(port, source, told, heard, gate):
    """The same after one answer, as somebody who waits for an email."""
    async def once():
        async with gate:
            client = await Client.open(port, source)
            if await client.prompts("reset") == 0:
                client.close()
                raise Ended("busy")
            client.send(b"\x3d" + number(1) + text(f"nobody{told['number']}"))
            await client.expect(60)
        with Held(heard, client):
            await client.until_ended()
        heard["ended"] += 1

    await again_and_again(once, heard, 1)


@attack
async def key_queries(port, source, told, heard, gate):
    """Asks whether keys would be taken (RFC 4252 section 7), fifty in a segment."""
    async def once():
        client = await Client.open(port, source)
        heard["connections"] += 1
        try:
            while True:
                for _ in range(50):
                    blob = text("ssh-ed25519") + text(os.urandom(32))
                    client.ask("owner", "publickey", b"\0" + text("ssh-ed25519") + text(blob))
                for _ in range(50):
                    await client.expect(51, 60)
                    heard["answers"] += 1
        finally:
            client.close()

    await again_and_again(once, heard, 0.2)


# A line of the log as an operator would believe it.
FORGED = (b"2026-01-01T00:00:00.000Z INFO event=refused source=203.0.113.66 session=0 request=sign-in "
          b"reason=wrong-credentials")


@attack
async def log_flood(port, source, told, heard, gate):
    """Channel requests that nobody knows, whose names are lines of a log."""
    async def once():
        client = await Client.open(port, source)
        await client.sign_in("guest")
        await client.open_channel()
        name = b"x\n" + (FORGED + b"\r\n" + FORGED + b"\x1b]0;forged\x07\n") * 100 + b"\n"
        with Held(heard, client):
            while True:
                client.request(name[:told.get("name_bytes", 30_000)])
                heard["requests"] += 1
                await client.drained()
                await asyncio.sleep(0)

    await again_and_again(once, heard, 0.2)


@attack
async def log_logins(port, source, told, heard, gate):
    """Connections whose name and password are lines of a log, one after the other."""
    name = FORGED + b"\n" + FORGED + b"\x1b[2J\r\n"

    async def once():
        client = await Client.open(port, source)
        try:
            heard["logins"] += 1
            client.ask(name, "password", b"\0" + text(name))
            # Whatever the answer is.
            await client.drained()
            await asyncio.sleep(told.get("pause_s", 0.05))
        finally:
            client.close()

    await again_and_again(once, heard, 0.05)


@attack
async def never_reads(port, source, told, heard, gate):
    """Has the page drawn again and again and reads none of it."""
    async def once():
        async with gate:
            client = await Client.open(port, source, receive_buffer=4096)
            await client.sign_in("guest")
            await client.shell(200, 60)
        client.transport.pause_reading()
        began = time.monotonic()
        with Held(heard, client):
            try:
                while not client.ended:
                    client.type("\x0c")
                    client.resize(*random.choice([(200, 60), (190, 58), (180, 56)]))
                    await client.drained()
                    await asyncio.sleep(told.get("pause_s", 0.1))
                    # Nobody tells a client that does not read; the socket does.
                    if is_cut(client):
                        break
            finally:
                heard["cut"] += 1
                heard["cut after s"] = max(heard["cut after s"], round(time.monotonic() - began))
        await asyncio.Event().wait()

    await again_and_again(once, heard, 1e6)


def is_cut(client):
    sock = client.transport.get_extra_info("socket")
    try:
        # TCP_INFO begins with the state; 1 is ESTABLISHED.
        return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 8)[0] != 1
    except OSError:
        return True


@attack
async def resizes(port, source, told, heard, gate):
    async def once():
        async with gate:
            client = await Client.open(port, source)
            await client.sign_in("guest")
            await client.shell()
        # Its frames are read from the socket and thrown away.
        client.deaf = True
        with Held(heard, client):
            while True:
                client.resize(random.randint(60, 200), random.randint(20, 60))
                heard["resizes"] += 1
                heard["painted bytes"] += client.thrown_away
                client.thrown_away = 0
                await client.drained()
                await asyncio.sleep(told.get("pause_s", 0.05))

    await again_and_again(once, heard, 2)


@attack
async def churns(port, source, told, heard, gate):
    """New connections in step, each of which is authenticated and left."""
    async def once():
        try:
            client = await Client.open(port, source, 10)
            try:
                await client.sign_in("guest", 10)
                heard["served"] += 1
            finally:
                client.close()
        except (Ended, OSError, asyncio.TimeoutError) as error:
            heard[f"- {error}"] += 1

    await asyncio.sleep(random.random() * told["every_s"])
    tasks, due = set(), time.monotonic()
    while True:
        heard["begun"] += 1
        task = asyncio.create_task(once())
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        due += told["every_s"]
        await asyncio.sleep(max(0, due - time.monotonic()))


@attack
async def signs_in(port, source, told, heard, gate):
    """Waits with an open channel for the others, then signs in, and comes back as told."""
    started = told["started"]

    async def once():
        async with gate:
            client = await Client.open(port, source)
            await client.sign_in("guest")
            await client.open_channel()
        with Held(heard, client):
            if not started.is_set():
                await started.wait()
            name = f"member{told['number']}"
            status = await client.run(f"whoami --name {name} --password-stdin --json", told["password"])
            if status == 0:
                heard["signed in"] += 1
                return 0
            error = json.loads(client.err)["error"]
            heard[f"- {error['id']}"] += 1
            return error["retry_after_s"] or 1

    while True:
        try:
            wait = await once()
            if not wait:
                return
        except (Ended, OSError, ValueError, KeyError) as error:
            heard[f"- {error}"] += 1
            wait = 1
        await asyncio.sleep(wait)


class Attackers:
    """`count` strangers of a kind, in two processes; `addresses` of them are sources of their own."""

    def __init__(self, server, kind, count, addresses=None, processes=2, **told):
        self.server, self.kind, self.count = server, kind, count
        self.addresses, self.processes, self.told = addresses or count, min(processes, count), told
        self.running, self.last = [], {}

    async def __aenter__(self):
        for shard in range(self.processes):
            told = {**self.told, "port": self.server.port, "shard": shard, "shards": self.processes,
                    "count": self.count, "addresses": self.addresses}
            process = await asyncio.create_subprocess_exec(
                "/usr/bin/python3", "-W", "ignore", __file__, self.kind, json.dumps(told),
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
            self.running.append((process, asyncio.create_task(self._read(shard, process))))
        return self

    async def _read(self, shard, process):
        async for line in process.stdout:
            self.last[shard] = json.loads(line)

    @property
    def heard(self):
        """What all of them have heard until now."""
        total = collections.Counter()
        for heard in self.last.values():
            for what, count in heard.items():
                total[what] = max(total[what], count) if what.endswith(" s") else total[what] + count
        return total

    async def settled(self, what, goal, patience, still_s=8):
        """Until `goal` of `what`, or no more of it for some seconds."""
        best, since, deadline = -1, time.monotonic(), time.monotonic() + patience
        while time.monotonic() < deadline and time.monotonic() - since < still_s:
            now = self.heard[what]
            if now >= goal:
                return now
            if now > best:
                best, since = now, time.monotonic()
            await asyncio.sleep(0.25)
        return self.heard[what]

    def go(self):
        """The word that those wait for who do something at once."""
        for process, _ in self.running:
            process.stdin.write(b"go\n")

    async def __aexit__(self, *_):
        for process, _ in self.running:
            process.stdin.close()
        for process, reader in self.running:
            try:
                await asyncio.wait_for(process.wait(), 20)
            except asyncio.TimeoutError:
                process.kill()
                await process.wait()
            await reader


async def be_strangers(kind, told):
    raise_file_limit()
    # As if they had a machine of their own.
    os.nice(told.get("nice", 0))
    heard, gate, loop = collections.Counter(), asyncio.Semaphore(OPENING), asyncio.get_running_loop()
    started, tasks = asyncio.Event(), []
    for nth in range(told["shard"], told["count"], told["shards"]):
        options = {**told, "number": nth, "started": started}
        tasks.append(loop.create_task(
            ATTACKS[kind](told["port"], strange_source(nth % told["addresses"]), options, heard, gate)))

    async def report():
        while True:
            print(json.dumps(heard), flush=True)
            await asyncio.sleep(0.5)

    reporter = loop.create_task(report())
    words = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(words), sys.stdin)
    while await words.readline():
        started.set()
    # Those who have failed for a reason that is ours say so.
    for task in tasks:
        if task.done() and not task.cancelled() and task.exception():
            heard[f"! {task.exception()!r}"] += 1
    reporter.cancel()
    print(json.dumps(heard), flush=True)
    os._exit(0)


def load():
    """What else the machine does, since it all counts."""
    return f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores"


def built_from(binary):
    """A word about a program, for the head of a table."""
    return subprocess.run([binary, "--version"], capture_output=True, text=True).stdout.strip() or str(binary)


if __name__ == "__main__":
    asyncio.run(be_strangers(sys.argv[1], json.loads(sys.argv[2])))

"""People who reset and change passwords, what they were told, and the judgement of a database by it.

A `World` is a portal (one node or several) with its relay and database. A `Person` has an account of their own and
notes what the portal acknowledged. `Judge` looks at the database: the rules of invariants.sql, nothing ever undone
since the last look, and everything that was acknowledged still there.
"""

import asyncio
import base64
import collections
import contextlib
import hashlib
import os
import random
import re
import time

import common
from common import FIRST_PASSWORD, command, some_password

# Wrong, but with the shape of a code.
WRONG_CODE = "BCDF-GHJK"


class Person:
    def __init__(self, name):
        self.name = name
        self.address = f"{name}@example.org"
        self.second = f"{name}-second@example.org"
        # What the password may be. More than one while an answer is unknown.
        self.possible = [FIRST_PASSWORD]
        self.code = None
        self.used = None
        self.requests = set()
        self.wrong_tries = 0
        self.resets = self.changes = 0
        self.added = self.verified = False
        self.keys = set()
        # What is left to do, and whether the last answer was cut.
        self.steps = ["request", "code", "wrong", "redeem", "replay", "sign_in", "change", "change", "add", "verify", "key"]
        self.cut = False
        # New passwords of which it was said that nothing was changed, and the last answer.
        self.told_unchanged = set()
        self.last = None

    @property
    def password(self):
        return self.possible[-1]


class World:
    """Where the people are, and what was counted there."""

    def __init__(self, relay, ports, violations, code_patience=4):
        self.relay = relay
        # Gives the ports that can be tried now.
        self.ports = ports
        self.violations = violations
        self.code_patience = code_patience
        self.people = []
        self.fresh = collections.deque()
        self.late = []
        self.quiet = False
        self.up = asyncio.Event()
        self.count = collections.Counter()
        self.refusals = collections.Counter()

    def add(self, names):
        for name in names:
            self.fresh.append(Person(name))

    def next_person(self):
        """Whoever's email has come meanwhile, else somebody new."""
        for person in self.late:
            if any(mail.code for mail in self.relay.by_address.get(person.address, [])):
                self.late.remove(person)
                return person
        if not self.fresh:
            return None
        person = self.fresh.popleft()
        self.people.append(person)
        return person

    async def ask(self, person, words, lines=(), user=None, patience=30):
        """A command; an answer of `busy` or `try-later` is followed a few times."""
        for _ in range(6):
            port = random.choice(self.ports())
            outcome = await command(port, user or person.name, words, lines, patience)
            if outcome.refused and outcome.id in ("busy", "try-later") and outcome.retry_after_s <= 5:
                self.count["told to wait"] += 1
                await asyncio.sleep(outcome.retry_after_s)
                continue
            break
        person.last = outcome
        self.count[{"done": "acknowledged", "refused": "refused", "unknown": "unknown (cut)"}[outcome.kind]] += 1
        if outcome.refused:
            self.refusals[outcome.id] += 1
        return outcome

    def broken(self, what):
        self.violations.append(what)
        if not self.quiet:
            common.say(f"VIOLATION: {what}")

    async def worker(self):
        """One person after another, for as long as the world is up."""
        while True:
            await self.up.wait()
            person = self.next_person()
            if person is None:
                return
            await self.go_on(person)

    async def go_on(self, person):
        """Carries a story on until its end, a cut, or an email that does not come."""
        while person.steps:
            step = person.steps[0]
            went_on = await getattr(self, f"_{step}")(person)
            if went_on == "late":
                self.late.append(person)
                return
            if not went_on:
                return
            person.steps.pop(0)
        self.count["stories finished"] += 1

    # Each step gives True when its answer was heard, and False when the story stops here.

    def _cut(self, person):
        person.cut = True
        return False

    async def _request(self, person):
        self.count["stories begun"] += 1
        outcome = await self.ask(person, f"forgot {person.name}", user="account")
        if outcome.done:
            person.requests.add(outcome.json["request"])
            self.count["requests acknowledged"] += 1
        return True if outcome.done else self._cut(person)

    async def _code(self, person):
        person.code = await self.relay.code(person.address, 1, self.code_patience)
        return True if person.code else "late"

    async def _wrong(self, person):
        if random.random() > 0.4:
            return True
        outcome = await self.ask(person, f"forgot {person.name} --code-stdin", [WRONG_CODE, some_password()], "account")
        if outcome.done:
            self.broken(f"{person.name}: a wrong code was taken")
        if outcome.refused and outcome.id == "code-refused":
            person.wrong_tries += 1
            self.count["wrong tries acknowledged"] += 1
        return True if outcome.refused else self._cut(person)

    async def _redeem(self, person):
        news = [some_password() for _ in range(2 if random.random() < 0.3 else 1)]
        words = f"forgot {person.name} --code-stdin"
        outcomes = await asyncio.gather(*(self.ask(person, words, [person.code, new], "account") for new in news))
        done = [new for new, outcome in zip(news, outcomes) if outcome.done]
        unknown = [new for new, outcome in zip(news, outcomes) if not is_answer(outcome)]
        if len(news) == 2:
            self.count["codes typed twice at once"] += 1
        if len(done) > 1:
            self.count["double redemptions"] += 1
            self.broken(f"{person.name}: one code was redeemed twice")
        if done:
            person.possible = [done[0]]
            person.used = person.code
            person.resets += 1
            self.count["resets acknowledged"] += 1
            return True
        if unknown:
            person.possible = person.possible + unknown
            person.told_unchanged |= {new for new, outcome in zip(news, outcomes) if outcome.id == "unavailable"}
            return self._cut(person)
        return False

    async def _replay(self, person):
        outcome = await self.ask(person, f"forgot {person.name} --code-stdin", [person.code, some_password()], "account")
        self.count["used codes tried again"] += 1
        if outcome.done:
            self.broken(f"{person.name}: a used code was taken again")
        return True if outcome.refused else self._cut(person)

    async def _sign_in(self, person):
        outcome = await self.ask(person, "whoami --password-stdin", [person.password])
        if outcome.refused and outcome.id == "wrong-credentials":
            self.broken(f"{person.name}: an acknowledged password does not sign in")
        return True if outcome.done else self._cut(person)

    async def _change(self, person):
        new = some_password()
        outcome = await self.ask(person, "passwd --stdin", [person.password, new])
        if outcome.done:
            person.possible = [new]
            person.changes += 1
            self.count["changes acknowledged"] += 1
            return True
        if not is_answer(outcome):
            person.possible = person.possible + [new]
            if outcome.id == "unavailable":
                person.told_unchanged.add(new)
        return self._cut(person)

    async def _add(self, person):
        outcome = await self.ask(person, f"emails add {person.second} --password-stdin", [person.password])
        if outcome.done:
            person.added = True
            self.count["addresses added"] += 1
            return True
        return self._cut(person)

    async def _verify(self, person):
        code = await self.relay.code(person.second, 1, self.code_patience)
        if code is None:
            # An address's code is not worth another session.
            return False
        words = f"emails verify {person.second} --password-stdin"
        outcome = await self.ask(person, words, [person.password, code])
        if outcome.done:
            person.verified = True
            self.count["addresses verified"] += 1
            return True
        return self._cut(person)

    async def _key(self, person):
        blob = b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + os.urandom(32)
        # A point of the curve is not asked for; its length is.
        line = f"ssh-ed25519 {base64.b64encode(blob).decode()} {person.name}"
        outcome = await self.ask(person, "keys add --password-stdin", [person.password, line])
        if outcome.done:
            person.keys.add(base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("="))
            self.count["keys added"] += 1
            return True
        return self._cut(person)

    async def settle(self, person):
        """After a cut: of the passwords that may be right, exactly one signs in."""
        works = []
        for password in person.possible:
            for _ in range(5):
                outcome = await self.ask(person, "whoami --password-stdin", [password])
                if not outcome.unknown:
                    break
            if outcome.unknown or (outcome.refused and outcome.id != "wrong-credentials"):
                # The server was killed in between, or the owner has to wait: the next look decides.
                return
            self.count["sign-ins to check passwords"] += 1
            if outcome.done:
                works.append(password)
        if len(works) != 1:
            self.count["half-changed or lost"] += 1
            self.broken(f"{person.name}: {len(works)} of {len(person.possible)} possible passwords sign in")
            person.steps, person.cut = [], False
            return
        person.cut = False
        if works[0] in person.told_unchanged:
            self.count["told that nothing was changed, and it was"] += 1
            self.broken(f"{person.name}: was told that nothing was changed, and it was")
        was_reset = person.steps[:1] == ["redeem"] and works[0] != person.possible[0]
        if was_reset:
            person.used = person.code
            person.steps.pop(0)
        elif person.steps[:1] == ["redeem"]:
            # The try may have been counted, the code may be void by now: whether it is taken is open, but if it is
            # not, the rest of the story needs no reset.
            person.steps = ["try_again", *person.steps[2:]]
        elif person.steps[:1] in (["request"], ["verify"], ["add"], ["key"]):
            # Repeating it meets the limits of what is already there.
            person.steps = person.steps[1:] if person.steps[0] != "add" else person.steps[2:]
        elif person.steps[:1] == ["change"] and works[0] != person.possible[0]:
            person.steps.pop(0)
        person.possible = works

    async def _try_again(self, person):
        new = some_password()
        outcome = await self.ask(person, f"forgot {person.name} --code-stdin", [person.code, new], "account")
        if outcome.done:
            person.possible = [new]
            person.resets += 1
            self.count["resets acknowledged"] += 1
        elif not is_answer(outcome):
            person.possible = person.possible + [new]
            return self._cut(person)
        return True

    async def settle_all(self):
        """Everybody whose answer was cut; those who have more to do go on later."""
        cut = [person for person in self.people if person.cut]
        await asyncio.gather(*(self.settle(person) for person in cut))
        self.late += [person for person in cut if person.steps and not person.cut and person.code]


def is_answer(outcome):
    """False where nobody can say whether it was done."""
    return outcome.done or (outcome.refused and outcome.id not in ("unavailable", "internal", "outcome-unknown"))


def invariants():
    """The rules of invariants.sql, by name."""
    text = (common.ROOT / "tests/faults/invariants.sql").read_text()
    found = {}
    for part in re.split(r"^-- name: ", text, flags=re.MULTILINE)[1:]:
        name, sql = part.split("\n", 1)
        found[name] = re.sub(r"^--.*$", "", sql, flags=re.MULTILINE).strip().rstrip(";")
    return found


class Judge:
    # What is never undone or lowered: table, key, columns.
    LASTING = [
        ("codes", "id", ["tries", "used_at", "dead_at", "sent_at"]),
        ("grants", "id", ["used_at", "dead_at"]),
        ("accounts", "id", ["auth_epoch"]),
        ("email_addresses", "id", ["verified_at"]),
        ("outbox", "id", ["sent_at", "dropped_at", "attempts"]),
    ]

    def __init__(self, database, world):
        self.database = database
        self.world = world
        self.before = {}
        self.rules = invariants()
        self.looks = 0

    def look(self, when):
        self.looks += 1
        lasting = [f"SELECT {key}, {', '.join(columns)} FROM {table}" for table, key, columns in self.LASTING]
        facts = [
            "SELECT id FROM reset_requests",
            "SELECT a.name, sum(c.tries) FROM accounts a JOIN codes c ON c.account = a.id AND c.purpose LIKE 'reset%'"
            " GROUP BY a.name",
            "SELECT a.name, e.kind, count(*) FROM accounts a JOIN activity e ON e.account = a.id GROUP BY a.name, e.kind",
            "SELECT address, verified_at FROM email_addresses",
            self._fingerprints(),
        ]
        halves = ["SELECT g.id FROM grants g WHERE g.used_at IS NULL"]
        physical = ["PRAGMA integrity_check", "PRAGMA foreign_key_check"] if self._is_sqlite() else []
        tables = self.database.tables(*lasting, *self.rules.values(), *facts, *halves, *physical)
        take = iter(tables)
        for (table, _, columns), _ in zip(self.LASTING, lasting):
            self._nothing_undone(when, table, columns, {row[0]: row[1:] for row in next(take)})
        for name in self.rules:
            rows = next(take)
            if rows:
                self.world.broken(f"{when}: {name}: {rows[:3]}")
        self._acknowledged(when, *(next(take) for _ in facts))
        # Every code here is redeemed by `forgot --code-stdin`, which sets the password with it.
        half = next(take)
        self.world.count["codes used and password kept"] = len(half)
        if half:
            self.world.broken(f"{when}: a code is used and the password is the old one: {half[:3]}")
        if physical:
            if next(take) != [("ok",)]:
                self.world.broken(f"{when}: integrity_check")
            if next(take):
                self.world.broken(f"{when}: foreign_key_check")

    def _is_sqlite(self):
        return self.database.url.startswith("sqlite:")

    def _fingerprints(self):
        as_hex = "hex(fingerprint)" if self._is_sqlite() else "upper(encode(fingerprint, 'hex'))"
        return f"SELECT {as_hex} FROM keys"

    def _nothing_undone(self, when, table, columns, now):
        for key, old in self.before.get(table, {}).items():
            new = now.get(key)
            if new is None:
                self.world.broken(f"{when}: a row of {table} is gone: {key}")
                continue
            for column, was, is_now in zip(columns, old, new):
                if was is not None and (is_now is None or int(is_now) < int(was)):
                    self.world.broken(f"{when}: {table}.{column} of {key} went from {was} to {is_now}")
        self.before[table] = now

    def _acknowledged(self, when, requests, tries, events, addresses, fingerprints):
        requests = {row[0] for row in requests}
        tries = {name: int(count) for name, count in tries}
        events = {(name, kind): int(count) for name, kind, count in events}
        addresses = dict(addresses)
        fingerprints = {base64.b64encode(bytes.fromhex(row[0])).decode().rstrip("=") for row in fingerprints}
        for person in self.world.people:
            lost = []
            if not person.requests <= requests:
                lost.append("request")
            if tries.get(person.name, 0) < person.wrong_tries:
                lost.append("wrong try")
            if events.get((person.name, "password-reset"), 0) < person.resets:
                lost.append("reset")
            if events.get((person.name, "password-changed"), 0) < person.changes:
                lost.append("change")
            if person.added and person.second not in addresses:
                lost.append("address")
            if person.verified and addresses.get(person.second) is None:
                lost.append("verification")
            if not person.keys <= fingerprints:
                lost.append("key")
            if lost:
                self.world.broken(f"{when}: {person.name} was told of a {lost} that is not there")

    def waiting(self):
        """Emails that are committed and neither sent nor given up."""
        return self.database.number(
            "SELECT count(*) FROM outbox WHERE sent_at IS NULL AND dropped_at IS NULL AND parked_at IS NULL")

    async def emails(self, patience):
        """Waits until all emails have left; every one that was sent was received, and nothing else was."""
        began = time.monotonic()
        while self.waiting() and time.monotonic() < began + patience:
            await asyncio.sleep(1)
        rows = self.database.rows("SELECT id, sent_at, dropped_at, parked_at FROM outbox")
        sent = {row[0] for row in rows if row[1] is not None}
        # The relay is a process of its own, whose lines may not have been read yet.
        relay, told_by = self.world.relay, time.monotonic() + common.PATIENCE_S
        while sent - {mail.id for mail in relay.mails} and (left := told_by - time.monotonic()) > 0:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(relay.news.wait(), left)
        received = collections.Counter(mail.id for mail in relay.mails)
        known = {row[0] for row in rows}
        owed = [row[0] for row in rows if row[1:] == (None, None, None)]
        self.world.count["emails owed"] = len(owed)
        self.world.count["emails received"] = len(received)
        self.world.count["emails received twice"] = sum(count - 1 for count in received.values())
        self.world.count["seconds until the last email left"] = round(time.monotonic() - began)
        if owed:
            self.world.broken(f"{len(owed)} emails did not leave within {patience} s")
        if missing := sent - set(received):
            self.world.broken(f"{len(missing)} emails are recorded as sent and were never received")
        if strange := set(received) - known:
            self.world.broken(f"{len(strange)} emails were received that no row knows of")
        if parked := [row for row in rows if row[3] is not None]:
            self.world.broken(f"{len(parked)} emails are parked, with a relay that refused none")

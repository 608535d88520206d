"""Decides whether a history of one account is linearizable: whether there is an order of what was done, each operation
between its call and its answer, in which every answer is right.

After Wing and Gong, with the set of reachable configurations kept from event to event (Lowe's just-in-time form): a
configuration is the account's state and how far each pending operation has come. An operation without an answer stays
pending for ever: it may take effect at any later time, or never.

An operation is a sequence of atomic steps, as the program promises them: a reset first counts its try on every live
code, and then uses the code and sets the password at once.
"""

import dataclasses
import itertools

# Wrong tries after which a code is void.
TRIES = 5
DEAD = frozenset()


@dataclasses.dataclass(frozen=True)
class Account:
    password: str
    # (code, tries) of those that are neither used nor void.
    codes: frozenset = DEAD

    def counted(self):
        return dataclasses.replace(self, codes=frozenset((code, min(tries + 1, TRIES)) for code, tries in self.codes))

    def takes(self, code):
        return any(known == code and tries < TRIES for known, tries in self.codes)

    def has(self, code):
        return any(known == code for known, _ in self.codes)

    def without(self, code):
        return dataclasses.replace(self, codes=frozenset(pair for pair in self.codes if pair[0] != code))

    def with_password(self, password):
        return Account(password)


@dataclasses.dataclass
class Operation:
    """`answer` is `done`, the id of a refusal, or None when nobody knows."""
    kind: str
    call: float
    answered: float | None
    answer: str | None
    password: str = ""
    new: str = ""
    code: str = ""

    def __str__(self):
        said = self.answer or "unknown"
        until = f"{self.answered:.3f}" if self.answered is not None else "…"
        return f"{self.call:.3f}-{until} {self.kind}({self.password or self.code}{'->' + self.new if self.new else ''}) = {said}"


# What an operation may do next: from its stage and the state, the stages and states that can follow. Stage None: over.
# Only what agrees with the answer, where there is one.

def steps_of(operation, stage, state, two_step_reset):
    return {"sign-in": _sign_in, "change": _change, "redeem": _redeem, "try": _try, "issue": _issue}[operation.kind](
        operation, stage, state, two_step_reset)


def _sign_in(operation, stage, state, _):
    right = state.password == operation.password
    if operation.answer in (None, "done") and right:
        yield None, state
    if operation.answer in (None, "wrong-credentials") and not right:
        yield None, state


def _change(operation, stage, state, _):
    right = state.password == operation.password
    if stage == "signed in":
        # It was right, and another change came in between.
        if not right:
            yield None, state
        return
    if operation.answer in (None, "done") and right:
        yield None, state.with_password(operation.new)
    if operation.answer in (None, "wrong-credentials", "wrong-current-password") and not right:
        yield None, state
    if operation.answer in ("signed-out", "wrong-current-password") and right:
        yield "signed in", state
    if operation.answer in NO_EFFECT:
        yield None, state


# Refusals that promise that nothing was changed. A try may have been counted.
NO_EFFECT = ("unavailable", "busy", "try-later")


def _redeem(operation, stage, state, two_step_reset):
    answer = operation.answer
    if stage == "":
        if answer in NO_EFFECT:
            yield None, state
        if state.takes(operation.code):
            yield "counted", state.counted()
        elif answer in (None, "code-refused", "code-tries-used", *NO_EFFECT):
            yield None, state.counted()
    elif stage == "counted":
        if answer in NO_EFFECT:
            yield None, state
        if not state.has(operation.code):
            if answer in (None, "code-refused", "code-tries-used"):
                yield None, state
        elif two_step_reset:
            if answer in (None, "done", "grant-expired", *NO_EFFECT):
                # The grant is good for as long as the password stays what it is.
                yield f"proven:{state.password}", state.without(operation.code)
        elif answer in (None, "done"):
            yield None, state.with_password(operation.new)
    elif stage.startswith("proven:"):
        good = stage == f"proven:{state.password}"
        if answer in NO_EFFECT:
            yield None, state
        elif good and answer in (None, "done"):
            yield None, state.with_password(operation.new)
        elif not good and answer in (None, "grant-expired"):
            yield None, state


def _try(operation, stage, state, _):
    if operation.answer in NO_EFFECT:
        yield None, state
    if operation.answer in (None, "code-refused", *NO_EFFECT):
        yield None, state.counted()


def _issue(operation, stage, state, _):
    yield None, dataclasses.replace(state, codes=state.codes | {(operation.code, 0)})


class TooManyConfigurations(Exception):
    """The history cannot be decided in bounded memory."""


def check(first, operations, two_step_reset=False, limit=50_000):
    """None when the history is linearizable, else the operation whose answer nothing explains."""
    operations = sorted(operations, key=lambda operation: operation.call)
    events = [(operation.call, 0, nth) for nth, operation in enumerate(operations)]
    events += [(operation.answered, 1, nth) for nth, operation in enumerate(operations) if operation.answer is not None]
    def settled(state, pending):
        """Takes every step of operations that change nothing in any state: to wait with them gains nothing. So they need
        not be tried in each order. Typing a code is not among them: it may find more codes to count its try on later."""
        pending, again = set(pending), True
        while again:
            again = False
            for which, stage in list(pending):
                if stage is None or operations[which].answer in (None, *NO_EFFECT):
                    continue
                if stage == "" and operations[which].kind in ("redeem", "try", "issue"):
                    continue
                options = list(steps_of(operations[which], stage, state, two_step_reset))
                if len(options) == 1 and options[0][1] == state:
                    pending.remove((which, stage))
                    pending.add((which, options[0][0]))
                    again = True
        return state, frozenset(pending)

    # A configuration: the state, and the stage of each pending operation ("" not begun, None over).
    reached = {(first, frozenset())}
    for _, is_answer, nth in sorted(events):
        if not is_answer:
            reached = {settled(state, pending | {(nth, "")}) for state, pending in reached}
            continue
        explored, ahead = set(reached), list(reached)
        while ahead:
            state, pending = ahead.pop()
            for which, stage in pending:
                if stage is None:
                    continue
                for then, after in steps_of(operations[which], stage, state, two_step_reset):
                    others = pending - {(which, stage)}
                    # An answer that is still to come is waited for; without one, it is simply over.
                    if then is not None or operations[which].answer is not None:
                        others = others | {(which, then)}
                    following = settled(after, others)
                    if following not in explored:
                        if len(explored) > limit:
                            raise TooManyConfigurations
                        explored.add(following)
                        ahead.append(following)
        reached = {(state, pending - {(nth, None)}) for state, pending in explored if (nth, None) in pending}
        if not reached:
            return operations[nth]
    return None


@dataclasses.dataclass
class SessionFact:
    """Of sessions: `open` of one, `end` of all others, `list` of those that are there."""
    kind: str
    call: float
    answered: float
    sessions: frozenset


def check_sessions(facts):
    """None when no list shows a session that was open before an end began, after that end was answered."""
    for end, seen in itertools.product(facts, facts):
        if end.kind == "end" and seen.kind == "list" and seen.call > end.answered:
            for opened in facts:
                if opened.kind == "open" and opened.answered < end.call and opened.sessions & seen.sessions:
                    return seen
    return None


def self_test(say):
    """Right histories are accepted, and wrong ones are not; gives how many were judged wrongly."""
    def op(kind, call, answered, answer, **what):
        return Operation(kind, call, answered, answer, **what)

    first = Account("a", frozenset({("C", 0)}))
    sign_in = lambda call, answered, password, answer="done": op("sign-in", call, answered, answer, password=password)
    change = lambda call, answered, old, new, answer="done": op("change", call, answered, answer, password=old, new=new)
    redeem = lambda call, answered, new, answer="done", code="C": op("redeem", call, answered, answer, code=code, new=new)
    wrong = lambda call, answered, answer="code-refused": op("try", call, answered, answer)
    cases = [
        ("a reset and then a sign-in", True, [redeem(0, 1, "b"), sign_in(2, 3, "b"), sign_in(4, 5, "a", "wrong-credentials")]),
        ("one code redeemed twice", False, [redeem(0, 3, "b"), redeem(1, 4, "c")]),
        ("of two at once, one", True, [redeem(0, 3, "b"), redeem(1, 4, "c", "code-refused"), sign_in(5, 6, "b")]),
        ("of two at once, the wrong one", False, [redeem(0, 3, "b"), redeem(1, 4, "c", "code-refused"), sign_in(5, 6, "c")]),
        ("an old password after the change was told", False, [change(0, 1, "a", "b"), sign_in(2, 3, "a")]),
        ("an old password while it is changed", True, [change(0, 3, "a", "b"), sign_in(1, 2, "a")]),
        ("back again", False, [change(0, 5, "a", "b"), sign_in(1, 2, "b"), sign_in(3, 4, "a")]),
        ("an unknown change that took effect late", True,
         [change(0, None, "a", "b", None), sign_in(2, 3, "a"), sign_in(4, 5, "b")]),
        ("an unknown change undone", False, [change(0, None, "a", "b", None), sign_in(2, 3, "b"), sign_in(4, 5, "a")]),
        ("told that nothing was changed, and it was", False,
         [change(0, 1, "a", "b", "unavailable"), sign_in(2, 3, "b")]),
        ("two changes from one password", False, [change(0, 3, "a", "b"), change(1, 4, "a", "c")]),
        ("a code after a change", False, [change(0, 1, "a", "b"), redeem(2, 3, "c")]),
        ("a code refused that is good", False, [redeem(0, 1, "b", "code-refused"), sign_in(2, 3, "a")]),
        ("five wrong tries", True, [*(wrong(n, n + 0.5) for n in range(5)), redeem(6, 7, "b", "code-refused")]),
        ("the right code at the sixth try", False, [*(wrong(n, n + 0.5) for n in range(5)), redeem(6, 7, "b")]),
        ("the right code at the fifth try", True, [*(wrong(n, n + 0.5) for n in range(4)), redeem(6, 7, "b")]),
        ("a code used with the password kept", False,
         [redeem(0, None, "b", None), sign_in(1, 2, "a"), redeem(3, 4, "c", "code-refused"), sign_in(5, 6, "a")]),
    ]
    judged_wrongly = 0
    for name, expected, history in cases:
        right = (check(first, history) is None) == expected
        judged_wrongly += not right
        say(f"{'right' if right else 'WRONG'}: {name}: {'linearizable' if expected else 'not linearizable'}")
    one = frozenset({"127.0.0.2"})
    for name, expected, seen_at in [("an ended session that is listed", False, 6), ("one listed meanwhile", True, 3.5)]:
        facts = [SessionFact("open", 0, 1, one), SessionFact("end", 2, 4, one), SessionFact("list", seen_at, 7, one)]
        right = (check_sessions(facts) is None) == expected
        judged_wrongly += not right
        say(f"{'right' if right else 'WRONG'}: {name}")
    return judged_wrongly

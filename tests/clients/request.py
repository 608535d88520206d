"""What tests/clients/run asks of a client program, read from its environment; for the programs in Python.

Every program of this folder is a small ssh(1): it logs in, opens a session, sends DOORKEY_INPUT, waits for
DOORKEY_AWAIT in what comes, sends DOORKEY_THEN, ends its input unless it has a terminal, and ends with the status of the
session; standard output and error are the session's. With DOORKEY_SECOND it runs that command in a second session while
the first one is open. It exits with 98 and a word on standard error where the client has no such thing.
"""
import os
import subprocess
import sys

HOST, PORT = "127.0.0.1", int(os.environ["DOORKEY_PORT"])
USER = os.environ["DOORKEY_USER"]
KEYS = [path for path in os.environ["DOORKEY_KEYS"].split(":") if path]
PASSWORD = os.environ.get("DOORKEY_PASSWORD")
HAS_PTY = bool(os.environ["DOORKEY_PTY"])
TERM, COLS, ROWS = "xterm", 100, 30
COMMAND = os.environ["DOORKEY_COMMAND"]
INPUT = os.environ["DOORKEY_INPUT"].encode()
AWAIT = os.environ["DOORKEY_AWAIT"].encode()
THEN = os.environ["DOORKEY_THEN"].encode()
SECOND = os.environ["DOORKEY_SECOND"]


def answer(prompt):
    """What a person answers to a prompt of keyboard-interactive."""
    done = subprocess.run([os.environ["DOORKEY_ANSWER"], prompt], capture_output=True, text=True)
    if done.returncode != 0:
        # Not an exception: ctypes would print it and send an empty answer.
        failed(f"no answer to {prompt!r}: {done.stderr.strip()}")
    return done.stdout.rstrip("\n")


def text(said):
    return said.decode(errors="replace")


def ended(out, err, status):
    """Ends the program as the session did."""
    sys.stdout.buffer.write(out)
    sys.stdout.buffer.flush()
    sys.stderr.buffer.write(err)
    sys.stderr.buffer.flush()
    os._exit(70 if status is None else status)


def failed(why):
    print(why, file=sys.stderr)
    sys.stderr.flush()
    os._exit(99)


def converse(open_session):
    """The whole request, over sessions with send(bytes), read() (what has come, b"" at its end), end_input() and finish()
    (what is left of both streams, and the status)."""
    first = open_session(HAS_PTY, COMMAND)
    out = b""
    if SECOND:
        second = open_session(False, SECOND)
        second.end_input()
        said, err, status = second.finish()
        if status != 0:
            failed(f"the second session ended with {status}: {text(said + err)}")
        out += said
    if INPUT:
        first.send(INPUT)
    if AWAIT:
        seen = b""
        while AWAIT not in seen:
            part = first.read()
            if not part:
                rest, err, status = first.finish()
                failed(f"it ended with {status} before {text(AWAIT)!r}: {text(seen + rest + err)[-300:]}")
            seen += part
        out += seen
        if THEN:
            first.send(THEN)
    if not HAS_PTY:
        first.end_input()
    rest, err, status = first.finish()
    ended(out + rest, err, status)

#!/usr/bin/python3
"""Each way that paramiko authenticates by its default, which makes every attempt after a service request of its own.

    tests/hostile/first_attempts.py PORT ADAS_PASSWORD

Prints what came of each, one a line; whatever takes longer than a moment is printed as slow.
"""
import json
import logging
import os
import subprocess
import sys
import tempfile
import time

import paramiko

PORT, PASSWORD = int(sys.argv[1]), sys.argv[2]
# The server lets go of a connection that has not authenticated after 30 s.
SLOW = 15
FOLDER = tempfile.mkdtemp()
reasons = []


class Reasons(logging.Handler):
    """Keeps the first sentence of what the server says when it disconnects."""

    def emit(self, record):
        _, told, reason = record.getMessage().partition("Disconnect (code 7): ")
        if told:
            reasons.append(reason.partition(".")[0])


logging.getLogger("paramiko").addHandler(Reasons())
logging.getLogger("paramiko").setLevel(logging.INFO)


def key(name, *kind):
    path = os.path.join(FOLDER, name)
    subprocess.run(["ssh-keygen", "-q", *kind, "-N", "", "-f", path], check=True)
    return path


def outcome(channel, line="whoami --json", sent=""):
    channel.exec_command(line)
    channel.sendall(sent.encode())
    channel.shutdown_write()
    read = lambda take: b"".join(iter(lambda: take(4096), b"")).decode()  # noqa: E731
    out, err = read(channel.recv), read(channel.recv_stderr)
    code = channel.recv_exit_status()
    if code == 0:
        return f"0 {json.loads(out).get('name', '') if out.startswith('{') else out}".rstrip()
    return f"{code} {json.loads(err)['error']['id']}"


def connect(user="ada", line="whoami --json", sent="", **credentials):
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    credentials = {"look_for_keys": False, "allow_agent": False, "auth_timeout": 60, **credentials}
    with client:
        client.connect("127.0.0.1", PORT, username=user, **credentials)
        return outcome(client.get_transport().open_session(), line, sent)


def attempts(*logins):
    """Makes each attempt until one succeeds."""
    transport = paramiko.Transport(("127.0.0.1", PORT))
    transport.start_client(timeout=30)
    transport.auth_timeout = 60
    try:
        for login in logins:
            try:
                login(transport)
            except paramiko.BadAuthenticationType:
                continue
            except (paramiko.SSHException, EOFError):
                break
            return "let in"
        # Its own words, where it has any.
        for _ in range(100):
            if not transport.is_active():
                return f"disconnected: {reasons.pop() if reasons else 'without a word'}"
            time.sleep(0.05)
        return "refused"
    finally:
        transport.close()


def asks_at_reset():
    asked = []

    def handler(title, instructions, prompts):
        asked.extend(prompt for prompt, _ in prompts)
        return ["" for _ in prompts] if len(asked) < 2 else []

    try:
        attempts(lambda transport: transport.auth_interactive("reset", handler))
    except paramiko.SSHException:
        pass
    return f"asked for {asked[0]}"


def tell(name, story, *words, **options):
    began = time.monotonic()
    try:
        came = story(*words, **options)
    except Exception as error:  # What it is is what there is to tell.
        came = f"{type(error).__name__}: {error}"
    slow = f", slow: {time.monotonic() - began:.0f} s" if time.monotonic() - began > SLOW else ""
    print(f"{name}: {came}{slow}", flush=True)


registered, unknown, another = key("registered", "-t", "ed25519"), key("unknown", "-t", "ed25519"), key("another", "-t", "rsa")
public = open(registered + ".pub", encoding="utf-8").read()
added = connect(line="keys add --json", sent=public, password=PASSWORD)
assert added.startswith("0"), added
Ed25519 = paramiko.Ed25519Key.from_private_key_file

tell("right password", connect, password=PASSWORD)
tell("wrong password", connect, password="not hers")
tell("password without a name", connect, "account", password=PASSWORD)
tell("registered key", connect, key_filename=registered)
tell("wrong key then right key", connect, key_filename=[unknown, registered])
tell("wrong key then password", connect, key_filename=another, password=PASSWORD)
tell("registered key of somebody else", connect, "grace", key_filename=registered)
tell(
    "wrong key, and a password on standard input",
    connect,
    line="whoami --password-stdin --json",
    sent=PASSWORD + "\n",
    key_filename=unknown,
)
tell(
    "key then keyboard-interactive",
    attempts,
    lambda transport: transport.auth_publickey("account", Ed25519(unknown)),
    lambda transport: transport.auth_interactive("account", lambda *asked: []),
)
# The server's library ends the connection at it, and nobody is asked what to say.
tell("password that is not UTF-8", attempts, lambda transport: transport.auth_password("ada", "plüm".encode("latin-1")))
# The server has answered the only request for the service that its library answers.
tell(
    "none then password",
    attempts,
    lambda transport: transport.auth_none("account"),
    lambda transport: transport.auth_password("account", "x"),
)
tell("password at reset", attempts, lambda transport: transport.auth_password("reset", "whatever"))
tell("key at reset", attempts, lambda transport: transport.auth_publickey("reset", Ed25519(unknown)))
tell("keyboard-interactive at reset", asks_at_reset)

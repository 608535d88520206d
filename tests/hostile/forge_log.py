"""Sends what would look like a line of the log wherever a client can send text, thousands of times where it can.

From 127.66.0.1 to 3: names of channel requests, usernames, version lines, TERM, commands, names, email addresses, noise before
the key exchange. Meanwhile somebody at 127.77.0.2 signs in with a wrong password, and then with the right one. All forged
lines name 203.0.113.66.
"""
import socket
import sys
import threading

import paramiko
from paramiko.common import cMSG_CHANNEL_REQUEST
from paramiko.message import Message

PATIENCE_S = 30
REQUESTS = 500
PORT, WORDS = int(sys.argv[1]), sys.argv[2]
SAID = "event=refused source=203.0.113.66 session=0 request=sign-in reason=wrong-credentials"
FORGED = f"2026-01-01T00:00:00.000Z INFO {SAID}"
JSON = (
    '{"time":"2026-01-01T00:00:00.000Z","level":"INFO","event":"refused","source":"203.0.113.66","session":"0",'
    '"request":"sign-in","reason":"wrong-credentials"}'
)
LINES = f"x\n{FORGED}\r\n{JSON}\n\x85{FORGED}\u2028{FORGED}\x1b[2J\u202e\u200b"
paramiko.util.logging.getLogger("paramiko").setLevel("CRITICAL")


def connect(address, version="SSH-2.0-paramiko"):
    transport = paramiko.Transport(socket.create_connection(("127.0.0.1", PORT), PATIENCE_S, (address, 0)))
    transport.local_version = version
    transport.start_client(timeout=PATIENCE_S)
    return transport


def command(address, line, typed="", term=None, version="SSH-2.0-paramiko"):
    transport = connect(address, version)
    transport.auth_none("guest")
    channel = transport.open_session(timeout=PATIENCE_S)
    if term:
        channel.get_pty(term)
    channel.exec_command(line)
    channel.sendall(typed.encode())
    channel.shutdown_write()
    status = channel.recv_exit_status()
    transport.close()
    return status


def hostile():
    with socket.create_connection(("127.0.0.1", PORT), PATIENCE_S, ("127.66.0.2", 0)) as noise:
        noise.sendall(LINES.encode())
    transport = connect("127.66.0.1", f"SSH-2.0-{SAID}")
    transport.auth_none("guest")
    channel = transport.open_session(timeout=PATIENCE_S)
    for _ in range(REQUESTS):
        request = Message()
        request.add_byte(cMSG_CHANNEL_REQUEST)
        request.add_int(channel.remote_chanid)
        request.add_string(LINES.encode())
        request.add_boolean(False)
        transport._send_user_message(request)
    channel.get_pty(LINES)
    channel.invoke_shell()
    channel.sendall(LINES.encode() + b"\t" + LINES.encode() + b"\r")
    channel.recv(1)
    transport.close()
    quoted = f"'{SAID} {FORGED}\u2028{FORGED}\u202e'"
    for line in [quoted, f"forgot {quoted}", f"forgot 'x\u2028{FORGED}@example.org'"]:
        command("127.66.0.1", line, version=f"SSH-2.0-x {FORGED}")
    command("127.66.0.1", f"whoami --password-stdin --name {quoted}", LINES + "\n", term=LINES)
    try:
        transport = connect("127.66.0.3")
        transport.auth_password(LINES, LINES, fallback=False)
        channel = transport.open_session()
        channel.exec_command("whoami")
        assert channel.recv_exit_status() == 77
        transport.close()
    except (paramiko.SSHException, EOFError):
        transport.close()


done = []
attack = threading.Thread(target=lambda: done.append(hostile()))
attack.start()
sign_in = "whoami --password-stdin --name ada"
assert command("127.77.0.2", sign_in, "not the password\n") == 77
assert command("127.77.0.2", sign_in, WORDS + "\n") == 0
attack.join()
assert done, "the attack did not come to its end"
assert command("127.77.0.2", sign_in, "not this one either\n") == 77

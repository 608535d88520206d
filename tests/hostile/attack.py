"""One hostile client: `attack.py NAME PORT`. Ends when the server has ended the connection, and prints
after how many seconds it did; an attack that the server lets go on for 15 seconds is a failure."""
import os
import signal
import socket
import struct
import sys
import time

import paramiko
from paramiko.common import (
    cMSG_CHANNEL_DATA,
    cMSG_CHANNEL_OPEN,
    cMSG_GLOBAL_REQUEST,
    cMSG_IGNORE,
    cMSG_KEXINIT,
    cMSG_SERVICE_REQUEST,
    cMSG_USERAUTH_REQUEST,
    cMSG_USERAUTH_SUCCESS,
)

PATIENCE = 15
port = int(sys.argv[2])
began = time.monotonic()


def over():
    print(f"{time.monotonic() - began:.2f}")
    sys.stdout.flush()
    os._exit(0)


def connected():
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)


def wait_for_end(sock):
    """Reads until the server closes."""
    try:
        while sock.recv(65536):
            pass
    except ConnectionError:
        pass
    over()


def keep_sending(sock, piece, pause):
    sock.settimeout(0.01)
    while True:
        try:
            sock.sendall(piece)
            if sock.recv(65536) == b"":
                over()
        except socket.timeout:
            pass
        except OSError:
            over()
        time.sleep(pause)


def transport():
    """Past the key exchange, before authentication."""
    made = paramiko.Transport(connected())
    made.start_client(timeout=PATIENCE)
    return made


def session():
    made = transport()
    made.auth_interactive("account", lambda title, instructions, prompts: [])
    channel = made.open_session(window_size=2**15, timeout=PATIENCE)
    channel.get_pty("xterm")
    channel.invoke_shell()
    return made, channel


def message(*parts):
    made = paramiko.Message()
    for part in parts:
        if isinstance(part, int):
            made.add_int(part)
        else:
            made.add_byte(part) if len(part) == 1 else made.add_string(part)
    return made


def send_while_active(made, what, pause):
    while made.is_active():
        try:
            made._send_message(what())
        except (OSError, EOFError):
            break
        time.sleep(pause)
    over()


def wait_until_inactive(made):
    while made.is_active():
        time.sleep(0.02)
    over()


def silent():
    wait_for_end(connected())


def drips_its_banner():
    keep_sending(connected(), b"S", 0.1)


def sends_lines_before_its_banner():
    keep_sending(connected(), b"x" * 200 + b"\r\n", 0)


def only_its_banner():
    sock = connected()
    sock.sendall(b"SSH-2.0-x\r\n")
    wait_for_end(sock)


def drips_after_its_banner():
    sock = connected()
    sock.sendall(b"SSH-2.0-x\r\n" + struct.pack(">I", 32000))
    keep_sending(sock, b"\0", 0.05)


def announces_a_huge_packet():
    sock = connected()
    sock.sendall(b"SSH-2.0-x\r\n" + b"\xff" * 64)
    wait_for_end(sock)


def ignores_before_authentication():
    made = transport()
    send_while_active(made, lambda: message(cMSG_IGNORE, b"nothing"), 0.05)


def at_authentication():
    made = transport()
    made._send_message(message(cMSG_SERVICE_REQUEST, b"ssh-userauth"))
    return made


def opens_channels_before_authentication():
    made = at_authentication()
    opened = message(cMSG_CHANNEL_OPEN, b"session", 0, 65536, 32768)
    asked = message(cMSG_GLOBAL_REQUEST, b"keepalive@openssh.com", b"\1")
    # Neither is an answer, and no server that is asked first says that anybody has authenticated.
    won = message(cMSG_USERAUTH_SUCCESS)
    packets = [opened, asked, won]

    def next_packet():
        packets.append(packets.pop(0))
        return packets[-1]

    send_while_active(made, next_packet, 0.001)


def asks_about_a_key_without_end():
    made = at_authentication()
    key = paramiko.Message()
    key.add_string("ssh-ed25519")
    key.add_string(b"\7" * 32)
    query = message(
        cMSG_USERAUTH_REQUEST, b"account", b"ssh-connection", b"publickey", b"\0", b"ssh-ed25519", key.asbytes()
    )
    send_while_active(made, lambda: query, 0.002)


def fails_to_authenticate_without_end():
    made = transport()
    while made.is_active():
        try:
            made.auth_none("account")
        except paramiko.BadAuthenticationType:
            pass
        except (paramiko.SSHException, EOFError, OSError):
            break
    wait_until_inactive(made)


def asks_for_nothing():
    made = transport()
    made.auth_interactive("account", lambda title, instructions, prompts: [])
    send_while_active(made, lambda: message(cMSG_IGNORE, b"nothing"), 0.05)


def types_and_never_reads():
    made, channel = session()
    # Each key has a frame drawn; paramiko grants no more window than what is read.
    for _ in range(600):
        channel.send(b"k")
    wait_until_inactive(made)


def types_into_the_page_and_never_reads():
    made, channel = session()
    # Each has the whole page drawn anew, and paramiko grants no more window than what is read.
    while made.is_active():
        try:
            channel.send(b"\x0c")
        except (OSError, EOFError):
            break
        time.sleep(0.005)
    over()


def floods_beyond_its_window():
    made, channel = session()
    channel.sendall(b"S")
    time.sleep(0.3)
    data = message(cMSG_CHANNEL_DATA, channel.remote_chanid, b"x" * 16000)
    send_while_active(made, lambda: data, 0)


def begins_a_rekey_and_never_ends_it():
    made, channel = session()
    channel.sendall(b"F")
    made._handler_table = dict(made._handler_table)
    made._handler_table[ord(cMSG_KEXINIT)] = lambda self, answer: None
    made._send_kex_init()
    wait_until_inactive(made)


def resets(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    # Closes the descriptor itself: another thread of paramiko is reading from it.
    os.close(sock.detach())


def resets_in_every_phase():
    resets(connected())
    sock = connected()
    sock.sendall(b"SSH-2.0-x\r\n")
    resets(sock)
    sock = connected()
    sock.sendall(b"SSH-2.0-x\r\n" + struct.pack(">I", 32000) + b"half")
    resets(sock)
    resets(transport().sock)
    made = transport()
    made.auth_interactive("account", lambda title, instructions, prompts: [])
    resets(made.sock)
    made, channel = session()
    resets(made.sock)
    made, channel = session()
    channel.sendall(b"F")
    resets(made.sock)
    over()


signal.alarm(PATIENCE + 5)
globals()[sys.argv[1]]()

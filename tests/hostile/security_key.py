#!/usr/bin/python3
"""A security key in software (Debian: python3-paramiko).

    tests/hostile/security_key.py line               prints its public key
    tests/hostile/security_key.py PORT USER FLAGS    signs in with it; FLAGS has bit 0 when somebody touched it

Signs as PROTOCOL.u2f of OpenSSH says: SHA-256 of the application, flags, counter, SHA-256 of the message.
Prints "in" or "refused".
"""
import base64
import hashlib
import struct
import sys

import paramiko
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ALGORITHM, APPLICATION = "sk-ssh-ed25519@openssh.com", "ssh:"
private = Ed25519PrivateKey.from_private_bytes(b"\x2a" * 32)


def message(*parts):
    made = paramiko.Message()
    for part in parts:
        made.add_string(part)
    return made.asbytes()


blob = message(ALGORITHM, private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw), APPLICATION)
if sys.argv[1] == "line":
    print(ALGORITHM, base64.b64encode(blob).decode(), "blue one")
    sys.exit()

port, user, flags = int(sys.argv[1]), sys.argv[2], int(sys.argv[3], 0)


class SecurityKey(paramiko.PKey):
    public_blob = None

    def get_name(self):
        return ALGORITHM

    def asbytes(self):
        return blob

    def sign_ssh_data(self, data, algorithm=None):
        tail = struct.pack(">BI", flags, 7)
        hashed = [hashlib.sha256(part).digest() for part in (APPLICATION.encode(), data)]
        signature = paramiko.Message()
        signature.add_string(ALGORITHM)
        signature.add_string(private.sign(hashed[0] + tail + hashed[1]))
        signature.add_bytes(tail)
        return signature


transport = paramiko.Transport(("127.0.0.1", port))
transport.start_client(timeout=30)
try:
    transport.auth_publickey(user, SecurityKey())
    # A signature that was not asked for lets a guest in, too.
    channel = transport.open_session(timeout=30)
    channel.exec_command("whoami")
    print("in" if channel.recv_exit_status() == 0 else "refused")
except paramiko.AuthenticationException:
    print("refused")
transport.close()

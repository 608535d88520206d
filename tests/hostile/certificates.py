#!/usr/bin/python3
"""An RSA key that is registered, and shown in a certificate that paramiko signs without a question before.

    tests/hostile/certificates.py PORT ADAS_PASSWORD

Prints what came of it with SHA-2, and with SHA-1 for all that the server has said of its algorithms. Needs a paramiko
that still signs with SHA-1, such as 2.12.
"""
import json
import os
import subprocess
import sys
import tempfile

import paramiko
from paramiko.auth_handler import AuthHandler

PORT, PASSWORD = int(sys.argv[1]), sys.argv[2]


def keygen(*words):
    subprocess.run(["ssh-keygen", "-q", *words], check=True)


def outcome(transport, line, sent=""):
    channel = transport.open_session()
    channel.exec_command(line)
    channel.sendall(sent.encode())
    channel.shutdown_write()
    out = b"".join(iter(lambda: channel.recv(4096), b"")).decode()
    return channel.recv_exit_status(), out


def connected():
    transport = paramiko.Transport(("127.0.0.1", PORT))
    transport.start_client(timeout=30)
    transport.auth_timeout = 60
    return transport


def with_certificate(path):
    transport = connected()
    key = paramiko.RSAKey.from_private_key_file(path)
    key.load_certificate(f"{path}-cert.pub")
    try:
        transport.auth_publickey("ada", key)
    except paramiko.AuthenticationException:
        return "refused"
    status, out = outcome(transport, "whoami --json")
    return f"{status} {json.loads(out)['signed_in_with']}" if out else f"{status}"


with tempfile.TemporaryDirectory() as folder:
    path, authority = os.path.join(folder, "key"), os.path.join(folder, "authority")
    keygen("-t", "rsa", "-b", "3072", "-N", "", "-m", "PEM", "-f", path)
    keygen("-t", "ed25519", "-N", "", "-f", authority)
    keygen("-s", authority, "-I", "ada", "-n", "ada", f"{path}.pub")
    owner = connected()
    owner.auth_password("ada", PASSWORD)
    with open(f"{path}.pub", encoding="utf-8") as public:
        status, _ = outcome(owner, "keys add", public.read())
    assert status == 0, status
    print("signed with SHA-2:", with_certificate(path), flush=True)
    # The name of the certificate's own type stands for SHA-1 (PROTOCOL.certkeys).
    AuthHandler._finalize_pubkey_algorithm = lambda self, kind: kind
    print("signed with SHA-1:", with_certificate(path), flush=True)

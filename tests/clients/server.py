"""`doorkey serve` in a folder of its own, for clients on the same machine."""
import os
import re
import subprocess
import sys
import time

from cases import PASSWORD
from processes import checked


class Server:
    """`doorkey serve` in a folder of its own."""

    def __init__(self, program, folder):
        self.program, self.folder, self.emails = program, folder, folder / "outbox"
        self.env = {
            "PATH": os.environ["PATH"],
            "DOORKEY__SSH__PORT": "0",
            "DOORKEY__MAIL__FROM": "portal@acme.example",
            "DOORKEY__PORTAL__ORGANISATION": "acme.example",
            "DOORKEY__PASSWORD__MEMORY_KIB": "19456",
            # Every client comes from one address.
            "DOORKEY__LIMITS__TRUSTED_NETWORKS": "127.0.0.0/8",
            # All clients reset a password at once, and each waits for its own email.
            "DOORKEY__MAIL__MAX_PER_MINUTE": "1000",
        }
        self.log = open(folder / "log", "wb")
        self.child = subprocess.Popen([program, "serve"], cwd=folder, env=self.env, stdin=subprocess.DEVNULL,
                                      stdout=self.log, stderr=subprocess.STDOUT)
        self.port = self.awaits_port()
        scanned = checked("ssh-keyscan", "-t", "ed25519", "-p", self.port, "127.0.0.1")
        listed = checked("ssh-keygen", "-lf", "-", input=scanned, stdin=None)
        self.fingerprint = listed.split()[1]

    def awaits_port(self):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.child.poll() is None:
            found = re.search(r"^listening on .*:(\d+)$", (self.folder / "log").read_text(), re.M)
            if found:
                return int(found[1])
            time.sleep(0.02)
        self.stop()
        sys.exit(f"the server did not start:\n{(self.folder / 'log').read_text()}")

    def add(self, name):
        checked(self.program, "user", "add", name, "--email", f"{name}@example.org", "--password-stdin",
                cwd=self.folder, env=self.env, input=PASSWORD, stdin=None)

    def stop(self):
        self.child.terminate()
        try:
            self.child.wait(10)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.log.close()

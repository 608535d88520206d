#!/usr/bin/python3
"""A real SMTP server that keeps every email in a directory (Debian: python3-aiosmtpd, openssl).

It listens on 127.0.0.1 on a port that the system chooses, says what happens as one JSON object a
line on stdout ({"event": "ready", "port": 40123} comes first), and ends when its stdin is closed.
With TLS it makes a throw-away authority; clients that are to trust it read DIRECTORY/ca.pem.

An email becomes DIRECTORY/0001.eml; its line on stdout has the envelope.

It is told what goes wrong as a JSON object on a line of stdin, which is answered with {"event": "faults"}, or by
--faults. The object has an answer for each stage (greeting, ehlo, auth, mail, rcpt, data, message) that is to fail;
stages that are not named work. An answer is a reply ("554 under repair"), "hang" (no answer, ever) or "drop" (the
connection is closed). For rcpt it may also be an object of answers by address. An email whose message is answered
with "hang" or "drop" is kept: the relay has it and only its answer is lost.
"""

import argparse
import asyncio
import json
import logging
import os
import pathlib
import ssl
import subprocess
import sys
import warnings

from aiosmtpd.smtp import SMTP, AuthResult


def say(event, **facts):
    print(json.dumps({"event": event, **facts}), flush=True)


def openssl(directory, *arguments):
    subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True)


def tls_context(directory, by_authority):
    """A certificate for localhost, by name and not by address, signed by an authority made for this run; or that
    authority's own."""
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl(directory, "req", "-x509", *new_key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
            "-subj", "/CN=throw-away authority")
    openssl(directory, "req", "-new", *new_key, "-keyout", "tls.key", "-out", "tls.csr", "-subj", "/CN=localhost")
    (directory / "tls.ext").write_text("subjectAltName=DNS:localhost\n")
    openssl(directory, "x509", "-req", "-in", "tls.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-CAcreateserial", "-days", "2", "-extfile", "tls.ext", "-out", "tls.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    name = "ca" if by_authority else "tls"
    context.load_cert_chain(directory / f"{name}.pem", directory / f"{name}.key")
    return context


class Faulty(SMTP):
    """Fails at the stages that the keeper names."""

    async def fault(self, stage, address=None):
        """The reply that this stage fails with, or None when it works."""
        answer = self.event_handler.faults.get(stage)
        if isinstance(answer, dict):
            answer = answer.get(address)
        if answer is None:
            return None
        say("fault", stage=stage, answer=answer, to=address)
        if answer == "hang":
            await asyncio.Event().wait()
        if answer == "drop":
            self.transport.abort()
            raise asyncio.CancelledError
        return answer

    async def _handle_client(self):
        if reply := await self.fault("greeting"):
            await self.push(reply)
            self.transport.close()
        else:
            await super()._handle_client()

    async def fault_or(self, stage, command, arg, address=None):
        reply = await self.fault(stage, address)
        await (self.push(reply) if reply else command(arg))

    async def smtp_EHLO(self, arg):
        if self.event_handler.options.fqdn_helo and "." not in (arg or "") and not (arg or "").startswith("["):
            # As Postfix with reject_non_fqdn_helo_hostname.
            await self.push(f"504 5.5.2 <{arg}>: Helo command rejected: need fully-qualified hostname")
            return
        await self.fault_or("ehlo", super().smtp_EHLO, arg)

    async def smtp_AUTH(self, arg):
        await self.fault_or("auth", super().smtp_AUTH, arg)

    async def smtp_MAIL(self, arg):
        await self.fault_or("mail", super().smtp_MAIL, arg)

    async def smtp_RCPT(self, arg):
        await self.fault_or("rcpt", super().smtp_RCPT, arg, arg.partition("<")[2].partition(">")[0])

    async def smtp_DATA(self, arg):
        await self.fault_or("data", super().smtp_DATA, arg)


class Keeper:
    def __init__(self, options):
        self.options = options
        self.faults = options.faults
        self.count = 0

    def obey(self):
        """Reads what is to fail, until stdin is closed."""
        for line in sys.stdin:
            self.faults = json.loads(line)
            say("faults")

    async def handle_DATA(self, server, session, envelope):
        if self.faults.get("message") in (None, "hang", "drop"):
            self.keep(session, envelope)
        return await server.fault("message") or "250 kept"

    def keep(self, session, envelope):
        self.count += 1
        name = f"{self.count:04}.eml"
        draft = self.options.directory / f".{name}"
        draft.write_bytes(envelope.content)
        draft.rename(self.options.directory / name)
        encrypted = session.ssl is not None or self.options.tls == "implicit"
        say("email", file=name, sender=envelope.mail_from, to=envelope.rcpt_tos, tls=encrypted,
            authenticated=bool(session.authenticated), helo=session.host_name)


def authenticator(login):
    def check(server, session, envelope, mechanism, data):
        right = f"{data.login.decode()}:{data.password.decode()}" == login
        say("auth", right=right)
        return AuthResult(success=right, handled=False)
    return check


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--directory", type=pathlib.Path, required=True)
    parser.add_argument("--tls", choices=["starttls", "implicit", "none"], default="starttls")
    parser.add_argument("--tls-by-authority", action="store_true", help="show the certificate of the authority itself")
    parser.add_argument("--faults", type=json.loads, default={}, help='what fails, {"rcpt": "550 no such mailbox"}')
    parser.add_argument("--fqdn-helo", action="store_true", help="refuse a host name without a domain in EHLO")
    options = parser.parse_args()
    # The login that is demanded, user:password; from the environment because arguments are public.
    login = os.environ.get("SMTP_SINK_LOGIN")
    context = None if options.tls == "none" else tls_context(options.directory, options.tls_by_authority)
    keeper = Keeper(options)

    def connection():
        return Faulty(
            keeper,
            hostname="localhost",
            tls_context=context if options.tls == "starttls" else None,
            require_starttls=options.tls == "starttls",
            auth_required=login is not None,
            auth_require_tls=options.tls == "starttls",
            authenticator=authenticator(login),
        )

    loop = asyncio.get_running_loop()
    wrapped = context if options.tls == "implicit" else None
    server = await loop.create_server(connection, "127.0.0.1", 0, ssl=wrapped)
    say("ready", port=server.sockets[0].getsockname()[1])
    await loop.run_in_executor(None, keeper.obey)
    os._exit(0)


# What goes wrong is the client's to tell; the server's own tracebacks would only hide it.
logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")
asyncio.run(main())

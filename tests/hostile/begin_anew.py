#!/usr/bin/python3
"""Asks for somebody else in the middle of the questions, and for the same again (Debian: python3-paramiko).

    tests/hostile/begin_anew.py PORT

RFC 4256 section 3.1: a new request abandons the old one. Prints what came of each, one a line.
"""
import sys

import paramiko
from paramiko.common import cMSG_USERAUTH_REQUEST
from paramiko.message import Message


def begin_anew_as(user):
    transport = paramiko.Transport(("127.0.0.1", int(sys.argv[1])))
    transport.start_client(timeout=30)
    asked = []

    def handler(title, instructions, prompts):
        asked.extend(prompt for prompt, _ in prompts)
        if len(asked) == 1:
            request = Message()
            request.add_byte(cMSG_USERAUTH_REQUEST)
            for text in (user, "ssh-connection", "keyboard-interactive", "", ""):
                request.add_string(text)
            transport._send_message(request)
        # No answer to one question is refused, and ends the questions that were begun anew.
        return []

    try:
        transport.auth_interactive("reset", handler)
        outcome = "let in"
    except paramiko.SSHException as refused:
        outcome = type(refused).__name__
    transport.close()
    print(f"{user}: asked {len(asked)} times, {outcome}", flush=True)


begin_anew_as("account")
begin_anew_as("reset")

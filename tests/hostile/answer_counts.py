#!/usr/bin/python3
"""Answers the one question of a reset with other numbers of answers than it says (Debian: python3-paramiko).

    tests/hostile/answer_counts.py PORT

Prints for each number, and for the answers that were really sent, what came of it, one a line.
"""
import socket
import sys

import paramiko
from paramiko.common import cMSG_USERAUTH_INFO_RESPONSE

HUGE = 0xFFFFFFFF
CASES = [(0, []), (0, ["ada"]), (3, ["a", "d", "a"]), (HUGE, []), (HUGE, ["ada", "ada"]), (1, ["ada", "ada"])]


def says(source, count, answers):
    # Each from another network: one that is refused so often is not let in again for a while.
    server = ("127.0.0.1", int(sys.argv[1]))
    transport = paramiko.Transport(socket.create_connection(server, source_address=(f"127.{source}.0.1", 0)))
    transport.start_client(timeout=30)
    asked = []

    def handler(title, instructions, prompts):
        asked.extend(prompt for prompt, _ in prompts)
        if len(asked) == 1:
            response = paramiko.Message()
            response.add_byte(cMSG_USERAUTH_INFO_RESPONSE)
            response.add_int(count)
            for answer in answers:
                response.add_string(answer)
            transport._send_message(response)
        return []

    try:
        transport.auth_interactive("reset", handler)
        outcome = "let in"
    except paramiko.SSHException:
        outcome = "refused"
    transport.close()
    print(f"{count:x} {len(answers)}: asked {len(asked)}, {outcome}", flush=True)


for source, case in enumerate(CASES, 1):
    says(source, *case)

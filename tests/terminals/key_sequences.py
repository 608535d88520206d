#!/usr/bin/env python3
"""Writes key_sequences.txt: every sequence that a terminal of Debian's terminfo says it sends for a key.

    tests/terminals/key_sequences.py > tests/terminals/key_sequences.txt

It reads what infocmp and toe (ncurses-bin) say of the packages ncurses-base and ncurses-term, which must be installed.
A line is a sequence, its capability (terminfo(5), user_caps(5)) and one terminal that has it, so that each pair of
sequence and capability stands once. Bytes that are not printable, spaces and backslashes are written as \\xNN.
"""

import re
import subprocess
import sys

# Where several terminals agree, the one named is the one that most people have.
FAVOURITES = ["xterm", "xterm-256color", "linux", "rxvt-unicode", "rxvt", "st", "putty", "screen", "tmux", "vt220", "vt100"]
# No keys: what begins a mouse report, and what the keyboard is told.
NO_KEYS = {"kmous"}
CONTROLS = {"E": 0x1B, "e": 0x1B, "n": 10, "l": 10, "r": 13, "t": 9, "b": 8, "f": 12, "s": 32, "0": 0x80, "a": 7}


def terminals():
    listed = subprocess.run(["toe", "-a"], check=True, capture_output=True, text=True, errors="replace").stdout
    names = sorted({line.split()[0] for line in listed.splitlines() if line.strip() and not line.startswith("-")})
    favourites = [name for name in FAVOURITES if name in names]
    return favourites + [name for name in names if name not in favourites]


def keys(terminal):
    shown = subprocess.run(["infocmp", "-1", "-x", terminal], capture_output=True, text=True, errors="replace").stdout
    for capability, text in re.findall(r"^\t(k\w+)=(.*),$", shown, re.M):
        if capability not in NO_KEYS:
            yield capability, decoded(text)


def decoded(text):
    """The bytes of a string of terminfo(5)."""
    out = bytearray()
    for octal, escaped, control, plain in re.findall(r"\\([0-7]{3})|\\(.)|\^(.)|(.)", text):
        if octal:
            out.append(int(octal, 8) & 0xFF)
        elif escaped:
            out.append(CONTROLS.get(escaped, ord(escaped)))
        elif control:
            out.append(0x7F if control == "?" else ord(control) & 0x1F)
        else:
            out.append(ord(plain))
    return bytes(out)


def written(sequence):
    return "".join(chr(b) if 0x21 <= b <= 0x7E and b != 0x5C else f"\\x{b:02x}" for b in sequence)


def main():
    found = {}
    names = terminals()
    for terminal in names:
        for capability, sequence in keys(terminal):
            if sequence:
                found.setdefault((written(sequence), capability), terminal)
    print(f"# Made by key_sequences.py from {len(names)} terminals. Sequence, capability, a terminal that has both.")
    for (sequence, capability), terminal in sorted(found.items()):
        print(sequence, capability, terminal)
    print(f"{len(found)} sequences of {len(names)} terminals", file=sys.stderr)


if __name__ == "__main__":
    main()

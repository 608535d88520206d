"""What the programs over libssh and libssh2 share: functions of C, called by Python's ctypes."""
import ctypes as c
import sys

import request

BUFFER = 65536


def load():
    """The shared library that is named first."""
    return c.CDLL(sys.argv[1])


def must(reason):
    """A check of what functions return, which is negative or NULL where they fail; `reason` gives the library's own word."""

    def checked(result, what):
        if result is None or result < 0:
            request.failed(f"{what}: {result} {reason()}")
        return result

    return checked


class Streams:
    """Both streams of a session, over its `write(data)` and `read_into(buffer, stream)`, which give how many bytes went."""

    def send(self, data):
        while data:
            data = data[self.write(data):]

    def read(self, stream=0):
        buffer = c.create_string_buffer(BUFFER)
        count = self.read_into(buffer, stream)
        return buffer.raw[:count]

    def rest(self):
        """What is left of both. The first is empty at its end, and the library keeps what came of the second meanwhile."""
        return [b"".join(iter(lambda: self.read(stream), b"")) for stream in (0, 1)]

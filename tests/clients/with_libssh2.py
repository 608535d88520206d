"""libssh2, whichever shared library is named first: that of curl, Perl's Net::SSH2 and PHP, or a newer one."""
import ctypes as c
import socket

import c_library
import request
from c_library import BUFFER
from request import HOST, KEYS, PASSWORD, PORT, USER

library = c_library.load()
libc = c.CDLL(None)
libc.strdup.restype = c.c_void_p
for name in ["session_init_ex", "channel_open_ex", "userauth_list", "version"]:
    getattr(library, f"libssh2_{name}").restype = c.c_void_p
for name in ["channel_read_ex", "channel_write_ex"]:
    getattr(library, f"libssh2_{name}").restype = c.c_ssize_t

version = c.string_at(library.libssh2_version(0)).decode()
# Since 1.11 the lengths of prompts and answers are size_t.
Length = c.c_uint if tuple(map(int, version.split(".")[:2])) < (1, 11) else c.c_size_t


class Prompt(c.Structure):
    _fields_ = [("text", c.c_void_p), ("length", Length), ("echo", c.c_ubyte)]


class Response(c.Structure):
    _fields_ = [("text", c.c_void_p), ("length", Length)]


@c.CFUNCTYPE(None, c.c_void_p, c.c_int, c.c_void_p, c.c_int, c.c_int, c.POINTER(Prompt), c.POINTER(Response), c.c_void_p)
def answered(_name, _name_length, _text, _text_length, count, prompts, responses, _abstract):
    for at in range(count):
        words = request.answer(c.string_at(prompts[at].text, prompts[at].length).decode()).encode()
        # The library frees it.
        responses[at].text, responses[at].length = libc.strdup(words), len(words)


def reason():
    text, length = c.c_char_p(), c.c_int()
    library.libssh2_session_last_error(session, c.byref(text), c.byref(length), 0)
    return (text.value or b"").decode(errors="replace")


must = c_library.must(reason)


def logged_in():
    user = USER.encode()
    for key in KEYS:
        result = library.libssh2_userauth_publickey_fromfile_ex(
            session, user, len(user), f"{key}.pub".encode(), key.encode(), b"")
        if result == 0:
            return
    if PASSWORD is not None:
        words = PASSWORD.encode()
        must(library.libssh2_userauth_password_ex(session, user, len(user), words, len(words), None), "password")
    elif not KEYS:
        must(library.libssh2_userauth_keyboard_interactive_ex(session, user, len(user), answered), "keyboard-interactive")
    else:
        request.failed(f"no key was taken: {reason()}")


class Session(c_library.Streams):
    def __init__(self, has_pty, command):
        opened = library.libssh2_channel_open_ex(session, b"session", 7, 2 << 20, 32768, None, 0)
        if not opened:
            request.failed(f"no session was opened: {reason()}")
        self.channel = c.c_void_p(opened)
        if has_pty:
            term = request.TERM.encode()
            must(library.libssh2_channel_request_pty_ex(
                self.channel, term, len(term), None, 0, request.COLS, request.ROWS, 0, 0), "pty")
        kind, line = (b"exec", command.encode()) if command else (b"shell", None)
        must(library.libssh2_channel_process_startup(self.channel, kind, len(kind), line, len(line or b"")), "startup")

    def write(self, data):
        return must(library.libssh2_channel_write_ex(self.channel, 0, data, len(data)), "write")

    def read_into(self, buffer, stream):
        return must(library.libssh2_channel_read_ex(self.channel, stream, buffer, BUFFER), "read")

    def end_input(self):
        must(library.libssh2_channel_send_eof(self.channel), "end of input")

    def finish(self):
        streams = self.rest()
        library.libssh2_channel_close(self.channel)
        library.libssh2_channel_wait_closed(self.channel)
        return *streams, library.libssh2_channel_get_exit_status(self.channel)


library.libssh2_init(0)
session = c.c_void_p(library.libssh2_session_init_ex(None, None, None, None))
peer = socket.create_connection((HOST, PORT), timeout=10)
peer.settimeout(None)
if library.libssh2_session_handshake(session, peer.fileno()) != 0:
    request.failed(f"libssh2 {version}: {reason()}")
logged_in()
request.converse(Session)

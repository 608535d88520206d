"""libssh, the shared library that is named first: that of ssh-python, or Debian's under KDE, Cockpit and newer curl."""
import ctypes as c

import c_library
import request
from c_library import BUFFER
from request import HOST, KEYS, PASSWORD, PORT, USER

library = c_library.load()
for name in ["new", "channel_new", "get_error", "userauth_kbdint_getprompt"]:
    getattr(library, f"ssh_{name}").restype = c.c_void_p
OPTION_HOST, OPTION_PORT, OPTION_USER = 0, 1, 4
SUCCESS, INFO = 0, 3

session = c.c_void_p(library.ssh_new())


def text(pointer):
    return c.string_at(pointer).decode(errors="replace") if pointer else ""


def reason():
    return text(library.ssh_get_error(session))


must = c_library.must(reason)


def logged_in():
    for path in KEYS:
        key = c.c_void_p()
        must(library.ssh_pki_import_privkey_file(path.encode(), None, None, None, c.byref(key)), "reading the key")
        if must(library.ssh_userauth_publickey(session, None, key), "key") == SUCCESS:
            return True
    if PASSWORD is not None:
        return must(library.ssh_userauth_password(session, None, PASSWORD.encode()), "password") == SUCCESS
    if KEYS:
        return False
    while (result := must(library.ssh_userauth_kbdint(session, None, None), "keyboard-interactive")) == INFO:
        for at in range(library.ssh_userauth_kbdint_getnprompts(session)):
            echo = c.c_char()
            prompt = text(library.ssh_userauth_kbdint_getprompt(session, at, c.byref(echo)))
            must(library.ssh_userauth_kbdint_setanswer(session, at, request.answer(prompt).encode()), "answer")
    return result == SUCCESS


class Session(c_library.Streams):
    def __init__(self, has_pty, command):
        self.channel = c.c_void_p(library.ssh_channel_new(session))
        must(library.ssh_channel_open_session(self.channel), "no session was opened")
        if has_pty:
            term = request.TERM.encode()
            must(library.ssh_channel_request_pty_size(self.channel, term, request.COLS, request.ROWS), "pty")
        if command:
            must(library.ssh_channel_request_exec(self.channel, command.encode()), "exec")
        else:
            must(library.ssh_channel_request_shell(self.channel), "shell")

    def write(self, data):
        return must(library.ssh_channel_write(self.channel, data, len(data)), "write")

    def read_into(self, buffer, stream):
        return must(library.ssh_channel_read(self.channel, buffer, BUFFER, stream), "read")

    def end_input(self):
        must(library.ssh_channel_send_eof(self.channel), "end of input")

    def finish(self):
        streams = self.rest()
        return *streams, library.ssh_channel_get_exit_status(self.channel)


port = c.c_uint(PORT)
library.ssh_options_set(session, OPTION_HOST, HOST.encode())
library.ssh_options_set(session, OPTION_PORT, c.byref(port))
library.ssh_options_set(session, OPTION_USER, USER.encode())
must(library.ssh_connect(session), "connecting")
if not logged_in():
    request.failed(f"not let in: {reason()}")
request.converse(Session)

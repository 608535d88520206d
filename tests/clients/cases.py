"""What is asked of a client, a column of the table each."""
from processes import Cannot, Failure, checked

PASSWORD, NEW_PASSWORD = "violet engine numbers", "plum tractor seventeen"
WRONG_PASSWORD = "not the password at all"


class Request:
    """One use of a client: who logs in and how, and what is said in the session."""

    def __init__(
        self, user, command="", keys=(), password=None, pty=False, input="", await_text="", then="", second=""
    ):
        self.user, self.command, self.keys, self.password = user, command, list(keys), password
        self.pty, self.input, self.await_text, self.then, self.second = pty, input, await_text, then, second


class Place:
    """What one client has on the server: an account, keys, and the folders that it may use."""

    def __init__(self, server, name, folder, key_kind):
        self.server, self.name, self.folder = server, name, folder
        self.home = folder / "home"
        self.empty = folder / "empty"
        for each in (self.home, self.empty):
            each.mkdir(parents=True)
        self.key, self.wrong_key = self.make_key("right", key_kind), self.make_key("wrong", key_kind)

    def make_key(self, which, kind):
        # Erlang and Conch know keys by the names that OpenSSH gives them.
        path = self.folder / which / f"id_{kind}"
        path.parent.mkdir()
        # The form that every client reads. There is none but OpenSSH's own for Ed25519.
        form = [] if kind == "ed25519" else ["-m", "PEM"]
        checked("ssh-keygen", "-q", "-N", "", "-C", self.name, "-t", kind, *form, "-f", path)
        return path


def screen(client, place):
    ended = client.run(place, Request("account", pty=True, await_text="Forgot", then="\x03"))
    expect(ended, ended.status == 0 and "\x1b[" in ended.out)


def lines(client, place):
    typed = f"{place.name}\n{PASSWORD}\n"
    ended = client.run(place, Request("account", "plain", input=typed, await_text=f"Signed in as {place.name}"))
    expect(ended, ended.status == 0)


def piped(client, place):
    ended = client.run(place, Request(place.name, "whoami --password-stdin", input=f"{PASSWORD}\n"))
    expect(ended, ended.status == 0 and ended.out == f"{place.name}\n")


def exit_status(client, place):
    for command, status in (("version", 0), ("teams", 77), ("no-such-command", 64)):
        ended = client.run(place, Request("account", command))
        expect(ended, ended.status == status)


def stderr_apart(client, place):
    ended = client.run(place, Request("account", "no-such-command"))
    expect(ended, ended.out == "" and "[unknown-command]" in ended.err)


def reset(client, place):
    ended = client.run(place, Request("reset"))
    expect(ended, ended.status == 0 and "[password-reset]" in ended.out)


def key(client, place):
    ended = client.run(place, Request(place.name, "whoami", keys=[place.key]))
    expect(ended, ended.status == 0 and ended.out == f"{place.name}\n")


def wrong_key_then_right(client, place):
    """Who only signs is a guest with the first key, and has to be told; who asks before gets to the right one."""
    ended = client.run(place, Request(place.name, "whoami", keys=[place.wrong_key, place.key]))
    is_in = ended.status == 0 and ended.out == f"{place.name}\n"
    expect(ended, is_in or (ended.status == 77 and "[" in ended.err))


def password(client, place):
    ended = client.run(place, Request(place.name, "whoami", password=PASSWORD))
    if not client.tries_password and ended.status == 77:
        raise Cannot("it tries a password only where the server lists that method, and is a guest")
    expect(ended, ended.status == 0 and ended.out == f"{place.name}\n")


def wrong_password(client, place):
    ended = client.run(place, Request(place.name, "whoami", password=WRONG_PASSWORD))
    if not client.tries_password and ended.status == 77:
        raise Cannot("it tries a password only where the server lists that method, and is a guest")
    expect(ended, ended.status == 77 and "do not match" in ended.err)


def two_sessions(client, place):
    both = Request(place.name, "whoami --password-stdin", input=f"{PASSWORD}\n", second="status")
    ended = client.run(place, both)
    expect(ended, ended.status == 0 and " is up." in ended.out and ended.out.endswith(f"{place.name}\n"))


def expect(ended, is_right):
    if not is_right:
        raise Failure(ended.said())


# In the order of the table; a reset comes last all the same, as it changes the password and suspends the key.
CASES = {
    "screen": screen,
    "lines": lines,
    "stdin": piped,
    "status": exit_status,
    "stderr": stderr_apart,
    "reset@": reset,
    "key": key,
    "2 keys": wrong_key_then_right,
    "password": password,
    "wrong pw": wrong_password,
    "2 sessions": two_sessions,
}

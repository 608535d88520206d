"""paramiko reaches the portal: by keyboard-interactive, and as the guest by `none`."""
import sys
import paramiko

port = int(sys.argv[1])


def on_screen(transport):
    channel = transport.open_session(timeout=10)
    channel.get_pty("xterm", 100, 30)
    channel.invoke_shell()
    seen = b""
    while b"\r\n" not in seen:
        seen += channel.recv(4096)
    assert b"size=100x30" in seen and b"paramiko" in seen, seen
    return channel, seen


def session(login):
    transport = paramiko.Transport(("127.0.0.1", port))
    transport.start_client(timeout=10)
    login(transport)
    channel, seen = on_screen(transport)
    # Others beside it, as Fabric has them, and one after the other.
    for _ in range(3):
        other, _ = on_screen(transport)
        command = transport.open_session(timeout=10)
        command.exec_command("teams")
        assert command.recv_exit_status() == 64
        other.sendall(b"q")
        assert other.recv_exit_status() == 42
    channel.sendall(b"q")
    assert channel.recv_exit_status() == 42
    transport.close()
    return seen


def asked(title, instructions, prompts):
    assert not prompts, prompts
    return []


assert b"user=account " in session(lambda t: t.auth_interactive("account", asked))
assert b"user=guest " in session(lambda t: t.auth_none("guest"))

try:
    session(lambda t: t.auth_none("account"))
    sys.exit("`none` let somebody in who is not the guest")
except paramiko.BadAuthenticationType as refused:
    assert sorted(refused.allowed_types) == ["keyboard-interactive", "publickey"], refused.allowed_types

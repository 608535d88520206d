"""Running a client: in pipes, two that share a connection, and in a terminal; each has so many seconds."""
import fcntl
import os
import pathlib
import pty
import re
import select
import shlex
import signal
import struct
import subprocess
import termios
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
TIMEOUT_S = 25
# What a person is asked at a terminal, at the end of what has come.
PROMPT = re.compile(rb"(?:Email or username|Code|[Pp]assword): ?\Z")


class Cannot(Exception):
    """The client has no way to do this."""


class Failure(Exception):
    """What went wrong, in a few words."""


class Missing(Exception):
    """What must be installed first."""


class Ended:
    """What a client printed and how it ended."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    def said(self):
        words = " ".join((self.err + " " + self.out).split())
        words = re.sub(r"\x1b\[[0-9;?]*[ -/]*[@-~]", "", words)
        return f"status {self.status}: {words[-300:]}"


class Process:
    """A process in a group of its own, whose streams are read as they come, and which ends when its time is over."""

    def __init__(self, argv, env):
        self.child = subprocess.Popen(
            list(map(str, argv)), env=env, start_new_session=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.deadline = time.monotonic() + TIMEOUT_S
        self.streams, self.news = [b"", b""], threading.Condition()
        self.readers = [threading.Thread(target=self.collect, args=each, daemon=True) for each in
                        ((0, self.child.stdout), (1, self.child.stderr))]
        for reader in self.readers:
            reader.start()

    def collect(self, which, stream):
        while part := os.read(stream.fileno(), 65536):
            with self.news:
                self.streams[which] += part
                self.news.notify_all()

    def write(self, text):
        try:
            self.child.stdin.write(text.encode())
            self.child.stdin.flush()
        except BrokenPipeError:
            # It ended already; its status and words say why.
            pass

    def sees(self, text):
        """Whether the text came on standard output before the end and the deadline."""
        with self.news:
            while text.encode() not in self.streams[0]:
                if self.child.poll() is not None and not self.readers[0].is_alive():
                    return False
                if time.monotonic() > self.deadline:
                    self.kill()
                    raise Failure(f"{text!r} did not come within {TIMEOUT_S} s: {self.ended(-1).said()}")
                self.news.wait(0.05)
        return True

    def finish(self):
        try:
            self.child.stdin.close()
        except BrokenPipeError:
            pass
        try:
            status = self.child.wait(max(0.1, self.deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failure(f"no end within {TIMEOUT_S} s: {self.ended(-1).said()}") from None
        for reader in self.readers:
            reader.join(2)
        return self.ended(status)

    def ended(self, status):
        return Ended(status, *(stream.decode(errors="replace") for stream in self.streams))

    def kill(self):
        if self.child.poll() is None:
            os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait()


def in_pipes(argv, env, request, is_program=False):
    process = Process(argv, env)
    try:
        if not is_program:
            process.write(request.input)
            if request.await_text and process.sees(request.await_text):
                process.write(request.then)
        return process.finish()
    finally:
        process.kill()


def two_processes(first_argv, second_argv, env, request, is_shared):
    """Two processes that share a connection: the first one makes it, and is at work while the second one runs."""
    first = Process(first_argv, env)
    try:
        while not is_shared():
            if first.child.poll() is not None or time.monotonic() > first.deadline:
                raise Failure(f"the connection is not shared: {first.finish().said()}")
            time.sleep(0.02)
        second = Process(second_argv, env)
        try:
            other = second.finish()
        finally:
            second.kill()
        if other.status != 0 or other.err:
            raise Failure(f"the second session: {other.said()}")
        first.write(request.input)
        ended = first.finish()
        return Ended(ended.status, other.out + ended.out, ended.err)
    finally:
        first.kill()


def on_terminal(argv, env, request):
    """In a pseudo-terminal of 100x30, where a person answers the prompts that come."""
    pid, master = pty.fork()
    if pid == 0:
        try:
            os.execvpe(str(argv[0]), list(map(str, argv)), env)
        finally:
            os._exit(127)
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    out, answered, typed, deadline = b"", 0, False, time.monotonic() + TIMEOUT_S
    status = None
    try:
        while True:
            if time.monotonic() > deadline:
                raise Failure(f"no end within {TIMEOUT_S} s: {Ended(-1, out.decode(errors='replace'), '').said()}")
            if not select.select([master], [], [], 0.1)[0]:
                continue
            try:
                part = os.read(master, 65536)
            except OSError:
                break
            if not part:
                break
            out += part
            if request.await_text and not typed and request.await_text.encode() in out:
                os.write(master, request.then.encode())
                typed = True
            prompt = PROMPT.search(out[answered:])
            if request.user == "reset" and prompt:
                answered = len(out)
                os.write(master, answer_to(prompt[0].decode(), env).encode() + b"\r")
        while time.monotonic() < deadline:
            ended, how = os.waitpid(pid, os.WNOHANG)
            if ended:
                status = os.waitstatus_to_exitcode(how)
                break
            time.sleep(0.01)
    finally:
        if status is None:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        os.close(master)
    if status is None:
        raise Failure(f"it closed its terminal and did not end within {TIMEOUT_S} s")
    return Ended(status, out.decode(errors="replace"), "")


def answer_to(prompt, env):
    return checked(HERE / "answer", prompt, env=env).rstrip("\n")


def checked(*argv, **options):
    """What a command prints, which has to succeed."""
    argv = list(map(str, argv))
    options.setdefault("stdin", subprocess.DEVNULL)
    done = subprocess.run(argv, capture_output=True, text=True, **options)
    if done.returncode != 0:
        said = " ".join((done.stderr or done.stdout).split())[-300:]
        raise Missing(f"`{shlex.join(argv[:4])} …` ended with {done.returncode}: {said}")
    return done.stdout


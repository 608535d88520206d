"""asyncssh, with its own order of methods."""
import asyncio

import asyncssh

import request
from request import HOST, KEYS, PASSWORD, PORT, USER


class Client(asyncssh.SSHClient):
    def kbdint_auth_requested(self):
        return ""

    async def kbdint_challenge_received(self, name, instructions, lang, prompts):
        return [await asyncio.to_thread(request.answer, prompt) for prompt, _ in prompts]


async def main():
    connection = await asyncssh.connect(
        HOST, PORT, username=USER, client_keys=KEYS or None, password=PASSWORD, client_factory=Client,
        known_hosts=None, config=None, agent_path=None,
    )
    loop = asyncio.get_running_loop()

    async def awaited(what):
        return await what

    def within(what):
        return asyncio.run_coroutine_threadsafe(awaited(what), loop).result()

    class Session:
        def __init__(self, has_pty, command):
            terminal = {"term_type": request.TERM, "term_size": (request.COLS, request.ROWS)} if has_pty else {}
            self.process = within(connection.create_process(command or None, encoding=None, **terminal))

        def send(self, data):
            loop.call_soon_threadsafe(self.process.stdin.write, data)

        def read(self):
            return within(self.process.stdout.read(65536))

        def end_input(self):
            loop.call_soon_threadsafe(self.process.stdin.write_eof)

        def finish(self):
            done = within(self.process.wait())
            return done.stdout or b"", done.stderr or b"", done.exit_status

    await asyncio.to_thread(request.converse, Session)


try:
    asyncio.run(main())
except (asyncssh.Error, OSError) as error:
    request.failed(f"{type(error).__name__}: {error}")

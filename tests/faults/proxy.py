"""A TCP proxy on 127.0.0.1 before a database, whose connections can be cut, frozen or refused, or lose the answer to
COMMIT."""

import asyncio


class Proxy:
    def __init__(self, target_port):
        self.target_port = target_port
        self.connections = set()
        self.flowing = asyncio.Event()
        self.flowing.set()
        self.refusing = False
        # How many answers to COMMIT are still to be swallowed.
        self.swallow = 0
        self.swallowed = 0

    async def start(self):
        self.server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def _accept(self, reader, writer):
        if self.refusing:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        except OSError:
            writer.transport.abort()
            return
        pair = _Pair(writer, far_writer)
        self.connections.add(pair)
        try:
            await asyncio.gather(self._forward(reader, far_writer, pair, to_server=True),
                                 self._forward(far_reader, writer, pair, to_server=False))
        finally:
            pair.abort()
            self.connections.discard(pair)

    async def _forward(self, reader, writer, pair, to_server):
        try:
            while data := await reader.read(65536):
                await self.flowing.wait()
                if to_server and self.swallow > 0 and b"COMMIT" in data:
                    self.swallow -= 1
                    self.swallowed += 1
                    pair.deaf = True
                if not to_server and pair.deaf:
                    # It is committed, and nobody will hear of it.
                    break
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        pair.abort()

    def cut(self):
        """Resets every connection."""
        for pair in list(self.connections):
            pair.abort()

    def freeze(self):
        """Lets nothing through, and closes nothing."""
        self.flowing.clear()

    def thaw(self):
        self.flowing.set()


class _Pair:
    def __init__(self, *writers):
        self.writers, self.deaf = writers, False

    def abort(self):
        for writer in self.writers:
            writer.transport.abort()

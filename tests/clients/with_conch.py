"""Twisted Conch's client, put together as its documentation does."""
import os
import queue

from twisted.conch.ssh import channel, common, connection, keys, session, transport, userauth
from twisted.internet import defer, protocol, reactor, threads

import request
from request import HOST, KEYS, PASSWORD, PORT, USER


class Transport(transport.SSHClientTransport):
    def verifyHostKey(self, host_key, fingerprint):
        return defer.succeed(True)

    def connectionSecure(self):
        self.requestService(Auth(USER.encode(), Connection()))

    def receiveError(self, code, description):
        request.failed(f"disconnected: {code} {description!r}")

    def sendDisconnect(self, code, description):
        request.failed(f"disconnects: {code} {description!r}")

    def connectionLost(self, reason):
        request.failed(f"connection lost: {reason.getErrorMessage()}")


class Auth(userauth.SSHUserAuthClient):
    preferredOrder = [b"publickey", b"password", b"keyboard-interactive"]
    left = list(KEYS)

    def getPublicKey(self):
        if not self.left:
            return None
        self.current = keys.Key.fromFile(self.left.pop(0))
        return self.current.public()

    def getPrivateKey(self):
        return defer.succeed(self.current)

    def getPassword(self, prompt=None):
        return None if PASSWORD is None else defer.succeed(PASSWORD.encode())

    def getGenericAnswers(self, name, text, prompts):
        asked = [prompt.decode() if isinstance(prompt, bytes) else prompt for prompt, _ in prompts]
        return threads.deferToThread(lambda: [request.answer(prompt) for prompt in asked])


class Channel(channel.SSHChannel):
    name = b"session"

    def __init__(self, opened, **options):
        super().__init__(**options)
        self.opened, self.out, self.err, self.status = opened, queue.Queue(), b"", None

    def channelOpen(self, data):
        self.opened.callback(self)

    def openFailed(self, reason):
        request.failed(f"no session was opened: {reason}")

    def dataReceived(self, data):
        self.out.put(data)

    def extReceived(self, kind, data):
        self.err += data

    def request_exit_status(self, data):
        self.status = int.from_bytes(data, "big")

    def closed(self):
        # Once for whoever reads to the end, and once for whoever waited for a word in vain.
        self.out.put(b"")
        self.out.put(b"")


class Session:
    def __init__(self, has_pty, command):
        self.channel = threads.blockingCallFromThread(reactor, self.open, has_pty, command)

    @defer.inlineCallbacks
    def open(self, has_pty, command):
        opened = defer.Deferred()
        conn.openChannel(Channel(opened, conn=conn))
        one = yield opened
        if has_pty:
            size = (request.ROWS, request.COLS, 0, 0)
            asked = session.packRequest_pty_req(request.TERM.encode(), size, b"")
            yield conn.sendRequest(one, b"pty-req", asked, wantReply=1)
        if command:
            yield conn.sendRequest(one, b"exec", common.NS(command.encode()), wantReply=1)
        else:
            yield conn.sendRequest(one, b"shell", b"", wantReply=1)
        return one

    def send(self, data):
        reactor.callFromThread(self.channel.write, data)

    def read(self):
        return self.channel.out.get()

    def end_input(self):
        reactor.callFromThread(conn.sendEOF, self.channel)

    def finish(self):
        out = b""
        while part := self.channel.out.get():
            out += part
        return out, self.channel.err, self.channel.status


class Connection(connection.SSHConnection):
    def serviceStarted(self):
        super().serviceStarted()
        global conn
        conn = self
        over = threads.deferToThread(request.converse, Session)
        over.addErrback(lambda failure: request.failed(failure.getErrorMessage()))


protocol.ClientCreator(reactor, Transport).connectTCP(HOST, PORT)
reactor.run()
os._exit(99)

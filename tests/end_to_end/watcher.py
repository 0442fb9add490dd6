"""Watcher: a client of the live stream (WebSocket, RFC 6455), with no library between."""
import base64
import hashlib
import json
import os
import socket
import struct
import threading
from urllib.parse import urlparse

from rtp import wait_until

ACCEPT_SUFFIX = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Watcher:
    """Says hello at once, then keeps every message. `closed` is the close code, when closed."""

    def __init__(self, server, resume_from=None, token=None, hello=True):
        self.messages = []
        self.closed = None
        where = urlparse(server.running["http"])
        self.socket = socket.create_connection((where.hostname, where.port), 10)
        key = base64.b64encode(os.urandom(16))
        self.socket.sendall(
            b"GET /api/v1/stream HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Protocol: firstring.v1\r\n\r\n" % (where.netloc.encode(), key))
        self._rest = b""
        while b"\r\n\r\n" not in self._rest:
            self._read_more()
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101 "), head
        accept = base64.b64encode(hashlib.sha1(key + ACCEPT_SUFFIX).digest())
        assert accept.lower() in head.lower(), head
        self.socket.settimeout(None)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        if hello:
            message = {"type": "hello", "token": server.token if token is None else token}
            if resume_from is not None:
                message["resume_from"] = resume_from
            self.send(json.dumps(message).encode())

    def send(self, payload, opcode=1):
        mask = os.urandom(4)
        length = len(payload)
        head = bytes([0x80 | opcode])
        head += bytes([0x80 | length]) if length < 126 else struct.pack("!BH", 0xFE, length)
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        self.socket.sendall(head + mask + masked)

    def facts(self):
        """Every fact received, in the order of arrival."""
        return [fact for message in list(self.messages) if message["type"] == "facts"
                for fact in message["facts"]]

    def wait_fact(self, kind, limit=10, **wanted):
        """The first fact of a type whose data has these fields."""
        def find():
            return next((fact for fact in self.facts() if fact["type"] == kind and
                         all(fact["data"].get(key) == value for key, value in wanted.items())),
                        None)
        assert wait_until(find, limit), "no %s among %s" % (
            kind, sorted({fact["type"] for fact in self.facts()}))
        return find()

    def wait_message(self, kind, limit=10):
        find = lambda: next((m for m in list(self.messages) if m["type"] == kind), None)
        assert wait_until(find, limit), "no message " + kind
        return find()

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._thread.join(10)
        self.socket.close()

    def _read_more(self):
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("closed")
        self._rest += data

    def _take(self, count):
        while len(self._rest) < count:
            self._read_more()
        taken, self._rest = self._rest[:count], self._rest[count:]
        return taken

    def _frame(self):
        first, second = self._take(2)
        assert first & 0x80 and not second & 0x80, "a fragment, or masked by the server"
        length = second & 0x7F
        if length == 126:
            length, = struct.unpack("!H", self._take(2))
        elif length == 127:
            length, = struct.unpack("!Q", self._take(8))
        return first & 0x0F, self._take(length)

    def _run(self):
        try:
            while True:
                opcode, payload = self._frame()
                if opcode == 1:
                    self.messages.append(json.loads(payload))
                elif opcode == 8:
                    self.closed = struct.unpack("!H", payload[:2])[0] if payload else 1005
                    return
                elif opcode == 9:
                    self.send(payload, 10)
        except (OSError, ConnectionError):
            self.closed = self.closed or 1006

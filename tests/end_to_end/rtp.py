"""RtpEnd: one end of a G.711 stream on loopback: sends what it is given, keeps what it hears.

SIPp makes the call; this end stands where its SDP points (scenario key `media_port`).
"""
import random
import select
import socket
import struct
import threading
import time

import audio

PCMU = 0
EVENTS = 101


class RtpEnd:
    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.packets = []        # (arrival, sequence, timestamp, payload type, payload)
        self.source = None       # where they come from
        self.events = ""         # digits heard as RFC 4733 events
        self._event_seen = None
        self._send = b""         # mu-law to send, looped
        self._digits = []
        self._target = None
        self._find = None
        self._stop = threading.Event()
        self._sequence = random.randrange(1 << 15)
        self._timestamp = random.randrange(1 << 31)
        self._ssrc = random.randrange(1 << 32)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def say(self, mulaw):
        """Speak this for ever, to whoever sends to us (or aim() named)."""
        self._send = mulaw

    def aim(self, address):
        self._target = address

    def aim_by(self, find):
        """As aim(), once `find` gives an address."""
        self._find = find

    def press(self, digits):
        self._digits.append(digits)

    def heard(self):
        """All that was heard, in order of timestamps, as samples."""
        audio_packets = [p for p in self.packets if p[3] == PCMU]
        if not audio_packets:
            return []
        out, last = [], None
        for _, _, stamp, _, payload in audio_packets:
            out.extend(audio.decode(payload))
            last = stamp
        del last
        return out

    def forget(self):
        """Begin to listen anew."""
        self.packets = []

    def wait_for_audio(self, seconds, limit=10.0):
        """Until so many seconds were heard. True if they were."""
        wanted = int(seconds * 50)
        return wait_until(lambda: len([p for p in self.packets if p[3] == PCMU]) >= wanted, limit)

    def close(self):
        self._stop.set()
        self._thread.join()
        self.socket.close()

    def _packet(self, payload_type, payload, marker=False):
        head = struct.pack("!BBHII", 0x80, payload_type | (0x80 if marker else 0),
                           self._sequence & 0xFFFF, self._timestamp & 0xFFFFFFFF, self._ssrc)
        self._sequence += 1
        return head + payload

    def _run(self):
        due = time.monotonic()
        at = 0
        while not self._stop.is_set():
            wait = max(0.0, due - time.monotonic())
            if select.select([self.socket], [], [], wait)[0]:
                self._receive()
                continue
            due += 0.02
            if not self._target and self._find:
                self._target = self._find()
            target = self._target or self.source
            if not target:
                continue
            if self._digits:
                self._press_now(self._digits.pop(0), target)
                due = time.monotonic()
                continue
            if self._send:
                chunk = bytes(self._send[(at + i) % len(self._send)] for i in range(160))
                at += 160
                self.socket.sendto(self._packet(PCMU, chunk), target)
            self._timestamp += 160

    def _receive(self):
        data, source = self.socket.recvfrom(2048)
        if len(data) < 12 or data[0] >> 6 != 2:
            return
        kind = data[1] & 0x7F
        if 72 <= kind <= 76:
            return
        self.source = source
        sequence, stamp = struct.unpack("!HI", data[2:8])
        self.packets.append((time.monotonic(), sequence, stamp, kind, data[12:]))
        if kind == EVENTS and len(data) >= 16 and self._event_seen != stamp:
            self._event_seen = stamp
            self.events += "0123456789*#ABCD"[data[12] & 15]

    def _press_now(self, digits, target):
        for digit in digits:
            event = "0123456789*#ABCD".index(digit)
            for step in range(8):  # 100 ms, then three ends
                end = step >= 5
                duration = 160 * min(step + 1, 6)
                payload = struct.pack("!BBH", event, (0x80 if end else 0) | 10, duration)
                self.socket.sendto(self._packet(EVENTS, payload, step == 0), target)
                time.sleep(0.02)
            self._timestamp += 1600
            time.sleep(0.08)


def wait_until(condition, limit=10.0):
    """Polls a condition; True as soon as it holds, False when it never did in time."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return bool(condition())

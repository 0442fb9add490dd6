"""What strangers try: guessing passwords, speaking into calls, malformed and endless input."""
import json
import os
import re
import socket
import struct
import time
import unittest
from pathlib import Path
from urllib.parse import urlparse

import audio
from raw_sip import SDP, RawSip, credentials, header, status
from rtp import wait_until
from server import PASSWORD, command
from watcher import Watcher
from world import AGENT_HZ, CALLER_HZ, CallTest

WIRE = Path(__file__).parent.parent / "wire"
STRANGER_HZ = 1500


class HostileTest(CallTest):
    def raw(self, transport="udp"):
        raw = RawSip(self.server.sip_port(transport), transport)
        self.addCleanup(raw.close)
        return raw

    def call_in_progress(self, seconds=60):
        """(SIPp of the caller, caller's end, agent's end), both speaking."""
        _, agent_end = self.agent("1001", slug="anna")
        caller, caller_end = self.caller(hold=seconds * 1000)
        self.assert_hears(caller_end, AGENT_HZ, 0.3)
        self.assert_hears(agent_end, CALLER_HZ, 0.3)
        return caller, caller_end, agent_end

    def assert_undisturbed(self, end, hz, began):
        """Since `began`, when it forgot all before, it heard its tone, whole and to the end."""
        elapsed = time.monotonic() - began
        heard = end.heard()
        seconds = len(heard) / audio.RATE
        self.assertGreater(seconds, elapsed * 0.8)
        self.assertGreater(audio.seconds_of(heard, hz), seconds * 0.8)


class Guessing(HostileTest):
    settings = {"never_banned": "192.0.2.1/32",
                "trunks": "    far: {addresses: [192.0.2.1/32], trusted: yes}"}

    def attempt(self, raw, user, password, challenge, count=1):
        uri = "sip:127.0.0.1:%d" % raw.target[1]
        line = credentials(challenge, "REGISTER", uri, user, password, count)
        return raw.request("REGISTER", "", from_user=user, headers=line + "Expires: 60\r\n",
                           call_id="guess-%08d" % count, cseq=count + 1)

    def challenged(self, raw, user):
        return raw.ask(raw.request("REGISTER", "", from_user=user, headers="Expires: 60\r\n"))

    def our_phone_calls(self, number, hold):
        end = self.rtp(CALLER_HZ)
        uri = "%s@127.0.0.1:%d" % (number, self.server.sip_port())
        phone = self.sipp("phone_calls", user="1004", auth=("1004", PASSWORD),
                          extra=("-auth_uri", uri),
                          keys={"rtp_port": end.port, "hold": hold, "number": number})
        end.aim_by(phone.media_address)
        return phone, end

    def shape(self, answer):
        """What could give something away: the status, every header's name and its length."""
        lines = answer.split("\r\n")
        return lines[0], [(line.split(":")[0], len(line)) for line in lines[1:]]

    def test_unknown_user_and_wrong_password_are_answered_alike(self):
        watcher = Watcher(self.server)
        self.addCleanup(watcher.close)
        watcher.wait_message("snapshot")
        first, refused = {}, {}
        for user in ("1001", "9999"):
            raw = self.raw()
            first[user] = self.challenged(raw, user)
            self.assertEqual(status(first[user]), 401)
            refused[user] = raw.ask(self.attempt(raw, user, "wrong-password", first[user]))
            self.assertEqual(status(refused[user]), 401)
            fact = watcher.wait_fact("auth.failed", user=user)
            self.assertEqual(fact["data"]["method"], "REGISTER")
            self.assertIn("127.0.0.1", fact["data"]["source"])
            self.assertNotIn("agent", fact)
        self.assertEqual(self.shape(first["1001"]), self.shape(first["9999"]))
        self.assertEqual(self.shape(refused["1001"]), self.shape(refused["9999"]))
        raw = self.raw()
        right = raw.ask(self.attempt(raw, "1001", PASSWORD, self.challenged(raw, "1001")))
        self.assertEqual(status(right), 200, right)

    def test_a_call_from_nobody_is_challenged_and_one_of_our_phones_may_call(self):
        raw = self.raw()
        answer = raw.ask(raw.request("INVITE", "600", body=SDP % raw.port))
        self.assertEqual(status(answer), 401)
        self.assertIn("algorithm=SHA-256", header(answer, "WWW-Authenticate"))
        self.assertEqual(self.server.calls(), [])
        phone, end = self.our_phone_calls("600", hold=1500)
        self.assert_hears(end, CALLER_HZ, 0.5)
        phone.wait()
        self.assertEqual(self.server.wait_ended()["from"], "1004")

    def test_many_failures_ban_the_source_and_running_calls_go_on(self):
        watcher = Watcher(self.server)
        self.addCleanup(watcher.close)
        watcher.wait_message("snapshot")
        phone, end = self.our_phone_calls("600", hold=60000)
        self.assert_hears(end, CALLER_HZ, 0.2)
        raw = self.raw()
        challenge = self.challenged(raw, "1001")
        for count in range(1, 41):
            raw.send(self.attempt(raw, "1001", "guess %d" % count, challenge, count))
        banned = watcher.wait_fact("source.banned")
        self.assertEqual(banned["data"]["source"], "127.0.0.1")
        self.assertGreater(banned["data"]["for_s"], 60)
        for method in ("OPTIONS", "REGISTER", "INVITE"):
            late = self.raw()
            late.send(late.request(method, "600", body=SDP % late.port))
            self.assertIsNone(late.receive(0.7), method)
        end.forget()
        self.assert_hears(end, CALLER_HZ, 0.5)
        self.assertEqual(self.server.newest_call()["outcome"], "in_progress")


class SpeakingIn(HostileTest):
    def test_a_strangers_packets_are_neither_heard_nor_answered(self):
        phone, agent_end = self.agent("1001", slug="anna")
        caller, caller_end = self.caller(hold=60000)
        self.assert_hears(caller_end, AGENT_HZ, 0.3)
        self.assert_hears(agent_end, CALLER_HZ, 0.3)
        for of, victim, tone in ((caller, agent_end, CALLER_HZ), (phone, caller_end, AGENT_HZ)):
            stranger = self.rtp(STRANGER_HZ)
            stranger.aim(of.media_address())
            victim.forget()
            began = time.monotonic()
            self.assertTrue(wait_until(lambda: time.monotonic() - began > 1.5))
            self.assertLess(audio.share_of(victim.heard(), STRANGER_HZ), 0.01)
            self.assert_undisturbed(victim, tone, began)
            self.assertEqual(stranger.packets, [])
            stranger.close()

    def test_a_strangers_packets_are_not_echoed(self):
        caller, end = self.caller(number="600", hold=60000)
        self.assert_hears(end, CALLER_HZ, 0.3)
        stranger = self.rtp(STRANGER_HZ)
        stranger.aim(caller.media_address())
        end.forget()
        self.assertTrue(end.wait_for_audio(1.5))
        self.assertLess(audio.share_of(end.heard(), STRANGER_HZ), 0.01)
        self.assertEqual(stranger.packets, [])

    def test_garbage_on_the_media_port_does_no_harm(self):
        caller, end = self.caller(number="600", hold=60000)
        self.assert_hears(end, CALLER_HZ, 0.3)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            host, port = caller.media_address()
            for number in range(600):
                size = (0, 1, 11, 12, 13, 200, 1400, 9000)[number % 8]
                start = struct.pack("!BB", 0x80 | number % 64, number % 256)
                packet = (start + os.urandom(size))[:size]
                stranger.sendto(packet, (host, port + number % 2))
        end.forget()
        began = time.monotonic()
        self.assert_hears(end, CALLER_HZ, 1.0)
        self.assert_undisturbed(end, CALLER_HZ, began)


class Torture(HostileTest):
    # What is refused before anybody is asked who sent it.
    ANSWERS = {"badvers": 505, "scalar02": 400, "badinv01": 400, "quotbal": 400, "ltgtruri": 400,
               "lwsruri": 400, "mismatch01": 400, "badaspec": 400, "baddn": 400, "intmeth": 501,
               "regbadct": 400, "ncl": 400}

    def test_every_torture_message_while_a_call_goes_on(self):
        caller, caller_end, agent_end = self.call_in_progress()
        files = sorted(WIRE.glob("rfc*/*.dat"))
        self.assertGreater(len(files), 50)
        before = self.server.rss_kb()
        caller_end.forget()
        agent_end.forget()
        began = time.monotonic()
        for path in files:
            over_udp = self.raw()
            over_udp.send(path.read_bytes())
            over_udp.close()
            over_tcp = self.raw("tcp")
            over_tcp.send(path.read_bytes())
            if path.stem in self.ANSWERS:
                answer = over_tcp.receive()
                self.assertEqual(status(answer), self.ANSWERS[path.stem], path.stem)
            over_tcp.close()
        alive = self.raw()
        self.assertEqual(status(alive.ask(alive.request("OPTIONS", ""))), 200)
        self.assertTrue(caller_end.wait_for_audio(1.0))
        self.assert_undisturbed(caller_end, AGENT_HZ, began)
        self.assert_undisturbed(agent_end, CALLER_HZ, began)
        self.assertLess(self.server.rss_kb() - before, 16 * 1024)
        self.assertNotIn("promise_broken", str(self.server.get("/api/v1/alarms")))


class Streams(HostileTest):
    """Garbage, endless and slow input on the ports that take connections."""

    def connection(self, port):
        end = socket.create_connection(("127.0.0.1", port), 10)
        self.addCleanup(end.close)
        return end

    def send_all_or_refused(self, end, data):
        """Sends until it is done or the server has had enough; gives what it answered."""
        end.settimeout(10)
        answer = b""
        try:
            end.sendall(data)
        except OSError:
            pass
        try:
            while True:
                part = end.recv(65536)
                if not part:
                    return answer
                answer += part
        except ConnectionError:
            return answer

    def test_sip_connections_that_talk_nonsense_or_never_end(self):
        caller, caller_end, _ = self.call_in_progress()
        port = self.server.sip_port("tcp")
        before = self.server.rss_kb()
        slow = [self.connection(port) for _ in range(20)]
        for end in slow:
            end.sendall(b"OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/T")
        slow_since = time.monotonic()
        self.send_all_or_refused(self.connection(port), b"\x00\xff" * 400000)
        self.send_all_or_refused(self.connection(port), b"A" * 4000000)
        self.send_all_or_refused(self.connection(port),
                                 b"OPTIONS sip:127.0.0.1 SIP/2.0\r\n" + b"X: y\r\n" * 500000)
        self.send_all_or_refused(
            self.connection(port), b"OPTIONS sip:127.0.0.1 SIP/2.0\r\n"
            b"Content-Length: 99999999999999999999\r\n\r\n" + b"z" * 200000)
        alive = self.raw("tcp")
        self.assertEqual(status(alive.ask(alive.request("OPTIONS", ""))), 200)
        caller_end.forget()
        self.assert_hears(caller_end, AGENT_HZ, 0.5)
        for end in slow:                               # a message may not take for ever
            end.settimeout(30)
            self.assertEqual(self.read_to_end(end), b"")
        self.assertLess(time.monotonic() - slow_since, 30)
        self.assertLess(self.server.rss_kb() - before, 16 * 1024)

    test_sip_connections_that_talk_nonsense_or_never_end.slow = True

    def read_to_end(self, end):
        try:
            return end.recv(100)
        except ConnectionError:
            return b""

    def test_more_connections_than_one_address_may_have(self):
        port = self.server.sip_port("tcp")
        many = [self.connection(port) for _ in range(100)]
        closed = 0
        for end in many:
            end.setblocking(False)
        def count():
            nonlocal closed
            closed = sum(1 for end in many if self.is_closed(end))
            return closed >= 36
        self.assertTrue(wait_until(count), closed)
        alive = self.raw()
        self.assertEqual(status(alive.ask(alive.request("OPTIONS", ""))), 200)

    def is_closed(self, end):
        try:
            return end.recv(1, socket.MSG_PEEK) == b""
        except BlockingIOError:
            return False
        except ConnectionError:
            return True

    def http_answer(self, data):
        port = urlparse(self.server.running["http"]).port
        answer = self.send_all_or_refused(self.connection(port), data)
        found = re.match(rb"HTTP/1\.[01] (\d+) ", answer)
        return int(found.group(1)) if found else None

    def test_http_that_is_malformed_or_too_much(self):
        caller, caller_end, _ = self.call_in_progress()
        before = self.server.rss_kb()
        token = b"Authorization: Bearer %s\r\n" % self.server.token.encode()
        host = b"Host: 127.0.0.1\r\nConnection: close\r\n"
        path = b"/api/v1/agents/anna/presence"
        self.assertIn(self.http_answer(b"\x16\x03\x01 nonsense\r\n\r\n"), (400, None))
        self.assertIn(self.http_answer(b"GET / HTTP/9.9\r\n" + host + b"\r\n"), (400, 505, None))
        self.assertIn(self.http_answer(b"GET / HTTP/1.1\r\n" + b"X: " + b"y" * 1000000),
                      (400, 413, 431, None))
        self.assertIn(self.http_answer(
            b"PUT " + path + b" HTTP/1.1\r\n" + host + token +
            b"Content-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n{"),
            (400, 413))
        deep = b'{"presence":' + b"[" * 200000 + b"]" * 200000 + b"}"
        self.assertEqual(self.http_answer(
            b"PUT " + path + b" HTTP/1.1\r\n" + host + token +
            b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(deep) +
            deep), 400)
        self.assertEqual(self.http_answer(
            b"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n" + host + b"\r\n"), 400)
        self.assertEqual(self.http_answer(
            b"GET /api/v1/calls/call_%00 HTTP/1.1\r\n" + host + token + b"\r\n"), 400)
        self.assertEqual(self.server.get("/livez"), {"status": "live"})
        caller_end.forget()
        self.assert_hears(caller_end, AGENT_HZ, 0.5)
        self.assertLess(self.server.rss_kb() - before, 16 * 1024)

    def test_a_stream_client_that_breaks_the_protocol_is_closed(self):
        for payload, opcode, code in ((b"nonsense", 1, 4400), (b'{"type":"hello"}', 1, 4401),
                                      (b'{"type":"hello","token":"x"}', 1, 4401),
                                      (b"\xff\xfe", 1, None), (b"x" * 70000, 1, None)):
            with self.subTest(payload[:20]):
                watcher = Watcher(self.server, hello=False)
                self.addCleanup(watcher.close)
                if len(payload) > 65535:
                    watcher.socket.sendall(struct.pack("!BBQ", 0x81, 0xFF, 1 << 62) + b"abcd")
                else:
                    watcher.send(payload, opcode)
                self.assertTrue(wait_until(lambda: watcher.closed))
                if code:
                    self.assertEqual(watcher.closed, code)
                self.assertEqual(watcher.messages, [])
        self.assertEqual(self.server.get("/livez"), {"status": "live"})


class Names(HostileTest):
    # HTML, a C1 control that begins a terminal's escape code, and an override of the writing order.
    NAME = '<img src=x onerror=alert(1)>\u009b31mred\u202etxt'

    def test_a_callers_name_comes_out_harmless(self):
        raw = self.raw()
        invite = raw.request("INVITE", "600", body=SDP % self.rtp(CALLER_HZ).port,
                             from_name='"%s" ' % self.NAME)
        answer = raw.ask(invite)
        self.assertEqual(status(answer), 200, answer)
        raw.send(raw.acknowledge(answer, "600"))
        self.assertTrue(wait_until(lambda: self.server.calls()))
        code, headers, body = self.server.request("GET", "/api/v1/calls")
        self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
        self.assertIn("application/json", headers["Content-Type"])
        call = body["data"][0]
        self.assertIn("img src=x", call["from_name"])  # kept as text
        for text in (json.dumps(body, ensure_ascii=False), self.of_cli("calls"),
                     self.of_cli("call", "show", call["id"])):
            self.assert_harmless(text)
        self.assertIn("img src=x", self.of_cli("call", "show", call["id"]))
        raw.send(raw.acknowledge(answer, "600", 2, "BYE"))

    def test_escape_codes_in_a_name_never_reach_a_terminal(self):
        raw = self.raw()
        answer = raw.ask(raw.request("INVITE", "600", body=SDP % 9,
                                     from_name='"\x1b]0;owned\x07\x1b[31m" '))
        if status(answer) == 200:
            raw.send(raw.acknowledge(answer, "600"))
            call = self.server.newest_call()
            self.assert_harmless(str(call["from_name"]) + self.of_cli("call", "show", call["id"]))
            raw.send(raw.acknowledge(answer, "600", 2, "BYE"))
        else:
            self.assertEqual(status(answer), 400)
            self.assertEqual(self.server.calls(), [])

    def of_cli(self, *arguments):
        code, text = command(*arguments, server=self.server)
        self.assertEqual(code, 0, text)
        return text

    def assert_harmless(self, text):
        bad = [hex(ord(c)) for c in text if (ord(c) < 32 and c not in "\n\t") or
               0x7F <= ord(c) < 0xA0 or 0x202A <= ord(c) <= 0x202E or 0x2066 <= ord(c) <= 0x2069]
        self.assertEqual(bad, [], text)


if __name__ == "__main__":
    unittest.main()

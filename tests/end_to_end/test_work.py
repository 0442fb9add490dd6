"""What calls leave behind, over real SIP: voicemail, missed callers, surveys, webhooks, messages."""
import hashlib
import hmac
import http.server
import json
import threading
import time
import unittest

import audio
from rtp import wait_until
from server import command
from world import AGENT_HZ, CALLER_HZ, CallTest

CALLER = "+4930123456"       # as the scenarios say it
THANKS_HZ, NOTHING_HZ, BEEP_HZ = 350, 620, 1000

FLOWS = """
    box:
      start: box
      nodes:
        box:
          voicemail: {queue: desk}
          greeting: {tone: 600, for: 300ms}
          silence: 2s
          shortest: 500ms
          done: thanks
          empty: nothing
        thanks: {hang_up: {tone: 350, for: 600ms}}
        nothing: {hang_up: {tone: 620, for: 600ms}}
    person:
      start: ring
      nodes:
        ring: {dial: "ext:1001", ring_timeout: 3s, no_answer: box, failed: box, busy: box}
        box: {voicemail: {agent: anna}, greeting: {tone: 600, for: 300ms}, done: bye}
        bye: {hang_up: }
    asked:
      start: people
      nodes:
        people: {queue: desk, next: bye, after_talk: survey}
        survey:
          survey:
            - {name: csat, score: {tone: 500, for: 300ms}}
            - {name: solved, yes_no: {tone: 800, for: 300ms}}
          next: thanks
          no_answer: bye
        thanks: {hang_up: {tone: 350, for: 600ms}}
        bye: {hang_up: }
    crm:
      start: ask
      nodes:
        ask:
          webhook: crm
          send: {caller: caller.number, dialled: call.number}
          take: {name: /customer/name, vip: /vip}
          within: 5s
          ok: text
          error: failed
          timeout: failed
        text: {message: "Dear {name}, VIP: {vip}. {{We}} call back.", to: caller.number, next: thanks}
        thanks: {hang_up: {tone: 350, for: 600ms}}
        failed: {hang_up: {tone: 620, for: 600ms}}
"""
NUMBERS = ', "5550110": box, "5550111": person, "5550112": asked, "5550113": crm'


class WorkTest(CallTest):
    settings = {"numbers": NUMBERS, "flows": FLOWS,
                "business": '  variables: {name: "", vip: no}\n'
                            '  webhooks: {crm: {url: "http://127.0.0.1:9/", secret: hush}}'}

    def voicemails(self, **query):
        text = "&".join("%s=%s" % item for item in query.items())
        return self.server.get("/api/v1/voicemails?" + text)["data"]

    def wait_voicemail(self, state, limit=15, **query):
        self.assertTrue(wait_until(lambda: self.voicemails(state=state, **query), limit),
                        self.voicemails())
        return self.voicemails(state=state, **query)[0]

    def sound(self, voicemail, **headers):
        status, got, raw = self.server.request("GET", voicemail["audio_url"], headers=headers)
        return status, got, raw

    def leave(self, number="5550110", seconds=2.0, end="#", hold=20000):
        """A caller who speaks for some seconds after the beep, then presses # (or is silent)."""
        caller, caller_end = self.caller("caller_hears_bye" if end else "caller", number=number,
                                         hold=hold)
        self.assert_hears(caller_end, BEEP_HZ, 0.2)
        voicemail = self.wait_voicemail("recording")
        time.sleep(seconds)
        if end == "#":
            caller_end.press("#")
        elif end == "silence":
            caller_end.say(b"")
        return caller, caller_end, voicemail


class Voicemail(WorkTest):
    def test_a_message_is_kept_heard_taken_done_and_deleted(self):
        caller, caller_end, begun = self.leave()
        self.assert_hears(caller_end, THANKS_HZ, 0.3)
        caller.wait()
        one = self.wait_voicemail("waiting")
        self.assertEqual((one["id"], one["queue"], one["agent"], one["from"], one["heard"]),
                         (begun["id"], "desk", None, CALLER, False))
        self.assertIsNotNone(one["due_at"])
        status, headers, raw = self.sound(one)
        self.assertEqual((status, headers["Content-Type"]), (200, "audio/wav"))
        self.assertEqual(hashlib.sha256(raw).hexdigest(), one["sha256"])
        rate, (left, right) = audio.read_wav_bytes(raw)
        self.assertGreater(audio.seconds_of(left, CALLER_HZ, rate), 1.5)
        self.assertEqual(audio.loudness(right), 0)               # the caller alone
        self.assertAlmostEqual(len(left) / rate, one["duration_ms"] / 1000, delta=0.01)
        status, _, part = self.sound(one, Range="bytes=100-199")
        self.assertEqual((status, part), (206, raw[100:200]))
        path = "/api/v1/voicemails/" + one["id"]
        self.assertEqual(self.server.request("GET", one["audio_url"], token=False)[0], 401)
        self.assertEqual(self.server.request("POST", path + "/heard")[2]["heard"], True)
        status, text = command("voicemail", "take", one["id"], "anna", server=self.server)
        self.assertEqual((status, text), (0, "It is taken.\n"))
        self.assertEqual(self.server.request("POST", path + "/take", {"agent": "ben"})[0], 409)
        status, text = command("voicemail", server=self.server)
        self.assertIn("taken", text)
        self.assertIn(CALLER, text)
        self.assertEqual(self.server.request("POST", path + "/done")[2]["state"], "done")
        file = self.server.data / "recordings" / (one["id"] + ".wav")
        self.assertTrue(file.exists())
        self.assertEqual(self.server.request("DELETE", path)[0], 204)
        self.assertTrue(wait_until(lambda: not file.exists()))
        self.assertEqual(self.server.request("GET", path)[0], 404)
        self.assertEqual(self.server.request("GET", one["audio_url"])[0], 404)
        status, _, recording = self.server.request("GET", "/api/v1/recordings/" + one["id"])
        self.assertEqual(recording["audio_url"], None)

    def test_silence_ends_it_and_is_cut_off(self):
        caller, caller_end, _ = self.leave(seconds=1.5, end="silence")
        self.assert_hears(caller_end, THANKS_HZ, 0.3)
        caller.wait()
        one = self.wait_voicemail("waiting")
        self.assertLess(one["duration_ms"], 2400)
        rate, (left, _) = audio.read_wav_bytes(self.sound(one)[2])
        self.assertGreater(audio.seconds_of(left, CALLER_HZ, rate), 1.0)
        self.assertGreater(audio.loudness(left[-int(rate * 0.25):]), 100)   # no silence at its end

    def test_nothing_said_is_no_message(self):
        end = self.rtp()
        caller, caller_end = self.caller("caller_hears_bye", number="5550110", end=end)
        self.assert_hears(caller_end, NOTHING_HZ, 0.3, limit=15)
        caller.wait()
        call = self.server.wait_ended()
        self.assertIn("voicemail.discarded", self.server.fact_types(call["id"]))
        self.assertEqual(self.voicemails(), [])
        self.assertEqual(list((self.server.data / "recordings").glob("rec_*")), [])

    def test_who_hangs_up_has_left_his_message_and_a_person_has_a_box(self):
        caller, _, _ = self.leave(number="5550111", end=None, hold=3000, seconds=0)
        caller.wait()
        one = self.wait_voicemail("waiting", agent="anna")
        self.assertEqual((one["queue"], one["assignee"]), (None, "anna"))
        rate, (left, _) = audio.read_wav_bytes(self.sound(one)[2])
        self.assertGreater(audio.seconds_of(left, CALLER_HZ, rate), 0.5)

    def test_kill_loses_no_message(self):
        caller, _, _ = self.leave(seconds=1)
        caller.wait()
        whole = self.wait_voicemail("waiting")
        self.server.request("POST", "/api/v1/voicemails/%s/take" % whole["id"], {"agent": "ben"})
        whole = self.wait_voicemail("taken")
        self.leave(seconds=3.5, end=None)
        self.server.kill()
        self.server.start()
        self.assertEqual(self.voicemails(state="taken"), [whole])
        self.assertEqual(hashlib.sha256(self.sound(whole)[2]).hexdigest(), whole["sha256"])
        cut = self.voicemails(state="waiting")[0]
        self.assertEqual((cut["incomplete"], cut["from"]), (True, CALLER))
        rate, (left, _) = audio.read_wav_bytes(self.sound(cut)[2])
        self.assertGreater(audio.seconds_of(left, CALLER_HZ, rate), 1.5)


class Recovery(WorkTest):
    def recovery(self):
        return self.server.get("/api/v1/recovery")["data"]

    def test_who_gave_up_is_listed_until_somebody_speaks_with_him(self):
        for _ in range(2):
            caller, _ = self.caller(hold=1200)                    # nobody is there
            caller.wait()
            self.server.wait_ended()
        self.assertTrue(wait_until(lambda: self.recovery() and self.recovery()[0]["calls"] == 2))
        one = self.recovery()[0]
        self.assertEqual((one["from"], one["number"], one["queue"], one["why"], one["lost"]),
                         (CALLER, "5550101", "desk", "abandoned", False))
        self.assertGreater(one["waited_ms"], 900)
        status, text = command("recovery", server=self.server)
        self.assertEqual(status, 0)
        self.assertIn(CALLER, text)
        self.server.kill()
        self.server.start()
        self.assertEqual(self.recovery(), [one])
        self.agent("1001", slug="anna")
        caller, caller_end = self.caller(hold=2000)
        self.assert_hears(caller_end, AGENT_HZ, 0.3)
        self.assertTrue(wait_until(lambda: self.recovery() == []))

    def test_by_hand(self):
        caller, _ = self.caller(hold=1200)
        caller.wait()
        self.assertTrue(wait_until(self.recovery))
        status, text = command("recovery", "dismiss", CALLER, "met him", server=self.server)
        self.assertEqual((status, text), (0, "Off the list.\n"))
        self.assertEqual(self.recovery(), [])


class Survey(WorkTest):
    def test_the_caller_is_asked_when_the_agent_has_hung_up(self):
        self.agent("1001", scenario="agent_hangs_up", hold=1000, slug="anna")
        caller, caller_end = self.caller("caller_hears_bye", number="5550112", hold=20000)
        self.assert_hears(caller_end, AGENT_HZ, 0.3)
        self.assert_hears(caller_end, 500, 0.2)
        caller_end.press("4")
        self.assert_hears(caller_end, 800, 0.2)
        caller_end.press("1")
        self.assert_hears(caller_end, THANKS_HZ, 0.3)
        caller.wait()
        call = self.server.wait_ended()
        self.assertEqual(call["outcome"], "answered")
        call = self.server.get("/api/v1/calls/" + call["id"])
        self.assertEqual(call["survey"], [{"question": "csat", "kind": "score", "answer": 4},
                                          {"question": "solved", "kind": "yes_no", "answer": 1}])


class Crm(http.server.BaseHTTPRequestHandler):
    """The program of the business."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((dict(self.headers), body))
        answer = json.dumps({"customer": {"name": "Ann"}, "vip": True}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


class Webhook(WorkTest):
    def setUp(self):
        self.crm = http.server.HTTPServer(("127.0.0.1", 0), Crm)
        self.crm.asked = []
        threading.Thread(target=self.crm.serve_forever, daemon=True).start()
        self.addCleanup(self.crm.shutdown)
        self.settings = dict(WorkTest.settings)
        self.settings["business"] = self.settings["business"].replace(
            "127.0.0.1:9", "127.0.0.1:%d" % self.crm.server_port)
        self.settings["server"] = self.private_hosts()
        super().setUp()

    def private_hosts(self):
        return "  webhooks: {private_hosts: [127.0.0.1]}"

    def test_the_answer_is_in_the_message_and_what_was_asked_is_signed(self):
        caller, caller_end = self.caller("caller_hears_bye", number="5550113", hold=20000)
        self.assert_hears(caller_end, THANKS_HZ, 0.3)
        caller.wait()
        headers, body = self.crm.asked[0]
        self.assertEqual(json.loads(body), {"caller": CALLER, "dialled": "5550113"})
        stamp, mac = headers["Firstring-Signature"].split(",v1=")
        wanted = hmac.new(b"hush", stamp[2:].encode() + b"." + body, hashlib.sha256).hexdigest()
        self.assertEqual(mac, wanted)
        message = self.server.get("/api/v1/messages")["data"][0]
        self.assertEqual((message["to"], message["text"], message["state"]),
                         (CALLER, "Dear Ann, VIP: yes. {We}} call back.", "queued"))
        log = "".join(p.read_text() for p in (self.server.data / "events").glob("*.log"))
        self.assertNotIn("hush", log + self.server.log() +
                         (self.server.data / "firstring.log").read_text())


class WebhookRefused(Webhook):
    def private_hosts(self):
        return ""

    def test_the_answer_is_in_the_message_and_what_was_asked_is_signed(self):
        """Here it is refused: the address is private, and nobody allowed it."""
        caller, caller_end = self.caller("caller_hears_bye", number="5550113", hold=20000)
        self.assert_hears(caller_end, NOTHING_HZ, 0.3)
        caller.wait()
        call = self.server.wait_ended()
        answered = [f["data"] for f in self.server.facts(call["id"])
                    if f["type"] == "webhook.answered"]
        self.assertEqual(answered[0]["outcome"], "error")
        self.assertIn("not public", answered[0]["reason"])
        self.assertEqual(self.crm.asked, [])


if __name__ == "__main__":
    unittest.main()

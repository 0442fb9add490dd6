"""Every path of a call, with SIPp as caller and as the agents' phones."""
import unittest

import audio
from rtp import wait_until
from world import AGENT_HZ, CALLER_HZ, CallTest


class QueueCalls(CallTest):
    def test_menu_queue_agent_talk_and_record(self):
        phone, agent_end = self.agent("1001", slug="anna", ring=700)
        caller, caller_end = self.caller("caller_hears_bye", number="5550100")
        self.assertTrue(caller_end.wait_for_audio(1.0))        # the menu speaks
        self.assertGreater(audio.loudness(caller_end.heard()), 300)
        caller_end.press("1")
        self.assert_hears(caller_end, AGENT_HZ, 1.0)
        self.assert_hears(agent_end, CALLER_HZ, 1.0)
        status, _, body = self.server.request(
            "POST", "/api/v1/calls/%s/hang_up" % self.server.newest_call()["id"])
        self.assertIn(status, (200, 202, 204), body)
        caller.wait()
        phone.wait()
        call = self.server.wait_ended()
        self.assertEqual(call["outcome"], "answered")
        self.assertEqual(call["intent"], "help")
        self.assertEqual(call["from"], "+4930123456")
        self.assert_in_order(
            ["call.received", "flow.entered", "call.answered", "media.first", "digit.pressed",
             "intent.known", "queue.entered", "offer.made", "offer.ringing", "agent.answered",
             "talk.ended", "call.ended"], self.server.fact_types(call["id"]))

    def test_each_side_hears_the_other_over_tcp(self):
        self.agent("1001", slug="anna")
        caller, caller_end = self.caller(transport="t1")
        self.assert_hears(caller_end, AGENT_HZ, 1.0)
        caller.wait()
        self.assertEqual(self.server.wait_ended()["outcome"], "answered")

    def test_agent_hangs_up(self):
        phone, _ = self.agent("1001", "agent_hangs_up", slug="anna", hold=800)
        caller, _ = self.caller("caller_hears_bye")
        caller.wait()
        phone.wait()
        call = self.server.wait_ended()
        self.assertEqual((call["outcome"], call["ended_by"]), ("answered", "agent"))

    def test_no_answer_puts_agent_aside_and_caller_stays_first(self):
        silent, _ = self.agent("1001", "agent_silent", slug="anna")
        caller, caller_end = self.caller(hold=9000)
        silent.wait()
        self.server.wait_agent("anna", "away")
        self.agent("1002", slug="ben")
        self.assert_hears(caller_end, AGENT_HZ, 0.5)
        caller.wait()
        call = self.server.wait_ended()
        self.assertEqual(call["agent"], "ben")
        self.assertEqual(call["offers_missed"], 1)
        types = self.server.fact_types(call["id"])
        self.assertEqual(types.count("queue.entered"), 1)      # the place was kept
        failed = [f for f in self.server.facts(call["id"]) if f["type"] == "offer.failed"]
        self.assertEqual(failed[0]["data"]["reason"], "no_answer")

    def test_busy_and_declining_agents_pass_the_caller_on(self):
        for scenario, reason in (("agent_busy", "busy"), ("agent_declines", "declined")):
            with self.subTest(scenario):
                self.setUp()
                self.agent("1001", scenario, slug="anna")
                caller, caller_end = self.caller(hold=6000)
                self.assertTrue(wait_until(lambda: any(
                    "offer.failed" in self.server.fact_types(c["id"])
                    for c in self.server.calls()[:1])))
                self.agent("1002", slug="ben")
                self.assert_hears(caller_end, AGENT_HZ, 0.5)
                caller.wait()
                call = self.server.wait_ended()
                failed = [f for f in self.server.facts(call["id"]) if f["type"] == "offer.failed"]
                self.assertEqual(failed[0]["data"]["reason"], reason)

    def test_caller_leaves_while_the_agent_rings(self):
        phone, _ = self.agent("1001", "agent_silent", slug="anna")
        caller, _ = self.caller(hold=1500)
        caller.wait()
        phone.wait()                                           # it was cancelled
        call = self.server.wait_ended()
        self.assertEqual(call["outcome"], "abandoned")
        self.server.wait_agent("anna", "ready")
        self.assertIn("offer.withdrawn", self.server.fact_types(call["id"]))

    def test_caller_cancels_before_any_answer(self):
        self.agent("1001", "agent_silent", slug="anna")
        caller, _ = self.caller("caller_gives_up", number="603")
        caller.wait()
        call = self.server.wait_ended()
        self.assertEqual(call["ended_by"], "caller")

    def test_agent_holds_and_resumes(self):
        phone, agent_end = self.agent("1001", "agent_holds", slug="anna", hold=1500)
        caller, caller_end = self.caller(hold=6000)
        self.assert_hears(caller_end, AGENT_HZ, 0.5)
        self.assertTrue(wait_until(
            lambda: "hold.started" in self.server.fact_types(self.server.newest_call()["id"])))
        caller_end.forget()
        self.assertTrue(caller_end.wait_for_audio(0.8))
        heard = caller_end.heard()
        self.assertGreater(audio.loudness(heard), 50)          # music,
        self.assertLess(audio.seconds_of(heard, AGENT_HZ), 0.2)  # not the agent
        self.assertTrue(wait_until(
            lambda: "hold.ended" in self.server.fact_types(self.server.newest_call()["id"])))
        caller_end.forget()
        self.assert_hears(caller_end, AGENT_HZ, 0.5)
        caller.wait()
        phone.wait()
        call = self.server.wait_ended()
        self.assertAlmostEqual(call["hold_ms"], 1500, delta=700)

    def test_hold_and_mute_by_the_api(self):
        _, agent_end = self.agent("1001", slug="anna")
        caller, caller_end = self.caller(hold=8000)
        self.assert_hears(caller_end, AGENT_HZ, 0.3)
        call = self.server.newest_call()["id"]
        act = lambda verb: self.server.request("POST", "/api/v1/calls/%s/%s" % (call, verb))[0]
        self.assertLess(act("hold"), 300)
        caller_end.forget()
        self.assertTrue(caller_end.wait_for_audio(0.6))
        self.assertLess(audio.seconds_of(caller_end.heard()[2400:], AGENT_HZ), 0.1)
        self.assertLess(act("resume"), 300)
        caller_end.forget()
        self.assert_hears(caller_end, AGENT_HZ, 0.5)
        self.assertLess(act("mute"), 300)
        caller_end.forget()
        self.assertTrue(caller_end.wait_for_audio(0.6))
        self.assertLess(audio.seconds_of(caller_end.heard()[1600:], AGENT_HZ), 0.1)
        self.assertLess(act("unmute"), 300)
        caller_end.forget()
        self.assert_hears(caller_end, AGENT_HZ, 0.5)
        caller.wait()


class WrapUp(CallTest):
    settings = {"wrap_up": "3s"}

    def test_countdown_disposition_and_ready_again(self):
        self.agent("1001", slug="anna")
        caller, caller_end = self.caller(hold=1500)
        self.assert_hears(caller_end, AGENT_HZ, 0.3)
        call = self.server.newest_call()["id"]
        caller.wait()
        self.server.wait_agent("anna", "wrap_up", limit=3)
        bad, _, problem = self.server.request(
            "POST", "/api/v1/calls/%s/disposition" % call, {"agent": "anna", "outcome": "nonsense"})
        self.assertIn(bad, (400, 409, 422), problem)
        good, _, body = self.server.request(
            "POST", "/api/v1/calls/%s/disposition" % call,
            {"agent": "anna", "outcome": "booked", "notes": "Tuesday 10:00"})
        self.assertLess(good, 300, body)
        self.server.wait_agent("anna", "ready", limit=6)
        record = self.server.get("/api/v1/calls/" + call)
        self.assertEqual(record["disposition"], "booked")
        self.assertEqual(record["notes"], "Tuesday 10:00")
        self.assertIn("wrap_up.ended", self.server.fact_types(call))
        queue = self.server.get("/api/v1/kpis")
        self.assertIn("desk", str(queue))


class Recording(CallTest):
    settings = {"record": "yes"}

    def test_left_is_the_caller_right_is_the_agent(self):
        self.agent("1001", slug="anna")
        caller, caller_end = self.caller(hold=3000)
        self.assert_hears(caller_end, AGENT_HZ, 1.0)
        caller.wait()
        call = self.server.wait_ended()
        self.assertTrue(wait_until(lambda: list((self.server.data / "recordings").glob("*.wav"))
                                   and "recording.stopped" in self.server.fact_types(call["id"])))
        path = next((self.server.data / "recordings").glob("*.wav"))
        rate, (left, right) = audio.read_wav(path)
        self.assertGreater(audio.seconds_of(left, CALLER_HZ, rate), 1.0)
        self.assertGreater(audio.seconds_of(right, AGENT_HZ, rate), 1.0)
        self.assertLess(audio.seconds_of(left, AGENT_HZ, rate), 0.1)
        self.assertLess(audio.seconds_of(right, CALLER_HZ, rate), 0.1)
        rows = lambda: self.server.get("/api/v1/recordings")["data"]
        self.assertTrue(wait_until(lambda: rows() and rows()[0]["state"] == "complete"), rows())
        recording = rows()[0]
        status, headers, body = self.server.request(
            "GET", "/api/v1/recordings/%s/audio" % recording["id"], headers={"Range": "bytes=0-43"})
        self.assertEqual((status, body[:4], len(body)), (206, b"RIFF", 44))
        status, _, body = self.server.request("GET", "/api/v1/recordings/%s/audio" % recording["id"])
        self.assertEqual(body, path.read_bytes())


class Signalling(CallTest):
    def test_late_offer(self):
        caller, end = self.caller("caller_late_offer", number="600", hold=2000)
        self.assert_hears(end, CALLER_HZ, 1.0)                 # its own echo
        caller.wait()

    def test_hold_by_reinvite_and_resume_by_update(self):
        caller, end = self.caller("caller_holds", number="600", hold=1000)
        caller.wait()
        self.assert_hears(end, CALLER_HZ, 0.5)

    def test_refer_is_refused_and_the_call_goes_on(self):
        caller, end = self.caller("caller_refers", number="600", hold=1500)
        self.assert_hears(end, CALLER_HZ, 0.8)
        caller.wait()

    def test_unknown_number(self):
        caller, _ = self.caller("caller_refused", number="5559999", keys={"status": 404})
        caller.wait()

    def test_options_is_answered(self):
        self.sipp("options").wait()

    def test_reliable_provisionals_do_not_break_a_call(self):
        caller, _ = self.caller("caller_prack", number="600", hold=500)
        caller.wait()


class LostAudio(CallTest):
    settings = {"silence": "5s"}

    def test_a_caller_who_falls_silent_for_good_is_hung_up(self):
        caller, end = self.caller("caller_hears_bye", number="600")
        self.assert_hears(end, CALLER_HZ, 1.0)
        end.say(b"")                                           # not even comfort noise
        caller.wait()
        call = self.server.wait_ended()
        self.assertEqual(call["end_reason"], "media_lost")


class TestNumbers(CallTest):
    def test_602_tone_digits_tone(self):
        caller, end = self.caller("caller_hears_bye", number="602", end=self.rtp())
        self.assert_hears(end, 1004, 1.8)
        self.wait_node("r")
        end.press("1234")
        self.assert_hears(end, 440, 1.8)
        caller.wait()

    def test_602_wrong_digits_hang_up_without_the_tone(self):
        caller, end = self.caller("caller_hears_bye", number="602", end=self.rtp())
        self.assert_hears(end, 1004, 1.8)
        self.wait_node("r")
        end.press("1235")
        caller.wait()
        self.assertLess(audio.seconds_of(end.heard(), 440), 0.1)

    def test_602_digits_by_info(self):
        caller, end = self.caller("caller_info_digits", number="602", end=self.rtp())
        self.assert_hears(end, 440, 1.8)
        caller.wait()

    def test_600_echoes_what_it_hears(self):
        caller, end = self.caller(number="600", hold=2500)
        self.assert_hears(end, CALLER_HZ, 1.5)
        caller.wait()


if __name__ == "__main__":
    unittest.main()

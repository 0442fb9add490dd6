"""A caller goes from one party to another: by the API and by the keys of phones. Each party speaks a
tone of its own, so that it is heard who is connected with whom."""
import unittest

import audio
from baresip import Baresip
from phone import Phone
from raw_sip import status
from rtp import wait_until
from server import PASSWORD
from world import AGENT_HZ, CALLER_HZ, CallTest

BEN_HZ = 950


class TransferTest(CallTest):
    settings = {"business": "  transfers: {ring_timeout: 5s}", "wrap_up": "30s"}

    def phone(self, extension, slug, hz):
        phone = Phone(self.server, extension, PASSWORD, self.rtp(hz))
        self.addCleanup(phone.close)
        phone.register()
        if slug:
            self.server.wait_agent(slug, "ready")
        return phone

    def talking_with_anna(self, scenario="caller_hears_bye", **options):
        """A caller who hears anna; then ben comes to work."""
        caller, caller_end = self.caller(scenario, **options)
        self.assert_hears(caller_end, AGENT_HZ, 0.5)
        self.call = self.server.newest_call()["id"]
        return caller, caller_end

    def act(self, verb, **body):
        code, _, answer = self.server.request(
            "POST", "/api/v1/calls/%s/%s" % (self.call, verb), body or None)
        self.assertEqual(code, 204, answer)

    def assert_now_hears(self, end, hz, seconds=0.5):
        end.forget()
        self.assert_hears(end, hz, seconds)

    def assert_music(self, end, *without):
        """Something is heard, and none of these tones."""
        end.forget()
        self.assertTrue(end.wait_for_audio(0.8))
        heard = end.heard()[1600:]
        self.assertGreater(audio.loudness(heard), 50)
        for hz in without:
            self.assertLess(audio.seconds_of(heard, hz), 0.1)

    def facts_of(self, kind):
        return [f for f in self.server.facts(self.call) if f["type"] == kind]

    def wait_fact(self, kind):
        self.assertTrue(wait_until(lambda: self.facts_of(kind)), kind)

    def ended_call(self):
        self.server.wait_ended()
        return self.server.get("/api/v1/calls/" + self.call)


class ByTheApi(TransferTest):
    def test_blind_to_an_agent_with_a_packet(self):
        anna = self.phone("1001", "anna", AGENT_HZ)
        caller, caller_end = self.talking_with_anna()
        ben = self.phone("1002", "ben", BEN_HZ)
        self.act("transfer", kind="agent", to="ben", tried="a restart", notes="is in a hurry")
        self.assert_now_hears(caller_end, BEN_HZ)
        self.assert_now_hears(ben.end, CALLER_HZ)
        self.assertTrue(list(anna.calls.values())[0].ended)
        self.server.wait_agent("anna", "wrap_up")
        self.server.wait_agent("ben", "talking")
        packet = self.server.get("/api/v1/agents/ben")["handoff"]
        self.assertEqual((packet["from"], packet["tried"], packet["notes"]),
                         ("anna", "a restart", "is in a hurry"))
        ben.hang_up(list(ben.calls.values())[0])
        caller.wait()
        self.server.wait_agent("ben", "wrap_up")
        call = self.ended_call()
        self.assertEqual((call["outcome"], call["agent"], call["transfers"]),
                         ("answered", "ben", 1))
        self.assertEqual(call["handoffs"][0]["tried"], "a restart")
        talks = [f["agent"] for f in self.facts_of("talk.ended")]
        self.assertEqual(talks, ["anna", "ben"])

    def test_no_answer_brings_the_caller_back(self):
        self.phone("1001", "anna", AGENT_HZ)
        caller, caller_end = self.talking_with_anna(scenario="caller", hold=14000)
        self.agent("1002", "agent_silent", slug="ben")
        self.act("transfer", kind="number", to="1002")
        self.wait_fact("transfer.returned")
        self.assertEqual(self.facts_of("transfer.failed")[0]["data"]["reason"], "no_answer")
        self.assert_now_hears(caller_end, AGENT_HZ)
        self.server.wait_agent("anna", "talking")
        caller.wait()

    def test_into_a_queue_the_next_agent_takes_him(self):
        self.phone("1001", "anna", AGENT_HZ)
        caller, caller_end = self.talking_with_anna(scenario="caller", hold=6000)
        self.act("transfer", kind="queue", to="desk")
        self.assert_music(caller_end, AGENT_HZ)
        self.phone("1002", None, BEN_HZ)       # who takes him at once
        self.assert_now_hears(caller_end, BEN_HZ)
        caller.wait()
        call = self.ended_call()
        self.assertEqual((call["agent"], call["offers"], call["transfers"]), ("ben", 2, 1))

    def test_consult_swap_and_complete(self):
        anna = self.phone("1001", "anna", AGENT_HZ)
        caller, caller_end = self.talking_with_anna()
        ben = self.phone("1002", "ben", BEN_HZ)
        self.act("consult", kind="agent", to="ben")
        self.assert_now_hears(ben.end, AGENT_HZ)
        self.assert_now_hears(anna.end, BEN_HZ)
        self.assert_music(caller_end, AGENT_HZ, BEN_HZ)
        self.act("consult/swap")
        self.assert_now_hears(caller_end, AGENT_HZ)
        self.assert_music(ben.end, AGENT_HZ, CALLER_HZ)
        self.act("consult/complete")
        self.assert_now_hears(caller_end, BEN_HZ)
        self.assert_now_hears(ben.end, CALLER_HZ)
        self.server.wait_agent("anna", "wrap_up")
        ben.hang_up(list(ben.calls.values())[0])
        caller.wait()
        self.assertEqual(self.ended_call()["transfers"], 1)

    def test_consult_cancelled_leads_back(self):
        self.phone("1001", "anna", AGENT_HZ)
        caller, caller_end = self.talking_with_anna(scenario="caller", hold=7000)
        ben = self.phone("1002", "ben", BEN_HZ)
        self.act("consult", kind="agent", to="ben")
        self.assert_now_hears(ben.end, AGENT_HZ)
        self.act("consult/cancel")
        self.assert_now_hears(caller_end, AGENT_HZ)
        self.server.wait_agent("ben", "ready")
        self.assertTrue(wait_until(lambda: list(ben.calls.values())[0].ended))
        caller.wait()
        self.assertEqual(self.ended_call()["transfers"], 0)


class ByThePhone(TransferTest):
    def test_a_blind_refer(self):
        anna = self.phone("1001", "anna", AGENT_HZ)
        caller, caller_end = self.talking_with_anna()
        ben = self.phone("1002", "ben", BEN_HZ)
        own = list(anna.calls.values())[0]
        self.assertEqual(status(anna.refer(own, "1002")), 202)
        self.assert_now_hears(caller_end, BEN_HZ)
        self.assert_now_hears(ben.end, CALLER_HZ)
        self.assertTrue(wait_until(lambda: own.ended))
        self.assertEqual(own.notified, ["SIP/2.0 100 Trying", "SIP/2.0 200 OK"])
        self.server.wait_agent("anna", "wrap_up")
        ben.hang_up(list(ben.calls.values())[0])
        caller.wait()

    def test_a_refer_to_nobody_leaves_them_together(self):
        anna = self.phone("1001", "anna", AGENT_HZ)
        caller, caller_end = self.talking_with_anna(scenario="caller", hold=4000)
        own = list(anna.calls.values())[0]
        self.assertEqual(status(anna.refer(own, "4711")), 202)
        self.assertTrue(wait_until(lambda: len(own.notified) == 2))
        self.assertEqual(own.notified, ["SIP/2.0 100 Trying", "SIP/2.0 404 Not Found"])
        self.assert_now_hears(caller_end, AGENT_HZ)
        caller.wait()

    def test_an_attended_refer_joins_two_calls(self):
        anna = self.phone("1001", "anna", AGENT_HZ)
        caller, caller_end = self.talking_with_anna()
        ben = self.phone("1002", "ben", BEN_HZ)
        first = list(anna.calls.values())[0]
        second = anna.call("1002")
        self.assert_now_hears(ben.end, AGENT_HZ)
        self.assertEqual(status(anna.refer(first, "1002", replaces=second)), 202)
        self.assert_now_hears(caller_end, BEN_HZ)
        self.assert_now_hears(ben.end, CALLER_HZ)
        self.assertTrue(wait_until(lambda: first.ended and second.ended))
        self.assertEqual(first.notified, ["SIP/2.0 100 Trying", "SIP/2.0 200 OK"])
        self.server.wait_agent("anna", "wrap_up")
        self.server.wait_agent("ben", "talking")
        ben.hang_up(list(ben.calls.values())[0])
        caller.wait()
        call = self.ended_call()
        self.assertEqual((call["agent"], call["transfers"]), ("ben", 1))

    def test_an_invite_takes_the_place_of_a_phone(self):
        anna = self.phone("1001", "anna", AGENT_HZ)
        caller, caller_end = self.talking_with_anna()
        ben = self.phone("1002", "ben", BEN_HZ)
        own = list(anna.calls.values())[0]
        names = (own.call_id, own.tag(own.remote), own.tag(own.local))
        refused = ben.call("1001", "Replaces: %s;to-tag=%s;from-tag=guess\r\n" % names[:2])
        self.assertEqual(status(refused), 481)
        taken = ben.call("1001", "Replaces: %s;to-tag=%s;from-tag=%s\r\nRequire: replaces\r\n"
                         % names)
        self.assert_now_hears(caller_end, BEN_HZ)
        self.assert_now_hears(ben.end, CALLER_HZ)
        self.assertTrue(wait_until(lambda: own.ended))
        self.server.wait_agent("ben", "talking")
        ben.hang_up(taken)
        caller.wait()

    def test_the_transfer_key_of_baresip(self):
        anna = Baresip(self.server, "1001", PASSWORD, hz=AGENT_HZ, answer="auto")
        self.addCleanup(anna.stop)
        self.server.wait_agent("anna", "ready")
        caller, caller_end = self.talking_with_anna()
        ben = self.phone("1002", "ben", BEN_HZ)
        anna.command("transfer", "sip:1002@127.0.0.1:%d" % self.server.sip_port())
        self.assert_now_hears(caller_end, BEN_HZ)
        self.assert_now_hears(ben.end, CALLER_HZ)
        self.server.wait_agent("anna", "wrap_up")
        self.assertIn("transfer.completed", self.server.fact_types(self.call))
        ben.hang_up(list(ben.calls.values())[0])
        caller.wait()


if __name__ == "__main__":
    unittest.main()

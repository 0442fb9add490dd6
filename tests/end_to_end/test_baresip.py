"""A phone that others wrote: baresip as an agent's, over every transport, codec and with SRTP."""
import re
import unittest

import audio
from baresip import Baresip
from rtp import wait_until
from server import PASSWORD
from world import AGENT_HZ, CALLER_HZ, CallTest


class BaresipTest(CallTest):
    settings = {"listen": '"udp 127.0.0.1:0", "tcp 127.0.0.1:0", "tls 127.0.0.1:0"'}

    def phone(self, **options):
        phone = Baresip(self.server, "1001", PASSWORD, hz=AGENT_HZ, **options)
        self.addCleanup(phone.stop)
        self.server.wait_agent("anna", "ready")
        return phone

    def answered_call(self, phone):
        """A caller whom the phone has answered; both speak."""
        caller, caller_end = self.caller("caller_hears_bye")
        phone.wait_log("Incoming call from: Test Caller")
        phone.command("accept")
        self.assert_hears(caller_end, AGENT_HZ, 0.8)
        return caller, caller_end

    def assert_heard_the_caller(self, phone):
        rate, samples = phone.heard()
        self.assertGreater(audio.seconds_of(samples, CALLER_HZ, rate), 0.4)

    def hang_up(self, phone, caller):
        phone.command("hangup")
        caller.wait()                                  # it was told: BYE
        call = self.server.wait_ended()
        self.assertEqual((call["outcome"], call["ended_by"], call["agent"]),
                         ("answered", "agent", "anna"))
        return call

    def talk(self, codec="pcmu", **options):
        phone = self.phone(codec=codec, **options)
        caller, caller_end = self.answered_call(phone)
        call = self.hang_up(phone, caller)
        self.assert_heard_the_caller(phone)
        codecs = {leg["party"]: leg["codec"].lower() for leg in call["legs"]}
        self.assertEqual(codecs, {"caller": "pcmu", "agent": codec})
        return phone, caller_end, call


class Transports(BaresipTest):
    def test_udp(self):
        phone, _, call = self.talk()
        self.assertIn("offer.ringing", self.server.fact_types(call["id"]))
        phone.stop()                                   # it takes its registration back
        self.server.wait_agent("anna", "unreachable")

    def test_tcp(self):
        self.talk(transport="tcp")

    def test_tls(self):
        self.talk(transport="tls")

    def test_a_phone_that_answers_by_itself(self):
        self.phone(answer="auto")
        caller, caller_end = self.caller(hold=1500)
        self.assert_hears(caller_end, AGENT_HZ, 0.5)
        caller.wait()
        self.assertEqual(self.server.wait_ended()["ended_by"], "caller")

    def test_a_phone_that_declines(self):
        phone = self.phone()
        self.caller(hold=5000)
        phone.wait_log("Incoming call from: Test Caller")
        phone.command("hangup")
        self.assertTrue(wait_until(lambda: "offer.failed" in self.server.fact_types(
            self.server.newest_call()["id"])))
        self.assertEqual(self.server.newest_call()["outcome"], "in_progress")


class Codecs(BaresipTest):
    def test_g722_is_transcoded(self):
        self.talk(codec="g722")

    def test_opus_is_transcoded(self):
        self.talk(codec="opus")


class Secure(BaresipTest):
    def test_srtp_that_the_phone_insists_on(self):
        phone, _, call = self.talk(srtp="srtp-mand")
        self.assertRegex(phone.log(), "SRTP is Enabled")
        self.assertEqual(call["offers_missed"], 0)     # refused at first, and asked again

    def test_srtp_that_the_phone_takes_when_it_is_offered(self):
        phone, _, _ = self.talk(srtp="srtp")
        self.assertRegex(phone.log(), "SRTP is Enabled")

    def test_srtp_with_opus_over_tls(self):
        phone, _, _ = self.talk(codec="opus", transport="tls", srtp="srtp-mand")
        self.assertRegex(phone.log(), "SRTP is Enabled")


class Holding(BaresipTest):
    settings = dict(BaresipTest.settings, listen='"udp 127.0.0.1:0"')

    def test_hold_brings_music_and_resume_the_agent(self):
        for codec, srtp in (("pcmu", None), ("opus", "srtp-mand")):
            with self.subTest(codec=codec, srtp=srtp):
                phone = self.phone(codec=codec, srtp=srtp)
                caller, caller_end = self.answered_call(phone)
                call = self.server.newest_call()["id"]
                phone.command("hold")
                self.wait_fact(call, "hold.started")
                caller_end.forget()
                self.assertTrue(caller_end.wait_for_audio(0.8))
                heard = caller_end.heard()[1600:]
                self.assertGreater(audio.loudness(heard), 50)
                self.assertLess(audio.seconds_of(heard, AGENT_HZ), 0.1)
                phone.command("resume")
                self.wait_fact(call, "hold.ended")
                caller_end.forget()
                self.assert_hears(caller_end, AGENT_HZ, 0.5)
                self.assertGreater(self.hang_up(phone, caller)["hold_ms"], 300)
                phone.stop()
                self.server.wait_agent("anna", "unreachable")

    def test_hold_by_the_api_is_a_reoffer_that_the_phone_takes(self):
        phone = self.phone(codec="opus", srtp="srtp-mand")
        caller, caller_end = self.answered_call(phone)
        call = self.server.newest_call()["id"]
        for verb in ("hold", "resume"):
            status, _, body = self.server.request("POST", "/api/v1/calls/%s/%s" % (call, verb))
            self.assertEqual(status, 204, body)
            self.wait_fact(call, "hold.started" if verb == "hold" else "hold.ended")
        caller_end.forget()
        self.assert_hears(caller_end, AGENT_HZ, 0.5)
        self.hang_up(phone, caller)
        refused = [line["summary"] for line in
                   self.server.get("/api/v1/calls/%s/ladder" % call)["data"]
                   if re.match("[45]", line["summary"])]
        self.assertEqual(refused, ["488 INVITE"])      # our plain offer, and no later one

    def wait_fact(self, call, kind):
        self.assertTrue(wait_until(lambda: kind in self.server.fact_types(call)),
                        self.server.fact_types(call))


if __name__ == "__main__":
    unittest.main()

"""Called back over real SIP: the promise, a kill -9 between it and its keeping, the two phones that
ring; a dropped caller who finds his place again; and a call that an agent asks for."""
from rtp import wait_until
from server import PASSWORD, command
from sipp import free_port
from world import AGENT_HZ, CALLER_HZ, CallTest

CALLER = "+4930123456"           # as the scenarios say


class Called(CallTest):
    def setUp(self):
        self.person_port = free_port()
        self.settings = {
            "trunks": "    loopback: {addresses: [127.0.0.0/8], trusted: yes}\n"
                      "  outbound: {to: \"sip:${number}@127.0.0.1:%d\", allowed: [\"+49\"],\n"
                      "             caller_id: \"+49301000\"}" % self.person_port,
            "record": "no\n      resume_within: 2m\n"
                      "      callback: {retry_after: 10s, ring: 10s}"}
        super().setUp()

    def person(self, scenario="agent_answers"):
        """The phone at the caller's number, who speaks 440 Hz."""
        end = self.rtp(CALLER_HZ)
        phone = self.sipp(scenario, target=None, user=CALLER, port=self.person_port,
                          keys={"rtp_port": end.port, "ring": 200, "hold": 2500})
        end.aim_by(phone.media_address)
        return phone, end

    def callbacks(self):
        return self.server.get("/api/v1/callbacks")["data"]

    def wait_for(self, kind, limit=10):
        def there():
            calls = self.server.calls()
            return calls and kind in self.server.fact_types(calls[0]["id"])
        self.assertTrue(wait_until(there, limit), kind)

    def promise(self):
        """A caller asks to be called back at his own number, and is told goodbye."""
        caller, end = self.caller("caller_hears_bye")
        self.wait_for("queue.entered")
        self.assertTrue(wait_until(lambda: end.aim is not None and caller.media_address()))
        end.press("1")
        self.wait_for("digit.pressed")
        end.press("1")
        self.wait_for("callback.promised")
        caller.wait()
        return self.server.wait_ended()

    def test_the_promise_outlives_a_kill_and_the_two_are_connected_once(self):
        promised = self.promise()
        self.assertEqual((promised["outcome"], promised["callback"]), ("callback", "promised"))
        before = self.callbacks()
        self.assertEqual([(c["number"], c["state"], c["position"]) for c in before],
                         [(CALLER, "waiting", 1)])
        self.server.kill()
        self.server.start()
        after = self.callbacks()
        self.assertEqual([c["id"] for c in after], [c["id"] for c in before])
        self.assertEqual(after[0]["since"][:19], before[0]["since"][:19])
        status, told = command("callbacks", server=self.server)
        self.assertEqual(status, 0, told)
        self.assertIn(CALLER, told)

        person, person_end = self.person("agent_hangs_up")
        agent, agent_end = self.agent("1001", ring=200)
        self.assert_hears(agent_end, CALLER_HZ, 0.5, limit=20)
        self.assert_hears(person_end, AGENT_HZ, 0.5)
        person.wait()
        agent.wait()
        self.assertEqual(agent.received(r"From: .*?<sip:([^@]*)@")[0], CALLER)
        self.assertEqual(person.received(r"From: .*?<sip:([^@]*)@")[0], "+49301000")
        made = self.server.wait_ended()
        self.assertEqual((made["direction"], made["callback"], made["outcome"], made["agent"]),
                         ("callback", "reached", "answered", "anna"))
        self.assertEqual(made["turn"], promised["turn"])
        self.assertEqual(self.callbacks(), [])
        self.assert_in_order(["call.placed", "offer.made", "callback.attempted",
                              "callback.reached", "agent.answered", "callback.ended",
                              "talk.ended", "call.ended"], self.server.fact_types(made["id"]))
        ended = [f for f in self.server.facts(made["id"]) if f["type"] == "callback.ended"][0]
        self.assertEqual(ended["data"]["how"], "served")
        self.assertGreater(ended["data"]["wait_ms"], 1000)     # all of it, the kill included

    def test_who_is_busy_is_called_later_and_may_be_cancelled(self):
        self.promise()
        person, _ = self.person("agent_busy")
        agent, _ = self.agent("1001", ring=200)
        self.assertTrue(wait_until(lambda: [c["state"] for c in self.callbacks()] == ["resting"],
                                   20), self.callbacks())
        person.wait()
        agent.wait()
        self.server.wait_agent("anna", "ready")
        callback = self.callbacks()[0]
        self.assertEqual(callback["attempts"], 1)
        self.assertIsNotNone(callback["again_at"])
        status, told = command("callbacks", "cancel", callback["id"], server=self.server)
        self.assertEqual(status, 0, told)
        self.assertEqual(self.callbacks(), [])
        status, _, problem = self.server.request(
            "POST", "/api/v1/callbacks/%s/now" % callback["id"])
        self.assertEqual(status, 404, problem)

    def test_a_dropped_caller_finds_his_place_again_also_after_a_kill(self):
        caller, _ = self.caller(hold=500)
        caller.wait()
        first = self.server.wait_ended()
        self.assertEqual(first["outcome"], "abandoned")
        self.assertIn("turn.held", self.server.fact_types(first["id"]))
        self.caller("caller_hears_bye")
        self.wait_for("turn.resumed")
        self.assertEqual(self.server.calls()[0]["turn"], first["turn"])
        self.server.kill()               # cut off a second time, by us
        self.server.start()
        caller, _ = self.caller(hold=500)
        self.wait_for("turn.resumed")
        caller.wait()
        self.assertEqual(self.server.wait_ended()["turn"], first["turn"])

    def test_an_agent_asks_for_a_call(self):
        person, person_end = self.person("agent_hangs_up")
        agent, agent_end = self.agent("1001", slug="anna", ring=200)
        status, _, call = self.server.request("POST", "/api/v1/calls",
                                              {"agent": "anna", "number": "+49 30 123456"})
        self.assertEqual(status, 200, call)
        self.assert_hears(agent_end, CALLER_HZ, 0.5)
        self.assert_hears(person_end, AGENT_HZ, 0.5)
        person.wait()
        agent.wait()
        made = self.server.wait_ended()
        self.assertEqual((made["id"], made["direction"], made["number"]),
                         (call["id"], "click", CALLER))
        for number in ("+15551234", "0900123456", "sip:x@y", "1001"):
            status, _, problem = self.server.request("POST", "/api/v1/calls",
                                                     {"agent": "anna", "number": number})
            self.assertEqual(status, 400, (number, problem))

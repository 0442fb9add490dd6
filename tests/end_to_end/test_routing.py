"""Who gets the call, over real SIP: skills, rules that relax, phones that ring together, and why."""
from rtp import wait_until
from server import PASSWORD, command
from world import AGENT_HZ, CallTest


class Skills(CallTest):
    settings = {
        "record": "no\n      requires: skill.billing >= 5\n"
                  "      relax: [{after: 4s, requires: skill.billing >= 3}]",
        "anna": "password: %s, skills: {billing: 8}, languages: [de]" % PASSWORD,
        "ben": "password: %s, skills: {billing: 3}" % PASSWORD}

    def test_the_rule_relaxes_and_every_decision_is_explained(self):
        self.agent("1002", slug="ben")
        caller, caller_end = self.caller(hold=9000)
        self.assertTrue(wait_until(lambda: self.server.calls()))
        call = self.server.calls()[0]["id"]
        why = lambda: self.server.get("/api/v1/calls/%s/why" % call)
        self.assertTrue(wait_until(lambda: why()["waiting"] is not None))
        waiting = why()["waiting"]
        self.assertEqual((waiting["queue"], waiting["requires"], waiting["able"]),
                         ("desk", "skill.billing >= 5", 1))
        self.assertGreater(waiting["changes_in_ms"], 0)
        self.assertEqual(self.server.agent_state("ben"), "ready")
        status, told = command("why", call, server=self.server)
        self.assertEqual(status, 0, told)
        self.assertIn("ben does not meet skill.billing >= 5; has billing 3.", told)
        self.assertIn("anna is signed out.", told)
        self.assertIn("it will ask for skill.billing >= 3.", told)

        self.assert_hears(caller_end, AGENT_HZ, 0.5)             # after four seconds
        decision = why()["decisions"][0]
        self.assertEqual((decision["agent"], decision["requires"], decision["outcome"]),
                         ("ben", "skill.billing >= 3", "answered"))
        self.assertGreaterEqual(decision["waited_ms"], 4000)
        self.assertLess(decision["waited_ms"], 4500)             # by a timer, not by polling
        self.assertEqual(decision["others"], [{"agent": "anna", "state": "signed_out"}])
        caller.wait()
        self.assertEqual(self.server.wait_ended()["agent"], "ben")
        status, told = command("why", call, server=self.server)  # also when it is over
        self.assertEqual(status, 0, told)
        self.assertIn("Of 2 agents of the queue desk, 2 may take it (skill.billing >= 3)", told)
        self.assertIn("ben answered", told)

    def test_the_able_agent_is_rung_although_another_is_idle_for_longer(self):
        self.agent("1002", slug="ben")
        self.agent("1001", slug="anna")
        caller, caller_end = self.caller(hold=2500)
        self.assert_hears(caller_end, AGENT_HZ, 0.5)
        caller.wait()
        self.assertEqual(self.server.wait_ended()["agent"], "anna")


class RingAll(CallTest):
    settings = {"record": "no\n      strategy: ring_all"}

    def test_both_ring_the_first_has_the_call_and_the_other_is_told_who_was_quicker(self):
        self.agent("1001", slug="anna", ring=600)
        slow, _ = self.agent("1002", "agent_silent", slug="ben")
        caller, caller_end = self.caller(hold=3000)
        self.assert_hears(caller_end, AGENT_HZ, 0.5)
        slow.wait()
        self.assertEqual(slow.received(r"Reason: (.*)"),
                         ['SIP;cause=200;text="Call completed elsewhere"'])
        self.server.wait_agent("ben", "ready")
        caller.wait()
        call = self.server.wait_ended()
        self.assertEqual((call["agent"], call["offers"], call["offers_missed"]), ("anna", 2, 0))
        withdrawn = [f for f in self.server.facts(call["id"]) if f["type"] == "offer.withdrawn"]
        self.assertEqual([f["data"]["reason"] for f in withdrawn], ["answered_elsewhere"])

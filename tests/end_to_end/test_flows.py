"""Flows that compute, over real SIP: schedule, gathered digits, a PIN, a condition, priority."""
import json
import subprocess
import tempfile
import unittest
from pathlib import Path

from rtp import wait_until
from server import BUILD
from world import AGENT_HZ, CALLER_HZ, CallTest

BUSINESS = """
  variables: {account: "", card: {start: "", secret: yes}}
  hours:
    always: {weekdays: 00:00-24:00, weekend: 00:00-24:00}
    never: {weekdays: closed, weekend: closed}
    holidays:
      weekdays: 00:00-24:00
      overrides: [{from: 2020-01-01, to: 2090-01-01, open: no, reason: burst pipe}]
"""

FLOWS = """
    account:
      start: door
      zero: people
      nodes:
        door: {schedule: always, open: ask, closed: bye}
        ask:
          gather: account
          prompt: Please key your account number.
          invalid: No.
          min: 4
          max: 6
          timeout: 3s
          check: starts_with(account, "47")
          next: who
          no_answer: bye
        who:
          verify: Please key your PIN.
          wrong: Wrong.
          pin: if(account == "4711", "1234", "")
          timeout: 3s
          tries: 2
          verified: worth
          failed: bye
          unknown: bye
        worth: {priority: "if(caller.verified, 20, 0)", value: 99.5, next: way}
        way:
          if: {when: caller.verified and account == "4711", go: people}
          else: bye
        people: {queue: desk, next: bye}
        bye: {hang_up: {tone: 350, for: 200ms}}
    closed:
      start: door
      nodes:
        door: {schedule: never, open: people, closed: bye}
        people: {queue: desk, next: bye}
        bye: {hang_up: {tone: 620, for: 1s}}
    pipe:
      start: door
      nodes:
        door: {schedule: holidays, open: people, closed: bye}
        people: {queue: desk, next: bye}
        bye: {hang_up: {tone: 620, for: 1s}}
"""


class Flows(CallTest):
    settings = {"business": BUSINESS, "flows": FLOWS,
                "numbers": ', "5550105": account, "5550106": closed, "5550107": pipe'}

    def facts(self, kind):
        call = self.server.calls()[0]["id"]
        return [f["data"] for f in self.server.facts(call) if f["type"] == kind]

    def test_account_and_pin_bring_a_verified_caller_to_an_agent(self):
        _, agent_end = self.agent("1001", slug="anna")
        caller, caller_end = self.caller(number="5550105", hold=15000)
        self.assertTrue(caller_end.wait_for_audio(0.5))
        caller_end.press("4711#")
        self.wait_node("who")
        caller_end.press("1234")
        self.assert_hears(caller_end, AGENT_HZ, 0.5)
        self.assert_hears(agent_end, CALLER_HZ, 0.5)
        live = self.server.get("/api/v1/live")["calls"][0]
        self.assertEqual((live["verified"], live["priority"], live["value"]),
                         ("verified", 20, 99.5))
        self.assertEqual([f["branch"] for f in self.facts("branch.taken")], ["open", "1"])
        self.assertEqual(self.facts("variable.set"),
                         [{"node": "ask", "name": "account", "value": "4711"}])
        self.assertEqual(self.facts("caller.verified"),
                         [{"node": "who", "result": "verified", "tries": 1}])
        pressed = self.facts("digit.pressed")
        self.assertEqual("".join(f["digit"] for f in pressed if f["node"] == "ask"), "4711#")
        of_pin = [f for f in pressed if f["node"] == "who"]
        self.assertEqual(of_pin, [{"node": "who"}] * 4)       # that they were, not which
        self.assertEqual(self.facts("queue.entered")[0]["priority"], 20)
        caller.wait()
        self.assertEqual(self.server.wait_ended()["outcome"], "answered")

    def test_a_wrong_account_and_two_wrong_pins_lead_to_goodbye(self):
        caller, caller_end = self.caller("caller_hears_bye", number="5550105")
        self.assertTrue(caller_end.wait_for_audio(0.3))
        caller_end.press("1111#")                              # the check says no
        self.assertTrue(wait_until(lambda: len(self.facts("digit.pressed")) == 5))
        caller_end.press("4711#")
        self.wait_node("who")
        caller_end.press("9999")
        self.assertTrue(wait_until(lambda: len(self.facts("digit.pressed")) == 14))
        caller_end.press("12#")
        caller.wait()
        self.server.wait_ended()
        self.assertEqual(self.facts("caller.verified"),
                         [{"node": "who", "result": "failed", "tries": 2}])
        self.assertEqual(self.facts("node.entered")[-1]["node"], "bye")

    def test_the_closed_door_and_the_override_say_so(self):
        for number, branch in (("5550106", "closed"), ("5550107", "closed: burst pipe")):
            with self.subTest(number):
                caller, caller_end = self.caller("caller_hears_bye", number=number)
                self.assert_hears(caller_end, 620, 0.5)
                caller.wait()
                self.server.wait_ended()
                self.assertEqual(self.facts("branch.taken"), [{"node": "door", "branch": branch}])


class WithoutAServer(unittest.TestCase):
    """`firstring flow` reads a file and nothing else."""

    def flow(self, command, yaml, *options):
        with tempfile.TemporaryDirectory(prefix="firstring-test-") as folder:
            file = Path(folder) / "test.yaml"
            file.write_text(yaml)
            run = subprocess.run([BUILD / "programs/firstring/firstring", "flow", command, file,
                                  "--json", *options], capture_output=True, text=True, timeout=60)
            return run.returncode, json.loads(run.stdout)

    BUSINESS = """
business:
  slug: shop
  zone: Europe/Berlin
  hours: {open: {weekdays: 09:00-17:00}}
  numbers: {"100": main}
  flows:
    main:
      start: door
      zero: people
      nodes:
        door: {schedule: open, open: menu, closed: bye}
        menu: {menu: Press 1., keys: {1: people}, no_answer: people}
        people: {queue: desk}
        bye: {hang_up: We are closed.}
      tests:
        - {name: by day, at: 2026-11-23 10:00, ready: [anna],
           steps: [{presses: 1}, {talks_to: anna}]}
        - {name: by night, at: 2026-11-23 20:00, steps: [{hears: closed}, {ends: yes}]}
  queues: {desk: {}}
  agents: {anna: {extension: "1001", password: secret, queues: [desk]}}
"""

    def test_stored_tests_pass_or_say_what_happened_instead(self):
        status, result = self.flow("test", self.BUSINESS)
        self.assertEqual((status, result["passed"], result["failed"]), (0, 2, 0))
        status, result = self.flow("test", self.BUSINESS.replace("20:00, steps", "12:00, steps"))
        self.assertEqual((status, result["passed"], result["failed"]), (1, 1, 1))
        failure = result["tests"][1]["failure"]
        self.assertEqual((failure["step"], failure["line"]), (1, 19))
        self.assertIn('expected hears "closed", found', failure["reason"])

    def test_findings_have_their_place_and_set_the_exit_status(self):
        status, result = self.flow("validate", self.BUSINESS, "--strict")
        self.assertEqual((status, result["findings"]), (0, []))
        silent = self.BUSINESS.replace(", no_answer: people", "")
        status, result = self.flow("validate", silent)
        self.assertEqual([(f["rule"], f["severity"], f["line"]) for f in result["findings"]],
                         [("dead_end", "warning", 13)])
        self.assertEqual(status, 0)
        self.assertEqual(self.flow("validate", silent, "--strict")[0], 2)
        trap = self.BUSINESS.replace("      zero: people\n", "").replace("people,", "bye,") \
            .replace("1: people", "1: bye").replace("no_answer: people", "no_answer: bye")
        status, result = self.flow("validate", trap)
        self.assertEqual(status, 2)
        self.assertIn("no_person", [f["rule"] for f in result["findings"]])
        status, result = self.flow("validate", "business: {slug: x, flowz: 1}")
        self.assertEqual((status, result["valid"]), (2, False))


if __name__ == "__main__":
    unittest.main()

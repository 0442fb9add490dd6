"""Several who hear each other, over real SIP: a supervisor in a talk, and a conference of three."""
import re
import unittest

import audio
from rtp import wait_until
from server import PASSWORD
from world import AGENT_HZ, CALLER_HZ, CallTest

SUPERVISOR_HZ, THIRD_HZ = 1100, 1900


def shares(end, *tones):
    """How much of the last 0.4 s that were heard is at each tone."""
    heard = end.heard()[-3200:]
    return [audio.share_of(heard, hz) for hz in tones]


class PartiesTest(CallTest):
    def post(self, path, body=None, expect=204):
        status, _, answer = self.server.request("POST", path, body)
        self.assertEqual(status, expect, answer)

    def wait_fact(self, call, kind, count=1):
        self.assertTrue(wait_until(lambda: self.server.fact_types(call).count(kind) >= count),
                        self.server.fact_types(call))

    def assert_only(self, end, *tones):
        """From now on `end` hears these tones, about equally loud, and nothing else."""
        every = (CALLER_HZ, AGENT_HZ, SUPERVISOR_HZ, THIRD_HZ)

        def reached():
            end.forget()
            if not end.wait_for_audio(0.5):
                return False
            found = dict(zip(every, shares(end, *every)))
            return all(found[hz] > 0.7 / len(tones) if hz in tones else found[hz] < 0.01
                       for hz in every)
        self.assertTrue(wait_until(reached, 8), "hears %s, not %s" % (
            dict(zip(every, shares(end, *every))), tones))


class Supervision(PartiesTest):
    settings = {"record": "yes",
                "ben": "password: %s, supervises: [desk], ready_on_register: no" % PASSWORD}

    def setUp(self):
        super().setUp()
        _, self.anna = self.agent("1001", slug="anna")
        self.sip_caller, self.customer = self.caller("caller_hears_bye")
        self.assert_hears(self.customer, AGENT_HZ, 0.5)
        self.call = self.server.newest_call()["id"]
        self.path = "/api/v1/calls/%s/supervise" % self.call
        self.ben = self.rtp(SUPERVISOR_HZ)
        self.phone, _ = self.agent("1002", end=self.ben, ring=100)
        self.server.wait_agent("ben", "away")

    def supervise(self, mode, expect=204):
        self.post(self.path, {"agent": "ben", "mode": mode, "reason": "coaching"}, expect)

    def end_call(self):
        self.post("/api/v1/calls/%s/hang_up" % self.call)
        self.sip_caller.wait()
        return self.server.wait_ended()

    def ladder(self):
        return self.server.get("/api/v1/calls/%s/ladder" % self.call)["data"]

    def test_listen_whisper_and_barge(self):
        before = [line["summary"] for line in self.ladder()]
        self.customer.forget()
        self.supervise("listen")
        self.wait_fact(self.call, "supervision.started")
        self.assert_only(self.ben, CALLER_HZ, AGENT_HZ)
        live = self.server.get("/api/v1/calls/" + self.call)["live"]
        self.assertEqual((live["stage"], live["supervisor"], live["supervision"]),
                         ("talking", "ben", "listen"))
        self.supervise("whisper")
        self.assert_only(self.anna, CALLER_HZ, SUPERVISOR_HZ)

        # Until here the customer has not noticed: no packet is missing, late, or other than hers.
        heard = list(self.customer.packets)
        steps = [(b[1] - a[1]) & 0xFFFF for a, b in zip(heard, heard[1:])]
        stamps = [(b[2] - a[2]) & 0xFFFFFFFF for a, b in zip(heard, heard[1:])]
        self.assertEqual((set(steps), set(stamps)), ({1}, {160}))
        self.assertLess(audio.share_of(self.customer.heard(), SUPERVISOR_HZ), 0.001)
        self.assert_only(self.customer, AGENT_HZ)
        # Nor have the two phones: no offer went to either.
        later = [line["summary"] for line in self.ladder()][len(before):]
        self.assertEqual(sum(1 for line in later if re.match("(INVITE|UPDATE)$", line)), 1, later)

        self.supervise("barge")
        self.assert_only(self.customer, AGENT_HZ, SUPERVISOR_HZ)
        self.assert_only(self.anna, CALLER_HZ, SUPERVISOR_HZ)
        self.assert_only(self.ben, CALLER_HZ, AGENT_HZ)
        self.supervise("listen")
        self.assert_only(self.customer, AGENT_HZ)
        self.assert_only(self.anna, CALLER_HZ)

        call = self.end_call()
        self.phone.wait()                                      # he was told: BYE
        self.assertEqual((call["outcome"], call["agent"]), ("answered", "anna"))
        legs = {leg["party"]: leg["agent"] for leg in call["legs"]}
        self.assertEqual(legs, {"caller": None, "agent": None, "supervisor": "ben"})
        told = [(f["type"], f["agent"], f["data"].get("mode"), f["data"].get("why"))
                for f in self.server.facts(call["id"]) if f["type"].startswith("supervision.")]
        self.assertEqual(told, [("supervision.asked", "ben", "listen", "coaching"),
                                ("supervision.started", "ben", "listen", None),
                                ("supervision.changed", "ben", "whisper", "coaching"),
                                ("supervision.changed", "ben", "barge", "coaching"),
                                ("supervision.changed", "ben", "listen", "coaching"),
                                ("supervision.ended", "ben", None, None)])
        self.assert_recording_knows_nothing()

    def assert_recording_knows_nothing(self):
        self.wait_fact(self.call, "recording.stopped")
        path = next((self.server.data / "recordings").glob("*.wav"))
        rate, (left, right) = audio.read_wav(path)
        self.assertGreater(audio.seconds_of(left, CALLER_HZ, rate), 2.0)
        self.assertGreater(audio.seconds_of(right, AGENT_HZ, rate), 2.0)
        for side in (left, right):
            self.assertLess(audio.share_of(side, SUPERVISOR_HZ, rate), 0.001)

    def test_on_hold_the_customer_hears_music_and_no_supervisor(self):
        self.supervise("barge")
        self.assert_only(self.customer, AGENT_HZ, SUPERVISOR_HZ)
        self.post("/api/v1/calls/%s/hold" % self.call)
        self.wait_fact(self.call, "hold.started")
        self.assert_only(self.anna, SUPERVISOR_HZ)
        self.assert_only(self.ben, AGENT_HZ)
        self.customer.forget()
        self.assertTrue(self.customer.wait_for_audio(0.6))
        self.assertGreater(audio.loudness(self.customer.heard()), 50)
        for share in shares(self.customer, SUPERVISOR_HZ, AGENT_HZ):
            self.assertLess(share, 0.05)
        self.post("/api/v1/calls/%s/resume" % self.call)
        self.assert_only(self.customer, AGENT_HZ, SUPERVISOR_HZ)
        self.post(self.path + "/stop")
        self.phone.wait()
        self.assert_only(self.customer, AGENT_HZ)
        self.server.wait_agent("ben", "away")
        self.assertEqual(self.end_call()["outcome"], "answered")

    def test_it_is_denied_to_an_agent_who_may_not(self):
        status, _, answer = self.server.request(
            "POST", self.path, {"agent": "anna", "mode": "listen"})
        self.assertEqual(status, 409, answer)                  # nobody supervises himself
        self.supervise("listen")
        status, _, answer = self.server.request(
            "POST", self.path, {"agent": "anna", "mode": "barge"})
        self.assertEqual(status, 409, answer)
        self.end_call()


class Conference(PartiesTest):
    settings = {"numbers": ', "5550700": {room: standup}',
                "business": "  rooms: {standup: {name: Stand-up, announce: no}}"}

    def test_three_callers_hear_the_two_others(self):
        tones = (CALLER_HZ, AGENT_HZ, THIRD_HZ)
        parties = []
        for hz in tones:
            caller, end = self.caller("caller_hears_bye", number="5550700", end=self.rtp(hz))
            parties.append((caller, end))
            self.assertTrue(wait_until(lambda: len(self.members()) == len(parties)))
        for (_, end), own in zip(parties, tones):
            self.assert_only(end, *(hz for hz in tones if hz != own))

        calls = [member["call"] for member in self.members()]
        room = "/api/v1/conferences/standup"
        self.post("%s/members/%s/mute" % (room, calls[0]))
        self.assert_only(parties[1][1], THIRD_HZ)
        self.assert_only(parties[0][1], AGENT_HZ, THIRD_HZ)    # and he goes on hearing
        self.post("%s/members/%s/unmute" % (room, calls[0]))
        self.assert_only(parties[1][1], CALLER_HZ, THIRD_HZ)

        self.post("%s/members/%s/remove" % (room, calls[2]))
        parties[2][0].wait()                                   # hung up: the flow ends there
        self.assert_only(parties[0][1], AGENT_HZ)
        self.assertEqual([m["call"] for m in self.members()], calls[:2])
        self.assertEqual(self.server.fact_types(calls[2])[-3:],
                         ["leg.ended", "leg.measured", "call.ended"])
        self.assertIn("conference.left", self.server.fact_types(calls[2]))

        self.post(room + "/lock")
        late, _ = self.caller("caller_hears_bye", number="5550700")
        late.wait()                                            # not let in
        self.assertEqual(len(self.members()), 2)
        for call in calls[:2]:
            self.post("/api/v1/calls/%s/hang_up" % call)
        self.assertTrue(wait_until(lambda: not self.members()))

    def members(self):
        return self.server.get("/api/v1/conferences/standup")["members"]


class ConferenceWithPin(PartiesTest):
    settings = {"numbers": ', "5550700": {room: board, prompt: {tone: 350, for: 100ms}}',
                "business": '  rooms: {board: {pin: "4711", moderator_pin: "9090",'
                            ' announce: no}}'}

    def test_the_room_waits_with_music_for_its_moderator(self):
        _, member = self.caller("caller_hears_bye", number="5550700")
        self.assertTrue(member.wait_for_audio(0.1))
        for digit in "4711":
            member.press(digit)
        room = lambda: self.server.get("/api/v1/conferences/board")
        self.assertTrue(wait_until(lambda: len(room()["members"]) == 1))
        self.assertFalse(room()["open"])
        member.forget()
        self.assertTrue(member.wait_for_audio(0.5))
        self.assertGreater(audio.loudness(member.heard()), 50)
        _, moderator = self.caller("caller_hears_bye", number="5550700", end=self.rtp(AGENT_HZ))
        self.assertTrue(moderator.wait_for_audio(0.1))
        for digit in "9090":
            moderator.press(digit)
        self.assertTrue(wait_until(lambda: room()["open"]))
        self.assert_only(member, AGENT_HZ)
        self.assert_only(moderator, CALLER_HZ)
        self.assertEqual([m["moderator"] for m in room()["members"]], [False, True])
        pins = [f for m in room()["members"] for f in self.server.facts(m["call"])
                if f["type"] == "digit.pressed" and "digit" in f["data"]]
        self.assertEqual(pins, [])                             # no fact holds a digit of a PIN


if __name__ == "__main__":
    unittest.main()

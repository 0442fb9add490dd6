"""From the start to the end of the server, well-bred and by force: nothing acknowledged is lost."""
import signal
import socket
import subprocess
import time
import unittest

from raw_sip import SDP, RawSip, header, status
from rtp import wait_until
from server import BUILD, PASSWORD, Firstring
from sipp import free_port
from watcher import Watcher
from world import AGENT_HZ, CALLER_HZ, CallTest


class LifeTest(CallTest):
    def watch(self, **options):
        watcher = Watcher(self.server, **options)
        self.addCleanup(watcher.close)
        return watcher

    def raw(self):
        raw = RawSip(self.server.sip_port())
        self.addCleanup(raw.close)
        return raw

    def phone(self, extension, scenario="agent_answers", calls=1, ring=200, hold=500, contacts=()):
        """As agent(), for several calls, and with further contacts registered before its own."""
        end = self.rtp(AGENT_HZ)
        phone = self.sipp(scenario, target=None, user=extension, calls=calls,
                          keys={"rtp_port": end.port, "ring": ring, "hold": hold})
        end.aim_by(phone.media_address)
        for port in (*contacts, phone.port):
            self.register(extension, port)
        return phone, end

    def newest(self):
        return self.server.newest_call()

    def wait_fact_of(self, call, kind, limit=10):
        self.assertTrue(wait_until(lambda: kind in self.server.fact_types(call), limit),
                        "no %s in %s" % (kind, self.server.fact_types(call)))

    def assert_books_balance(self):
        kpis = self.server.get("/api/v1/kpis")
        for queue in kpis["queues"]:
            self.assertEqual(queue["offered"], queue["answered"] + queue["abandoned"] +
                             queue["flow_out"] + queue["waiting"], queue)
        calls = kpis["calls"]
        self.assertEqual(calls["received"], calls["ended"] + calls["in_progress"], calls)
        return kpis

    def assert_nobody_is_stuck(self):
        for agent in self.server.get("/api/v1/agents")["data"]:
            self.assertIn(agent["state"], ("ready", "away", "unreachable", "signed_out"), agent)
            self.assertIsNone(agent["call"], agent)
        self.assertEqual([c["id"] for c in self.server.calls() if c["outcome"] == "in_progress"],
                         [])
        self.assertEqual(self.server.get("/api/v1/live")["calls"], [])


class Stopping(LifeTest):
    settings = {"drain": "20s", "record": "yes"}

    def test_ctrl_c_without_a_call_ends_at_once(self):
        began = time.monotonic()
        self.assertEqual(self.server.stop(), 0)
        self.assertLess(time.monotonic() - began, 4)   # it waits for nobody

    def test_running_calls_finish_and_new_ones_are_refused(self):
        self.agent("1001", slug="anna")
        caller, caller_end = self.caller(hold=4000)
        self.assert_hears(caller_end, AGENT_HZ, 0.3)
        stranger = self.raw()
        self.server.process.send_signal(signal.SIGINT)
        self.assertTrue(wait_until(lambda: "1 call in progress" in self.server.log()))
        began = time.monotonic()
        refusal = stranger.ask(stranger.request("INVITE", "5550101", body=SDP % 9))
        self.assertLess(time.monotonic() - began, 1)
        self.assertEqual(status(refusal), 503, refusal)
        self.assertRegex(header(refusal, "Retry-After") or "", r"^\d+")
        caller_end.forget()
        self.assert_hears(caller_end, AGENT_HZ, 0.5)   # the running call goes on
        caller.wait()                                  # until its own end
        self.assertEqual(self.server.process.wait(20), 0)

    def test_a_second_ctrl_c_stops_at_once(self):
        caller, end = self.caller("caller_hears_bye", number="600")
        self.assert_hears(end, CALLER_HZ, 0.2)
        self.server.process.send_signal(signal.SIGINT)
        self.assertTrue(wait_until(lambda: "1 call in progress" in self.server.log()))
        self.server.process.send_signal(signal.SIGINT)
        self.assertEqual(self.server.process.wait(10), 0)
        self.server.start()
        call = self.server.wait_ended()
        self.assertEqual(call["end_reason"], "restart")
        self.assert_nobody_is_stuck()

    def test_a_restart_keeps_calls_recordings_and_figures(self):
        self.agent("1001", slug="anna")
        caller, caller_end = self.caller(hold=1500)
        self.assert_hears(caller_end, AGENT_HZ, 0.3)
        caller.wait()
        call = self.server.wait_ended()
        rows = lambda: self.server.get("/api/v1/recordings")["data"]
        self.assertTrue(wait_until(lambda: rows() and rows()[0]["state"] == "complete"))
        one = lambda: self.server.get("/api/v1/calls/" + call["id"])
        self.assertTrue(wait_until(lambda: one()["closed"]))
        call = one()
        facts, recordings = self.server.facts(call["id"]), rows()
        sound = self.server.request("GET", recordings[0]["audio_url"])[2]
        queues = self.assert_books_balance()["queues"]
        self.assertEqual(self.server.stop(), 0)
        self.server.start()
        self.assertEqual(self.server.get("/api/v1/calls/" + call["id"]), call)
        self.assertEqual(self.server.facts(call["id"]), facts)
        self.assertEqual(rows(), recordings)
        self.assertEqual(self.server.request("GET", recordings[0]["audio_url"])[2], sound)
        self.assertEqual(self.assert_books_balance()["queues"], queues)


class DrainLimit(LifeTest):
    settings = {"drain": "1s"}

    def test_a_call_that_does_not_end_is_hung_up(self):
        phone, _ = self.agent("1001", slug="anna")
        caller, caller_end = self.caller("caller_hears_bye")
        self.assert_hears(caller_end, AGENT_HZ, 0.2)
        self.assertEqual(self.server.stop(), 0)
        caller.wait()                                  # both were told
        phone.wait()
        self.server.start()
        call = self.newest()
        self.assertEqual((call["outcome"], call["ended_by"]), ("answered", "system"))
        self.assert_books_balance()


class KilledInMidCall(LifeTest):
    settings = {"wrap_up": "30s", "ring_timeout": "30s"}

    def test_talking_ringing_and_waiting_callers(self):
        watcher = self.watch()
        watcher.wait_message("snapshot")
        self.agent("1001", slug="anna")
        _, talker = self.caller("caller_hears_bye")
        self.assert_hears(talker, AGENT_HZ, 0.2)
        talking = self.newest()["id"]
        self.phone("1002", "agent_silent")
        self.server.wait_agent("ben", "ready")
        self.caller("caller_hears_bye")
        self.server.wait_agent("ben", "offered")
        ringing = self.newest()["id"]
        self.wait_fact_of(ringing, "offer.ringing")
        self.caller("caller_hears_bye")
        self.assertTrue(wait_until(lambda: self.newest()["id"] not in (talking, ringing)))
        waiting = self.newest()["id"]
        self.wait_fact_of(waiting, "queue.entered")
        before = {call: self.server.facts(call) for call in (talking, ringing, waiting)}
        last = before[waiting][-1]["seq"]
        self.assertTrue(wait_until(lambda: watcher.facts()[-1]["seq"] >= last))
        self.server.kill()
        self.assertTrue(wait_until(lambda: watcher.closed))
        self.server.start()

        self.assert_nobody_is_stuck()
        for call, facts in before.items():
            after = self.server.facts(call)
            self.assertEqual(after[:len(facts)], facts)
            ends = [fact for fact in after if fact["type"] == "call.ended"]
            self.assertEqual([end["data"]["reason"] for end in ends], ["restart"], after)
            record = self.server.get("/api/v1/calls/" + call)
            self.assertEqual(record["end_reason"], "restart")
            self.assertIsNone(record["live"])
        self.assertEqual(self.server.get("/api/v1/calls/" + talking)["outcome"], "answered")
        kpis = self.assert_books_balance()
        desk = kpis["queues"][0]
        self.assertEqual((desk["offered"], desk["answered"], desk["waiting"]), (3, 1, 0), desk)
        self.assertEqual(kpis["calls"]["in_progress"], 0)
        # What the stream had told is what the log tells now, with the same numbers.
        told = watcher.facts()
        again = self.watch(resume_from=told[0]["seq"] - 1)
        self.assertTrue(wait_until(lambda: len(again.facts()) >= len(told)))
        self.assertEqual(again.facts()[:len(told)], told)
        self.assertEqual([f["seq"] for f in told], list(range(told[0]["seq"], told[-1]["seq"] + 1)))

    def test_wrap_up_and_then_the_phone_is_reachable_without_registering_again(self):
        phone, agent_end = self.phone("1001", calls=2)
        self.server.wait_agent("anna", "ready")
        caller, caller_end = self.caller(hold=800)
        self.assert_hears(caller_end, AGENT_HZ, 0.2)
        caller.wait()
        self.server.wait_agent("anna", "wrap_up")
        call = self.server.wait_ended()["id"]
        self.server.kill()
        self.server.start()
        self.assert_nobody_is_stuck()
        ends = [f for f in self.server.facts(call) if f["type"] == "wrap_up.ended"]
        self.assertEqual([end["data"]["how"] for end in ends], ["restart"])
        self.assertTrue(self.server.get("/api/v1/calls/" + call)["closed"])
        self.server.wait_agent("anna", "ready")
        agent_end.aim_by(lambda: None)                 # the new server speaks from another port
        agent_end.aim(None)
        caller, caller_end = self.caller(hold=1500)
        self.assert_hears(caller_end, AGENT_HZ, 0.5)
        caller.wait()
        phone.wait()
        second = self.server.wait_ended()
        self.assertNotEqual(second["id"], call)
        self.assertEqual((second["outcome"], second["agent"]), ("answered", "anna"))
        self.assert_books_balance()


class SeveralPhonesOfOneAgent(LifeTest):
    """One contact of two is of no use: refused by its host (ICMP), silent, or busy at once."""

    def useless_contacts(self):
        silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(silent.close)
        silent.bind(("127.0.0.1", 0))
        busy = self.sipp("agent_busy", target=None, user="1001", keys={"rtp_port": 9})
        return {"refused": free_port(), "silent": silent.getsockname()[1], "busy": busy.port}

    def test_the_living_phone_answers_and_the_call_ends_everywhere(self):
        for how, useless in self.useless_contacts().items():
            with self.subTest(how):
                phone, _ = self.phone("1001", contacts=[useless], ring=500)
                self.server.wait_agent("anna", "ready")
                caller, caller_end = self.caller(hold=1200)
                self.assert_hears(caller_end, AGENT_HZ, 0.5)
                caller.wait()
                phone.wait()                           # it was told: BYE
                call = self.server.wait_ended()
                self.assertEqual((call["outcome"], call["ended_by"]), ("answered", "caller"))
                self.server.wait_agent("anna", "ready")
                for port in (useless, phone.port):
                    self.register("1001", port, scenario="unregister")

    def test_a_caller_who_leaves_stops_the_living_phone_too(self):
        for how, useless in self.useless_contacts().items():
            with self.subTest(how):
                phone, _ = self.phone("1001", "agent_silent", contacts=[useless])
                self.server.wait_agent("anna", "ready")
                caller, _ = self.caller(hold=1000)
                caller.wait()
                phone.wait()                           # cancelled
                call = self.server.wait_ended()
                self.assertEqual(call["outcome"], "abandoned")
                self.server.wait_agent("anna", "ready")
                for port in (useless, phone.port):
                    self.register("1001", port, scenario="unregister")

    def test_after_kill_and_restart_the_old_contact_does_no_harm(self):
        phone, _ = self.phone("1001", contacts=[free_port()], ring=500)
        self.server.wait_agent("anna", "ready")
        self.server.kill()
        self.server.start()
        self.server.wait_agent("anna", "ready")
        caller, caller_end = self.caller(hold=1500)
        self.assert_hears(caller_end, AGENT_HZ, 0.5)
        caller.wait()
        phone.wait()
        self.assertEqual(self.server.wait_ended()["outcome"], "answered")
        self.assertTrue(wait_until(lambda: self.server.agent_state("anna") == "ready"))


class Starting(LifeTest):
    def test_a_port_that_is_taken_is_passed_over_and_said(self):
        port = self.server.sip_port()
        second = Firstring(listen='"udp 127.0.0.1:%d"' % port)
        self.addCleanup(second.stop)
        text = second.config.read_text()
        second.config.write_text(text.replace("  sip:\n", "  sip:\n    ports_to_try: 50\n", 1))
        second.start()
        self.assertGreater(second.sip_port(), port)
        self.assertLessEqual(second.sip_port(), port + 50)
        self.assertTrue(wait_until(
            lambda: "%d is taken, using %d" % (port, second.sip_port()) in second.log()))
        for server in (self.server, second):
            raw = RawSip(server.sip_port())
            self.addCleanup(raw.close)
            self.assertEqual(status(raw.ask(raw.request("OPTIONS", ""))), 200)

    def test_bad_configuration_is_refused_with_its_place(self):
        other = Firstring(ring_timeout="soon")
        done = subprocess.run(
            [BUILD / "programs/firstringd/firstringd", "--config", other.config],
            capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 2, done)
        lines = other.config.read_text().splitlines()
        line = next(n for n, text in enumerate(lines, 1) if "ring_timeout: soon" in text)
        column = lines[line - 1].index("soon") + 1
        self.assertIn("%s:%d:%d: business.queues.desk.ring_timeout" %
                      (other.config.name, line, column), done.stderr)
        self.assertIn('found "soon"', done.stderr)
        self.assertFalse(other.data.exists())          # nothing was begun

    def test_sighup_keeps_the_old_configuration_when_the_new_is_broken(self):
        watcher = self.watch()
        watcher.wait_message("snapshot")
        good = self.server.config.read_text()
        self.server.config.write_text(good.replace('"600": echo', '"600": nowhere'))
        self.server.process.send_signal(signal.SIGHUP)
        refused = watcher.wait_fact("config.refused")
        self.assertRegex(refused["data"]["problems"], r"test\.yaml:\d+:\d+: business\.numbers")
        caller, end = self.caller(number="600", hold=800)
        self.assert_hears(end, CALLER_HZ, 0.3)         # as before
        caller.wait()
        self.server.config.write_text(good.replace('"600": echo', '"601": echo'))
        self.server.process.send_signal(signal.SIGHUP)
        watcher.wait_fact("config.applied")
        numbers = self.server.get("/api/v1/configuration")["numbers"]
        self.assertIn({"number": "601", "flow": "echo"}, numbers)
        caller, end = self.caller(number="601", hold=800)
        self.assert_hears(end, CALLER_HZ, 0.3)
        caller.wait()
        self.caller("caller_refused", number="600", keys={"status": 404})[0].wait()

    def firstring(self, *arguments, expect=0):
        """The command line against the server under test; gives what it printed."""
        done = subprocess.run(
            [BUILD / "programs/firstring/firstring", *arguments, "--data", self.server.data],
            capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, expect, done)
        return done.stdout + done.stderr

    def test_config_is_planned_applied_and_rolled_back_while_a_call_goes_on(self):
        old = self.server.config.read_text()
        new = self.server.config.parent / "new.yaml"
        new.write_text(old.replace('"600": echo', '"601": echo'))
        self.assertIn("Nothing would change", self.firstring("config", "plan", self.server.config))
        plan = self.firstring("config", "plan", "--exit-status", new, expect=3)
        self.assertIn("+ business.numbers.601", plan)
        self.assertIn("- business.numbers.600", plan)
        caller, end = self.caller(number="600", hold=4000)
        self.assert_hears(end, CALLER_HZ, 0.3)
        applied = self.firstring("config", "apply", new, "--author", "anna", "-m", "new number")
        self.assertIn("Version 2 is in force", applied)
        self.assertEqual(self.server.config.read_text(), new.read_text())
        self.assert_hears(end, CALLER_HZ, 0.3)          # it finishes on its own version
        second, heard = self.caller(number="601", hold=800)
        self.assert_hears(heard, CALLER_HZ, 0.3)
        second.wait()
        self.assertIn("Nothing to change", self.firstring("config", "apply", new))
        self.assertEqual(self.firstring("config", "export"), new.read_text())
        broken = self.server.config.parent / "broken.yaml"
        broken.write_text(old.replace('"600": echo', '"600": nowhere'))
        refused = self.firstring("config", "apply", broken, expect=2)
        self.assertRegex(refused, r"test\.yaml:\d+:\d+: business\.numbers")
        history = self.firstring("config", "history")
        self.assertRegex(history, r"2 .* anna +new number")
        self.firstring("config", "rollback", "1")
        self.assertEqual(self.server.config.read_text(), old)
        third, heard = self.caller(number="600", hold=800)
        self.assert_hears(heard, CALLER_HZ, 0.3)
        third.wait()
        caller.wait()

    def test_config_apply_does_not_run_over_an_edit_by_hand(self):
        old = self.server.config.read_text()
        new = self.server.config.parent / "new.yaml"
        new.write_text(old.replace('"600": echo', '"601": echo'))
        edited = old + "# a remark by hand\n"
        self.server.config.write_text(edited)
        refused = self.firstring("config", "apply", new, expect=1)
        self.assertIn("changed by hand", refused)
        self.assertEqual(self.server.config.read_text(), edited)


if __name__ == "__main__":
    unittest.main()

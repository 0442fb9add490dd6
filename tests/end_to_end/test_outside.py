"""What is seen from outside: the API, the live stream, the command line, the page."""
import json
import re
import shutil
import subprocess
import tempfile
import unittest

from raw_sip import SDP, RawSip, status
from rtp import wait_until
from server import command
from watcher import Watcher
from world import AGENT_HZ, CALLER_HZ, CallTest


class OutsideTest(CallTest):
    def talking_call(self, seconds=60):
        """The id of a call in which anna and a caller talk; and the caller."""
        self.agent("1001", slug="anna")
        caller, caller_end = self.caller(hold=seconds * 1000)
        self.assert_hears(caller_end, AGENT_HZ, 0.2)
        return self.server.newest_call()["id"], caller

    def short_calls(self, count):
        """Ended calls to the echo, the oldest first."""
        for number in range(count):
            caller, end = self.caller(number="600", hold=200)
            caller.wait()
            self.assertTrue(wait_until(lambda: len(
                [c for c in self.server.calls() if c["outcome"] != "in_progress"]) == number + 1))
        return [call["id"] for call in reversed(self.server.calls())]

    def watch(self, **options):
        watcher = Watcher(self.server, **options)
        self.addCleanup(watcher.close)
        return watcher


class Api(OutsideTest):
    def problem(self, method, path, wanted, code, **options):
        found, headers, body = self.server.request(method, path, **options)
        self.assertEqual(found, wanted, body)
        self.assertTrue(headers["Content-Type"].startswith("application/problem+json"), headers)
        self.assertEqual((body["status"], body["code"]), (wanted, code), body)
        self.assertTrue(body["title"] and body["detail"], body)
        self.assertEqual(body["request_id"], headers["X-Request-Id"])
        return headers, body

    def test_errors_are_problems_that_say_what_is_wrong(self):
        headers, _ = self.problem("GET", "/api/v1/calls", 401, "unauthorized", token=False)
        self.assertIn("Bearer", headers["WWW-Authenticate"])
        self.problem("GET", "/api/v1/agents", 401, "unauthorized", token=False,
                     headers={"Authorization": "Bearer wrong"})
        self.problem("GET", "/api/v1/nothing", 404, "not_found")
        self.problem("GET", "/api/v1/agents/nobody", 404, "not_found")
        self.problem("GET", "/api/v1/calls/call_0000000000000", 404, "not_found")
        headers, _ = self.problem("DELETE", "/api/v1/calls", 405, "invalid")
        self.assertIn("GET", headers["Allow"])
        _, body = self.problem("GET", "/api/v1/calls?limit=0", 400, "invalid")
        self.assertEqual(body["errors"][0]["pointer"], "?limit")
        _, body = self.problem("GET", "/api/v1/calls?outcom=answered", 400, "invalid")
        self.assertEqual(body["errors"][0]["pointer"], "?outcom")
        _, body = self.problem("PUT", "/api/v1/agents/anna/presence", 400, "invalid",
                               body={"presence": "asleep"})
        self.assertEqual(body["errors"][0]["pointer"], "/presence")
        self.problem("PUT", "/api/v1/agents/anna/presence", 400, "invalid",
                     body={"presence": "away", "mood": "low"})
        self.problem("POST", "/api/v1/agents/anna/wrap_up/end", 409, "conflict")

    def pages(self, path, limit):
        """All rows of a list, page by page."""
        rows, cursor = [], ""
        for _ in range(20):
            page = self.server.get(path + cursor)
            self.assertLessEqual(len(page["data"]), limit)
            rows += page["data"]
            if page["next_cursor"] is None:
                return rows
            cursor = "&cursor=" + page["next_cursor"]
        self.fail("the list has no end")

    def test_lists_go_on_by_cursor_without_a_gap_or_a_double(self):
        ids = self.short_calls(5)
        found = [call["id"] for call in self.pages("/api/v1/calls?limit=2", 2)]
        self.assertEqual(found, ids[::-1])             # newest first
        self.problem("GET", "/api/v1/calls?cursor=nonsense", 400, "invalid")
        facts = self.pages("/api/v1/calls/%s/facts?limit=3" % ids[0], 3)
        self.assertEqual(facts, self.server.facts(ids[0]))
        self.assertEqual(self.server.get("/api/v1/calls?outcome=abandoned")["data"], [])
        self.assertEqual(len(self.server.get("/api/v1/calls?number=600")["data"]), 5)

    def test_presence_is_set_and_a_call_is_hung_up(self):
        self.agent("1001", slug="anna")
        put = lambda body: self.server.request("PUT", "/api/v1/agents/anna/presence", body)
        code, _, agent = put({"presence": "away", "reason": "lunch"})
        self.assertEqual((code, agent["state"], agent["reason"]), (200, "away", "lunch"))
        caller, end = self.caller("caller_hears_bye")
        self.assertTrue(wait_until(
            lambda: self.server.get("/api/v1/queues/desk")["waiting"] == 1))
        self.assertEqual(put({"presence": "ready"})[0], 200)
        self.assert_hears(end, AGENT_HZ, 0.2)
        call = self.server.newest_call()["id"]
        self.assertEqual(self.server.get("/api/v1/agents/anna")["call"], call)
        self.assertEqual(self.server.request("POST", "/api/v1/calls/%s/hang_up" % call)[0], 204)
        caller.wait()
        self.problem("POST", "/api/v1/calls/%s/hang_up" % call, 404, "not_found")

    def test_health_and_metrics_need_no_token(self):
        self.talking_call()
        for path, wanted in (("/livez", {"status": "live"}), ("/readyz", {"status": "ready"})):
            self.assertEqual(self.server.request("GET", path, token=False)[::2], (200, wanted))
        code, headers, text = self.server.request("GET", "/metrics", token=False)
        self.assertIn("text/plain", headers["Content-Type"])
        self.assertEqual(code, 200)
        values = dict(re.findall(r"(?m)^(firstring_\w+(?:\{.*\})?) (\S+)$", text.decode()))
        self.assertEqual((values["firstring_calls_active"], values["firstring_legs_active"],
                          values["firstring_media_streams"]), ("1", "2", "2"))
        self.assertEqual(values['firstring_queue_waiting{queue="desk"}'], "0")


class Stream(OutsideTest):
    def test_snapshot_then_every_fact_and_change(self):
        watcher = self.watch()
        snapshot = watcher.wait_message("snapshot")
        self.assertEqual(snapshot["live"]["business"]["tenant"], "test-practice")
        self.assertEqual(snapshot["live"]["calls"], [])
        call, caller = self.talking_call(seconds=1)
        caller.wait()
        self.server.wait_ended()
        watcher.wait_fact("call.ended")
        facts = watcher.facts()
        self.assertEqual([f["seq"] for f in facts],
                         list(range(snapshot["sequence"] + 1, facts[-1]["seq"] + 1)))
        told = [f for f in facts if f.get("call") == call]
        self.assertEqual(told, self.server.facts(call)[:len(told)])
        stages = [c["stage"] for m in watcher.messages if m["type"] == "changes"
                  for c in m.get("calls", [])]
        self.assertIn("talking", stages)
        self.assertTrue(wait_until(lambda: [m["calls"] for m in list(watcher.messages)
                                            if m["type"] == "changes" and "calls" in m][-1] == []))

    def test_resume_brings_what_was_missed_and_no_more(self):
        watcher = self.watch()
        watcher.wait_message("snapshot")
        self.short_calls(1)
        watcher.wait_fact("call.ended")
        watcher.close()
        seen = watcher.facts()
        self.short_calls_more()
        again = self.watch(resume_from=seen[-1]["seq"])
        self.assertEqual(again.wait_message("resumed")["sequence"], seen[-1]["seq"])
        again.wait_fact("call.ended")
        missed = again.facts()
        self.assertEqual([f["seq"] for f in missed],
                         list(range(seen[-1]["seq"] + 1, missed[-1]["seq"] + 1)))
        self.assertEqual({f["call"] for f in missed if "call" in f},
                         {self.server.newest_call()["id"]})
        self.assertFalse([m for m in again.messages if m["type"] == "snapshot"])

    def short_calls_more(self):
        caller, _ = self.caller(number="600", hold=200)
        caller.wait()
        self.assertTrue(wait_until(
            lambda: [c["outcome"] for c in self.server.calls()].count("in_progress") == 0))

    def test_from_the_future_is_a_snapshot(self):
        watcher = self.watch(resume_from=10**9)
        self.assertLess(watcher.wait_message("snapshot")["sequence"], 10**9)


class CommandLine(OutsideTest):
    def of_cli(self, *arguments, code=0):
        found, text = command(*arguments, server=self.server)
        self.assertEqual(found, code, text)
        return text

    def test_a_call_from_its_first_ring_to_its_end(self):
        call, caller = self.talking_call(seconds=3)
        self.assertRegex(self.of_cli("calls", "--live"), call + r".*\+4930123456.*talking.*anna")
        self.assertRegex(self.of_cli("agents"), r"anna +Anna Berg +1001 +talking.*" + call)
        self.assertRegex(self.of_cli("queues"), r"desk +desk +0 +0 +- +\d+:\d\d +\d+:\d\d +0 +1 +1")
        caller.wait()
        self.server.wait_ended()
        shown = self.of_cli("call", "show", call)
        self.assertRegex(shown, r"Name +Test Caller\n")
        self.assertRegex(shown, r"Agent +anna\n")
        self.assert_in_order(
            ["call.received", "queue.entered", "offer.made", "agent.answered", "talk.ended",
             "call.ended"], re.findall(r"(?m)^ +\+[\d.:]+ +([a-z_]+\.[a-z_]+)", shown))
        ladder = shown[shown.index("\nSIP"):]
        rest = iter(ladder.splitlines())
        for word in ("- INVITE -", "- 200 INVITE -", "- 180 INVITE -", "- BYE -", "- 200 BYE -"):
            self.assertTrue(any(word in line for line in rest), word + " is missing in" + ladder)
        self.assertRegex(self.of_cli("calls"), call + r".*answered")
        self.assertRegex(self.of_cli("kpi"), r"desk +1 +1 +0 +0 +0 +100\.0 %")
        as_json = json.loads(self.of_cli("calls", "--json"))
        self.assertEqual(as_json["data"][0]["id"], call)

    def test_figures_of_a_day_open_to_their_calls(self):
        call, caller = self.talking_call(seconds=1)
        caller.wait()
        self.server.wait_ended()
        question = "/api/v1/figures?kpis=answered,service_level_1"

        def counted():
            group = self.server.get(question)["groups"][0]["figures"]
            return group["answered"]["value"] == 1 and group["service_level_1"]["value"] == 1
        self.assertTrue(wait_until(counted, 10))
        shown = self.of_cli("figures", "--by", "queue,day", "--kpis", "service_level_4",
                            "--calls", "denominator")
        self.assertRegex(shown, r"queue desk, day 20\d\d-\d\d-\d\d")
        self.assertRegex(shown, r"SL-4 \(ours\) +100\.0 % +1 / 1 +service_level_4")
        self.assertIn(call, shown)
        self.assertIn("answered within T  /  answered + abandoned after T",
                      self.of_cli("figures", "--list"))
        day = self.server.get("/api/v1/figures?kpis=received&by=day")["groups"][0]["keys"]["day"]
        text = self.of_cli("--data", str(self.server.data), "simulate", str(self.server.config), "--day", day,
                           "--runs", "2")
        self.assertRegex(text, r"Answered +1\.0")

    def test_presence(self):
        self.agent("1001", slug="anna")
        self.of_cli("agents", "away", "anna", "--reason", "lunch")
        self.assertEqual(self.server.agent_state("anna"), "away")
        self.assertIn("lunch", self.of_cli("agents"))
        self.of_cli("agents", "ready", "anna")
        self.assertEqual(self.server.agent_state("anna"), "ready")

    def test_what_does_not_work_says_so_and_exits_with_it(self):
        text = self.of_cli("call", "show", "call_0000000000000", code=1)
        self.assertIn("There is no call of this id", text)
        self.of_cli("nonsense", code=2)
        self.server.stop()
        found, text = command("calls", server=self.server)
        self.assertEqual(found, 1, text)
        found, text = command("doctor", server=self.server)
        self.assertEqual(found, 1, text)
        self.assertRegex(text, r"(?m)^\S* *server .*")

    def test_config_validate(self):
        self.assertIn("is good: Test Practice", self.of_cli(
            "config", "validate", str(self.server.config)))
        bad = self.server.folder / "bad.yaml"
        text = self.server.config.read_text()
        bad.write_text(text.replace("ring_timeout: 5s\n", "ring_timeout: soon\n")
                       .replace("queues: [desk]}", "queues: [dask]}", 1))
        problems = self.of_cli("config", "validate", str(bad), code=2)
        self.assertRegex(problems, r"bad\.yaml:\d+:\d+: business\.queues\.desk\.ring_timeout: "
                                   r'found "soon", expected')
        self.assertRegex(problems, r"bad\.yaml:\d+:\d+: .*dask")
        self.assertIn("2 problems", problems)

    def test_doctor(self):
        self.agent("1001", slug="anna")
        text = self.of_cli("doctor", "--data", str(self.server.data))
        for name in ("server", "event_log", "sip_UDP", "media", "token", "disk space", "agents"):
            self.assertRegex(text, r"(?m)^ok +" + name)


class Page(OutsideTest):
    def test_its_policy_lets_nothing_foreign_in(self):
        code, headers, page = self.server.request("GET", "/", token=False)
        self.assertEqual(code, 200)
        self.assertIn("text/html", headers["Content-Type"])
        policy = headers["Content-Security-Policy"]
        self.assertIn("default-src 'self'", policy)
        self.assertNotIn("unsafe", policy)
        self.assertIn("frame-ancestors 'none'", policy)
        for address in re.findall(r'(?:src|href)="([^"]+)"', page.decode()):
            self.assertTrue(address.startswith("/"), address)
            self.assertEqual(self.server.request("GET", address, token=False)[0], 200, address)
        self.assertNotIn(self.server.token, page.decode())

    def seen(self, wanted):
        """The page as a browser shows it, once `wanted` stands in it."""
        last = ""
        def look():
            nonlocal last
            profile = tempfile.mkdtemp(prefix="chromium-")
            try:
                last = subprocess.run(
                    ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
                     "--no-first-run", "--disable-background-networking",
                     "--disable-component-update", "--disable-sync", "--no-pings",
                     "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                     "--user-data-dir=" + profile, "--virtual-time-budget=8000", "--dump-dom",
                     self.server.running["http"] + "/#token=" + self.server.token],
                    capture_output=True, text=True, timeout=60).stdout
            finally:
                shutil.rmtree(profile, ignore_errors=True)
            return wanted in last
        self.assertTrue(wait_until(look, 60), last)
        return last

    def test_it_shows_the_call_in_progress(self):
        self.talking_call(seconds=90)
        page = self.seen("Test Caller")
        self.assertRegex(page, r'id="calls-count">1<')
        self.assertRegex(page, r"\+4930123456 · to 5550101 · desk · Anna Berg")
        self.assertIn(">Talking<", page)
        self.assertIn(">Test Practice<", page)

    def test_a_name_with_markup_is_shown_as_text(self):
        raw = RawSip(self.server.sip_port())
        self.addCleanup(raw.close)
        answer = raw.ask(raw.request("INVITE", "600", body=SDP % self.rtp(CALLER_HZ).port,
                                     from_name='"<img src=x onerror=document.title=1>" '))
        self.assertEqual(status(answer), 200)
        raw.send(raw.acknowledge(answer, "600"))
        page = self.seen("&lt;img src=x onerror")
        self.assertNotIn('<img src="x"', page)
        self.assertIn("<title>Test Practice</title>", page)   # the script in the name did not run


if __name__ == "__main__":
    unittest.main()

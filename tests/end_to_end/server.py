"""Firstring: one firstringd of its own for a test, with a data folder of its own."""
import json
import os
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from rtp import wait_until

BUILD = Path(os.environ.get("FIRSTRING_BUILD", "build/release")).resolve()
PASSWORD = "a-long-test-password"

CONFIG = """
server:
  data: data
  prompts: prompts
  drain: {drain}
  sip:
    listen: [{listen}]
    never_banned: [{never_banned}]
  media: {{ip: 127.0.0.1, ports: 20000-39999, silence_ends_call: {silence}}}
  http: {{listen: "127.0.0.1:0"}}
{server}
business:
  slug: test-practice
  name: Test Practice
  zone: Europe/Berlin
  numbers: {{"5550100": main, "5550101": direct, "600": echo, "602": tone, "603": ring-first{numbers}}}
{business}
  flows:
    main:
      start: menu
      zero: people
      nodes:
        menu:
          menu: Welcome. Press 1 for people.
          invalid: That is not a choice.
          timeout: 2s
          tries: 2
          keys: {{1: {{go: people, intent: help}}, 2: bye}}
          no_answer: bye
        people: {{queue: desk, next: bye}}
        bye: {{hang_up: {{tone: 350, for: 200ms}}}}
    direct: {{start: q, nodes: {{q: {{queue: desk}}}}}}
    ring-first: {{start: d, nodes: {{d: {{dial: "ext:1001", ring_timeout: 5s}}}}}}
    echo: {{start: e, nodes: {{e: {{echo: yes}}}}}}
    tone:
      start: t
      nodes:
        t: {{play: {{tone: 1004, for: 2s}}, next: r}}
        r: {{digits: 4, timeout: 10s, expect: "1234", match: ok, mismatch: bye}}
        ok: {{play: {{tone: 440, for: 2s}}, next: bye}}
        bye: {{hang_up: }}
{flows}
  queues:
    desk:
      ring_timeout: {ring_timeout}
      wrap_up: {wrap_up}
      position_every: 0s
      record: {record}
      aside: {aside}
      music: {music}
  agents:
    anna: {{name: Anna Berg, extension: "1001", {anna}, queues: [desk]}}
    ben: {{name: Ben Ortiz, extension: "1002", {ben}, queues: [desk]}}
  phones:
    "1004": {{password: {password}}}
  trunks:
{trunks}
  dispositions: [booked, answered]
"""


class Firstring:
    """Started with start(), or as a context: `with Firstring(wrap_up="0s") as server`."""

    def __init__(self, **settings):
        self.folder = Path(tempfile.mkdtemp(prefix="firstring-test-"))
        self.settings = {
            "listen": '"udp 127.0.0.1:0", "tcp 127.0.0.1:0"', "never_banned": "127.0.0.0/8",
            "silence": "60s", "drain": "2s", "ring_timeout": "5s", "wrap_up": "0s", "record": "no",
            "aside": "2s", "music": '""', "password": PASSWORD,
            "anna": "password: " + PASSWORD, "ben": "password: " + PASSWORD,
            "numbers": "", "server": "", "business": "", "flows": "",
            "trunks": "    loopback: {addresses: [127.0.0.0/8], trusted: yes}",
        }
        self.settings.update(settings)
        self.config = self.folder / "test.yaml"
        self.config.write_text(CONFIG.format(**self.settings))
        self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *failure):
        self.stop()

    @property
    def data(self):
        return self.folder / "data"

    def start(self):
        self.output = open(self.folder / "output", "ab")
        running = self.data / "running.json"
        running.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [BUILD / "programs/firstringd/firstringd", "--config", self.config],
            stdout=self.output, stderr=subprocess.STDOUT)
        ready = wait_until(lambda: running.exists() or self.process.poll() is not None, 30)
        if not ready or self.process.poll() is not None:
            raise AssertionError("firstringd did not start:\n" + self.log())
        self.running = json.loads(running.read_text())
        self.token = (self.data / "secrets/api-token").read_text().strip()
        return self

    def log(self):
        return (self.folder / "output").read_text(errors="replace")

    def sip_port(self, transport="udp"):
        return next(int(l.rsplit(":", 1)[1]) for l in self.running["sip"]
                    if l.startswith(transport + ":"))

    def stop(self, limit=15):
        """Ctrl-C; gives the exit status."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            status = self.process.wait(limit)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            status = "did not stop"
        self.process = None
        self.output.close()
        return status

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None
        self.output.close()

    # ---- the API ----

    def request(self, method, path, body=None, token=True, headers=None):
        """(status, headers, body): body parsed when it is JSON."""
        request = urllib.request.Request(self.running["http"] + path, method=method)
        if token:
            request.add_header("Authorization", "Bearer " + self.token)
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        try:
            answer = urllib.request.urlopen(request, data, timeout=10)
        except urllib.error.HTTPError as error:
            answer = error
        raw = answer.read()
        kind = answer.headers.get("Content-Type", "")
        parsed = json.loads(raw) if "json" in kind and raw else raw
        return answer.status, answer.headers, parsed

    def get(self, path):
        status, _, body = self.request("GET", path)
        assert status == 200, (path, status, body)
        return body

    def agent_state(self, slug):
        return self.get("/api/v1/agents/" + slug)["state"]

    def wait_agent(self, slug, state, limit=10):
        reached = wait_until(lambda: self.agent_state(slug) == state, limit)
        assert reached, "agent %s is %s, not %s" % (slug, self.agent_state(slug), state)

    def calls(self):
        return self.get("/api/v1/calls")["data"]

    def newest_call(self, limit=10):
        """The call that began last: known outside once its first fact is on disk."""
        assert wait_until(self.calls, limit), "no call came"
        return self.calls()[0]

    def wait_ended(self, limit=10):
        """The newest call, once it is over and written."""
        def over():
            calls = self.calls()
            return calls and calls[0]["outcome"] != "in_progress"
        assert wait_until(over, limit), self.calls()
        return self.calls()[0]

    def facts(self, call):
        return self.get("/api/v1/calls/%s/facts" % call)["data"]

    def fact_types(self, call):
        return [fact["type"] for fact in self.facts(call)]

    def rss_kb(self):
        for line in Path("/proc/%d/status" % self.process.pid).read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1])
        return 0


def command(*arguments, server=None, timeout=20):
    """The command line `firstring`: (exit status, output)."""
    environment = dict(os.environ)
    if server is not None:
        environment["FIRSTRING_URL"] = server.running["http"]
        environment["FIRSTRING_TOKEN"] = server.token
    done = subprocess.run([BUILD / "programs/firstring/firstring", *arguments], env=environment,
                          capture_output=True, text=True, timeout=timeout)
    return done.returncode, done.stdout + done.stderr


def elapsed(since):
    return time.monotonic() - since

"""Sipp: one run of Debian's SIPp with a scenario of ours, as caller or as an agent's phone."""
import os
import re
import socket
import subprocess
import tempfile
from pathlib import Path

SCENARIOS = Path(__file__).parent / "scenarios"


def free_port(kind=socket.SOCK_DGRAM):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Sipp:
    """Starts at once. `transport`: u1 (UDP), t1 (TCP). keys: replace [name] in the
    scenario."""

    def __init__(self, scenario, target=None, user="5550100", transport="u1", calls=1, keys=None,
                 port=None, auth=None, extra=()):
        self.folder = Path(tempfile.mkdtemp(prefix="sipp-"))
        kind = socket.SOCK_STREAM if transport.startswith("t") else socket.SOCK_DGRAM
        self.port = port or free_port(kind)
        self.name = scenario
        text = (SCENARIOS / (scenario + ".xml")).read_text()
        for name, value in (keys or {}).items():
            text = text.replace("[%s]" % name, str(value))
        own = self.folder / (scenario + ".xml")
        own.write_text(text)
        arguments = ["sipp", "-sf", str(own), "-s", user,
                     "-i", "127.0.0.1", "-p", str(self.port), "-t", transport, "-m", str(calls),
                     "-nostdin", "-timeout", "60", "-timeout_error", "-trace_err", "-trace_msg",
                     "-message_file", str(self.folder / "messages"),
                     "-error_file", str(self.folder / "errors"), "-default_behaviors", "none",
                     "-skip_rlimit", *extra]
        if auth:
            arguments += ["-au", auth[0], "-ap", auth[1]]
        if target:
            arguments.append("127.0.0.1:%d" % target)
        environment = dict(os.environ, TERM="xterm")
        self.process = subprocess.Popen(arguments, cwd=self.folder, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                                        env=environment)

    def wait(self, limit=60):
        """Asserts that the scenario ran through as written."""
        status = self.process.wait(limit)
        if status != 0:
            raise AssertionError("SIPp %s ended with %s\n%s\n%s" %
                                 (self.name, status, self.errors(), self.messages()[-6000:]))
        return self

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def errors(self):
        path = self.folder / "errors"
        return path.read_text(errors="replace") if path.exists() else ""

    def messages(self):
        path = self.folder / "messages"
        return path.read_text(errors="replace") if path.exists() else ""

    def outline(self):
        """When each message was sent or received, and its first line."""
        found = re.findall(r"-{20,} (\S+ ?\S*)\s*\n.*message (sent|received).*\n\s*(.*)",
                           self.messages())
        return "\n".join("%s %s %s" % each for each in found)

    def media_address(self):
        """Where the last SDP that it received wants audio; None before one came."""
        ports = self.received(r"m=audio (\d+) ")
        return ("127.0.0.1", int(ports[-1])) if ports else None

    def received(self, pattern):
        """Every match of a pattern in what SIPp received."""
        found = []
        for part in re.split(r"-{20,}.*\n", self.messages()):
            if "message received" in part:
                found += re.findall(pattern, part)
        return found

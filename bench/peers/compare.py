"""Measures Firstring and Asterisk in turn. Called by bench/peers.sh, which says what is what."""
import argparse
import datetime
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path

from asterisk import Asterisk
from load import Load
from server import Firstring
from table import table_of
from tests import TESTS, Tester

TOP = Path(__file__).resolve().parents[2]


def read_arguments():
    parser = argparse.ArgumentParser(prog="bench/peers.sh", add_help=False)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--tests", default=",".join(TESTS))
    parser.add_argument("--only", choices=["firstring", "asterisk"])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--lock", type=Path)
    arguments = parser.parse_args()
    arguments.tests = arguments.tests.split(",")
    unknown = [name for name in arguments.tests if name not in TESTS]
    if unknown:
        parser.error(f"no test {unknown[0]}: there are {', '.join(TESTS)}")
    return arguments


def commit():
    def git(*words):
        return subprocess.run(["git", "-C", TOP, *words], capture_output=True, text=True).stdout

    changed = " (and changes not committed)" if git("status", "--porcelain", "-uno") else ""
    return git("rev-parse", "--short", "HEAD").strip() + changed


def machine():
    models = [line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
              if line.startswith("model name")]
    model = models[0] if models else "unknown"
    return f"{os.cpu_count()} cores ({model}), Linux {os.uname().release.split('-')[0]}"


class Results:
    """results.json: written after every test, so that an interrupted series can be resumed."""

    def __init__(self, arguments):
        self.file = arguments.out / "results.json"
        self.tables = arguments.out / "results.md"
        self.all = {"taken": datetime.date.today().isoformat(), "commit": commit(),
                    "quick": arguments.quick, "machine": machine(), "servers": {}}
        if self.file.exists():
            kept = json.loads(self.file.read_text())
            if arguments.table or arguments.resume:
                self.all = kept
            else:
                self.all["servers"] = kept["servers"]

    def of(self, server):
        return self.all["servers"].setdefault(server.name, {"version": server.version(),
                                                            "tests": {}})["tests"]

    def write(self):
        self.file.write_text(json.dumps(self.all, indent=1) + "\n")
        self.tables.write_text(table_of(self.all))


def measure(server, name, load, results, quick):
    tests = results.of(server)
    print(f"== {name}: {server.name}", flush=True)
    began = time.monotonic()
    try:
        server.start(load)
        tests[name] = TESTS[name](Tester(server, load, quick), tests)
        tests[name]["taken"] = results.all["commit"]
    except (RuntimeError, OSError, KeyError, TypeError) as problem:
        traceback.print_exc()
        tests[name] = {"failed": str(problem)}
    finally:
        server.stop()
    shown = {key: value for key, value in tests[name].items() if key != "reports"}
    print(f"   {json.dumps(shown)}  ({time.monotonic() - began:.0f} s)", flush=True)
    results.write()
    return "failed" not in tests[name]


def come_first():
    """Linux shares a core among login sessions before it asks who is nicer (sched(7), autogroup):
    so we are a session of our own, and that one is nice to nobody."""
    if os.getpid() != os.getsid(0):
        try:
            os.setsid()
        except PermissionError:
            pass  # the leader of a process group: its session serves as well
    try:
        Path("/proc/self/autogroup").write_text("-15")
    except OSError:
        pass      # no autogroups here, or not root


def main():
    arguments = read_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    come_first()
    arguments.out.mkdir(parents=True, exist_ok=True)
    results = Results(arguments)
    if arguments.table:
        print(table_of(results.all), end="")
        return 0
    load = Load(arguments.build / "bench/firstring_load", arguments.out / "runs.jsonl",
                arguments.lock)
    servers = []
    if arguments.only != "firstring":
        servers.append(Asterisk(arguments.out, arguments.root))
    if arguments.only != "asterisk":
        servers.append(Firstring(arguments.out, arguments.build / "programs/firstringd/firstringd",
                                 TOP / "bench/bench.yaml"))
    all_measured = True
    for name in arguments.tests:
        for server in servers:
            done = results.of(server).get(name)
            if arguments.resume and done is not None and "failed" not in done:
                continue
            all_measured = measure(server, name, load, results, arguments.quick) and all_measured
    print(table_of(results.all), end="")
    return 0 if all_measured else 1


if __name__ == "__main__":
    sys.exit(main())

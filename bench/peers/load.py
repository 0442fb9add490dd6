"""Runs firstring_load, one run at a time, and judges what it reports."""
import contextlib
import fcntl
import json
import subprocess

from server import LOAD_CORE, pinned


class Load:
    def __init__(self, binary, runs_file, lock_file):
        self.binary, self.runs_file, self.lock_file = binary, runs_file, lock_file

    @contextlib.contextmanager
    def lock(self):
        """Held during a run, where several people measure on one machine."""
        if self.lock_file is None:
            yield
            return
        with open(self.lock_file, "a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def run(self, mode, *words, pid, label):
        command = [str(self.binary), mode] + [str(word) for word in words]
        command += ["--pid", str(pid), "--label", label]
        with self.lock():
            done = subprocess.run(pinned(LOAD_CORE, command), capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
        print("      " + done.stderr.strip(), flush=True)
        with open(self.runs_file, "a") as file:
            file.write(done.stdout)
        return json.loads(done.stdout)

    def answers_a_call(self):
        command = [str(self.binary), "answer", "--rate", "1", "--calls", "1", "--give-up", "0.7"]
        done = subprocess.run(command, capture_output=True, text=True)
        return done.returncode == 0 and json.loads(done.stdout)["calls"]["completed"] == 1


def is_clean(report):
    """Every call answered and ended as planned, nobody had to say anything twice."""
    calls = report["calls"]
    return (report["server"]["is_alive"] and calls["failed"] == 0 and calls["completed"] > 0
            and calls["completed"] == calls["started"] and not report.get("stopped_early", False)
            and report["repeated"] == 0 and report["heard_again"] == 0
            and report.get("agents", {}).get("left_standing", 0) == 0)


def hears_prompts(report, seconds):
    """Calls that last so long have heard nearly all of it."""
    media = report["media"]
    return (media["lost"] == 0 and media["odd"] == 0
            and media["received"] >= 0.95 * report["calls"]["completed"] * seconds * 50)


def hears_well(report, spacing_max_ms):
    """Nothing lost, packets in time, about as many as there must be."""
    media, steady = report["media"], report.get("steady")
    return (steady is not None and media["lost"] == 0 and media["odd"] == 0
            and media["spacing_ms"]["p99"] <= spacing_max_ms
            and media["spacing_over_40ms_ppm"] <= 1000
            and media["received"] >= 0.98 * steady["packets_expected"])


def passes_through(report, delay_max_ms):
    """Bridged audio is what was sent, and comes soon."""
    media = report["media"]
    return media["unmarked"] == 0 and media.get("delay_ms", {}).get("p99", 1e9) <= delay_max_ms


def is_bound_by_load(report):
    """The load was too slow, or kept from its core: the run says nothing of the server."""
    late = report.get("overload", report).get("start_late_ms", {}).get("p99", 0)
    sent_late = report.get("media", {}).get("send_late_ms", {}).get("p99", 0)
    own = report.get("steady", report)["own_cpu_percent"]
    return report["dropped_here"] > 0 or late > 20 or sent_late > 20 or own > 95

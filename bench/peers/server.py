"""A server under test as a process: on a core of its own, niced, started afresh, surely stopped."""
import os
import resource
import subprocess
import time

SERVER_CORE, LOAD_CORE = 0, 1


def pinned(core, command):
    """The command on this core, and before others where we may say so."""
    nice = ["nice", "-n", "-15"] if os.geteuid() == 0 else []
    return nice + ["taskset", "-c", str(core)] + command


def allow_many_files():
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class Server:
    """Starts and stops one kind of server. Subclasses say how it is prepared and called."""

    name = ""
    # Where the search for the largest load begins; a poor guess costs time and nothing else.
    first_guess = {}
    # Spacing and delay (p99, ms) that a load may have to count as served.
    spacing_max_ms, delay_max_ms = 30, 20
    # Calls a second, at most, while calls are opened for a steady load.
    opening_rate = {}

    def __init__(self, folder):
        self.folder = folder
        self.process = None

    def prepare(self):
        """Lays out a fresh configuration and empty data."""

    def command(self):
        raise NotImplementedError

    def version(self):
        raise NotImplementedError

    def start(self, load):
        """Starts it afresh and returns once it has answered a call."""
        self.stop()
        self.prepare()
        with open(self.folder / f"{self.name}.log", "ab") as log:
            self.process = subprocess.Popen(pinned(SERVER_CORE, self.command()), stdout=log,
                                            stderr=log, stdin=subprocess.DEVNULL,
                                            preexec_fn=allow_many_files)
        until = time.monotonic() + 40
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} ended with {self.process.returncode}; "
                                   f"see {self.folder / (self.name + '.log')}")
            if load.answers_a_call():
                time.sleep(1)
                return
            time.sleep(0.2)
        raise RuntimeError(f"{self.name} answered no call within 40 s")

    def stop(self):
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(3)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None


class Firstring(Server):
    name = "firstring"
    first_guess = {"a": 8000, "b": 700, "c": 2200, "d": 800}
    spacing_max_ms, delay_max_ms = 21, 2
    opening_rate = {"playback": 400, "bridge": 250}

    def __init__(self, folder, binary, config):
        super().__init__(folder)
        self.binary, self.config = binary, config

    def prepare(self):
        subprocess.run(["rm", "-rf", self.folder / "firstring-data"], check=True)

    def command(self):
        return [str(self.binary), "--config", str(self.config),
                "--data", str(self.folder / "firstring-data")]

    def version(self):
        return subprocess.run([self.binary, "--version"], capture_output=True, text=True,
                              check=True).stdout.strip()

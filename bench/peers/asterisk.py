"""Asterisk 22 in a folder of its own (a chroot), configured as bench/peers/asterisk says."""
import math
import shutil
import subprocess
from pathlib import Path

from server import Server

PLACE = Path("srv/bench")  # in its root
AGENTS, CLERKS = 50, 4     # of the queues 400 and 401
AGENTS_PORT = 5100
# Asterisk reads these when it starts and complains if they are missing; empty means defaults.
EMPTY = ("acl", "ccss", "codecs", "dnsmgr", "dsp", "extconfig", "features", "http", "indications",
         "manager", "pjproject", "queuerules", "sorcery", "stasis", "statsd", "udptl", "users")


def ulaw(sample):
    """ITU-T G.711: one 16-bit sample as a mu-law byte."""
    magnitude = min(abs(sample), 32635) + 132
    exponent = magnitude.bit_length() - 8
    mantissa = magnitude >> (exponent + 3) & 0x0F
    return ~((0x80 if sample < 0 else 0) | exponent << 4 | mantissa) & 0xFF


def prompt():
    """20 s of a slowly swelling chord."""
    samples = []
    for i in range(20 * 8000):
        time = i / 8000
        swell = 0.6 + 0.4 * math.sin(2 * math.pi * 0.7 * time)
        chord = sum(math.sin(2 * math.pi * f * time) for f in (330, 415, 495))
        samples.append(ulaw(int(3000 * swell * chord)))
    return bytes(samples)


class Asterisk(Server):
    name = "asterisk"
    first_guess = {"a": 700, "b": 90, "c": 340, "d": 200}
    opening_rate = {"playback": 80, "bridge": 40}

    def __init__(self, folder, root):
        super().__init__(folder)
        self.root = root
        self.configuration = Path(__file__).parent / "asterisk"

    def prepare(self):
        place = self.root / PLACE
        shutil.rmtree(place, ignore_errors=True)
        for name in ("etc", "lib", "spool", "run", "log", "sounds"):
            (place / name).mkdir(parents=True)
        for name in EMPTY:
            (place / "etc" / f"{name}.conf").touch()
        for file in self.configuration.glob("*.conf"):
            text = file.read_text()
            if file.name == "asterisk.conf":
                text = text.replace("@MODULES@", self.modules())
            if file.name == "pjsip.conf":
                text += "".join(self.endpoint(name) for name in self.people())
            if file.name == "queues.conf":
                text += self.queue("bench", "agent", AGENTS)
                text += self.queue("backlog", "clerk", CLERKS)
            (place / "etc" / file.name).write_text(text)
        (place / "sounds" / "prompt.ulaw").write_bytes(self.prompt())

    def prompt(self):
        kept = self.folder / "prompt.ulaw"
        if not kept.exists():
            kept.write_bytes(prompt())
        return kept.read_bytes()

    def modules(self):
        """Where its modules lie: the path depends on the architecture."""
        found = list((self.root / "usr/lib").glob("*/asterisk/modules"))
        if not found:
            raise RuntimeError(f"no Asterisk modules under {self.root}/usr/lib")
        return "/" + str(found[0].relative_to(self.root))

    @staticmethod
    def people():
        return ([f"agent{i}" for i in range(1, AGENTS + 1)] +
                [f"clerk{i}" for i in range(1, CLERKS + 1)])

    @staticmethod
    def endpoint(name):
        return (f"\n[{name}](agent-endpoint)\naors = {name}\n"
                f"[{name}](agent-address)\ncontact = sip:{name}@127.0.0.1:{AGENTS_PORT}\n")

    @staticmethod
    def queue(name, members, count):
        lines = [f"\n[{name}](queue)"]
        lines += [f"member => PJSIP/{members}{i}" for i in range(1, count + 1)]
        return "\n".join(lines) + "\n"

    def command(self):
        return ["chroot", str(self.root), "asterisk", "-f", "-C", "/srv/bench/etc/asterisk.conf"]

    def version(self):
        return subprocess.run(["chroot", self.root, "asterisk", "-V"], capture_output=True,
                              text=True, check=True).stdout.strip()

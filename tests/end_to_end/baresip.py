"""Baresip: Debian's baresip as an agent's phone: speaks a tone from a file, keeps what it hears."""
import json
import os
import re
import socket
import struct
import subprocess
import tempfile
import wave
from pathlib import Path

import audio
from rtp import wait_until
from sipp import free_port

MODULES = "/usr/lib/baresip/modules"
# codec: (module, name in the account, rate and channels of the sound file that it takes)
CODECS = {
    "pcmu": ("g711", "PCMU/8000/1", 8000, 1),
    "g722": ("g722", "G722/16000/1", 16000, 1),
    "opus": ("opus", "opus/48000/2", 48000, 2),
}
CONFIG = """
poll_method epoll
sip_listen 127.0.0.1:0
net_interface 127.0.0.1
call_max_calls 4
audio_source aufile,{sound}
audio_player aubridge,nowhere
audio_alert aubridge,nowhere
ring_aufile none
ausrc_srate {rate}
auplay_srate {rate}
ausrc_channels {channels}
auplay_channels {channels}
rtp_ports {rtp}-{rtp_last}
jitter_buffer_delay 2-4
snd_path {folder}/heard
module_path {modules}
module {codec}.so
module aufile.so
module aubridge.so
module sndfile.so
{srtp}module_app account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control}
"""


class Baresip:
    def __init__(self, server, extension, password, transport="udp", codec="pcmu", srtp=None,
                 hz=700, answer="manual"):
        module, name, rate, channels = CODECS[codec]
        self.folder = Path(tempfile.mkdtemp(prefix="baresip-"))
        (self.folder / "heard").mkdir()
        self._write_sound(hz, rate, channels)
        control = free_port(socket.SOCK_STREAM)
        rtp = free_port() & ~1
        (self.folder / "config").write_text(CONFIG.format(
            sound=self.folder / "sound.wav", rate=rate, channels=channels, codec=module,
            folder=self.folder, control=control, modules=MODULES, rtp=rtp, rtp_last=rtp + 40,
            srtp="module srtp.so\n" if srtp else ""))
        (self.folder / "accounts").write_text(
            "<sip:%s@127.0.0.1:%d;transport=%s>;auth_user=%s;auth_pass=%s;regint=300;"
            "answermode=%s;audio_codecs=%s%s\n" %
            (extension, server.sip_port(transport), transport, extension, password, answer, name,
             ";mediaenc=" + srtp if srtp else ""))
        self.output = open(self.folder / "output", "wb")
        self.process = subprocess.Popen(
            ["baresip", "-4", "-f", str(self.folder), "-p", str(self.folder)],
            stdin=subprocess.DEVNULL, stdout=self.output, stderr=subprocess.STDOUT,
            env=dict(os.environ, HOME=str(self.folder)))
        assert wait_until(lambda: self._connect(control), 20), self.log()

    def _write_sound(self, hz, rate, channels):
        one_second = audio.tone(hz, 1.0, rate=rate)
        frames = [sample for sample in one_second for _ in range(channels)]
        with wave.open(str(self.folder / "sound.wav"), "wb") as file:
            file.setnchannels(channels)
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes(struct.pack("<%dh" % len(frames), *frames) * 60)

    def _connect(self, port):
        assert self.process.poll() is None, self.log()
        try:
            self.control = socket.create_connection(("127.0.0.1", port), 2)
        except OSError:
            return False
        return True

    def command(self, name, parameters=""):
        """A command of its menu: accept, hangup, hold, resume."""
        text = json.dumps({"command": name, "params": parameters, "token": "t"})
        self.control.sendall(("%d:%s," % (len(text), text)).encode())

    def wait_log(self, pattern, limit=15):
        assert wait_until(lambda: re.search(pattern, self.log()), limit), \
            "no %r in\n%s" % (pattern, self.log())

    def log(self):
        return (self.folder / "output").read_text(errors="replace")

    def heard(self):
        """(rate, samples) of what it heard in its last call, first channel; after the call."""
        files = sorted((self.folder / "heard").glob("dump-*-dec.wav"),
                       key=lambda path: path.stat().st_mtime)
        assert files, "nothing was kept:\n" + self.log()
        rate, channels = audio.read_wav(files[-1])
        return rate, channels[0]

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.control.close()
        self.output.close()
        (self.folder / "sound.wav").unlink(missing_ok=True)    # of megabytes; the log stays

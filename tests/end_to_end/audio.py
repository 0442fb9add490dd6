"""Sound as numbers: G.711 mu-law, tones, and finding a tone again (Goertzel)."""
import io
import math
import struct
import wave
from pathlib import Path

RATE = 8000


def mulaw_encode(sample):
    """One 16-bit sample as a mu-law byte (ITU-T G.711)."""
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), 32635) + 132
    exponent = max(magnitude.bit_length() - 8, 0)
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    return ~(sign | exponent << 4 | mantissa) & 0xFF


def _mulaw_decode(byte):
    byte = ~byte & 0xFF
    magnitude = (((byte & 0x0F) << 3) + 132 << (byte >> 4 & 7)) - 132
    return -magnitude if byte & 0x80 else magnitude


DECODED = [_mulaw_decode(byte) for byte in range(256)]


def tone(hz, seconds, amplitude=9000, rate=RATE):
    """A tone as 16-bit samples."""
    return [int(amplitude * math.sin(2 * math.pi * hz * n / rate))
            for n in range(int(seconds * rate))]


def tone_mulaw(hz, seconds):
    return bytes(mulaw_encode(sample) for sample in tone(hz, seconds))


def decode(payload):
    return [DECODED[byte] for byte in payload]


def share_of(samples, hz, rate=RATE):
    """The share of the energy of `samples` that is at `hz`: 1.0 is a pure tone, 0 none of it."""
    if not samples:
        return 0.0
    energy = sum(sample * sample for sample in samples)
    if energy == 0:
        return 0.0
    omega = 2 * math.pi * hz / rate
    coefficient = 2 * math.cos(omega)
    previous, before = 0.0, 0.0
    for sample in samples:
        previous, before = sample + coefficient * previous - before, previous
    power = previous * previous + before * before - coefficient * previous * before
    return 2 * power / (energy * len(samples))


def loudness(samples):
    """Root mean square: 0 is silence."""
    if not samples:
        return 0.0
    return math.sqrt(sum(sample * sample for sample in samples) / len(samples))


def seconds_of(samples, hz, rate=RATE, share=0.7, window=0.05):
    """For how many seconds `hz` is what is heard, window by window."""
    size = int(rate * window)
    heard = 0
    for start in range(0, len(samples) - size + 1, size):
        part = samples[start:start + size]
        if loudness(part) > 100 and share_of(part, hz, rate) > share:
            heard += 1
    return heard * window


def read_wav(path):
    """(rate, channels as lists of samples) of a 16-bit WAV file."""
    return read_wav_bytes(Path(path).read_bytes())


def read_wav_bytes(content):
    with wave.open(io.BytesIO(content), "rb") as file:
        assert file.getsampwidth() == 2
        channels, rate = file.getnchannels(), file.getframerate()
        raw = file.readframes(file.getnframes())
    values = struct.unpack("<%dh" % (len(raw) // 2), raw)
    return rate, [list(values[c::channels]) for c in range(channels)]


def write_wav(path, samples, rate=RATE):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(struct.pack("<%dh" % len(samples), *samples))

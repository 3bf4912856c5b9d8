"""Bursts in WAV files, and when they come out again."""

import array
import math
import wave

RATE = 48000
# A burst each second: long enough for every codec, short enough to have one beginning.
BURST_S = 0.06
BURST_HZ = 1000


def write_bursts(path, seconds=30):
    """A file with a burst at each full second after the first."""
    samples = array.array("h", bytes(2 * RATE * seconds))
    for second in range(1, seconds):
        for index in range(int(BURST_S * RATE)):
            samples[second * RATE + index] = int(16000 * math.sin(2 * math.pi * BURST_HZ * index / RATE))
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())


def read(path):
    """Samples of a mono 16-bit file that may still grow."""
    with open(path, "rb") as file:
        data = file.read()
    start = data.index(b"data") + 8
    return array.array("h", data[start:start + (len(data) - start) // 2 * 2])


def length(path):
    """Seconds recorded so far, from the size of the file."""
    with open(path, "rb") as file:
        head = file.read(4096)
        file.seek(0, 2)
        return (file.tell() - head.index(b"data") - 8) / 2 / RATE


def bursts(samples):
    """Where bursts begin, in seconds: the first sample over a fifth of the loudest, after half a second below it."""
    limit = max((abs(sample) for sample in samples), default=0) / 5
    if limit < 300:
        return []
    found, quiet_since = [], 0
    for index, sample in enumerate(samples):
        if abs(sample) > limit:
            if index - quiet_since > RATE // 2:
                found.append(index / RATE)
            quiet_since = index
    return found

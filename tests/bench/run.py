"""Measures the figures of the README on this machine with target/release/tandem and prints them beside their targets.

    python3 tests/bench/run.py [name ...]       all, or only those named: start, memory, many, call, window, setup, delay;
                                                only by name: loop

Every figure is a measurement, not a test: nothing fails because a machine is slow. What could not be measured says why.
"""

import os
import shutil
import statistics
import sys
import tempfile
import time

from rig import TANDEM, Display, Tandem

import caller
import wire
import service
import sound
from people import ALICE, DOMAIN
from processes import Failure, Processes

QUIET = '\ninput = "null"\noutput = "null"\nring = "null"\n'
PLAIN = "echo-cancellation = false\nnoise-suppression = false\ngain-control = false\n"


class Bench:
    """One folder with servers and colleagues, and the rows measured in it."""

    def __init__(self, strangers=0):
        self.folder = tempfile.mkdtemp(prefix="tandem-bench-")
        self.processes = Processes(os.path.join(self.folder, "logs"))
        self.strangers = strangers

    def __enter__(self):
        self.where = service.start_services(self.processes, self.folder, self.strangers)
        return self

    def __exit__(self, *_):
        self.processes.end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def profile(self, name, more):
        """A fresh profile of Alice's."""
        folder = os.path.join(self.folder, name)
        resolver = int(self.where["resolver"].rsplit(":", 1)[1])
        service.write_profile(folder, self.where["ca_file"], resolver, more)
        return folder


def row(name, value, target):
    """One line of the table."""
    print(f"| {name} | {value} | {target} |", flush=True)


def wait(what, condition, seconds=30.0):
    """Waits without long pauses: the figures are milliseconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Failure(f"{what} did not happen within {seconds:.0f} s")
        time.sleep(0.002)


def measure_start():
    """From the start of the program to its window, and to both services."""
    with Bench() as bench:
        display = Display(bench.processes, bench.folder)
        windows, logins = [], []
        for turn in range(6):
            profile = bench.profile(f"start{turn}", QUIET)
            tandem = Tandem(bench.processes, profile, display)
            wait("The window", display.window)
            windows.append(time.monotonic() - tandem.started)
            tandem.end()
            bench.processes.running.pop()
            tandem = Tandem(bench.processes, profile)
            wait("Signing in", tandem.online)
            logins.append(time.monotonic() - tandem.started)
            tandem.end()
            bench.processes.running.pop()
        # The first turn warms the caches.
        row("start to the window, warm", f"{statistics.median(windows[1:]) * 1000:.0f} ms", "200 ms")
        row("start to both services signed in, warm", f"{statistics.median(logins[1:]) * 1000:.0f} ms", "400 ms")


def settle(tandem, seconds):
    """Waits until the memory stays the same, at most `seconds`."""
    last, deadline = 0.0, time.monotonic() + seconds
    while time.monotonic() < deadline:
        time.sleep(3)
        now = tandem.memory()
        if abs(now - last) < 0.2:
            return
        last = now


def measure_memory():
    """Memory and processor time of the idle window with ten contacts."""
    with Bench() as bench:
        display = Display(bench.processes, bench.folder)
        tandem = Tandem(bench.processes, bench.profile("idle", QUIET), display)
        wait("Signing in", tandem.online)
        settle(tandem, 30)
        row("memory, idle, 10 contacts (PSS)", f"{tandem.memory():.1f} MiB", "50 MiB")
        before, since = tandem.cpu_seconds(), time.monotonic()
        time.sleep(30)
        share = (tandem.cpu_seconds() - before) / (time.monotonic() - since)
        row("processor, idle", f"{share * 100:.3f} %", "0.1 %")


def measure_many():
    """Large rosters."""
    with Bench(5000) as bench:
        tandem = Tandem(bench.processes, bench.profile("many", QUIET))
        wait("Signing in", tandem.online)
        row("start to both services signed in, 5,000 contacts", f"{(time.monotonic() - tandem.started) * 1000:.0f} ms", "1000 ms")
        row("processor time until then", f"{tandem.cpu_seconds():.2f} s", "0.5 s")
        tandem.end()
    with Bench(10_000) as bench:
        display = Display(bench.processes, bench.folder)
        tandem = Tandem(bench.processes, bench.profile("many", QUIET), display)
        wait("Signing in", tandem.online)
        # One page of the answer; the list arrives whole or not at all.
        wait("The list of contacts", lambda: len(tandem.ask("contacts")) >= 500)
        settle(tandem, 60)
        row("memory, idle, 10,000 contacts (PSS)", f"{tandem.memory():.1f} MiB", "65 MiB")


def measure_call():
    """Processor time in an Opus call, plain and with everything that makes speech clear."""
    for name, processing, target in (("", PLAIN, "5 %"), (" with echo, noise and gain processing", "", "12 %")):
        with Bench() as bench:
            spoken = os.path.join(bench.folder, "spoken.wav")
            sound.write_bursts(spoken)
            more = f'\ninput = "file:{spoken}?loop"\noutput = "file:{bench.folder}/heard.wav"\nring = "null"\n{processing}'
            tandem = Tandem(bench.processes, bench.profile("call", more))
            wait("Signing in", tandem.online)
            tandem.ask("call", to=f"sip:bob@{DOMAIN}")
            wait("The call", lambda: tandem.call_in("active"))
            codec = tandem.call_in("active")["media"]["codec"]
            time.sleep(2)
            before, since = tandem.cpu_seconds(), time.monotonic()
            time.sleep(20)
            share = (tandem.cpu_seconds() - before) / (time.monotonic() - since)
            row(f"processor, {codec} call over SRTP{name}, of one core", f"{share * 100:.1f} %", target)


def measure_window():
    """What the window costs in a call while its meter moves: processor time with it, less that of the same call without."""
    shares = []
    for with_window in (False, True):
        with Bench() as bench:
            spoken = os.path.join(bench.folder, "spoken.wav")
            sound.write_bursts(spoken)
            more = f'\ninput = "file:{spoken}?loop"\noutput = "file:{bench.folder}/heard.wav"\nring = "null"\n{PLAIN}'
            display = Display(bench.processes, bench.folder) if with_window else None
            tandem = Tandem(bench.processes, bench.profile("window", more), display)
            wait("Signing in", tandem.online)
            tandem.ask("call", to=f"sip:bob@{DOMAIN}")
            wait("The call", lambda: tandem.call_in("active"))
            time.sleep(5)
            before, since = tandem.cpu_seconds(), time.monotonic()
            time.sleep(20)
            shares.append((tandem.cpu_seconds() - before) / (time.monotonic() - since) * 100)
    row("processor, the window in a call while its meter moves, of one core", f"{shares[1] - shares[0]:.1f} % ({shares[1]:.1f} % with the call)", "3 %")


def measure_setup():
    """Our own share of setting a call up: a caller in the same socket as the registrar, no proxy between."""
    with Bench() as bench:
        phone = caller.Caller(DOMAIN)
        profile = bench.profile("setup", QUIET)
        config = os.path.join(profile, "config.toml")
        with open(config, encoding="utf-8") as file:
            text = file.read()
        proxy = f'transport = "udp"\noutbound-proxy = "sip:127.0.0.1:{phone.port};transport=udp"\n'
        with open(config, "w", encoding="utf-8") as file:
            file.write(text.replace("display-name", proxy + "display-name"))
        tandem = Tandem(bench.processes, profile)
        phone.serve(20, tandem.online)

        def answer():
            call = tandem.call_in("ringing", "incoming")
            tandem.ask("answer", call=call["id"])

        rings, firsts = [], []
        for _ in range(10):
            rang, first = phone.call(answer)
            rings.append(rang)
            firsts.append(first)
        row("INVITE to 180", f"{statistics.median(rings) * 1000:.1f} ms (worst of 10: {max(rings) * 1000:.1f})", "3 ms")
        row("200 to the first RTP packet", f"{statistics.median(firsts) * 1000:.1f} ms (worst of 10: {max(firsts) * 1000:.1f})", "10 ms")


def clock_of(path, seconds=3.0):
    """When the recording at `path` began, from how its length grows: the earliest that any length allows."""
    began, deadline = float("inf"), time.monotonic() + seconds
    while time.monotonic() < deadline:
        length = sound.length(path)
        began = min(began, time.monotonic() - length)
        time.sleep(0.0005)
    return began


def measure_delay():
    """Mouth to ear between two of ours: bursts in Alice's input file, found in Bob's output file."""
    with Bench() as bench:
        spoken = os.path.join(bench.folder, "spoken.wav")
        sound.write_bursts(spoken)
        profiles = {}
        for user, source in (("alice", f"file:{spoken}"), ("dave", "null")):
            more = f'\ninput = "{source}"\noutput = "file:{bench.folder}/{user}.wav"\nring = "null"\n{PLAIN}'
            profile = bench.profile(f"delay-{user}", more)
            for name in ("config.toml", "password"):
                path = os.path.join(profile, name)
                with open(path, encoding="utf-8") as file:
                    text = file.read()
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text.replace(f"{ALICE.user}@", f"{user}@").replace(ALICE.password, f"{user}-demo"))
            profiles[user] = Tandem(bench.processes, profile, name=user)
        alice, dave = profiles["alice"], profiles["dave"]
        wait("Signing in", lambda: alice.online() and dave.online())
        alice.ask("call", to=f"sip:dave@{DOMAIN}")
        wait("Ringing", lambda: dave.call_in("ringing"))
        dave.ask("answer", call=dave.call_in("ringing")["id"])
        wait("The call", lambda: alice.call_in("active"))
        wait("The recordings", lambda: all(os.path.exists(f"{bench.folder}/{user}.wav") for user in profiles))
        # Alice's input and output start together: her recording tells when her input began.
        spoken_from = clock_of(f"{bench.folder}/alice.wav")
        heard_from = clock_of(f"{bench.folder}/dave.wav")
        time.sleep(12)
        heard = [heard_from + at - spoken_from for at in sound.bursts(sound.read(f"{bench.folder}/dave.wav"))]
        delays = [at - round(at - 0.1) for at in heard if at > 2.5]
        if not delays:
            raise Failure("no burst arrived")
        row("mouth to ear, file devices, Opus, 10 ms packets",
            f"{statistics.median(delays) * 1000:.0f} ms (worst of {len(delays)}: {max(delays) * 1000:.0f})", "70 ms")


def measure_loop():
    """Mouth to ear with somebody else's phone: Bob's baresip repeats what it hears.

    All times are of one clock: when loud packets leave us and come back is seen on the wire, when they are heard in the
    recording. What baresip keeps is between the two packets and counts for nothing.
    """
    with Bench() as bench:
        spoken, heard = os.path.join(bench.folder, "spoken.wav"), os.path.join(bench.folder, "heard.wav")
        sound.write_bursts(spoken)
        more = f'\ninput = "file:{spoken}"\noutput = "file:{heard}"\nring = "null"\ncodecs = ["PCMU"]\n{PLAIN}'
        profile = bench.profile("loop", more)
        config = os.path.join(profile, "config.toml")
        with open(config, encoding="utf-8") as file:
            text = file.read()
        with open(config, "w", encoding="utf-8") as file:
            # What is loud can be seen on the wire only where it is open.
            file.write(text.replace("display-name", 'media-encryption = "off"\ndisplay-name'))
        tandem = Tandem(bench.processes, profile)
        wait("Signing in", tandem.online)
        with wire.Wire(tandem.process.pid) as seen:
            tandem.ask("call", to=f"sip:bob@{DOMAIN}")
            wait("The call", lambda: tandem.call_in("active"))
            wait("The recording", lambda: os.path.exists(heard))
            began = clock_of(heard)
            time.sleep(12)
        left, came = seen.bursts()
        bursts = [began + at for at in sound.bursts(sound.read(heard))]
        mouths, ears, own = [], [], []
        for gone, collected in left:
            back = next((at for at in came if gone < at < gone + 0.9), None)
            ear = back and next((at for at in bursts if back - 0.02 < at < back + 0.5), None)
            if ear:
                mouths.append(collected)
                ears.append(ear - back)
                own.append(back - gone)
        if len(ears) < 3:
            raise Failure("no burst came back")
        mouth, ear, keeps = (statistics.median(values) * 1000 for values in (mouths, ears, own))
        row("mouth to ear with a baresip that repeats, G.711, packets of 20 ms",
            f"{mouth + ear:.0f} ms ({mouth:.0f} until the packet leaves, {ear:.0f} from its arrival until it is heard; "
            f"baresip keeps it for {keeps:.0f})", "70 ms")


MEASUREMENTS = {"start": measure_start, "memory": measure_memory, "many": measure_many, "call": measure_call, "window": measure_window, "setup": measure_setup,
                "delay": measure_delay, "loop": measure_loop}


def main():
    """Runs what was asked for."""
    wished = sys.argv[1:] or [name for name in MEASUREMENTS if name != "loop"]
    if any(name not in MEASUREMENTS for name in wished):
        print(__doc__, file=sys.stderr)
        return 2
    if not os.path.exists(TANDEM):
        print(f"{TANDEM} is missing: run cargo build --release", file=sys.stderr)
        return 1
    print("| what | measured | target |\n| --- | --- | --- |", flush=True)
    failed = 0
    for name in wished:
        try:
            MEASUREMENTS[name]()
        except (Failure, OSError, KeyError, TypeError, TimeoutError, ValueError) as error:
            failed = 1
            row(name, f"not measured: {error}", "")
    return failed


if __name__ == "__main__":
    sys.exit(main())

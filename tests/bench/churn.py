"""Calls without end: what thousands of them, and an hour of sound, leave behind in the running program (F12, F17).

    python3 tests/bench/churn.py calls [COUNT]          calls that are answered and hung up, one after the other (10000)
    python3 tests/bench/churn.py aborted [COUNT]        calls that are given up while they ring (10000)
    python3 tests/bench/churn.py soak [MINUTES] [CALLS] so many calls at once for so long (60 minutes, 1 call)
    python3 tests/bench/churn.py load [RATE] [COUNT]    SIPp places calls at this rate a second and gives them up (20, 1000)

TANDEM names another program than target/release/tandem. Everything runs on 127.0.0.1 with servers of its own; memory is the
program's resident set, without the time in which what is kept on purpose (the last 200 calls) fills.
"""

import os
import re
import subprocess
import sys
import time

from rig import TANDEM, Tandem

from people import DOMAIN
from processes import Failure, free_ports, program
from run import PLAIN, QUIET, Bench, row, wait

import caller

WARM = 300


def state(tandem):
    """Resident memory in KiB, open files, threads, and the calls that live."""
    folder = f"/proc/{tandem.process.pid}"
    with open(f"{folder}/status", encoding="ascii", errors="replace") as file:
        text = file.read()
    resident = int(re.search(r"^VmRSS:\s+(\d+)", text, re.M)[1])
    threads = int(re.search(r"^Threads:\s+(\d+)", text, re.M)[1])
    return {"memory": resident, "files": len(os.listdir(f"{folder}/fd")), "threads": threads, "calls": len(tandem.ask("calls") or [])}


def told(what, before, after, target):
    """The row of a growth, and whether it is within its bound."""
    grown = (after["memory"] - before["memory"]) / 1024
    files, threads = after["files"] - before["files"], after["threads"] - before["threads"]
    row(what, f"{grown:+.1f} MiB, {files:+} files, {threads:+} threads, {after['calls']} calls left", target)
    return grown < 10 and files <= 0 and threads <= 0 and after["calls"] == 0


def direct(bench, more=""):
    """Tandem, and a caller that is its registrar, without a proxy between."""
    phone = caller.Caller(DOMAIN)
    profile = bench.profile("churn", QUIET + more)
    path = os.path.join(profile, "config.toml")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    proxy = f'transport = "udp"\noutbound-proxy = "sip:127.0.0.1:{phone.port};transport=udp"\n'
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace("display-name", proxy + "display-name"))
    tandem = Tandem(bench.processes, profile)
    phone.serve(20, tandem.online)
    return phone, tandem


def churn(count, aborted):
    """One call after the other."""
    with Bench() as bench:
        phone, tandem = direct(bench)

        def answer():
            call = tandem.call_in("ringing", "incoming")
            tandem.ask("answer", call=call["id"])

        def one():
            if aborted:
                phone.give_up()
                # Registrations and questions that came meanwhile.
                phone.serve(0.01)
            else:
                phone.call(answer)

        # A phone keeps an answered INVITE for 32 seconds (RFC 6026, timer L), and 256 of them at most.
        phone.rest = 0.12
        for _ in range(min(WARM, count)):
            one()
        before, began = state(tandem), time.monotonic()
        for _ in range(count):
            one()
        wait("The last call's end", lambda: not tandem.ask("calls"))
        # Sockets close after the goodbyes.
        time.sleep(2)
        taken = time.monotonic() - began
        kind = "aborted calls" if aborted else "calls"
        good = told(f"{count} {kind}, one after the other ({taken:.0f} s)", before, state(tandem), "10 MiB, 0, 0, 0")
        return 0 if good else 1


def soak(minutes, calls):
    """Sound for long: memory and underruns, every minute."""
    with Bench() as bench:
        tandem = Tandem(bench.processes, bench.profile("soak", f"{QUIET}{PLAIN}"))
        wait("Signing in", tandem.online)
        for number in range(calls):
            tandem.ask("call", to=f"sip:bob@{DOMAIN}")
            wait("The call", lambda: tandem.call_in("active"))
            # A second call puts the first on hold: joined, all of them have sound.
            if number:
                names = ",".join(call["id"] for call in tandem.ask("calls"))
                tandem.ask("conference", action="create", calls=names)
        wait("The calls", lambda: all(call["state"] == "active" for call in tandem.ask("calls") or [{"state": ""}]))
        time.sleep(10)
        names = [call["id"] for call in tandem.ask("calls")]
        first = {name: tandem.ask("stats", call=name) for name in names}
        before, spent, began = state(tandem), tandem.cpu_seconds(), time.monotonic()
        for minute in range(minutes):
            time.sleep(60)
            print(f"minute {minute + 1}: {state(tandem)}", file=sys.stderr, flush=True)
        after, last = state(tandem), {name: tandem.ask("stats", call=name) for name in names}
        hours = (time.monotonic() - began) / 3600
        slope = (after["memory"] - before["memory"]) / 1024 / hours
        underruns = max(last[name]["underruns"] - first[name]["underruns"] for name in names)
        delay = max(last[name]["buffer_ms"] - first[name]["buffer_ms"] for name in names)
        share = (tandem.cpu_seconds() - spent) / (time.monotonic() - began) * 100
        row(f"{calls} calls for {minutes} minutes: memory", f"{slope:+.2f} MiB an hour", "1 MiB an hour")
        row("underruns; growth of the buffer; processor", f"{underruns}; {delay:+.0f} ms; {share:.1f} % of a core", "0; 20 ms")
        return 0 if slope < 1 and underruns == 0 and delay < 20 else 1


def load(rate, count):
    """SIPp as the caller, through the call server: every call rings and is given up; what it costs us."""
    with Bench() as bench:
        tandem = Tandem(bench.processes, bench.profile("load", QUIET))
        wait("Signing in", tandem.online)
        scenario = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data", "sipp", "cancel.xml")
        proxy = f"127.0.0.1:{bench.where['sip']['udp']}"
        before, spent, began = state(tandem), tandem.cpu_seconds(), time.monotonic()
        arguments = [program("sipp"), proxy, "-sf", scenario, "-m", str(count), "-r", str(rate), "-nostdin", "-i", "127.0.0.1",
                     "-p", str(free_ports(1)[0]), "-s", "alice", "-key", "domain", DOMAIN, "-au", "bob", "-ap", "bob-demo", "-key",
                     "caller", "bob", "-timeout", "300s"]
        done = subprocess.run(arguments, cwd=bench.folder, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        taken = time.monotonic() - began
        cost = (tandem.cpu_seconds() - spent) / count * 1000
        row(f"SIPp, {count} calls at {rate} a second", f"{count / taken:.1f} a second, {cost:.2f} ms of processor a call", "")
        told("after them", before, state(tandem), "10 MiB, 0, 0, 0")
        return done.returncode


def main():
    """Runs what was asked for."""
    words = sys.argv[1:]
    if not words or words[0] not in ("calls", "aborted", "soak", "load"):
        print(__doc__, file=sys.stderr)
        return 2
    if not os.path.exists(TANDEM):
        print(f"{TANDEM} is missing: run cargo build --release", file=sys.stderr)
        return 1
    numbers = [int(word) for word in words[1:]]
    print(f"load of the machine: {os.getloadavg()}", file=sys.stderr)
    try:
        if words[0] == "soak":
            return soak(*(numbers + [60, 1][len(numbers):]))
        if words[0] == "load":
            return load(*(numbers + [20, 1000][len(numbers):]))
        return churn(numbers[0] if numbers else 10_000, words[0] == "aborted")
    except Failure as error:
        print(f"churn: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())

"""What the measurements and the pictures need: a display, a running Tandem, and its control socket."""

import json
import os
import re
import socket
import subprocess
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(TOP, "scripts", "demo"))

from processes import Failure, program, wait_for  # noqa: E402 (the demo's folder has to be known first)

TANDEM = os.environ.get("TANDEM") or os.path.join(TOP, "target", "release", "tandem")
SIZE = (1280, 800)


class Display:
    """An X server of one's own."""

    def __init__(self, processes, folder):
        log = os.path.join(processes.log_folder, "xvfb.log")
        processes.start("xvfb", [program("Xvfb"), "-displayfd", "1", "-noreset", "-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24", "-nolisten", "tcp"])
        found = []

        def ready():
            with open(log, encoding="utf-8", errors="replace") as file:
                found[:] = re.findall(r"^(\d+)$", file.read(), re.M)
            return bool(found)

        wait_for("An X display", ready, alive=processes.check)
        self.name = f":{found[-1]}"
        self.folder = folder

    def run(self, *arguments, check=True):
        """Runs an X program on this display; answers what it printed."""
        done = subprocess.run([program(arguments[0]), *arguments[1:]], env={**os.environ, "DISPLAY": self.name},
                              stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if check and done.returncode != 0:
            raise Failure(f"{' '.join(arguments)}: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout if done.returncode == 0 else b""

    def window(self):
        """The number of Tandem's visible window, or nothing."""
        return self.run("xdotool", "search", "--onlyvisible", "--name", "Tandem", check=False).decode().split("\n")[0]

    def picture(self, path):
        """Saves what the screen shows."""
        self.run("import", "-window", "root", path)


class Tandem:
    """A running Tandem and its control socket."""

    def __init__(self, processes, profile, display=None, name="tandem", desktop=None, more=()):
        runtime = os.path.join(profile, "run")
        os.makedirs(runtime, mode=0o700, exist_ok=True)
        environment = {**os.environ, "XDG_RUNTIME_DIR": runtime, "WAYLAND_DISPLAY": "", "DISPLAY": display.name if display else ""}
        if desktop:
            environment["DBUS_SESSION_BUS_ADDRESS"] = desktop.address
        self.profile = profile
        self.control = os.path.join(profile, "control.path")
        if os.path.exists(self.control):
            os.unlink(self.control)
        arguments = [TANDEM, "--profile", profile] + ([] if display else ["--headless"]) + list(more)
        self.started = time.monotonic()
        self.process = processes.start(name, arguments, env=environment)

    def ask(self, method, **parameters):
        """One request; nothing when there is no answer yet."""
        try:
            with open(self.control, encoding="utf-8") as file:
                path = file.read().strip()
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(5)
                connection.connect(path)
                request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
                connection.sendall(json.dumps(request).encode() + b"\n")
                with connection.makefile("r", encoding="utf-8") as lines:
                    reply = json.loads(lines.readline())
        except (OSError, ValueError):
            return None
        if "error" in reply:
            raise Failure(f"{method}: {reply['error']}")
        return reply.get("result")

    def online(self):
        """Whether both services are there."""
        status = self.ask("status") or {}
        states = [account["state"] for account in status.get("accounts", [])]
        return len(states) == 2 and all(state == "online" for state in states)

    def call_in(self, state, direction=None):
        """A call in this state, or nothing."""
        for call in self.ask("calls") or []:
            if call["state"] == state and direction in (None, call["direction"]):
                return call
        return None

    def cpu_seconds(self):
        """Processor time of all threads so far, to the nanosecond."""
        total = 0
        for task in os.listdir(f"/proc/{self.process.pid}/task"):
            try:
                with open(f"/proc/{self.process.pid}/task/{task}/schedstat", encoding="ascii") as file:
                    total += int(file.read().split()[0])
            except OSError:
                continue
        return total / 1e9

    def memory(self):
        """Proportional set size in MiB."""
        with open(f"/proc/{self.process.pid}/smaps_rollup", encoding="ascii") as file:
            return int(re.search(r"^Pss:\s+(\d+)", file.read(), re.M)[1]) / 1024

    def end(self):
        """Ends it and waits."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

"""Starts programs of the demo, and ends every one of them with its children."""

import ctypes
import os
import random
import shutil
import signal
import socket
import subprocess
import time

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
# Where Debian and Ubuntu keep servers; not in an ordinary user's PATH.
SYSTEM_FOLDERS = ["/usr/local/sbin", "/usr/sbin", "/sbin"]


class Failure(Exception):
    """Something that the user has to know, in one sentence or a few lines."""


def program(name):
    """The full path of a program."""
    path = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", "")] + SYSTEM_FOLDERS))
    if path is None:
        raise Failure(f"{name} is not installed. scripts/install demo installs it.")
    return path


def free_ports(count, kind=socket.SOCK_STREAM):
    """Ports of 127.0.0.1 that are free for TCP and UDP at this moment, all different."""
    held, ports = [], []
    try:
        while len(ports) < count:
            stream = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            datagram = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            held += [stream, datagram]
            stream.bind(("127.0.0.1", 0))
            port = stream.getsockname()[1]
            try:
                datagram.bind(("127.0.0.1", port))
            except OSError:
                continue
            ports.append(port)
    finally:
        for one in held:
            one.close()
    return ports


def free_pair():
    """A port of 127.0.0.1 that is free for TCP and UDP together with the next one: baresip takes both. It lies below
    the ports that the system gives out by itself, so that nobody is given the second one meanwhile."""
    while True:
        port = 10000 + 2 * random.randrange(3000)
        held = []
        try:
            for number in (port, port + 1):
                for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                    held.append(socket.socket(socket.AF_INET, kind))
                    held[-1].bind(("127.0.0.1", number))
            return port
        except OSError:
            continue
        finally:
            for one in held:
                one.close()


def wait_for(what, condition, seconds=20.0, alive=None):
    """Waits until `condition()` is true; `alive()` may raise a better Failure meanwhile."""
    deadline = time.monotonic() + seconds
    while not condition():
        if alive is not None:
            alive()
        if time.monotonic() > deadline:
            raise Failure(f"{what} did not happen within {seconds:.0f} s")
        time.sleep(0.03)


def listens(port):
    """Whether something accepts TCP connections at this port of 127.0.0.1."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Processes:
    """What the demo started, in the order of starting."""

    def __init__(self, log_folder):
        self.log_folder = log_folder
        self.running = []
        os.makedirs(log_folder, exist_ok=True)
        self.libc = ctypes.CDLL(None, use_errno=True)
        # Orphans of a server come to us, so that none stays behind.
        self.libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def start(self, name, argv, env=None, folder=None, output=None):
        """Starts a program in its own process group; its output goes to the log folder."""
        log = output if output is not None else open(os.path.join(self.log_folder, f"{name}.log"), "ab")
        # Dies with us even when we are killed. The call is looked up beforehand: between fork and exec only it runs.
        prctl = self.libc.prctl
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT if output is None else None,
            env=env,
            cwd=folder,
            start_new_session=True,
            preexec_fn=lambda: prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0),
        )
        if output is None:
            log.close()
        self.running.append((name, process))
        return process

    def check(self):
        """Raises a Failure that names a server which has ended by itself, with the end of its log."""
        for name, process in self.running:
            if process.poll() is not None:
                log = os.path.join(self.log_folder, f"{name}.log")
                tail = ""
                if os.path.exists(log):
                    with open(log, errors="replace") as file:
                        tail = "".join(file.readlines()[-15:])
                raise Failure(f"{name} ended by itself (status {process.returncode}). The end of {log}:\n{tail}")

    def end(self):
        """Ends everything, the last first, and reaps it."""
        for _, process in reversed(self.running):
            signal_group(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + 4
        for name, process in reversed(self.running):
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                pass
            signal_group(process.pid, signal.SIGKILL)
            process.wait()
        self.running = []
        reap()


def signal_group(group, number):
    """Sends a signal to a process group that may have gone."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        pass


def reap():
    """Collects children that were left to us."""
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            time.sleep(0.02)

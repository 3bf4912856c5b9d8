"""The demo: a small company on this machine, and Alice's Tandem signed in to it.

    python3 scripts/demo window            starts everything and opens the window
    python3 scripts/demo headless          the same without a window, until Ctrl-C or `tandem ctl quit`
    python3 scripts/demo serve             everything except Tandem; prints where it is as one line of JSON

TANDEM_DEMO_DIR=DIR keeps everything in DIR (Alice's profile is DIR/alice); otherwise it is a temporary folder that is
removed at the end. TANDEM=PATH names another program than target/release/tandem.
"""

import json
import os
import shutil
import signal
import sys
import time

# The demo leaves nothing in the source tree.
sys.dont_write_bytecode = True

from processes import Failure, Processes  # noqa: E402
from sign_in import SignIn  # noqa: E402
from service import prepare_folder, say, start_services  # noqa: E402

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def run_tandem(processes, mode, where):
    """Runs Alice's Tandem until it ends; answers its exit status."""
    path = os.environ.get("TANDEM") or os.path.join(TOP, "target", "release", "tandem")
    if not os.path.exists(path):
        raise Failure(f"{path} is missing: run cargo build --release")
    arguments = [path, "--profile", where["profile"], "--resolver", where["resolver"], "--ca-file", where["ca_file"]]
    arguments += ["--headless"] if mode == "headless" else []
    shown = os.path.relpath(path)
    if mode == "headless":
        say(f"Alice is signed in without a window. Drive her with: {shown} --profile {where['profile']} ctl status")
        say("Ctrl-C ends everything.")
    else:
        say("Alice's window opens. Call Bob to hear yourself. Closing the window or Ctrl-C ends everything.")
    tandem = processes.start("tandem", arguments, output=sys.stderr)
    # What a person would type: an address and a password. Everything else is in the document that the domain leads to.
    SignIn(where["profile"], where["accounts"]["alice"]).start()
    while tandem.poll() is None:
        time.sleep(0.1)
    if tandem.returncode not in (0, -signal.SIGTERM, -signal.SIGINT):
        say(f"Tandem ended with status {tandem.returncode}")
        return 1
    return 0


def main():
    """Starts, waits, and ends everything whatever happens."""
    mode = sys.argv[1] if len(sys.argv) == 2 else ""
    if mode not in ("window", "headless", "serve"):
        print(__doc__, file=sys.stderr)
        return 2
    if mode == "window" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise Failure("there is no display to open a window on. make demo HEADLESS=1 runs Alice without one.")
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    folder, temporary = prepare_folder()
    processes = Processes(os.path.join(folder, "logs"))
    try:
        where = start_services(processes, folder, configured=mode == "serve")
        if mode != "serve":
            return run_tandem(processes, mode, where)
        print(json.dumps(where), flush=True)
        while True:
            processes.check()
            time.sleep(0.2)
    except SystemExit:
        say("ending")
        return 0
    finally:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        processes.end()
        if temporary:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        say(str(failure))
        sys.exit(1)

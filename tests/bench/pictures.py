"""Takes the pictures of docs/pictures from the running program, each light and dark: the main window, a call, an incoming call and the first start, under an X server of its own."""

import json
import os
import shutil
import socket
import sys
import tempfile
import time

from rig import SIZE, TANDEM, TOP, Display, Tandem

import service
from desktop import Desktop
from people import DOMAIN
from processes import Failure, Processes, wait_for

TARGET = os.path.join(TOP, "docs", "pictures")


def dial(where, who, address):
    """Makes a colleague's phone call (baresip's ctrl_tcp: a netstring of JSON)."""
    command = json.dumps({"command": "dial", "params": address}).encode()
    with socket.create_connection(("127.0.0.1", where["phones"][who]["control"])) as connection:
        connection.sendall(b"%d:%s," % (len(command), command))


class Window:
    """Alice's window and what a user does with it."""

    def __init__(self, processes, display, profile, theme, desktop=None, arguments=()):
        self.display = display
        self.theme = theme
        self.tandem = Tandem(processes, profile, display, desktop=desktop, more=arguments)
        wait_for("The window", display.window, alive=processes.check)
        number = display.window()
        display.run("xdotool", "windowsize", "--sync", number, str(SIZE[0]), str(SIZE[1]), check=False)
        display.run("xdotool", "windowmove", number, "0", "0", check=False)
        display.run("xdotool", "windowfocus", number, check=False)
        time.sleep(1)

    def keys(self, *names):
        """Presses keys."""
        self.display.run("xdotool", "key", "--clearmodifiers", "--delay", "60", *names)

    def person(self, name):
        """Opens a conversation."""
        self.keys("ctrl+k")
        self.display.run("xdotool", "type", "--delay", "40", name)
        self.keys("Return")

    def picture(self, name):
        """Takes a picture once everything stands still."""
        time.sleep(1.5)
        self.display.picture(os.path.join(TARGET, f"{name}-{self.theme}.png"))


def close_notice(window, processes):
    """The demo's phones know no login but MD5, and the window says so in a line with a cross at its end."""
    def level():
        return ((window.tandem.ask("status") or {}).get("parity") or {}).get("level")

    wait_for("The comparison of both connections", lambda: level() == "mismatch", alive=processes.check)
    time.sleep(2)
    window.display.run("xdotool", "mousemove", str(SIZE[0] - 34), "24")
    time.sleep(0.5)
    window.display.run("xdotool", "click", "1")
    window.display.run("xdotool", "mousemove", "640", "790")


def talk(window, processes):
    """A conversation with Bob."""
    ask = window.tandem.ask
    bob = f"bob@{DOMAIN}"
    wait_for("Bob's greeting", lambda: ask("messages", **{"with": bob}), alive=processes.check)
    for text in ("Good morning, Bob! One moment, I get my headset.", "Is this a good time? \U0001f642"):
        count = len(ask("messages", **{"with": bob}))
        ask("send", to=bob, body=text)
        wait_for("Bob's answer", lambda: len(ask("messages", **{"with": bob})) >= count + 2, alive=processes.check)


def calls(window, processes, where):
    """A call in full, and one that comes in."""
    ask = window.tandem.ask
    window.person("Bob")
    window.keys("ctrl+shift+Return")
    wait_for("The call", lambda: window.tandem.call_in("active"), alive=processes.check)
    time.sleep(1)
    # The arrow of the call's bar is found by its words' neighbour: the third button from the right.
    window.display.run("xdotool", "mousemove", str(SIZE[0] - 76), "28", "click", "1")
    window.display.run("xdotool", "mousemove", "640", "790")
    time.sleep(8)
    window.picture("call")
    window.keys("Escape")
    window.keys("ctrl+shift+d")
    wait_for("The call's end", lambda: not window.tandem.call_in("active"), alive=processes.check)
    window.person("Bob")
    # The line that says how it ended goes after a few seconds.
    time.sleep(10)
    dial(where, "carol", f"sip:alice@{DOMAIN}")
    wait_for("Carol's call", lambda: window.tandem.call_in("ringing", "incoming"), alive=processes.check)
    window.picture("incoming")
    window.keys("ctrl+shift+d")
    wait_for("The call's end", lambda: not ask("calls"), alive=processes.check)


def take(theme):
    """The pictures of one theme."""
    folder = tempfile.mkdtemp(prefix="tandem-pictures-")
    processes = Processes(os.path.join(folder, "logs"))
    try:
        where = service.start_services(processes, folder)
        resolver = int(where["resolver"].rsplit(":", 1)[1])
        profile = os.path.join(folder, "window")
        service.write_profile(profile, where["ca_file"], resolver,
                              f'\ninput = "null"\noutput = "null"\nring = "null"\n\n[appearance]\ntheme = "{theme}"\n')
        display = Display(processes, folder)
        window = Window(processes, display, profile, theme)
        wait_for("Signing in", window.tandem.online, alive=processes.check)
        close_notice(window, processes)
        talk(window, processes)
        window.person("Bob")
        window.picture("main")
        calls(window, processes, where)
        window.tandem.end()
        processes.running.pop()
        # Without a configuration the window is as the desktop is.
        empty = os.path.join(folder, "empty")
        os.makedirs(empty)
        first = Window(processes, display, empty, theme, Desktop(folder, theme == "dark"))
        first.picture("setup")
        first.tandem.end()
        processes.running.pop()
    finally:
        processes.end()
        shutil.rmtree(folder, ignore_errors=True)


def main():
    """Both themes."""
    if not os.path.exists(TANDEM):
        print(f"{TANDEM} is missing: run cargo build --release", file=sys.stderr)
        return 1
    os.makedirs(TARGET, exist_ok=True)
    try:
        for theme in ("light", "dark"):
            take(theme)
    except Failure as failure:
        print(f"pictures: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Takes the pictures of docs/pictures from the running program: every screen, light and dark, under an X server of its own."""

import os
import shutil
import sys
import tempfile
import time

from rig import TANDEM, TOP, Display, Tandem

import service
from people import DOMAIN
from processes import Failure, Processes, wait_for

TARGET = os.path.join(TOP, "docs", "pictures")


def take(theme):
    """All pictures in one theme."""
    folder = tempfile.mkdtemp(prefix="tandem-pictures-")
    processes = Processes(os.path.join(folder, "logs"))
    try:
        where = service.start_services(processes, folder)
        resolver = int(where["resolver"].rsplit(":", 1)[1])
        profile = os.path.join(folder, "window")
        service.write_profile(profile, where["ca_file"], resolver,
                              f'\ninput = "null"\noutput = "null"\nring = "null"\n\n[appearance]\ntheme = "{theme}"\n')
        display = Display(processes, folder)
        tandem = Tandem(processes, profile, display)
        wait_for("Signing in", tandem.online, alive=processes.check)
        wait_for("The window", display.window, alive=processes.check)
        window = display.window()
        display.run("xdotool", "windowsize", "--sync", window, "1280", "800", check=False)
        display.run("xdotool", "windowmove", window, "0", "0", check=False)
        display.run("xdotool", "windowfocus", window)

        def keys(*names):
            display.run("xdotool", "key", "--clearmodifiers", "--delay", "60", *names)

        def picture(name):
            # Fades and avatars settle.
            time.sleep(1)
            display.picture(os.path.join(TARGET, f"{name}-{theme}.png"))

        def person(name):
            keys("ctrl+k")
            display.run("xdotool", "type", "--delay", "40", name)
            keys("Return")

        wait_for("Bob's greeting", lambda: tandem.ask("messages", **{"with": f"bob@{DOMAIN}"}), alive=processes.check)
        picture("people")
        person("Bob")
        for text in ("Good morning, Bob! One moment, I get my headset.", "Is this a good time? \U0001f642"):
            count = len(tandem.ask("messages", **{"with": f"bob@{DOMAIN}"}))
            tandem.ask("send", to=f"bob@{DOMAIN}", body=text)
            wait_for("Bob's answer", lambda: len(tandem.ask("messages", **{"with": f"bob@{DOMAIN}"})) >= count + 2, alive=processes.check)
        picture("conversation")
        keys("F1")
        picture("shortcuts")
        keys("Escape")
        keys("ctrl+comma")
        picture("settings")
        keys("Escape")
        person("Bob")
        keys("ctrl+shift+Return")
        wait_for("The call", lambda: tandem.call_in("active"), alive=processes.check)
        time.sleep(2)
        picture("call")
        keys("ctrl+shift+d")
        person("Carol")
        keys("ctrl+shift+Return")
        wait_for("Ringing", lambda: tandem.call_in("ringing"), alive=processes.check)
        picture("ringing")
        keys("ctrl+shift+d")
        tandem.end()
        processes.running.pop()

        empty = os.path.join(folder, "empty")
        os.makedirs(empty)
        tandem = Tandem(processes, empty, display)
        wait_for("The window", display.window, alive=processes.check)
        display.run("xdotool", "windowfocus", display.window(), check=False)
        time.sleep(1)
        if theme == "light":
            picture("set-up")
        tandem.end()
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

"""Takes the pictures of what makes one service of two, from the running program: callers confirmed, claimed and anonymous, the
choice of an account, the question about the cost, the security sheet, and settings that an administrator locked."""

import os
import shutil
import subprocess
import sys
import tempfile
import time

from rig import SIZE, TANDEM, TOP, Display

import service
from people import ALICE, COLLEAGUES, DOMAIN
from pictures import TARGET, Window, dial
from processes import Failure, Processes, free_ports, program, wait_for
from sign_in import SignIn

SCENARIO = os.path.join(TOP, "tests", "data", "sipp", "claims.xml")
# How long a caller of the scenario rings, in milliseconds: long enough for a picture.
RINGS = 12_000


def sound(theme, more=""):
    """The end of a profile: no devices, one theme, and what a picture needs."""
    return f'\ninput = "null"\noutput = "null"\nring = "null"\n\n[appearance]\ntheme = "{theme}"\n{more}'


def claim(where, folder, caller, sender, first, second):
    """Lets SIPp call as `caller` with these headers; it rings until the picture is taken."""
    with open(SCENARIO, encoding="utf-8") as file:
        text = file.read()
    at = text.index('<recv response="180"/>') + len('<recv response="180"/>')
    slow = os.path.join(folder, "rings.xml")
    with open(slow, "w", encoding="utf-8") as file:
        file.write(f'{text[:at]}\n  <pause milliseconds="{RINGS}"/>{text[at:]}')
    (port,) = free_ports(1)
    return subprocess.Popen(
        [program("sipp"), f"127.0.0.1:{where['sip']['udp']}", "-sf", slow, "-m", "1", "-r", "1", "-nostdin", "-i", "127.0.0.1",
         "-p", str(port), "-mi", "127.0.0.1", "-s", ALICE.user, "-au", caller.user, "-ap", caller.password,
         "-key", "caller", caller.user, "-key", "domain", DOMAIN, "-key", "from", sender, "-key", "first", first,
         "-key", "second", second, "-timeout", "40s"],
        cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def over(window, processes):
    """Declines, and waits until the line about it is gone."""
    window.keys("ctrl+shift+d")
    wait_for("The call's end", lambda: not window.tandem.ask("calls"), alive=processes.check)
    time.sleep(9)


def callers(window, processes, where, folder):
    """Somebody whom the card confirms, one who only claims to be somebody, one whom the card denies, and one who says nothing."""
    ringing = lambda: window.tandem.call_in("ringing", "incoming")  # noqa: E731
    dial(where, "carol", f"sip:{ALICE.user}@{DOMAIN}")
    wait_for("Carol's call", ringing, alive=processes.check)
    window.picture("identity-confirmed")
    over(window, processes)
    grace = next(person for person in COLLEAGUES if person.user == "grace")
    for name, sender, first, second in (
            ("identity-claimed", "<sip:zoe@elsewhere.example>", "Privacy: session",
             "Call-Info: <xmpp:zoe@elsewhere.example>;purpose=impp"),
            ("identity-refuted", "<sip:bob@elsewhere.example>", "Privacy: session",
             f"Call-Info: <xmpp:bob@{DOMAIN}>;purpose=impp"),
            ("identity-anonymous", "\"Anonymous\" <sip:anonymous@anonymous.invalid>", "Privacy: id", "X-Nothing: 1")):
        caller = claim(where, folder, grace, sender, first, second)
        try:
            wait_for("The caller", ringing, alive=processes.check)
            window.picture(name)
            over(window, processes)
        finally:
            caller.kill()
            caller.wait()


def questions(window, processes):
    """Which account."""
    window.person("Bob")
    window.keys("ctrl+shift+Return")
    wait_for("The choice", lambda: window.tandem.ask("questions"), alive=processes.check)
    window.picture("choose-account")


def cost(window, processes):
    """A number abroad."""
    window.keys("ctrl+k")
    window.display.run("xdotool", "type", "--delay", "40", "+44 20 7946 0123")
    window.keys("Return")
    wait_for("The question", lambda: any(asked["kind"] == "cost" for asked in window.tandem.ask("questions") or []),
             alive=processes.check)
    window.picture("cost-question")
    window.keys("Escape")


def sheet(window):
    """Both connections side by side."""
    window.display.run("xdotool", "mousemove", str(SIZE[0] - 110), "24", "click", "1")
    window.display.run("xdotool", "mousemove", "640", "790")
    window.picture("security-mismatch")
    window.keys("Escape")


def begin(processes, display, folder, name, where, theme, change=lambda text: text):
    """A window with a profile of its own."""
    profile = os.path.join(folder, name)
    resolver = int(where["resolver"].rsplit(":", 1)[1])
    service.write_profile(profile, where["ca_file"], resolver, sound(theme))
    path = os.path.join(profile, "config.toml")
    with open(path, encoding="utf-8") as file:
        text = change(file.read())
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return Window(processes, display, profile, theme)


def end(window, processes):
    """The window goes."""
    window.tandem.end()
    processes.running.pop()


def two_lines(text):
    """A second voice account, and none that belongs to the chat account."""
    front = next(person for person in COLLEAGUES if person.user == "ivan")
    line = (f'[[voice]]\nid = "front-desk"\naddress = "sip:{front.user}@{DOMAIN}"\npassword = "{front.password}"\n\n')
    related = '[[relation]]\nchat = "chat"\nvoice = "voice"\n\n'
    if related not in text:
        raise Failure("the profile of the demo has changed")
    return text.replace(related, line)


def plain_voice(text):
    """Voice without encryption beside chat with it."""
    return text.replace('display-name = ', 'transport = "udp"\ndisplay-name = ', 1)


def provisioned(processes, display, folder, where, theme):
    """Signed in by address and password: the administrator's document locks some settings."""
    profile = os.path.join(folder, "provisioned")
    os.makedirs(profile, mode=0o700)
    resolver = where["resolver"]
    window = Window(processes, display, profile, theme, arguments=["--resolver", resolver, "--ca-file", where["ca_file"]])
    SignIn(profile, {"address": ALICE.jid, "password": ALICE.password}).run()
    wait_for("Signing in", window.tandem.online, alive=processes.check)
    wait_for("The settings", lambda: (window.tandem.ask("settings") or {}).get("settings"), alive=processes.check)
    window.tandem.ask("set", key="appearance.theme", value=theme)
    window.keys("ctrl+comma")
    time.sleep(1)
    window.picture("settings-provisioned")
    end(window, processes)


def take(theme):
    """The pictures of one theme."""
    folder = tempfile.mkdtemp(prefix="tandem-pictures-")
    processes = Processes(os.path.join(folder, "logs"))
    try:
        where = service.start_services(processes, folder)
        display = Display(processes, folder)
        window = begin(processes, display, folder, "callers", where, theme)
        wait_for("Signing in", window.tandem.online, alive=processes.check)
        # Alice has no card yet: what the notice offers.
        time.sleep(3)
        window.display.run("xdotool", "mousemove", str(SIZE[0] - 108), "24", "click", "1")
        time.sleep(6)
        callers(window, processes, where, folder)
        cost(window, processes)
        end(window, processes)
        window = begin(processes, display, folder, "questions", where, theme, two_lines)
        wait_for("Signing in", lambda: sum(account["state"] == "online" for account in (window.tandem.ask("status") or {"accounts": []})["accounts"]) == 3,
                 alive=processes.check)
        time.sleep(2)
        questions(window, processes)
        end(window, processes)
        window = begin(processes, display, folder, "sheet", where, theme, plain_voice)
        wait_for("Signing in", window.tandem.online, alive=processes.check)
        time.sleep(2)
        sheet(window)
        end(window, processes)
        provisioned(processes, display, folder, where, theme)
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
        for theme in sys.argv[1:] or ("light", "dark"):
            take(theme)
    except Failure as failure:
        print(f"pictures: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

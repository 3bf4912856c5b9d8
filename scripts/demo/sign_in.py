"""Types Alice's address and password into a Tandem that has no configuration yet, through its control interface."""

import json
import os
import socket
import threading
import time

from processes import Failure

# How long a sign-in may take on a busy machine.
PATIENCE = 60


class SignIn(threading.Thread):
    """Signs in once the program is there, and says what came of it."""

    def __init__(self, profile, account):
        super().__init__(daemon=True, name="sign-in")
        self.profile = profile
        self.account = account

    def run(self):
        from service import say
        try:
            self._wait("Tandem's start", lambda: os.path.exists(os.path.join(self.profile, "control.path")))
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as control:
                with open(os.path.join(self.profile, "control.path"), encoding="utf-8") as file:
                    control.connect(file.read().strip())
                control.settimeout(PATIENCE)
                with control.makefile("rw", encoding="utf-8") as lines:
                    self._sign_in(lines, say)
        except (Failure, OSError, ValueError) as problem:
            say(f"Alice could not be signed in: {problem}")

    def _sign_in(self, lines, say):
        self._ask(lines, "sign-in", address=self.account["address"], password=self.account["password"])
        state = {}

        def ready():
            state.update(self._ask(lines, "set-up"))
            return state.get("ready_to_save") or not state.get("busy")

        self._wait("the sign-in", ready)
        for line in state.get("details", []):
            say(line)
        for step in state.get("steps", []):
            say(step["text"])
        # A demo leaves nothing in anybody's keyring.
        self._ask(lines, "save-sign-in", keyring=False)

    @staticmethod
    def _ask(lines, method, **params):
        lines.write(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}) + "\n")
        lines.flush()
        reply = json.loads(lines.readline() or "{}")
        if "result" not in reply:
            raise Failure(reply.get("error", {}).get("message", "the program closed the connection"))
        return reply["result"]

    @staticmethod
    def _wait(what, is_there):
        until = time.monotonic() + PATIENCE
        while not is_there():
            if time.monotonic() > until:
                raise Failure(f"{what} takes too long")
            time.sleep(0.1)

"""The chat server (Prosody), the call server (Kamailio) and the phones (baresip), each as an ordinary process."""

import json
import os
import re
import socket
import subprocess
import threading
import time

from people import ALICE, COLLEAGUES, DOMAIN, NUMBERS
from processes import free_pair, free_ports, listens, program, wait_for
from templates import fill


def lua(text):
    """A Lua string literal."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def write_accounts(data, strangers):
    """Accounts and rosters where Prosody's internal storage looks for them. Everybody knows Alice; she knows `strangers` more."""
    host = os.path.join(data, re.sub(r"[^A-Za-z0-9]", lambda match: f"%{ord(match.group()):02x}", DOMAIN))
    for store in ("accounts", "roster"):
        os.makedirs(os.path.join(host, store))
    everybody = (ALICE, *COLLEAGUES)
    for person in everybody:
        with open(os.path.join(host, "accounts", f"{person.user}.dat"), "w", encoding="utf-8") as file:
            file.write(f"return {{ password = {lua(person.password)} }};\n")
        items = []
        for other in everybody:
            # The colleagues know Alice; among themselves they keep quiet.
            if other is person or ALICE not in (other, person):
                continue
            groups = "".join(f"[{lua(group)}] = true; " for group in other.groups)
            items.append(f"[{lua(other.jid)}] = {{ subscription = \"both\"; name = {lua(other.name)}; groups = {{ {groups}}}; }};")
        if person is ALICE:
            items += [f"[{lua(f'p{number:05}@{DOMAIN}')}] = {{ subscription = \"both\"; name = {lua(f'Person {number:05}')}; "
                      f"groups = {{ [{lua(f'Group {number % 20}')}] = true; }}; }};" for number in range(strangers)]
        with open(os.path.join(host, "roster", f"{person.user}.dat"), "w", encoding="utf-8") as file:
            file.write("return { [false] = { version = 1; pending = {}; }; " + " ".join(items) + " };\n")


def start_prosody(processes, folder, authority, strangers=0):
    """Starts the chat server; answers its two ports (STARTTLS, direct TLS)."""
    certificate, key = authority.certify("chat", DOMAIN, [f"DNS:{DOMAIN}", f"DNS:chat.{DOMAIN}", f"DNS:files.{DOMAIN}"])
    os.makedirs(folder)
    write_accounts(os.path.join(folder, "data"), strangers)
    starttls, direct, https = free_ports(3)
    config = os.path.join(folder, "prosody.cfg.lua")
    fill("prosody.cfg.lua", config, {
        "DIR": folder, "STARTTLS_PORT": starttls, "DIRECT_TLS_PORT": direct, "HTTPS_PORT": https, "MODULES": "", "ROOM_MODULES": "", "HIBERNATION_S": 300,
        "AUTHENTICATION": "internal_hashed", "PASSWORD_HASH": "SHA-256", "KEY": key, "CERTIFICATE": certificate, "DOMAIN": DOMAIN, "LOG_LEVEL": "info",
    })
    processes.start("prosody", [program("prosody"), "-F", "--config", config])
    wait_for("The chat server's start", lambda: listens(starttls) and listens(direct), alive=processes.check)
    return starttls, direct


def start_kamailio(processes, folder, authority):
    """Starts the call server; answers its two ports (UDP and TCP, TLS)."""
    certificate, key = authority.certify("voice", DOMAIN, [f"DNS:{DOMAIN}", f"DNS:voice.{DOMAIN}", f"URI:sip:{DOMAIN}", "IP:127.0.0.1"])
    os.makedirs(folder)
    plain, secure = free_ports(2)
    config = os.path.join(folder, "kamailio.cfg")
    fill("kamailio.cfg", config, {
        "SIP_PORT": plain, "TLS_PORT": secure, "DOMAIN": DOMAIN, "ALIASES": "", "KEY": key, "CERTIFICATE": certificate,
        "MIN_EXPIRES": 60, "ALGORITHM": "MD5",
        "PASSWORDS": "\n".join(f'\t$sht(passwords=>{one.user}) = "{one.password}";' for one in (ALICE, *COLLEAGUES)),
        "NUMBERS": "\n".join(f'\t$sht(numbers=>{number}) = "{user}";' for number, user in NUMBERS.items()),
    })
    processes.start("kamailio", [program("kamailio"), "-DD", "-E", "-f", config, "-w", folder, "-Y", folder, "-m", "64", "-M", "8"])
    wait_for("The call server's start", lambda: listens(plain) and listens(secure), alive=processes.check)
    return plain, secure


def baresip_locality():
    """Lines for this machine's baresip: where its modules are and, before version 2, which address it uses."""
    lines = []
    for folder in ("/usr/lib/baresip/modules", f"/usr/lib/{os.uname().machine}-linux-gnu/baresip/modules"):
        if os.path.isdir(folder):
            lines.append(f"module_path {folder}")
            break
    shown = subprocess.run([program("baresip"), "-h"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    # Later ones choose the address by the way to the peer, and take this line for an interface's name.
    if re.search(r"baresip v[01]\.", shown.stdout + shown.stderr):
        lines.append("net_interface 127.0.0.1")
    return "\n".join(lines)


class Phone(threading.Thread):
    """A baresip with somebody behind it, who answers, lets it ring, or declines."""

    def __init__(self, processes, folder, authority, person, proxy_port):
        super().__init__(daemon=True, name=f"{person.user}'s phone")
        self.person = person
        os.makedirs(folder)
        self.sip_port, (self.control_port, rtp) = free_pair(), free_ports(2)
        certificate, key = authority.certify(f"{person.user}-phone", person.user, [f"DNS:{person.user}.{DOMAIN}"])
        both = os.path.join(folder, "phone.pem")
        with open(both, "w", encoding="utf-8") as file:
            for part in (key, certificate):
                with open(part, encoding="utf-8") as source:
                    file.write(source.read())
        # The bridge joins loudspeaker and microphone: the caller's voice goes back.
        fill("baresip.config", os.path.join(folder, "config"), {
            "SIP_PORT": self.sip_port, "CERTIFICATE": both, "CA": authority.ca_file, "PLAYER": "aubridge,loop", "SOURCE": "aubridge,loop",
            "RATE": 48000, "RTP_PORTS": f"{min(rtp, 65000)}-{min(rtp, 65000) + 400}", "DIR": folder, "CONTROL_PORT": self.control_port,
            "LOCAL": baresip_locality(), "MODULES": "",
        })
        with open(os.path.join(folder, "accounts"), "w", encoding="utf-8") as file:
            file.write(f'"{person.name}" <sip:{person.user}@{DOMAIN};transport=tls>;auth_pass={person.password};regint=120;'
                       f'outbound="sip:127.0.0.1:{proxy_port};transport=tls";answermode=manual;mediaenc=srtp\n')
        with open(os.path.join(folder, "contacts"), "w", encoding="utf-8"):
            pass
        processes.start(f"{person.user}-phone", [program("baresip"), "-4", "-f", folder], env={**os.environ, "HOME": folder})
        wait_for(f"{person.name}'s phone", lambda: listens(self.control_port), alive=processes.check)
        self.registered = threading.Event()

    def run(self):
        with socket.create_connection(("127.0.0.1", self.control_port)) as control:
            buffer = b""
            control.settimeout(0.5)
            while True:
                if not self.registered.is_set():
                    self._send(control, "reginfo")
                try:
                    data = control.recv(65536)
                except (TimeoutError, socket.timeout):
                    continue
                if not data:
                    return
                buffer += data
                while (found := re.match(rb"(\d+):", buffer)) and len(buffer) > found.end() + int(found[1]):
                    end = found.end() + int(found[1])
                    message = json.loads(buffer[found.end():end])
                    buffer = buffer[end + 1:]
                    self._react(control, message)

    def _react(self, control, message):
        kind = message.get("type")
        # An account that is registered shows as OK in baresip's list.
        if message.get("token") == "reginfo" and "OK" in message.get("data", ""):
            self.registered.set()
        elif kind == "CALL_INCOMING" and self.person.phone in ("echo", "busy"):
            # Somebody has to reach for the phone first.
            time.sleep(1.5)
            self._send(control, "accept" if self.person.phone == "echo" else "hangup")

    @staticmethod
    def _send(control, command):
        text = json.dumps({"command": command, "params": "", "token": command}).encode()
        control.sendall(str(len(text)).encode() + b":" + text + b",")

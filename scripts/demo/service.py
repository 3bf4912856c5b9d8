"""The demo's folder, servers, colleagues, and Alice's profile: what the demo, the measurements and the pictures share."""

import json
import os
import shutil
import sys
import tempfile

import servers
import settings
from authority import Authority
from colleague import Colleague
from names import NameServer
from people import ALICE, COLLEAGUES, DOMAIN
from processes import Failure, free_ports, wait_for

# Says that a folder is ours to empty.
MARK = ".tandem-demo"


def say(text):
    """Tells the person at the terminal what happens."""
    print(f"demo: {text}", file=sys.stderr, flush=True)


def prepare_folder():
    """The folder of the demo, empty, and whether it is removed at the end."""
    wished = os.environ.get("TANDEM_DEMO_DIR")
    if not wished:
        return tempfile.mkdtemp(prefix="tandem-demo-"), True
    folder = os.path.abspath(wished)
    os.makedirs(folder, exist_ok=True)
    entries = os.listdir(folder)
    if entries and MARK not in entries:
        raise Failure(f"{folder} holds other things: name an empty folder or one of an earlier demo")
    for entry in entries:
        path = os.path.join(folder, entry)
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            os.unlink(path)
    with open(os.path.join(folder, MARK), "w", encoding="utf-8") as file:
        file.write("A Tandem demo lives here. The next one empties this folder.\n")
    return folder, False


def write_profile(folder, ca_file, resolver, more=""):
    """Alice's configuration: addresses and a password; the servers are found by name. `more` goes to its end."""
    os.makedirs(folder, mode=0o700)
    secret = os.path.join(folder, "password")
    with open(os.open(secret, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
        file.write(ALICE.password + "\n")
    # Scripts run the demo where there is no sound: they give TANDEM_DEMO_INPUT and TANDEM_DEMO_OUTPUT.
    audio = "".join(f"{key} = {json.dumps(value)}\n" for key, value in (
        ("input", os.environ.get("TANDEM_DEMO_INPUT")), ("output", os.environ.get("TANDEM_DEMO_OUTPUT")),
        ("ring", os.environ.get("TANDEM_DEMO_OUTPUT"))) if value)
    if os.environ.get("TANDEM_DEMO_INPUT"):
        # A file was not recorded in a room: there is no echo in it, and Bob's repetition must not be taken for one.
        audio += "echo-cancellation = false\nnoise-suppression = false\ngain-control = false\n"
    with open(os.path.join(folder, "config.toml"), "w", encoding="utf-8") as file:
        file.write(f"""# Alice's accounts in the demo. config.example.toml explains every key.
[[chat]]
id = "chat"
address = "{ALICE.jid}"
password-file = "password"

[[voice]]
id = "voice"
address = "sip:{ALICE.user}@{DOMAIN}"
display-name = "{ALICE.name}"
password-file = "password"

[[relation]]
chat = "chat"
voice = "voice"

[network]
resolver = "127.0.0.1:{resolver}"
ca-files = ["{ca_file}"]

[calls]
region = "US"

[audio]
{audio}{more}""")


def write_document(folder):
    """What Alice's administrator publishes for her: accounts, what belongs together, rules for numbers, and a floor of security."""
    os.makedirs(folder)
    document = {
        "version": 1, "serial": 1, "title": "Tandem Example Company", "refresh": 60,
        "chat": [{"id": "chat", "address": "{address}"}],
        "voice": [{"id": "voice", "address": "sip:{user}@{domain}", "display-name": ALICE.name}],
        "relation": [{"chat": "chat", "voice": "voice"}],
        "calls": {"region": "US"},
        "numbers": {
            "trunk-prefix": "1", "extension-length": 4,
            "class": [
                {"name": "this company", "prefix": "+1303308", "cost": "free"},
                {"name": "premium number", "prefix": "+1900", "cost": "1.99 USD", "kind": "premium"},
                {"name": "phone network", "prefix": "+1", "cost": "0.02 USD"},
            ],
        },
        "security": {"minimum": "tls1.2+verify"},
        "locked": ["calls.region", "security.minimum"],
    }
    with open(os.path.join(folder, f"{ALICE.user}.json"), "w", encoding="utf-8") as file:
        json.dump(document, file, indent=2, ensure_ascii=False)


def publish_document(authority, names, folder):
    """The administrator's web server on a port that needs no privilege, and the record that leads to it."""
    (port,) = free_ports(1)
    documents = os.path.join(folder, "settings")
    write_document(documents)
    certificate, key = authority.certify("setup", DOMAIN, [f"DNS:{DOMAIN}"])
    settings.serve(port, certificate, key, documents, DOMAIN)
    names.address(f"setup.{DOMAIN}", "127.0.0.1")
    names.service(f"_cusax-prov._tcp.{DOMAIN}", port, f"setup.{DOMAIN}")
    return {"port": port, "folder": documents}


def write_sound(folder):
    """Scripts run the demo where there is no sound: only then a configuration is there before the sign-in."""
    wished = {"input": os.environ.get("TANDEM_DEMO_INPUT"), "output": os.environ.get("TANDEM_DEMO_OUTPUT"), "ring": os.environ.get("TANDEM_DEMO_OUTPUT")}
    lines = [f"{key} = {json.dumps(value)}\n" for key, value in wished.items() if value]
    os.makedirs(folder, mode=0o700)
    if wished["input"]:
        # A file was not recorded in a room: there is no echo in it, and Bob's repetition must not be taken for one.
        lines += ["echo-cancellation = false\n", "noise-suppression = false\n", "gain-control = false\n"]
    if lines:
        with open(os.path.join(folder, "config.toml"), "w", encoding="utf-8") as file:
            file.write("[audio]\n" + "".join(lines))


def start_services(processes, folder, strangers=0, configured=True):
    """Starts everything but Tandem; answers where it is. Alice knows `strangers` more people, who are never there.

    Alice's profile is `configured`, or waits for her to sign in with her address and password."""
    authority = Authority(os.path.join(folder, "certificates"))
    say("starting the chat server (Prosody) and the call server (Kamailio)")
    starttls, direct = servers.start_prosody(processes, os.path.join(folder, "prosody"), authority, strangers)
    sip, sips = servers.start_kamailio(processes, os.path.join(folder, "kamailio"), authority)
    (resolver,) = free_ports(1)
    names = NameServer(DOMAIN, resolver)
    for host in (DOMAIN, f"chat.{DOMAIN}", f"files.{DOMAIN}", f"voice.{DOMAIN}"):
        names.address(host, "127.0.0.1")
    names.service(f"_xmpps-client._tcp.{DOMAIN}", direct, f"chat.{DOMAIN}")
    names.service(f"_xmpp-client._tcp.{DOMAIN}", starttls, f"chat.{DOMAIN}", priority=5)
    names.service(f"_sips._tcp.{DOMAIN}", sips, f"voice.{DOMAIN}")
    names.service(f"_sip._tcp.{DOMAIN}", sip, f"voice.{DOMAIN}")
    names.service(f"_sip._udp.{DOMAIN}", sip, f"voice.{DOMAIN}")
    names.pointer(DOMAIN, 10, "SIPS+D2T", f"_sips._tcp.{DOMAIN}")
    names.pointer(DOMAIN, 20, "SIP+D2T", f"_sip._tcp.{DOMAIN}")
    names.pointer(DOMAIN, 30, "SIP+D2U", f"_sip._udp.{DOMAIN}")
    published = publish_document(authority, names, folder)
    names.start()

    say("the colleagues arrive")
    people = [Colleague(person, starttls, authority.ca_file) for person in (ALICE, *COLLEAGUES)]
    for one in people:
        one.start()
    phones = [servers.Phone(processes, os.path.join(folder, f"{person.user}-phone"), authority, person, sips)
              for person in COLLEAGUES if person.phone]
    for phone in phones:
        phone.start()
    for one in people:
        wait_for(f"{one.person.name} on chat ({one.problem})", one.ready.is_set, alive=processes.check)
    for phone in phones:
        wait_for(f"{phone.person.name}'s registration", phone.registered.is_set, alive=processes.check)
    profile = os.path.join(folder, "alice")
    if configured:
        write_profile(profile, authority.ca_file, resolver)
    else:
        write_sound(profile)
    where = {
        "folder": folder, "domain": DOMAIN, "profile": profile, "ca_file": authority.ca_file, "resolver": f"127.0.0.1:{resolver}",
        "xmpp": {"starttls": starttls, "direct_tls": direct}, "sip": {"udp": sip, "tcp": sip, "tls": sips},
        "accounts": {person.user: {"address": person.jid, "password": person.password} for person in (ALICE, *COLLEAGUES)},
        "phones": {phone.person.user: {"control": phone.control_port, "does": phone.person.phone} for phone in phones},
        "settings": published,
        "processes": {name: process.pid for name, process in processes.running},
    }
    with open(os.path.join(folder, "demo.json"), "w", encoding="utf-8") as file:
        json.dump(where, file, indent=1)
    return where

"""Colleagues on chat: they sign in, publish their cards, answer messages, and come back when the server does."""

import base64
import heapq
import itertools
import threading
import time
from xml.sax.saxutils import escape, quoteattr

from people import DOMAIN
from xmpp import Connection, Ended

CLIENT = "{jabber:client}"
RECEIPTS = "urn:xmpp:receipts"
MARKERS = "urn:xmpp:chat-markers:0"
STATES = "http://jabber.org/protocol/chatstates"
DISCO = "http://jabber.org/protocol/disco#info"
MUC = "http://jabber.org/protocol/muc"
# Where colleagues meet: the first of them makes it and asks Alice in.
ROOM = f"coffee@rooms.{DOMAIN}"
ROOM_NAME = "Coffee corner"


def old_card(person):
    """The card in vcard-temp form (XEP-0054)."""
    parts = [f"<FN>{escape(person.name)}</FN>", f"<TITLE>{escape(person.title)}</TITLE>", "<ORG><ORGNAME>Example Company</ORGNAME></ORG>"]
    for tel in person.tels:
        types = "".join(f"<{kind.upper()}/>" for kind in tel.types)
        parts.append(f"<TEL>{types}<NUMBER>{escape(tel.value)}</NUMBER></TEL>")
    picture = person.portrait()
    if picture:
        parts.append(f"<PHOTO><TYPE>image/png</TYPE><BINVAL>{base64.b64encode(picture).decode()}</BINVAL></PHOTO>")
    return f"<vCard xmlns='vcard-temp'>{''.join(parts)}</vCard>"


def new_card(person):
    """The card in vCard4 form (XEP-0292, RFC 6351)."""
    parts = [f"<fn><text>{escape(person.name)}</text></fn>", f"<title><text>{escape(person.title)}</text></title>"]
    for tel in person.tels:
        types = "".join(f"<text>{kind}</text>" for kind in tel.types)
        form = "uri" if ":" in tel.value else "text"
        parts.append(f"<tel><parameters><type>{types}</type></parameters><{form}>{escape(tel.value)}</{form}></tel>")
    return f"<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'>{''.join(parts)}</vcard>"


class Colleague(threading.Thread):
    """One person, from signing in until the demo ends."""

    def __init__(self, person, port, ca_file):
        super().__init__(daemon=True, name=person.user)
        self.person, self.port, self.ca_file = person, port, ca_file
        # Set once the card is published and, for those who are online, the presence is out.
        self.ready = threading.Event()
        self.problem = ""
        self.connection = None
        self.ids = itertools.count(1)
        self.due = []
        self.said = 0
        self.greeted = False

    def run(self):
        while True:
            try:
                self.connection = Connection(DOMAIN, self.port, self.ca_file, self.person.user, self.person.password)
                if not self.ready.is_set():
                    self._publish()
                if self.person.show is None:
                    self.connection.send("</stream:stream>")
                    self.connection.close()
                    self.ready.set()
                    return
                self._appear()
                self.ready.set()
                self._live()
            except (Ended, OSError) as error:
                self.problem = str(error)
                self.due = []
                time.sleep(1)

    def _publish(self):
        if self.person.tels is None:
            return
        # The server makes the vCard4 form out of the old one: the good one goes second.
        self._ask("set", old_card(self.person))
        if not self.person.old_card_only:
            self._ask("set", "<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='urn:xmpp:vcard4'>"
                             f"<item id='current'>{new_card(self.person)}</item></publish></pubsub>")

    def _ask(self, kind, payload):
        number = f"ask{next(self.ids)}"
        self.connection.send(f"<iq type='{kind}' id='{number}'>{payload}</iq>")
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            for stanza in self.connection.receive(1):
                if stanza.get("id") == number:
                    if stanza.get("type") != "result":
                        raise Ended("the server refused a card")
                    return
        raise Ended("the server did not answer")

    def _appear(self):
        show = "" if self.person.show == "available" else f"<show>{self.person.show}</show>"
        self.connection.send(f"<presence>{show}<status>{escape(self.person.status)}</status></presence>")

        if self.person.in_room:
            self._enter()

    def _enter(self, seconds=0):
        self._later(seconds, f"<presence to={quoteattr(f'{ROOM}/{self.person.name}')}><x xmlns='{MUC}'><history maxstanzas='0'/></x></presence>")

    def _handle_room(self, stanza, sender):
        """A presence or a message of the room (XEP-0045)."""
        codes = {status.get("code") for status in stanza.iter(f"{{{MUC}#user}}status")}
        first = self.person.in_room == "owner"
        if stanza.tag == CLIENT + "presence" and stanza.get("type") == "error":
            # Not open yet: whoever makes it is not there.
            self._enter(1)
        elif "201" in codes:
            fields = "".join(f"<field var='{name}'><value>{escape(value)}</value></field>" for name, value in (
                ("FORM_TYPE", f"{MUC}#roomconfig"), ("muc#roomconfig_roomname", ROOM_NAME), ("muc#roomconfig_persistentroom", "1"),
                ("muc#roomconfig_whois", "anyone")))
            self.connection.send(f"<iq type='set' id='room' to='{ROOM}'><query xmlns='{MUC}#owner'><x xmlns='jabber:x:data' type='submit'>{fields}</x></query></iq>")
            self.connection.send(f"<message type='groupchat' to='{ROOM}' id='topic'><subject>Fresh beans are in the cupboard</subject></message>")
        elif first and stanza.tag == CLIENT + "presence" and stanza.get("type") is None and sender.lower().startswith(f"{ROOM}/alice"):
            self._later(1, f"<message type='groupchat' to='{ROOM}' id='welcome'><body>Welcome, Alice!</body></message>")
            # XEP-0482: the room has a call.
            self._later(3, f"<message type='groupchat' to='{ROOM}' id='coffee-call'><invite xmlns='urn:xmpp:call-invites:0' "
                           f"video='false'><external uri='sip:{self.person.user}@{DOMAIN}'/></invite></message>")

    def _live(self):
        while True:
            wait = min(max(self.due[0][0] - time.monotonic(), 0.01), 5) if self.due else 5
            for stanza in self.connection.receive(wait):
                self._react(stanza)
            while self.due and self.due[0][0] <= time.monotonic():
                self.connection.send(heapq.heappop(self.due)[2])

    def _later(self, seconds, text):
        heapq.heappush(self.due, (time.monotonic() + seconds, next(self.ids), text))

    def _react(self, stanza):
        sender = stanza.get("from", "")
        if sender.split("/")[0] == ROOM:
            self._handle_room(stanza, sender)
        elif stanza.tag == CLIENT + "message":
            self._handle_message(stanza, sender)
        elif stanza.tag == CLIENT + "presence":
            self._handle_presence(stanza, sender)
        elif stanza.tag == CLIENT + "iq" and stanza.get("type") in ("get", "set"):
            self._handle_question(stanza, sender)

    def _handle_message(self, stanza, sender):
        body = stanza.find(CLIENT + "body")
        if stanza.get("type") == "error" or body is None or not body.text or not sender:
            return
        to, number = quoteattr(sender), quoteattr(stanza.get("id", ""))
        if stanza.find(f"{{{RECEIPTS}}}request") is not None:
            self._later(0.1, f"<message to={to} type='chat'><received xmlns='{RECEIPTS}' id={number}/></message>")
        if stanza.find(f"{{{MARKERS}}}markable") is not None:
            self._later(0.6, f"<message to={to} type='chat'><displayed xmlns='{MARKERS}' id={number}/></message>")
        if self.person.answers:
            answer = self.person.answers[self.said % len(self.person.answers)]
            self.said += 1
            self._say(sender, answer, pause=0.8)

    def _say(self, to, text, pause):
        to = quoteattr(to)
        self._later(pause, f"<message to={to} type='chat'><composing xmlns='{STATES}'/></message>")
        # People type a few letters a second; nobody wants to wait longer than three.
        self._later(pause + min(0.5 + len(text) / 40, 3), f"<message to={to} type='chat' id='say{next(self.ids)}-{self.person.user}'>"
                    f"<body>{escape(text)}</body><active xmlns='{STATES}'/><request xmlns='{RECEIPTS}'/></message>")

    def _handle_presence(self, stanza, sender):
        kind = stanza.get("type")
        if kind == "subscribe":
            bare = quoteattr(sender.split("/")[0])
            self.connection.send(f"<presence to={bare} type='subscribed'/><presence to={bare} type='subscribe'/>")
        elif kind is None and self.person.greeting and not self.greeted and sender.startswith(f"alice@{DOMAIN}/"):
            self.greeted = True
            self._say(f"alice@{DOMAIN}", self.person.greeting, pause=2)
            if self.person.in_room == "owner":
                self._later(3, f"<message to='alice@{DOMAIN}' id='come'><x xmlns='jabber:x:conference' jid='{ROOM}' reason='There is coffee'/></message>")

    def _handle_question(self, stanza, sender):
        to = f" to={quoteattr(sender)}" if sender else ""
        number = quoteattr(stanza.get("id", ""))
        if stanza.find("{urn:xmpp:ping}ping") is not None:
            self.connection.send(f"<iq type='result'{to} id={number}/>")
        elif (query := stanza.find(f"{{{DISCO}}}query")) is not None and query.get("node") is None:
            features = "".join(f"<feature var='{name}'/>" for name in (DISCO, RECEIPTS, MARKERS, STATES, "urn:xmpp:ping"))
            self.connection.send(f"<iq type='result'{to} id={number}><query xmlns='{DISCO}'>"
                                 f"<identity category='client' type='pc' name='Colleague'/>{features}</query></iq>")
        else:
            self.connection.send(f"<iq type='error'{to} id={number}><error type='cancel'>"
                                 "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>")

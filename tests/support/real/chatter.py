"""Somebody on chat with slixmpp, whose writing and reading of messages is not ours.

    chatter.py JID PASSWORD PORT CA-FILE

Orders come as lines of JSON on standard input, everything that happens goes as lines of JSON to standard output.
"""

import slixmpp
from slixmpp.xmlstream import ET

from peer import Peer, tell

PLUGINS = ("xep_0030", "xep_0085", "xep_0184", "xep_0308", "xep_0333", "xep_0444", "xep_0461")


class Chatter(Peer):
    def __init__(self):
        super().__init__(PLUGINS)
        self.plugin["xep_0184"].auto_ack = True
        self.add_event_handler("message", self.message)
        self.add_event_handler("receipt_received", lambda stanza: tell("receipt", id=stanza["receipt"]))
        self.add_event_handler("marker_displayed", lambda stanza: tell("displayed", id=stanza["displayed"]["id"]))
        self.add_event_handler("reactions", self.reactions)
        for state in ("active", "composing", "paused"):
            self.add_event_handler(f"chatstate_{state}", lambda stanza, state=state: tell("state", state=state))

    def message(self, stanza):
        if stanza["type"] == "error":
            return tell("refused", id=stanza["id"])
        retract = stanza.xml.find("{urn:xmpp:message-retract:1}retract")
        if retract is not None:
            return tell("retraction", target=retract.get("id"))
        if not stanza["body"]:
            return None
        return tell(
            "message",
            id=stanza["id"],
            body=stanza["body"],
            replaces=stanza["replace"]["id"] or None,
            answers=stanza["reply"]["id"] or None,
            markable=stanza.xml.find("{urn:xmpp:chat-markers:0}markable") is not None,
        )

    def reactions(self, stanza):
        tell("reactions", target=stanza["reactions"]["id"], all=sorted(stanza["reactions"]["values"]))

    def fresh(self, to, body=None):
        stanza = self.make_message(mto=to, mbody=body, mtype="chat")
        stanza["id"] = self.new_id()
        return stanza

    def do_say(self, to, body, answers=None):
        stanza = self.fresh(to, body)
        # Whoever says nothing of the kind is told nothing (XEP-0085 section 5.1).
        stanza["chat_state"] = "active"
        stanza["request_receipt"] = True
        stanza.enable("markable")
        if answers:
            stanza["reply"]["id"] = answers
            stanza["reply"]["to"] = to
        stanza.send()
        tell("said", id=stanza["id"], body=body)

    def do_correct(self, to, id, body):
        stanza = self.fresh(to, body)
        stanza["replace"]["id"] = id
        stanza.send()

    def do_react(self, to, id, reactions):
        stanza = self.fresh(to)
        self.plugin["xep_0444"].set_reactions(stanza, id, set(reactions))
        stanza.enable("store")
        stanza.send()

    def do_state(self, to, state):
        stanza = self.fresh(to)
        stanza["chat_state"] = state
        stanza.send()

    def do_displayed(self, to, id):
        self.plugin["xep_0333"].send_marker(slixmpp.JID(to), id, "displayed")

    def do_retract(self, to, id):
        stanza = self.fresh(to)
        stanza.xml.append(ET.Element("{urn:xmpp:message-retract:1}retract", {"id": id}))
        stanza.send()


Chatter().run()

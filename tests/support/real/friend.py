"""Somebody on chat with slixmpp, for what is not a message between two people: rooms, lists, cards, pictures, presence.

    friend.py JID PASSWORD PORT CA-FILE

Orders come as lines of JSON on standard input, everything that happens goes as lines of JSON to standard output.
"""

import base64
import hashlib

import slixmpp
from slixmpp.xmlstream import ET
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import StanzaPath

from peer import Peer, tell

PLUGINS = ("xep_0030", "xep_0045", "xep_0054", "xep_0060", "xep_0084", "xep_0115", "xep_0163", "xep_0191", "xep_0249", "xep_0308")


class Friend(Peer):
    def __init__(self):
        super().__init__(PLUGINS)
        self.auto_authorize = None
        self.auto_subscribe = False
        for event in ("message", "groupchat_subject", "presence"):
            self.add_event_handler(event, getattr(self, "on_" + event))
        # Also what has no text: reactions, and what is taken back.
        every = StanzaPath("message@type=groupchat")
        self.register_handler(Callback("Every message of a room", every, self.on_groupchat_message))
        self.add_event_handler("groupchat_invite", self.mediated)
        self.add_event_handler("groupchat_direct_invite", self.direct)
        self.add_event_handler("avatar_metadata_publish", self.announced)
        self.add_event_handler("roster_update", self.listed)
        # What comes from a room is told in another way.
        self.add_event_handler("groupchat_presence", self.on_presence)

    async def before_presence(self):
        # Whoever wants to hear of pictures says so before the first presence (XEP-0163 section 4.3).
        self.plugin["xep_0163"].add_interest("urn:xmpp:avatar:metadata")
        self.plugin["xep_0163"].add_interest("http://jabber.org/protocol/nick")

    def on_message(self, stanza):
        if stanza["type"] not in ("chat", "normal") or not stanza["body"]:
            return
        private = stanza.xml.find("{http://jabber.org/protocol/muc#user}x") is not None
        tell("private" if private else "message", **{"from": str(stanza["from"])}, body=stanza["body"], id=stanza["id"])

    def on_groupchat_message(self, stanza):
        about = {name: None for name in ("retracts", "target", "reactions", "answers")}
        # Both forms of moderation (XEP-0425) that servers write.
        for retract in stanza.xml.iter():
            if retract.tag.endswith("}retract") and "retract" in retract.tag:
                about["retracts"] = True
        applied = stanza.xml.find("{urn:xmpp:fasten:0}apply-to")
        if applied is not None:
            about["target"] = applied.get("id")
        reacted = stanza.xml.find("{urn:xmpp:reactions:0}reactions")
        if reacted is not None:
            about["target"] = reacted.get("id")
            about["reactions"] = sorted(one.text for one in reacted)
        reply = stanza.xml.find("{urn:xmpp:reply:0}reply")
        if reply is not None:
            about["answers"] = reply.get("id")
        named = stanza.xml.find("{urn:xmpp:sid:0}stanza-id")
        tell(
            "groupchat",
            room=stanza["from"].bare,
            nick=stanza["from"].resource,
            body=stanza["body"],
            id=stanza["id"],
            name=None if named is None else named.get("id"),
            replaces=stanza["replace"]["id"] or None,
            **about,
        )

    def on_groupchat_subject(self, stanza):
        tell("subject", room=stanza["from"].bare, subject=stanza["subject"])

    def on_presence(self, stanza):
        idle = stanza.xml.find("{urn:xmpp:idle:1}idle")
        photo = stanza.xml.find("{vcard-temp:x:update}x/{vcard-temp:x:update}photo")
        item = stanza.xml.find("{http://jabber.org/protocol/muc#user}x/{http://jabber.org/protocol/muc#user}item")
        codes = stanza.xml.findall("{http://jabber.org/protocol/muc#user}x/{http://jabber.org/protocol/muc#user}status")
        tell(
            "presence",
            **{"from": str(stanza["from"])},
            type=stanza.xml.get("type"),
            show=stanza.xml.findtext("{jabber:client}show"),
            idle=None if idle is None else idle.get("since"),
            photo=None if photo is None else photo.text or "",
            role=None if item is None else item.get("role"),
            affiliation=None if item is None else item.get("affiliation"),
            codes=[code.get("code") for code in codes],
        )

    def mediated(self, stanza):
        invite = stanza.xml.find(
            "{http://jabber.org/protocol/muc#user}x/{http://jabber.org/protocol/muc#user}invite"
        )
        tell("invited", how="mediated", room=str(stanza["from"].bare), by=None if invite is None else invite.get("from"))

    def direct(self, stanza):
        tell("invited", how="direct", room=slixmpp.JID(stanza["groupchat_invite"]["jid"]).bare, by=stanza["from"].bare)

    def announced(self, stanza):
        items = stanza["pubsub_event"]["items"]
        infos = [info.get("id") for info in items.xml.iter("{urn:xmpp:avatar:metadata}info")]
        tell("picture", **{"from": stanza["from"].bare}, hashes=infos)

    def listed(self, stanza):
        items = stanza.xml.iter("{jabber:iq:roster}item")
        tell("roster", people={item.get("jid"): item.get("subscription") for item in items})

    async def do_join(self, room, nick):
        self.plugin["xep_0045"].join_muc(slixmpp.JID(room), nick)

    async def do_open(self, room):
        # A new room is locked until its owner takes the settings as they are (XEP-0045 section 10.1.2).
        query = ET.Element("{http://jabber.org/protocol/muc#owner}query")
        ET.SubElement(query, "{jabber:x:data}x", {"type": "submit"})
        iq = self.make_iq_set(ito=room, sub=query)
        await iq.send()
        tell("opened", room=room)

    def do_speak(self, room, body, answers=None, replaces=None):
        stanza = self.make_message(mto=room, mbody=body, mtype="groupchat")
        stanza["id"] = self.new_id()
        if answers:
            stanza.xml.append(ET.Element("{urn:xmpp:reply:0}reply", {"id": answers, "to": room}))
        if replaces:
            stanza["replace"]["id"] = replaces
        stanza.send()
        tell("said", id=stanza["id"], body=body)

    def do_react(self, room, id, reactions):
        stanza = self.make_message(mto=room, mtype="groupchat")
        stanza["id"] = self.new_id()
        reacted = ET.Element("{urn:xmpp:reactions:0}reactions", {"id": id})
        for one in reactions:
            ET.SubElement(reacted, "{urn:xmpp:reactions:0}reaction").text = one
        stanza.xml.append(reacted)
        stanza.xml.append(ET.Element("{urn:xmpp:hints}store"))
        stanza.send()

    def do_retract(self, room, id):
        stanza = self.make_message(mto=room, mtype="groupchat")
        stanza["id"] = self.new_id()
        stanza.xml.append(ET.Element("{urn:xmpp:message-retract:1}retract", {"id": id}))
        stanza.xml.append(ET.Element("{urn:xmpp:hints}store"))
        stanza.send()

    def do_whisper(self, room, nick, body):
        stanza = self.make_message(mto=f"{room}/{nick}", mbody=body, mtype="chat")
        stanza["id"] = self.new_id()
        stanza.xml.append(ET.Element("{http://jabber.org/protocol/muc#user}x"))
        stanza.send()

    def do_subject(self, room, subject):
        self.plugin["xep_0045"].set_subject(slixmpp.JID(room), subject)

    def do_invite(self, room, who, reason):
        self.plugin["xep_0045"].invite(slixmpp.JID(room), slixmpp.JID(who), reason=reason)

    def do_invite_directly(self, room, who, reason):
        self.plugin["xep_0249"].send_invitation(slixmpp.JID(who), slixmpp.JID(room), reason=reason)

    async def do_role(self, room, nick, role):
        await self.plugin["xep_0045"].set_role(slixmpp.JID(room), nick, role)

    async def do_publish_picture(self, png):
        picture = base64.b64decode(png)
        avatars = self.plugin["xep_0084"]
        await avatars.publish_avatar(picture)
        digest = hashlib.sha1(picture).hexdigest()
        await avatars.publish_avatar_metadata([{"id": digest, "type": "image/png", "bytes": len(picture)}])
        tell("published", hash=digest)

    async def do_fetch_picture(self, of, hash):
        answer = await self.plugin["xep_0084"].retrieve_avatar(slixmpp.JID(of), hash)
        data = next(answer.xml.iter("{urn:xmpp:avatar:data}data")).text
        self.fetched(base64.b64decode(data), of)

    def fetched(self, picture, of):
        # The width and height of a PNG stand in its first chunk.
        size = [int.from_bytes(picture[at : at + 4], "big") for at in (16, 20)]
        png = picture[:8] == b"\x89PNG\r\n\x1a\n"
        tell("fetched", of=of, hash=hashlib.sha1(picture).hexdigest(), bytes=len(picture), png=png, size=size)

    async def do_card(self, of):
        answer = await self.plugin["xep_0054"].get_vcard(slixmpp.JID(of))
        card = answer["vcard_temp"].xml
        photo = card.findtext("{vcard-temp}PHOTO/{vcard-temp}BINVAL")
        picture = None if not photo else hashlib.sha1(base64.b64decode(photo)).hexdigest()
        tell("card", of=of, name=card.findtext("{vcard-temp}FN"), photo=picture)

    async def do_publish_card(self, name):
        card = self.plugin["xep_0054"].make_vcard()
        card["FN"] = name
        await self.plugin["xep_0054"].publish_vcard(card)
        tell("published", name=name)

    async def do_block(self, who):
        await self.plugin["xep_0191"].block([slixmpp.JID(who)])
        tell("blocked", who=who)

    async def do_unblock(self, who):
        await self.plugin["xep_0191"].unblock([slixmpp.JID(who)])
        tell("unblocked", who=who)

    def do_say(self, to, body):
        stanza = self.make_message(mto=to, mbody=body, mtype="chat")
        stanza["id"] = self.new_id()
        stanza.send()

    def do_subscribe(self, to, token=None):
        stanza = self.make_presence(pto=to, ptype="subscribe")
        if token:
            stanza.xml.append(ET.Element("{urn:xmpp:pars:0}preauth", {"token": token}))
        stanza.send()

    def do_approve(self, to):
        self.send_presence(pto=to, ptype="subscribed")

    def do_presence(self, show, status=None, idle=None):
        stanza = self.make_presence(pshow=show, pstatus=status)
        if idle:
            stanza.xml.append(ET.Element("{urn:xmpp:idle:1}idle", {"since": idle}))
        stanza.send()

    async def do_nick(self, nick):
        payload = ET.Element("{http://jabber.org/protocol/nick}nick")
        payload.text = nick
        await self.plugin["xep_0060"].publish(self.boundjid.bare, "http://jabber.org/protocol/nick", id="current", payload=payload)
        tell("published", nick=nick)

    async def do_bookmark(self, room, nick):
        conference = ET.Element("{urn:xmpp:bookmarks:1}conference", {"autojoin": "true", "name": "Shared"})
        ET.SubElement(conference, "{urn:xmpp:bookmarks:1}nick").text = nick
        await self.plugin["xep_0060"].publish(self.boundjid.bare, "urn:xmpp:bookmarks:1", id=room, payload=conference)
        tell("published", bookmark=room)


Friend().run()

"""Somebody who calls over chat with slixmpp and aiortc: neither the stanzas nor the sound are our code's.

    caller.py JID PASSWORD PORT CA-FILE HZ [direct] [dtmf] [gateway] [forged]

HZ is the tone that is sent. Further words: with "direct" the program knows no messages about calls (XEP-0353); with "dtmf" it
says that it takes digits beside the stream (XEP-0181); with "gateway" it says that it is one to the telephone network; with
"forged" it announces the fingerprint of another certificate than it has.
Orders come as lines of JSON on standard input, everything that happens goes as lines of JSON to standard output.
"""

import asyncio
import fractions
import math
import sys
import uuid

import numpy
import slixmpp
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack
from aiortc.sdp import candidate_from_sdp
from av import AudioFrame
from slixmpp.xmlstream import ET
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from peer import Peer, spawn, tell

hertz = sys.argv[5]
direct, dtmf, gateway, forged = (word in sys.argv[6:] for word in ("direct", "dtmf", "gateway", "forged"))

JINGLE = "urn:xmpp:jingle:1"
RTP = "urn:xmpp:jingle:apps:rtp:1"
INFO = "urn:xmpp:jingle:apps:rtp:info:1"
ICE = "urn:xmpp:jingle:transports:ice-udp:1"
DTLS = "urn:xmpp:jingle:apps:dtls:0"
INVITE = "urn:xmpp:jingle-message:0"
DTMF = "urn:xmpp:jingle:dtmf:0"
GROUP = "urn:xmpp:jingle:apps:grouping:0"
EXTENSION = "urn:xmpp:jingle:apps:rtp:rtp-hdrext:0"
SOURCE = "urn:xmpp:jingle:apps:rtp:ssma:0"
FEEDBACK = "urn:xmpp:jingle:apps:rtp:rtcp-fb:0"


class Tone(MediaStreamTrack):
    kind = "audio"

    def __init__(self):
        super().__init__()
        self.at = 0
        self.begun = None

    async def recv(self):
        loop = asyncio.get_event_loop()
        self.begun = self.begun or loop.time()
        await asyncio.sleep(max(0, self.begun + self.at / 48000 - loop.time()))
        steps = numpy.arange(self.at, self.at + 960)
        samples = (8000 * numpy.sin(2 * math.pi * float(hertz) * steps / 48000)).astype(numpy.int16)
        frame = AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48000, self.at, fractions.Fraction(1, 48000)
        self.at += 960
        return frame


def to_jingle(sdp, name, senders="both", extras=True):
    """The one stream of a description as a content (XEP-0167 section 6)."""
    content = ET.Element(f"{{{JINGLE}}}content", creator="initiator", name=name, senders=senders)
    description = ET.SubElement(content, f"{{{RTP}}}description", media="audio")
    transport = ET.SubElement(content, f"{{{ICE}}}transport")
    lines = [line.strip() for line in sdp.splitlines()]
    value = lambda key: [line[len(key) + 3 :] for line in lines if line.startswith(f"a={key}:")]
    for line in value("rtpmap"):
        number, rest = line.split(" ", 1)
        parts = rest.split("/")
        payload = ET.SubElement(description, f"{{{RTP}}}payload-type", id=number, name=parts[0], clockrate=parts[1])
        if len(parts) > 2:
            payload.set("channels", parts[2])
        for parameters in value("fmtp"):
            if parameters.startswith(number + " "):
                for pair in parameters.split(" ", 1)[1].split(";"):
                    key, _, word = pair.partition("=")
                    ET.SubElement(payload, f"{{{RTP}}}parameter", name=key.strip(), value=word.strip())
    if "a=rtcp-mux" in lines:
        ET.SubElement(description, f"{{{RTP}}}rtcp-mux")
    # What browsers say beyond that (XEP-0293, XEP-0294, XEP-0339).
    for line in value("extmap"):
        number, uri = line.split(" ")[:2]
        ET.SubElement(description, f"{{{EXTENSION}}}rtp-hdrext", id=number.split("/")[0], uri=uri)
    sources = {}
    for line in value("ssrc"):
        number, _, attribute = line.partition(" ")
        source = sources.get(number)
        if source is None:
            source = sources[number] = ET.SubElement(description, f"{{{SOURCE}}}source", ssrc=number)
        key, _, word = attribute.partition(":")
        ET.SubElement(source, f"{{{SOURCE}}}parameter", name=key, value=word)
    if extras:
        ET.SubElement(description, f"{{{FEEDBACK}}}rtcp-fb", type="transport-cc")
    transport.set("ufrag", value("ice-ufrag")[0])
    transport.set("pwd", value("ice-pwd")[0])
    for line in value("fingerprint"):
        hash_name, digest = line.split(" ", 1)
        if hash_name == "sha-256":
            fingerprint = ET.SubElement(transport, f"{{{DTLS}}}fingerprint", hash=hash_name, setup=value("setup")[0])
            fingerprint.text = ":".join(["AB"] * 32) if forged else digest
    for number, line in enumerate(value("candidate")):
        words = line.split()
        candidate = ET.SubElement(
            transport,
            f"{{{ICE}}}candidate",
            foundation=words[0][:32],
            component=words[1],
            protocol=words[2].lower(),
            priority=words[3],
            ip=words[4],
            port=words[5],
            type=words[7],
            id=f"a{number}",
            generation="0",
        )
        for key, attribute in (("raddr", "rel-addr"), ("rport", "rel-port")):
            if key in words:
                candidate.set(attribute, words[words.index(key) + 1])
    return content


def candidate_line(element):
    get = element.get
    return (
        f"{get('foundation')} {get('component')} {get('protocol')} {get('priority')} {get('ip')} {get('port')} "
        f"typ {get('type')}"
    )


def to_sdp(content, offer):
    description, transport = content.find(f"{{{RTP}}}description"), content.find(f"{{{ICE}}}transport")
    payloads = description.findall(f"{{{RTP}}}payload-type")
    numbers = " ".join(payload.get("id") for payload in payloads)
    fingerprint = transport.find(f"{{{DTLS}}}fingerprint")
    setup = fingerprint.get("setup")
    lines = [
        "v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", "a=group:BUNDLE 0", "a=msid-semantic:WMS *",
        f"m=audio 9 UDP/TLS/RTP/SAVPF {numbers}", "c=IN IP4 0.0.0.0", "a=mid:0", "a=sendrecv",
    ]
    if description.find(f"{{{RTP}}}rtcp-mux") is not None:
        lines.append("a=rtcp-mux")
    for payload in payloads:
        channels = "/" + payload.get("channels") if payload.get("channels") else ""
        lines.append(f"a=rtpmap:{payload.get('id')} {payload.get('name')}/{payload.get('clockrate')}{channels}")
    lines += [
        f"a=ice-ufrag:{transport.get('ufrag')}", f"a=ice-pwd:{transport.get('pwd')}",
        f"a=fingerprint:{fingerprint.get('hash')} {fingerprint.text}", f"a=setup:{setup}",
    ]
    lines += [f"a=candidate:{candidate_line(one)}" for one in transport.findall(f"{{{ICE}}}candidate")]
    return RTCSessionDescription(sdp="\r\n".join(lines) + "\r\n", type="offer" if offer else "answer")


class Caller(Peer):
    def __init__(self):
        super().__init__(("xep_0030", "xep_0115"))
        self.register_handler(Callback("jingle", MatchXPath(f"{{jabber:client}}iq/{{{JINGLE}}}jingle"), self.jingle))
        self.register_handler(Callback("invites", MatchXPath("{jabber:client}message"), self.invite))
        self.connection = None
        self.sid = None
        self.peer = None
        self.samples = numpy.zeros(0)

    async def before_presence(self):
        features = [JINGLE, RTP, "urn:xmpp:jingle:apps:rtp:audio", ICE, DTLS]
        for feature in features + ([] if direct else [INVITE]) + ([DTMF] if dtmf else []):
            self.plugin["xep_0030"].add_feature(feature)
        if gateway:
            self.plugin["xep_0030"].add_identity(category="gateway", itype="pstn", name="A telephone")
        await self.plugin["xep_0115"].update_caps()

    # Sound.

    def begin_sound(self):
        self.connection = RTCPeerConnection()
        self.connection.addTrack(Tone())
        self.samples = numpy.zeros(0)

        @self.connection.on("track")
        def on_track(track):
            spawn(self.listen(track))

        @self.connection.on("connectionstatechange")
        def on_state():
            tell("connection", state=self.connection.connectionState)

    async def listen(self, track):
        while True:
            try:
                frame = await track.recv()
            except Exception:
                return
            samples = frame.to_ndarray().astype(float).reshape(-1)
            samples = samples[:: len(frame.layout.channels)]
            self.samples = numpy.concatenate([self.samples, samples])[-48000:]

    async def do_heard(self, hz, to=None):
        """The share of one tone in the last second."""
        samples = self.samples
        share = 0.0
        if len(samples) >= 24000:
            # In windows of 50 ms: a gap between packets turns the phase and is not our matter here.
            windows = samples[: len(samples) // 2400 * 2400].reshape(-1, 2400)
            turn = numpy.exp(-2j * math.pi * hz * numpy.arange(2400) / 48000)
            wave = float(numpy.sum(numpy.abs(windows @ turn) ** 2)) / 2400**2 * 4
            power = float(numpy.sum(numpy.mean(windows**2, axis=1))) * 2
            share = wave / power if power > 2500 else 0.0
        tell("heard", hz=hz, share=share)

    # Messages.

    def invite(self, message):
        element = next((one for one in message.xml if one.tag.startswith(f"{{{INVITE}}}")), None)
        if element is None or str(message["from"].bare) == self.boundjid.bare:
            return
        if direct:
            return tell("unasked", name=element.tag.split("}")[1])
        what, sid = element.tag.split("}")[1], element.get("id")
        if what == "propose":
            self.sid, self.peer = sid, message["from"]
            self.say("ringing")
        if what == "proceed" and sid == self.sid:
            self.peer = message["from"]
            spawn(self.initiate())
        reason = next((child.tag.split("}")[1] for child in element.iter() if child.tag.startswith(f"{{{JINGLE}}}") and not child.tag.endswith("}reason")), None)
        tell(what, sid=sid, reason=reason, sender=str(message["from"]))

    def say(self, what, reason=None):
        message = self.make_message(mto=self.peer.bare, mtype="chat")
        element = ET.SubElement(message.xml, f"{{{INVITE}}}{what}", id=self.sid)
        if what == "propose":
            ET.SubElement(element, f"{{{RTP}}}description", media="audio")
        if reason:
            ET.SubElement(ET.SubElement(element, f"{{{JINGLE}}}reason"), f"{{{JINGLE}}}{reason}")
        message.send()

    # Sessions.

    def request(self, action, *inside, **more):
        iq = self.make_iq_set(ito=self.peer)
        element = ET.SubElement(iq.xml, f"{{{JINGLE}}}jingle", action=action, sid=self.sid, **more)
        for one in inside:
            element.append(one)
        return iq.send()

    def jingle(self, iq):
        if iq["type"] == "set":
            spawn(self.hear(iq, iq.xml.find(f"{{{JINGLE}}}jingle")))

    async def hear(self, iq, jingle):
        action = jingle.get("action")
        iq.reply().send()
        content = jingle.find(f"{{{JINGLE}}}content")
        if action == "session-initiate":
            self.sid, self.peer = jingle.get("sid"), iq["from"]
            self.content, self.offer = content.get("name"), to_sdp(content, True)
            candidates = content.findall(f".//{{{ICE}}}candidate")
            kinds = sorted({one.get("type") for one in candidates})
            places = [f"{one.get('ip')}:{one.get('port')}" for one in candidates if one.get("type") == "host"]
            tell("initiate", candidates=len(candidates), kinds=kinds, places=places)
            if direct:
                await self.request("session-info", ET.Element(f"{{{INFO}}}ringing"))
            else:
                await self.accept()
        elif action == "session-accept":
            await self.connection.setRemoteDescription(to_sdp(content, False))
            said = content.find(f"{{{RTP}}}description")
            others = [child.tag for child in said if not child.tag.startswith(f"{{{RTP}}}")]
            tell("accepted", others=others, groups=[one.get("semantics") for one in jingle.findall(f"{{{GROUP}}}group")])
        elif action == "session-terminate":
            reason = jingle.find(f"{{{JINGLE}}}reason")
            tell("terminated", reason=reason[0].tag.split("}")[1])
            await self.silence()
        elif action == "transport-info":
            for one in content.findall(f".//{{{ICE}}}candidate"):
                candidate = candidate_from_sdp(candidate_line(one))
                candidate.sdpMid = "0"
                if self.connection and self.connection.remoteDescription:
                    await self.connection.addIceCandidate(candidate)
            tell("candidates")
        elif action == "session-info":
            for digit in jingle.findall(f"{{{DTMF}}}dtmf"):
                tell("digit", code=digit.get("code"), duration=digit.get("duration"))
            tell("info", name=jingle[0].tag.split("}")[1] if len(jingle) else None)

    async def accept(self):
        self.begin_sound()
        await self.connection.setRemoteDescription(self.offer)
        await self.connection.setLocalDescription(await self.connection.createAnswer())
        content = to_jingle(self.connection.localDescription.sdp, self.content, extras=False)
        await self.request("session-accept", content, responder=str(self.boundjid))
        tell("answered")

    async def initiate(self):
        self.begin_sound()
        await self.connection.setLocalDescription(await self.connection.createOffer())
        content = to_jingle(self.connection.localDescription.sdp, "sound")
        group = ET.Element(f"{{{GROUP}}}group", semantics="BUNDLE")
        ET.SubElement(group, f"{{{GROUP}}}content", name="sound")
        try:
            await self.request("session-initiate", content, group, initiator=str(self.boundjid))
        except slixmpp.exceptions.IqError as error:
            tell("refused", condition=error.condition)

    async def silence(self):
        # Another call may begin while this one closes, which takes aiortc as long as it likes.
        connection, self.connection = self.connection, None
        if connection:
            spawn(connection.close())

    async def do_call(self, to, full=None):
        self.sid = str(uuid.uuid4())
        self.peer = slixmpp.JID(full or to)
        if direct:
            if full is None:
                self.peer = slixmpp.JID(f"{to}/{await self.resource(to)}")
            await self.initiate()
        else:
            self.say("propose")

    async def resource(self, of):
        """The first connection of somebody that is there."""
        for _ in range(100):
            there = list(self.client_roster[of].resources)
            if there:
                return there[0]
            await asyncio.sleep(0.1)
        tell("nobody", of=of)

    async def do_abilities(self, to):
        """What the first connection of somebody can do."""
        answer = await self.plugin["xep_0030"].get_info(f"{to}/{await self.resource(to)}")
        tell("abilities", features=sorted(answer["disco_info"]["features"]))

    async def do_ask_server(self, to=None):
        """What is answered after everything that was sent before."""
        await self.plugin["xep_0030"].get_info(self.boundjid.domain)
        tell("server")

    async def do_answer(self, to=None):
        if direct:
            await self.accept()
        else:
            self.say("proceed")

    async def do_retract(self, to=None):
        self.say("retract", "cancel")

    async def do_reject(self, to=None):
        self.say("reject", "busy")

    async def do_info(self, name, to=None):
        await self.request("session-info", ET.Element(f"{{{INFO}}}{name}"))

    async def do_hangup(self, to=None):
        reason = ET.Element(f"{{{JINGLE}}}reason")
        ET.SubElement(reason, f"{{{JINGLE}}}success")
        await self.request("session-terminate", reason)
        await self.silence()


Caller().run()

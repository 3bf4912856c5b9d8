"""How long a baresip that joins its loudspeaker to its microphone keeps a sound: what a measurement through it takes off."""

import os
import random
import re
import socket
import statistics
import time

import servers
from processes import free_pair, free_ports, listens, wait_for
from templates import fill

# One packet of G.711: 20 ms at 8 kHz.
PACKET_S, SAMPLES = 0.02, 160
# µ-law for silence and for a loud sample (RFC 3551 section 4.5.14).
SILENCE, LOUD = 0xFF, 0x00


class Echo:
    """A baresip alone, configured as Bob's, that answers whoever calls it over UDP."""

    def __init__(self, processes, folder, authority_file):
        os.makedirs(folder)
        self.port, (control, rtp) = free_pair(), free_ports(2)
        fill("baresip.config", os.path.join(folder, "config"), {
            "SIP_PORT": self.port, "CERTIFICATE": "", "CA": authority_file, "PLAYER": "aubridge,loop",
            "SOURCE": "aubridge,loop", "RATE": 48000, "RTP_PORTS": f"{min(rtp, 65000)}-{min(rtp, 65000) + 400}",
            "DIR": folder, "CONTROL_PORT": control, "LOCAL": servers.baresip_locality(), "MODULES": "",
        })
        with open(os.path.join(folder, "accounts"), "w", encoding="utf-8") as file:
            file.write("<sip:loop@127.0.0.1>;regint=0;answermode=auto;audio_codecs=pcmu\n")
        with open(os.path.join(folder, "contacts"), "w", encoding="utf-8"):
            pass
        processes.start("echo", [servers.program("baresip"), "-4", "-f", folder], env={**os.environ, "HOME": folder})
        wait_for("The echo's start", lambda: listens(control), alive=processes.check)

    def own_delay(self, seconds=12):
        """From the arrival of a loud packet to the departure of the first loud one: the median and every value, in seconds."""
        signalling = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        media = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for one in (signalling, media):
            one.bind(("127.0.0.1", 0))
            one.settimeout(5)
        there, here = f"127.0.0.1:{self.port}", f"127.0.0.1:{signalling.getsockname()[1]}"
        number = random.randrange(10**9)
        sdp = ("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
               f"m=audio {media.getsockname()[1]} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=ptime:20\r\n")

        def request(method, sequence, to, body=""):
            more = "Content-Type: application/sdp\r\n" if body else ""
            signalling.sendto((f"{method} sip:loop@{there} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{number}{method};rport\r\n"
                               f"From: <sip:bench@{here}>;tag=b{number}\r\nTo: {to}\r\nCall-ID: echo{number}\r\nMax-Forwards: 70\r\n"
                               f"CSeq: {sequence} {method}\r\nContact: <sip:bench@{here}>\r\n{more}Content-Length: {len(body)}\r\n\r\n{body}"
                               ).encode(), ("127.0.0.1", self.port))

        request("INVITE", 1, f"<sip:loop@{there}>", sdp)
        while not (answer := signalling.recv(65535).decode()).startswith("SIP/2.0 200"):
            if answer.startswith(("SIP/2.0 4", "SIP/2.0 5", "SIP/2.0 6")):
                raise ValueError(f"the echo answered {answer.splitlines()[0]}")
        to = re.search(r"^(?:To|t)\s*:\s*(.*?)\r?$", answer, re.I | re.M)[1]
        request("ACK", 1, to)
        port = int(re.search(r"m=audio (\d+)", answer)[1])
        try:
            return self._measure(media, port, seconds)
        finally:
            request("BYE", 2, to)

    @staticmethod
    def _measure(media, port, seconds):
        media.settimeout(0.0)
        began, sent, spoken, delays, quiet = time.monotonic(), 0, None, [], True
        while sent * PACKET_S < seconds:
            due = began + sent * PACKET_S
            if time.monotonic() >= due:
                # Three loud packets at the beginning of each second.
                loud = sent % 50 < 3 and sent >= 50
                if sent % 50 == 0 and loud:
                    spoken = time.monotonic()
                head = bytes((0x80, 0x00)) + sent.to_bytes(2, "big") + (sent * SAMPLES).to_bytes(4, "big") + b"echo"
                media.sendto(head + bytes([LOUD if loud else SILENCE]) * SAMPLES, ("127.0.0.1", port))
                sent += 1
            try:
                packet = media.recv(2048)
            except (BlockingIOError, TimeoutError, socket.timeout):
                time.sleep(0.0002)
                continue
            # A loud sample has a small magnitude code in µ-law, whatever its sign.
            loud = any((byte & 0x7F) < 0x20 for byte in packet[12:])
            if loud and quiet and spoken is not None:
                # The sound's first sample may stand anywhere in the packet; the packet is what the next hop gets.
                delays.append(time.monotonic() - spoken)
                spoken = None
            quiet = not loud
        if len(delays) < 3:
            raise ValueError("the echo did not repeat what it heard")
        return statistics.median(delays), delays

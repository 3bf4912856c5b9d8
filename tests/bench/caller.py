"""A registrar and caller in one socket, to see how fast a phone answers: it takes any REGISTER and then calls back."""

import random
import re
import socket
import time


class Caller:
    """Speaks just enough SIP (RFC 3261) over UDP on 127.0.0.1."""

    def __init__(self, domain):
        self.domain = domain
        self.signalling = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.signalling.bind(("127.0.0.1", 0))
        self.media = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.media.bind(("127.0.0.1", 0))
        self.port = self.signalling.getsockname()[1]
        self.host = f"127.0.0.1:{self.port}"
        self.contact = self.peer = None
        # How long a call may take until it is answered, seconds.
        self.patience = 10
        # How long the phone is listened to after a call, seconds.
        self.rest = 0.5

    def _receive(self, seconds):
        self.signalling.settimeout(max(seconds, 0.001))
        data, peer = self.signalling.recvfrom(65535)
        return time.monotonic(), data.decode("utf-8", "replace"), peer

    def _messages(self):
        """What comes while there is patience, each with its time."""
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline:
            try:
                at, message, _ = self._receive(1)
            except (TimeoutError, socket.timeout):
                continue
            yield at, message

    @staticmethod
    def _header(message, name):
        # `$` stands before the line feed: the carriage return is still there.
        return "\r\n".join(line.rstrip("\r") for line in re.findall(rf"^{name}\s*:.*$", message, re.I | re.M))

    def _reply(self, request, peer, status, more=""):
        copied = "\r\n".join(self._header(request, name) for name in ("Via", "From", "To", "Call-ID", "CSeq"))
        self.signalling.sendto(f"SIP/2.0 {status}\r\n{copied}\r\n{more}Content-Length: 0\r\n\r\n".encode(), peer)

    def serve(self, seconds, until=lambda: False):
        """Takes registrations and OPTIONS for a while; others' requests go unanswered."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not until():
            try:
                _, message, peer = self._receive(0.05)
            except (TimeoutError, socket.timeout):
                continue
            if message.startswith("REGISTER "):
                contact = self._header(message, "(?:Contact|m)")
                self.contact = re.search(r"<(sips?:[^>]+)>", contact)[1] if "<" in contact else None
                self.peer = peer
                self._reply(message, peer, "200 OK", f"{contact}\r\nExpires: 600\r\n" if "expires=" not in contact else f"{contact}\r\n")
            elif message.startswith("OPTIONS "):
                self._reply(message, peer, "200 OK")

    def _invite(self):
        """A new call: its number, the headers that all its requests share, the INVITE."""
        number = random.randrange(10**9)
        sdp = ("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
               f"m=audio {self.media.getsockname()[1]} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n")
        ending = f"From: <sip:bench@{self.domain}>;tag=b{number}\r\nCall-ID: bench{number}\r\nMax-Forwards: 70\r\n"
        invite = (f"INVITE {self.contact} SIP/2.0\r\nVia: SIP/2.0/UDP {self.host};branch=z9hG4bK{number};rport\r\n{ending}"
                  f"To: <sip:alice@{self.domain}>\r\nCSeq: 1 INVITE\r\nContact: <sip:bench@{self.host}>\r\n"
                  f"Content-Type: application/sdp\r\nContent-Length: {len(sdp)}\r\n\r\n{sdp}")
        return number, ending, invite

    def give_up(self):
        """Calls the registered phone and gives the call up as soon as it rings (RFC 3261 section 9.1)."""
        number, ending, invite = self._invite()
        via = f"Via: SIP/2.0/UDP {self.host};branch=z9hG4bK{number};rport\r\n"
        self.signalling.sendto(invite.encode(), self.peer)
        for _, message in self._messages():
            if f"z9hG4bK{number}" not in message or "INVITE" not in self._header(message, "CSeq"):
                continue
            # Section 17.1.1.3: both bear the INVITE's branch; the CANCEL its To, the ACK that of the answer.
            if message.startswith("SIP/2.0 180"):
                to, method = f"To: <sip:alice@{self.domain}>", "CANCEL"
            elif message.startswith("SIP/2.0 487"):
                to, method = self._header(message, "To"), "ACK"
            else:
                continue
            request = f"{method} {self.contact} SIP/2.0\r\n{via}{ending}{to}\r\nCSeq: 1 {method}\r\nContent-Length: 0\r\n\r\n"
            self.signalling.sendto(request.encode(), self.peer)
            if method == "ACK":
                return
        raise TimeoutError("the call that was given up has no end")

    def _wait_for_goodbye(self, number):
        """Until the phone has answered the BYE."""
        for _, message in self._messages():
            if message.startswith("SIP/2.0 ") and f"z9hG4bK{number}BYE" in message:
                return
        raise TimeoutError("the phone did not answer the BYE")

    def call(self, answer):
        """Calls the registered phone; `answer()` is called when it rings and must make it answer.

        Answers the seconds from INVITE to 180 and from 200 to the first RTP packet."""
        number, ending, invite = self._invite()
        # Packets of an earlier call do not count.
        self.media.settimeout(0.001)
        try:
            while True:
                self.media.recv(2048)
        except (TimeoutError, socket.timeout):
            pass
        sent = time.monotonic()
        self.signalling.sendto(invite.encode(), self.peer)
        rang = ok = to = None
        for at, message in self._messages():
            if message.startswith("SIP/2.0 180") and rang is None:
                rang = at - sent
                answer()
            elif message.startswith("SIP/2.0 200") and f"z9hG4bK{number}" in message and "INVITE" in self._header(message, "CSeq"):
                ok, to = at, self._header(message, "To")
                break
            elif re.match(r"SIP/2\.0 [3-6]", message) and f"z9hG4bK{number}" in message:
                # RFC 3261 section 17.1.1.3: the same branch, and the To of the answer.
                self.signalling.sendto((f"ACK {self.contact} SIP/2.0\r\nVia: SIP/2.0/UDP {self.host};branch=z9hG4bK{number};rport\r\n{ending}"
                                        f"{self._header(message, 'To')}\r\nCSeq: 1 ACK\r\nContent-Length: 0\r\n\r\n").encode(), self.peer)
                raise TimeoutError(f"the phone refused the call: {message.splitlines()[0]}")
        if ok is None:
            raise TimeoutError("the phone did not answer")
        self.media.settimeout(2)
        self.media.recv(2048)
        first = time.monotonic() - ok
        contact = re.search(r"<(sips?:[^>]+)>", self._header(message, "(?:Contact|m)"))[1]
        for method, sequence in (("ACK", 1), ("BYE", 2)):
            self.signalling.sendto((f"{method} {contact} SIP/2.0\r\nVia: SIP/2.0/UDP {self.host};branch=z9hG4bK{number}{method};rport\r\n{ending}"
                                    f"{to}\r\nCSeq: {sequence} {method}\r\nContent-Length: 0\r\n\r\n").encode(), self.peer)
        self._wait_for_goodbye(number)
        self.serve(self.rest)
        return rang, first

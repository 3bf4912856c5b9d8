"""A name server for one private domain, so that clients find the demo's servers as they find any others."""

import socket
import struct
import threading

A, SOA, SRV, NAPTR, IN = 1, 6, 33, 35, 1
TTL = 60
NO_SUCH_NAME = 3


def _name(text):
    labels = [label.encode("ascii") for label in text.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def _text(text):
    data = text.encode("ascii")
    return bytes([len(data)]) + data


class NameServer:
    """Answers over UDP and TCP on 127.0.0.1:`port` from its records (RFC 1035); everything else does not exist."""

    def __init__(self, domain, port):
        self.domain = domain
        self.records = {}
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", port))
        self.tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.tcp.bind(("127.0.0.1", port))
        self.tcp.listen(16)

    def _add(self, owner, kind, data):
        self.records.setdefault(owner.lower(), {}).setdefault(kind, []).append(data)

    def address(self, owner, ip):
        """An A record."""
        self._add(owner, A, socket.inet_aton(ip))

    def service(self, owner, port, target, priority=0, weight=5):
        """An SRV record (RFC 2782)."""
        self._add(owner, SRV, struct.pack("!HHH", priority, weight, port) + _name(target))

    def pointer(self, owner, order, service, replacement):
        """A NAPTR record of a terminal SRV lookup (RFC 3263 section 4.1)."""
        self._add(owner, NAPTR, struct.pack("!HH", order, 50) + _text("s") + _text(service) + _text("") + _name(replacement))

    def start(self):
        """Serves in the background until the process ends."""
        threading.Thread(target=self._serve_udp, daemon=True).start()
        threading.Thread(target=self._serve_tcp, daemon=True).start()

    def _serve_udp(self):
        while True:
            query, peer = self.udp.recvfrom(4096)
            reply = self.answer(query)
            if reply is not None:
                self.udp.sendto(reply, peer)

    def _serve_tcp(self):
        while True:
            connection, _ = self.tcp.accept()
            threading.Thread(target=self._serve_connection, args=(connection,), daemon=True).start()

    def _serve_connection(self, connection):
        with connection, connection.makefile("rb") as stream:
            connection.settimeout(10)
            try:
                while True:
                    head = stream.read(2)
                    if len(head) < 2:
                        return
                    reply = self.answer(stream.read(struct.unpack("!H", head)[0]))
                    if reply is None:
                        return
                    connection.sendall(struct.pack("!H", len(reply)) + reply)
            except OSError:
                return

    def answer(self, query):
        """The reply to one query, or nothing when it is no query."""
        if len(query) < 17 or query[2] & 0x80:
            return None
        labels, at = [], 12
        while at < len(query) and query[at] != 0:
            size = query[at]
            if size > 63:
                return None
            labels.append(query[at + 1:at + 1 + size].decode("ascii", "replace").lower())
            at += 1 + size
        if at + 5 > len(query):
            return None
        kind = struct.unpack("!H", query[at + 1:at + 3])[0]
        question = query[12:at + 5]
        owner = ".".join(labels)
        found = self.records.get(owner, {}).get(kind, [])
        below = "." + owner
        exists = owner in self.records or any(known.endswith(below) for known in self.records)
        answers = b"".join(b"\xc0\x0c" + struct.pack("!HHIH", kind, IN, TTL, len(data)) + data for data in found)
        authority = b""
        if not found:
            soa = _name("ns." + self.domain) + _name("root." + self.domain) + struct.pack("!IIIII", 1, 60, 60, 60, 1)
            authority = _name(self.domain) + struct.pack("!HHIH", SOA, IN, TTL, len(soa)) + soa
        # A reply, authoritative, recursion available; a name that has other records is not "no such name".
        flags = 0x8480 | (query[2] & 1) << 8 | (0 if exists else NO_SUCH_NAME)
        header = query[:2] + struct.pack("!HHHHH", flags, 1, len(found), 0 if found else 1, 0)
        return header + question + answers + authority

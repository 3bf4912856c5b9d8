"""Loud and quiet G.711 on the loopback wire, as the kernel sees it pass: when bursts leave a program and come back to it."""

import os
import re
import socket
import struct
import threading
import time

# A sample of µ-law whose magnitude code is below this is loud (RFC 3551 section 4.5.14).
LOUD = 0x20
ALL_PROTOCOLS = 3


def ports_of(pid):
    """The UDP ports that a program has bound."""
    inodes = set()
    for link in os.listdir(f"/proc/{pid}/fd"):
        try:
            found = re.match(r"socket:\[(\d+)\]", os.readlink(f"/proc/{pid}/fd/{link}"))
        except OSError:
            continue
        if found:
            inodes.add(found[1])
    ports = set()
    with open("/proc/net/udp", encoding="ascii") as file:
        for line in file.readlines()[1:]:
            words = line.split()
            if words[9] in inodes:
                ports.add(int(words[1].split(":")[1], 16))
    return ports


class Wire:
    """Listens until the block ends. Needs the right to see packets: run it as root."""

    def __init__(self, pid):
        self.pid = pid
        self.packets = []
        self.stop = False
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ALL_PROTOCOLS))
        self.socket.bind(("lo", 0))
        self.socket.settimeout(0.2)
        self.thread = threading.Thread(target=self._listen)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *reason):
        self.ports = ports_of(self.pid)
        self.stop = True
        self.thread.join()
        self.socket.close()

    def _listen(self):
        while not self.stop:
            try:
                data, address = self.socket.recvfrom(2048)
            except socket.timeout:
                continue
            # Each packet is seen as it goes and as it comes on the loopback: once is enough.
            if address[2] == socket.PACKET_OUTGOING or len(data) < 40 or data[9] != socket.IPPROTO_UDP:
                continue
            head = (data[0] & 15) * 4
            source, target = struct.unpack_from("!HH", data, head)
            rtp = data[head + 8:]
            if rtp[0] >> 6 == 2 and rtp[1] & 0x7F == 0:
                loud = next((n for n, byte in enumerate(rtp[12:]) if byte & 0x7F < LOUD), None)
                self.packets.append((time.monotonic(), source, target, loud, len(rtp) - 12))

    def bursts(self):
        """(when each burst left, seconds from its first sample to that), and when each came back."""
        left, came = [], []
        for there in (True, False):
            quiet_since = 0.0
            for at, source, target, loud, samples in self.packets:
                if (source if there else target) not in self.ports or loud is None:
                    continue
                if at - quiet_since > 0.5:
                    if there:
                        left.append((at, (samples - loud) / 8000))
                    else:
                        came.append(at)
                quiet_since = at
        return left, came

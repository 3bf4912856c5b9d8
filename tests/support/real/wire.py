"""Writes every UDP datagram that passes an interface, one line each: time, from, to, payload in hexadecimal.

Usage: wire.py INTERFACE FILE. Needs the right to see packets."""

import socket
import struct
import sys
import time

ALL_PROTOCOLS = 3

wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL_PROTOCOLS))
wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
wire.bind((sys.argv[1], 0))
with open(sys.argv[2], "w", encoding="ascii") as file:
    file.write("ready\n")
    file.flush()
    while True:
        frame = wire.recv(65535)
        if len(frame) < 42 or frame[12:14] != b"\x08\x00":
            continue
        ip = frame[14:]
        header = (ip[0] & 15) * 4
        if ip[9] != 17:
            continue
        udp = ip[header:]
        (source, target, length) = struct.unpack("!HHH", udp[:6])
        ends = [f"{socket.inet_ntoa(ip[at:at + 4])}:{port}" for at, port in ((12, source), (16, target))]
        file.write(f"{time.time():.6f} {ends[0]} {ends[1]} {udp[8:length].hex()}\n")
        file.flush()

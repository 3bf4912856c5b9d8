"""A wire between this network namespace and another one on which everything takes its time.

Usage: slow_wire.py OWN NAMESPACE OTHER MILLISECONDS: the device OWN here, OTHER there. Says "ready" when both are there."""

import collections
import fcntl
import os
import select
import struct
import subprocess
import sys
import time

TUNSETIFF, TAP_WITHOUT_HEADER = 0x400454CA, 0x1002
(own, namespace, other, milliseconds) = sys.argv[1:]


def tap(name):
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH", name.encode(), TAP_WITHOUT_HEADER))
    return device


ends = [tap(own), tap(f"{own}x")]
subprocess.run(["ip", "link", "set", f"{own}x", "netns", namespace, "name", other], check=True)
print("ready", flush=True)
under_way = collections.deque()
while True:
    wait = max(0.0, under_way[0][0] - time.monotonic()) if under_way else None
    for end in select.select(ends, [], [], wait)[0]:
        try:
            frame = os.read(end, 65536)
        except OSError:
            continue
        target = ends[1 - ends.index(end)]
        under_way.append((time.monotonic() + float(milliseconds) / 1000, target, frame))
    while under_way and under_way[0][0] <= time.monotonic():
        (_, target, frame) = under_way.popleft()
        try:
            os.write(target, frame)
        except OSError:
            pass

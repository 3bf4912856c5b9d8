"""The packets of a bench run played to a real baresip, and what its loudspeaker got of them.

Its loudspeaker is joined to its microphone (module aubridge), and what comes in there is recorded (module sndfile). Its
decoder's side is no measure: for a lost packet of a codec without concealment, and for all but the first of a hole, nothing
is written there, so that the recording is shorter than what was sent.

    other_phone.py PACKETS CODEC FOLDER

A process of its own, as punctual as the system lets it be: packets that leave late would be the bench's fault.
"""

import glob
import json
import os
import random
import re
import select
import socket
import subprocess
import sys
import time

CONFIG = """poll_method epoll
sip_listen 127.0.0.1:{sip}
audio_player aubridge,{name}
audio_source aubridge,{name}
audio_alert aubridge,alert{name}
ausrc_srate {rate}
auplay_srate {rate}
ausrc_channels 1
auplay_channels 1
audio_buffer 20-160
rtp_ports {rtp}-{rtp_end}
rtcp_mux yes
jitter_buffer_delay 5-10
opus_stereo no
opus_sprop_stereo no
snd_path {folder}
module_path /usr/lib/baresip/modules
module opus.so
module g722.so
module g711.so
module aubridge.so
module sndfile.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
"""
FORMATS = {"opus": ("{type} opus/48000/2", 48000), "pcmu": ("0 PCMU/8000", 8000), "pcma": ("8 PCMA/8000", 8000), "g722": ("9 G722/8000", 16000)}


def free_port():
    """A port that nobody uses at the moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1] & ~1


def hear(packets, codec, folder):
    """Plays the packets in real time; answers the path of the recording, when it begins on the packets'
    clock, and how late the latest packet left, in seconds."""
    os.makedirs(folder, exist_ok=True)
    with open(packets, encoding="ascii") as file:
        timed = [(int(line.split()[0]), bytes.fromhex(line.split()[1])) for line in file]
    # Only sound: reports of the run would be of another time.
    timed = [(at, packet) for at, packet in timed if not 192 <= packet[1] <= 223]
    kind = timed[0][1][1] & 0x7F
    encoding, rate = FORMATS[codec]
    sip, rtp = free_port(), free_port()
    with open(os.path.join(folder, "config"), "w", encoding="ascii") as file:
        file.write(CONFIG.format(sip=sip, rtp=rtp, rtp_end=rtp + 40, name=f"x{sip}", rate=rate, folder=folder))
    name = {"opus": "opus/48000/2"}.get(codec, codec)
    with open(os.path.join(folder, "accounts"), "w", encoding="ascii") as file:
        file.write(f"<sip:ear@127.0.0.1>;regint=0;answermode=auto;audio_codecs={name};ptime=20\n")
    open(os.path.join(folder, "contacts"), "w", encoding="ascii").close()
    log = open(os.path.join(folder, "log"), "wb")
    phone = subprocess.Popen(["baresip", "-4", "-f", folder], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                             env={**os.environ, "HOME": folder})
    try:
        time.sleep(2.0)
        begins, late = call(sip, encoding.format(type=kind), kind, timed)
    finally:
        phone.terminate()
        phone.wait(10)
    found = glob.glob(os.path.join(folder, "*enc.wav"))
    if not found or begins is None:
        raise SystemExit(f"quality: baresip recorded nothing (see {folder}/log)")
    return found[0], begins, late


def call(sip, encoding, kind, timed):
    """One call: the packets at their times, then the end. Answers when baresip recorded its first sample, and how late the
    latest packet left."""
    signalling, media = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
    for one in (signalling, media):
        one.bind(("127.0.0.1", 0))
        one.settimeout(5)
    there, here = f"127.0.0.1:{sip}", f"127.0.0.1:{signalling.getsockname()[1]}"
    number = random.randrange(10**9)
    sdp = (f"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {media.getsockname()[1]} RTP/AVP {kind}\r\n"
           f"a=rtpmap:{encoding}\r\na=ptime:20\r\n")

    def request(method, sequence, to, body=""):
        more = "Content-Type: application/sdp\r\n" if body else ""
        signalling.sendto((f"{method} sip:ear@{there} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{number}{method};rport\r\n"
                           f"From: <sip:bench@{here}>;tag=b{number}\r\nTo: {to}\r\nCall-ID: ear{number}\r\nMax-Forwards: 70\r\n"
                           f"CSeq: {sequence} {method}\r\nContact: <sip:bench@{here}>\r\n{more}Content-Length: {len(body)}\r\n\r\n{body}"
                           ).encode(), ("127.0.0.1", sip))

    request("INVITE", 1, f"<sip:ear@{there}>", sdp)
    while not (answer := signalling.recv(65535).decode()).startswith("SIP/2.0 200"):
        if answer.startswith(("SIP/2.0 4", "SIP/2.0 5", "SIP/2.0 6")):
            raise SystemExit(f"quality: baresip answered {answer.splitlines()[0]}")
    to = re.search(r"^(?:To|t)\s*:\s*(.*?)\r?$", answer, re.I | re.M)[1]
    request("ACK", 1, to)
    port = int(re.search(r"m=audio (\d+)", answer)[1])
    began, begins, first, late = time.monotonic() + 0.2, None, None, 0.0
    media.setblocking(False)

    def until(end):
        """Waits; each packet of 20 ms that comes back was recorded when it left, so the earliest of all tells the beginning."""
        nonlocal begins, first
        while (left := end - time.monotonic()) > 0:
            if not select.select([media], [], [], left)[0]:
                return
            came = time.monotonic()
            packet = media.recv(2048)
            if len(packet) > 12 and not 192 <= packet[1] <= 223:
                number = int.from_bytes(packet[2:4], "big")
                first = number if first is None else first
                start = came - began - ((number - first) & 0xFFFF) * 0.02
                begins = start if begins is None else min(begins, start)

    for at, packet in timed:
        until(began + at / 1e6)
        media.sendto(packet, ("127.0.0.1", port))
        late = max(late, time.monotonic() - began - at / 1e6)
    until(time.monotonic() + 0.5)
    request("BYE", 2, to)
    time.sleep(0.3)
    return begins, late


def main():
    """One call; prints where the recording is, when it begins, and how late the last packet of all left, in seconds."""
    try:
        # baresip inherits it.
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(5))
    except OSError:
        pass
    path, begins, late = hear(*sys.argv[1:])
    print(json.dumps({"path": path, "begins": begins, "late": late}))


if __name__ == "__main__":
    main()

"""A desktop that says whether it is dark: the settings portal on a session bus, as far as a window asks for it."""

import os
import socket
import struct
import threading

METHOD_RETURN = 2
# Header fields of the D-Bus specification, "Message Format".
MEMBER, REPLY_SERIAL, SENDER, SIGNATURE = 3, 5, 7, 8


def _align(data, to):
    return data + b"\0" * (-len(data) % to)


def _string(text):
    return struct.pack("<I", len(text)) + text.encode() + b"\0"


class Desktop:
    """A bus with nobody on it but the portal; it lives until the program ends."""

    def __init__(self, folder, dark):
        self.scheme = 1 if dark else 2
        path = os.path.join(folder, "desktop")
        self.address = f"unix:path={path}"
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(path)
        self.socket.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            connection, _ = self.socket.accept()
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        stream = connection.makefile("rb")
        stream.read(1)
        for line in iter(stream.readline, b"BEGIN\r\n"):
            if not line:
                return
            answer = {b"AUTH": b"OK 0123456789abcdef0123456789abcdef", b"NEGOTIATE_UNIX_FD": b"AGREE_UNIX_FD"}
            connection.sendall(answer.get(line.split()[0], b"ERROR") + b"\r\n")
        while header := stream.read(16):
            body, serial, fields = struct.unpack("<III", header[4:16])
            names = stream.read(fields + -fields % 8)
            stream.read(body)
            connection.sendall(self._answer(serial, self._member(names[:fields])))

    @staticmethod
    def _member(fields):
        at = 0
        while at < len(fields):
            at += -at % 8
            code, kind = fields[at], chr(fields[at + 2])
            at += 4
            if kind == "g":
                at += fields[at] + 2
                continue
            at += -at % 4
            (value,) = struct.unpack_from("<I", fields, at)
            at += 4
            if kind in "so":
                if code == MEMBER:
                    return fields[at:at + value].decode()
                at += value + 1
        return ""

    def _answer(self, serial, member):
        signature, body = {
            "Hello": ("s", _string(":1.1")),
            "GetNameOwner": ("s", _string(":1.2")),
            "ReadOne": ("v", b"\1u\0\0" + struct.pack("<I", self.scheme)),
        }.get(member, ("", b""))
        sender = "org.freedesktop.DBus" if signature != "v" else ":1.2"
        fields = bytes([REPLY_SERIAL]) + b"\1u\0" + struct.pack("<I", serial)
        fields = _align(fields, 8) + bytes([SENDER]) + b"\1s\0" + _string(sender)
        if signature:
            fields = _align(fields, 8) + bytes([SIGNATURE]) + b"\1g\0" + bytes([len(signature)]) + signature.encode() + b"\0"
        header = b"l" + bytes([METHOD_RETURN, 1, 1]) + struct.pack("<III", len(body), serial, len(fields)) + fields
        return _align(header, 8) + body

"""A small XMPP client (RFC 6120) on Python's standard library: enough for a colleague who chats."""

import base64
import socket
import ssl
import xml.etree.ElementTree as ElementTree

STREAMS = "http://etherx.jabber.org/streams"
TLS = "urn:ietf:params:xml:ns:xmpp-tls"
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
BIND = "urn:ietf:params:xml:ns:xmpp-bind"


class Ended(Exception):
    """The stream is over; connecting again may help."""


class Connection:
    """A signed-in stream."""

    def __init__(self, domain, port, ca_file, user, password):
        self.domain = domain
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.pending = []
        try:
            self._sign_in(ca_file, user, password)
        except (OSError, ElementTree.ParseError) as error:
            self.close()
            raise Ended(str(error)) from error
        except Ended:
            self.close()
            raise

    def _sign_in(self, ca_file, user, password):
        self._open()
        self.send(f"<starttls xmlns='{TLS}'/>")
        self._expect(f"{{{TLS}}}proceed")
        context = ssl.create_default_context(cafile=ca_file)
        self.socket = context.wrap_socket(self.socket, server_hostname=self.domain)
        self._open()
        proof = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
        self.send(f"<auth xmlns='{SASL}' mechanism='PLAIN'>{proof}</auth>")
        self._expect(f"{{{SASL}}}success")
        self._open()
        self.send(f"<iq type='set' id='bind'><bind xmlns='{BIND}'><resource>desk</resource></bind></iq>")
        while self._next().get("id") != "bind":
            pass

    def _open(self):
        self.parser = ElementTree.XMLPullParser(("start", "end"))
        self.depth, self.root = 0, None
        self.pending = []
        self.send(f"<?xml version='1.0'?><stream:stream to='{self.domain}' version='1.0' xmlns='jabber:client' xmlns:stream='{STREAMS}'>")
        self._expect(f"{{{STREAMS}}}features")

    def _expect(self, tag):
        element = self._next()
        if element.tag != tag:
            raise Ended(f"{element.tag} instead of {tag}")

    def _next(self):
        while not self.pending:
            self.pending += self.receive(10)
        return self.pending.pop(0)

    def send(self, text):
        """Sends text as it is: the caller has escaped it."""
        try:
            self.socket.settimeout(10)
            self.socket.sendall(text.encode())
        except OSError as error:
            raise Ended(str(error)) from error

    def receive(self, seconds):
        """The stanzas that came within this time, perhaps none."""
        if self.pending:
            found, self.pending = self.pending, []
            return found
        self.socket.settimeout(seconds)
        try:
            data = self.socket.recv(65536)
        except (TimeoutError, socket.timeout, ssl.SSLWantReadError):
            return []
        except OSError as error:
            raise Ended(str(error)) from error
        if not data:
            raise Ended("the server closed the connection")
        found = []
        try:
            self.parser.feed(data)
            for event, element in self.parser.read_events():
                if event == "start":
                    self.depth += 1
                    self.root = self.root if self.depth > 1 else element
                    continue
                self.depth -= 1
                if self.depth == 1:
                    found.append(element)
                    self.root.remove(element)
                elif self.depth == 0:
                    raise Ended("the server closed the stream")
        except ElementTree.ParseError as error:
            raise Ended(str(error)) from error
        return found

    def close(self):
        """Ends the connection."""
        try:
            self.socket.close()
        except OSError:
            pass

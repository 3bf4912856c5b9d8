"""The administrator's web server: says by WebFinger and host-meta where the settings of a person are, and serves them.

    python3 settings.py PORT CERTIFICATE KEY FOLDER DOMAIN

FOLDER/USER.json is the document of USER, FOLDER/USER.json.sig its signature, if there is one. A document is read anew for each
request, so an administrator changes it with an editor. FOLDER/USER.gone says that there was one (410).
"""

import hashlib
import http.server
import json
import os
import ssl
import sys
import threading
from urllib.parse import parse_qs, quote, urlsplit

RELATION = "urn:x-cusax:rel:provisioning"


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers GET."""

    protocol_version = "HTTP/1.1"
    timeout = 20
    folder = domain = ""
    port = 0

    def log_message(self, *arguments):
        """Whoever runs this is not interested in each request."""

    def do_GET(self):  # noqa: N802
        """One of four addresses, or nothing."""
        parts = urlsplit(self.path)
        here = f"https://{self.domain}:{self.port}"
        if parts.path == "/.well-known/webfinger":
            resource = parse_qs(parts.query).get("resource", [""])[0]
            user, at, domain = resource.removeprefix("acct:").partition("@")
            if not at or domain != self.domain or self.document(user) is None:
                return self.say(404)
            link = {"rel": RELATION, "type": "application/json", "href": f"{here}/settings/{quote(user)}.json"}
            return self.say(200, json.dumps({"subject": resource, "links": [link]}).encode(), "application/jrd+json")
        if parts.path == "/.well-known/host-meta":
            text = ("<?xml version='1.0' encoding='UTF-8'?><XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>"
                    f"<Link rel='{RELATION}' type='application/json' template='{here}/settings/?of={{uri}}'/></XRD>")
            return self.say(200, text.encode(), "application/xrd+xml")
        if parts.path == "/settings/" and parts.query:
            user = parse_qs(parts.query).get("of", [""])[0].removeprefix("acct:").partition("@")[0]
            return self.settings(user)
        folder, _, name = parts.path.rpartition("/")
        if folder == "/settings" and name.endswith(".json.sig"):
            body = self.document(name.removesuffix(".json.sig"), ".json.sig")
            return self.say(404) if body is None else self.say(200, body, "text/plain")
        if folder == "/settings" and name.endswith(".json"):
            return self.settings(name.removesuffix(".json"))
        return self.say(404)

    def settings(self, user):
        """The document of a person."""
        body = self.document(user)
        if body is None:
            return self.say(404 if self.document(user, ".gone") is None else 410)
        tag = '"' + hashlib.sha256(body).hexdigest()[:16] + '"'
        if self.headers.get("If-None-Match") == tag:
            return self.say(304)
        return self.say(200, body, "application/json", tag)

    def document(self, user, ending=".json"):
        """A file of a person, if the name is one."""
        if not user or not all(c.isalnum() or c in "-_." for c in user) or user.startswith("."):
            return None
        try:
            with open(os.path.join(self.folder, user + ending), "rb") as file:
                return file.read()
        except OSError:
            return None

    def say(self, status, body=b"", kind=None, tag=None):
        """An answer."""
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        if tag:
            self.send_header("ETag", tag)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        if body:
            self.wfile.write(body)
        self.close_connection = True


class Server(http.server.ThreadingHTTPServer):
    """Serves over TLS; the handshake is each request's own affair, so that nobody holds up the others."""

    daemon_threads = True

    def __init__(self, port, certificate, key, folder, domain):
        handler = type("Here", (Handler,), {"folder": folder, "domain": domain, "port": port})
        super().__init__(("127.0.0.1", port), handler)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)

    def finish_request(self, request, client_address):
        """In the thread of the request."""
        request.settimeout(20)
        with self.context.wrap_socket(request, server_side=True) as secure:
            super().finish_request(secure, client_address)

    def handle_error(self, request, client_address):
        """Who does not trust us hangs up; that is no news."""


def serve(port, certificate, key, folder, domain):
    """Serves in the background until the process ends."""
    server = Server(port, certificate, key, folder, domain)
    threading.Thread(target=server.serve_forever, daemon=True, name="settings").start()


if __name__ == "__main__":
    Server(int(sys.argv[1]), *sys.argv[2:6]).serve_forever()

"""An owner's server: what is posted to it, and whether it is signed."""

import base64
import hashlib
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from api import expect


class Receiver(ThreadingHTTPServer):
    """A server on loopback that keeps what is posted to it."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Post)
        self.posts = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/events"

    def events(self):
        return [json.loads(body) for _, body in self.posts]

    def check_signatures(self, secret):
        for headers, body in self.posts:
            check_signature(headers, body, secret)


class Post(BaseHTTPRequestHandler):
    """One event."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.posts.append((dict(self.headers.items()), body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        """Says nothing."""


def check_signature(headers, body, secret):
    """As the Standard Webhooks specification has it."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    headers = {name.lower(): value for name, value in headers.items()}
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
    wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    expect(wanted in headers["webhook-signature"].split(), True, "the signature is right")

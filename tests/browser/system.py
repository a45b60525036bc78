"""A local system of its own for the tests, and what they do with it beside the page."""

import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
API = "notifications/api/v1"
OWNER = "226346139"
# A Monday in open hours, two weeks before the next holiday.
MONDAY = "2026-12-07T10:00:00+01:00"


def free_port():
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        return some.getsockname()[1]


class System:
    """The whole system, whose clock stands still unless it is moved."""

    def __init__(self, port=None, folder=None, program="target/debug/varsling-local"):
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        arguments = ["--port", str(self.port), "--start", MONDAY, "--speed", "0"]
        if folder:
            arguments += ["--data", str(folder)]
        self.process = subprocess.Popen(
            [ROOT / program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={"LOG_LEVEL": "off"}
        )
        # It prints where it is once it serves.
        if b"Varsling is at" not in self.process.stdout.readline():
            raise RuntimeError("the system did not start")
        self.token = self.get(f"local/token?org={OWNER}", as_text=True)

    def get(self, path, as_text=False):
        with urllib.request.urlopen(f"{self.url}/{path}") as answer:
            text = answer.read().decode()
            return text if as_text else json.loads(text)

    def post(self, path, body):
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        request = urllib.request.Request(f"{self.url}/{path}", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read())

    def order(self, recipient, **members):
        """Places an order; the answer."""
        members.setdefault("idempotencyId", f"test-{time.monotonic_ns()}")
        return self.post(f"{API}/future/orders", {"recipient": recipient, **members})

    def advance(self, seconds):
        return self.post("local/clock", {"advanceSeconds": seconds})

    def outbox(self):
        return self.get("local/outbox")

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


def email(subject="Emne", body="Tekst", to="mottaker@example.no", html=False):
    """A recipient at an address."""
    settings = {"subject": subject, "body": body, **({"contentType": "Html"} if html else {})}
    return {"recipientEmail": {"emailAddress": to, "emailSettings": settings}}


def sms(body="Tekst", to="+4790000001"):
    """A recipient at a number, at any time of the day."""
    return {"recipientSms": {"phoneNumber": to, "smsSettings": {"body": body, "sendingTimePolicy": "Anytime"}}}

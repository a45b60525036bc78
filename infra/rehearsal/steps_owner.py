"""What an owner and an administrator do beside ordering: taking back, sending at once, reading the feed and the usage,
having events posted, holding and letting go on."""

import base64
import hashlib
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from api import expect
from orders import OWNER, order, seconds_ahead, to_email
from reports import email_event
from steps import Steps
from waiting import until


class Receiver(ThreadingHTTPServer):
    """An owner's server, which keeps what is posted to it."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Post)
        self.posts = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/events"


class Post(BaseHTTPRequestHandler):
    """One event."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.posts.append((dict(self.headers.items()), body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        """Says nothing."""


class Owner(Steps):
    """The steps on the full deployment."""

    def __init__(self, stack, tokens):
        super().__init__(stack, tokens.owner)
        self.administrator = stack.api(tokens.administrator)
        self.composer = stack.api(tokens.composer)

    def steps(self):
        return [
            ("an instant e-mail is handed over before the answer", self.instant),
            ("a composed e-mail is sent", self.composed),
            ("a cancelled order is not sent", self.cancelled),
            ("events are posted to a webhook, signed, and stand in the feed", self.webhook),
            ("what is held waits, says so, and goes once it is released", self.held),
            ("an owner sees what it has used", self.usage),
        ]

    def instant(self):
        recipient = {"emailAddress": "straks@example.net",
                     "emailSettings": {"subject": "Kode", "body": "Koden din er 1234."}}
        body = {"idempotencyId": "instant", "recipientEmail": recipient}
        status, answer = self.api.call("POST", "/future/orders/instant/email", body)
        expect(status, 201, f"status, answered {answer}")
        expect(len(self.cloud.emails_to("straks@example.net")), 1, "e-mails")

    def composed(self):
        settings = {"subject": "Vedtak", "body": "<p>Vedtaket er fattet.</p>", "contentType": "Html",
                    "sendingTimePolicy": "Anytime"}
        recipient = {"emailAddress": "sammensatt@example.net", "emailSettings": settings}
        body = {"idempotencyId": "composed", "recipient": recipient}
        status, answer = self.composer.call("POST", "/future/orders/composed-email", body)
        expect(status, 201, f"status, answered {answer}")
        self.cloud.email_to("sammensatt@example.net")

    def cancelled(self):
        due = seconds_ahead(3600)
        accepted = self.api.order(order("cancelled", to_email("avlyst@example.net"), requestedSendTime=due))
        chain = accepted["notificationOrderId"]
        status, answer = self.api.call("PUT", f"/future/orders/{chain}/cancel")
        expect(status, 200, f"status, answered {answer}")
        expect(self.api.shipment(accepted)["status"], "Order_Cancelled", "status of the shipment")
        expect(self.cloud.emails_to("avlyst@example.net"), [], "e-mails")

    def webhook(self):
        receiver = Receiver()
        try:
            status, answer = self.api.call("PUT", "/webhooks/rehearsed", {"url": receiver.url})
            expect(status, 201, f"status, answered {answer}")
            return self.posted(receiver, answer["secret"])
        finally:
            self.api.call("DELETE", "/webhooks/rehearsed")
            receiver.shutdown()

    def posted(self, receiver, secret):
        # A function that runs looks for new webhooks once in a minute.
        until("the test event comes", lambda: self.tested(receiver), 60)
        accepted = self.api.order(order("posted", to_email("sendt.hook@example.net")))
        shipment = accepted["notification"]["shipmentId"]
        self.cloud.email_to("sendt.hook@example.net")
        until("it is handed over", lambda: self.api.statuses(accepted) == ["Email_Succeeded"])
        email_event(self.stack, "delivered", f"{shipment}-0")
        until("its end is posted", lambda: self.ends_of(receiver, shipment), 90)
        for headers, body in receiver.posts:
            check_signature(headers, body, secret)
        status, feed = self.api.call("GET", "/future/shipment/feed?seq=0&pageSize=500")
        expect(status, 200, f"status, answered {feed}")
        expect(shipment in json.dumps(feed), True, "the shipment stands in the feed")
        return f"{len(receiver.posts)} posts"

    def tested(self, receiver):
        if not receiver.posts:
            self.api.call("POST", "/webhooks/rehearsed/test")
        return receiver.posts

    def ends_of(self, receiver, shipment):
        events = (json.loads(body)["data"] for _, body in receiver.posts)
        return [event for event in events if event.get("shipmentId") == shipment
                and event.get("status") == "Order_Completed"]

    def held(self):
        status, answer = self.administrator.call("PUT", f"/holds/{OWNER}", {"reason": "rehearsed"})
        expect(status, 200, f"status, answered {answer}")
        accepted = self.api.order(order("held", to_email("holdt@example.net")))
        shown = until("it is shown as held", lambda: self.waits_for(accepted) == "Held", 60)
        expect(self.cloud.emails_to("holdt@example.net"), [], "e-mails while it is held")
        status, answer = self.administrator.call("DELETE", f"/holds/{OWNER}")
        expect(status, 200, f"status, answered {answer}")
        until("it goes", lambda: self.cloud.emails_to("holdt@example.net"), 90)
        return shown and None

    def waits_for(self, accepted):
        return self.api.shipment(accepted)["recipients"][0].get("waitsFor")

    def usage(self):
        status, usage = self.api.call("GET", f"/owners/{OWNER}/usage")
        expect(status, 200, f"status, answered {usage}")
        total = usage["total"]
        expect(total["emails"] > 0 and total["orders"] > 0, True, f"counts in {total}")
        return f"{total['orders']} orders, {total['emails']} e-mails, {total['failures']} failures"


def check_signature(headers, body, secret):
    """As the Standard Webhooks specification has it."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    headers = {name.lower(): value for name, value in headers.items()}
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
    wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    expect(wanted in headers["webhook-signature"].split(), True, "the signature is right")

"""What an owner does beside ordering: sending at once, composing, taking back, having events posted, and reading the feed
and what it has used."""

from api import expect
from orders import OWNER, order, seconds_ahead, to_email
from receiver import Receiver
from reports import email_event
from steps import Steps
from waiting import TimedOut, until


class Owner(Steps):
    """The steps on the full deployment."""

    def __init__(self, stack, tokens):
        super().__init__(stack, tokens.owner)
        self.composer = stack.api(tokens.composer)
        self.ordered = 0

    def steps(self):
        return [
            ("an instant e-mail is handed over before the answer", self.instant),
            ("a composed e-mail is sent", self.composed),
            ("a cancelled order is not sent", self.cancelled),
            ("events are posted to a webhook, signed, and stand in the feed", self.webhook),
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
        status, answer = self.api.call("POST", "/webhooks/rehearsed/test")
        expect(status, 202, f"status, answered {answer}")
        until("the test event comes", receiver.events, 60)
        # A function that runs already learns of a new webhook within a minute.
        shipment = until("an end is posted", lambda: self.ended(receiver), 120)
        receiver.check_signatures(secret)
        status, feed = self.api.call("GET", "/future/shipment/feed?seq=0&pageSize=500")
        expect(status, 200, f"status, answered {feed}")
        expect(shipment in [entry["shipmentId"] for entry in feed], True, "the shipment stands in the feed")
        return f"{len(receiver.posts)} posts"

    def ended(self, receiver):
        """The shipment of another order, if its end is posted."""
        self.ordered += 1
        address = f"sendt.hook.{self.ordered}@example.net"
        accepted = self.api.order(order(f"posted-{self.ordered}", to_email(address)))
        shipment = accepted["notification"]["shipmentId"]
        self.cloud.email_to(address)
        until("it is handed over", lambda: self.api.statuses(accepted) == ["Email_Succeeded"])
        email_event(self.stack, "delivered", f"{shipment}-0")
        until("its end is told", lambda: self.stack.evidence(accepted["notificationOrderId"]))
        try:
            until("it is posted", lambda: self.has_ended(receiver, shipment), 5)
        except TimedOut:
            return None
        return shipment

    def has_ended(self, receiver, shipment):
        told = (event["data"] for event in receiver.events())
        return any(data.get("shipmentId") == shipment and data.get("status") == "Order_Completed" for data in told)

    def usage(self):
        status, usage = self.api.call("GET", f"/owners/{OWNER}/usage")
        expect(status, 200, f"status, answered {usage}")
        total = usage["total"]
        expect(total["emails"] > 0 and total["orders"] > 0, True, f"counts in {total}")
        return f"{total['orders']} orders, {total['emails']} e-mails, {total['failures']} failures"

"""What a deployment with everything does at once."""

import json

from alarms import json_lines
from api import expect
from orders import (
    ANOTHER_PERSON,
    ORGANIZATION,
    PERSON,
    PERSON_EMAIL,
    order,
    to_email,
    to_organization,
    to_person,
    to_sms,
)
from reports import email_event, sms_log
from steps import Steps
from waiting import until


class Full(Steps):
    """The steps on the full deployment."""

    def steps(self):
        return [
            ("an e-mail arrives, and SES's event moves its status", self.email),
            ("a bounced e-mail is shown as one", self.bounce),
            ("an SMS arrives, and SNS's delivery log moves its status", self.sms),
            ("a person is looked up by national identity number", self.person),
            ("an organisation is looked up", self.organization),
            ("a replay has the same answer, another body under its id does not", self.replay),
            ("everybody in a list is notified", self.list),
            ("an order is made of a template", self.template),
            ("the end of a notice is told: by events, by evidence, and in the log", self.told),
        ]

    def email(self):
        accepted = self.api.order(order("email", to_email("epost@example.net")))
        self.cloud.email_to("epost@example.net")
        self.status(accepted, "Email_Succeeded")
        self.ses_says("delivered", accepted)
        self.status(accepted, "Email_Delivered")

    def bounce(self):
        accepted = self.api.order(order("bounce", to_email("ukjent@example.net")))
        self.cloud.email_to("ukjent@example.net")
        self.ses_says("bounced", accepted)
        self.status(accepted, "Email_Failed_Bounced")

    def ses_says(self, event, accepted):
        email_event(self.stack, event, f"{accepted['notification']['shipmentId']}-0")

    def status(self, accepted, wanted):
        until(f"the status is {wanted}", lambda: self.api.statuses(accepted) == [wanted])

    def sms(self):
        accepted = self.api.order(order("sms", to_sms("+4790000301")))
        sent = until("the SMS is handed over", lambda: self.cloud.sms_to("+4790000301"))
        self.status(accepted, "SMS_Accepted")
        sms_log(self.cloud, sent[0]["MessageId"], "+4790000301")
        self.status(accepted, "SMS_Delivered")

    def person(self):
        accepted = self.api.order(order("person", to_person(PERSON)))
        expect(self.cloud.email_to(PERSON_EMAIL)["BodyText"], "Hei Solid Lampe. Du har fått et brev.", "text")
        self.status(accepted, "Email_Succeeded")

    def organization(self):
        self.api.order(order("organization", to_organization(ORGANIZATION)))
        for name in ("post", "okonomi", "drift"):
            self.cloud.email_to(f"{name}@mangeveier.example.no")

    def replay(self):
        first = order("replayed", to_email("to.ganger@example.net"))
        accepted = self.api.order(first)
        self.cloud.email_to("to.ganger@example.net")
        expect(self.api.order(first, 200), accepted, "answer to the replay")
        self.api.order(order("replayed", to_email("en.annen@example.net")), 409)
        expect(len(self.cloud.emails_to("to.ganger@example.net")), 1, "e-mails")

    def list(self):
        recipients = [{"nationalIdentityNumber": ANOTHER_PERSON}, {"emailAddress": "liste.to@example.net"}]
        shipment = self.api.email_list(recipients)
        self.cloud.email_to("bare.epost@example.no")
        self.cloud.email_to("liste.to@example.net")
        until("both are shown", lambda: self.api.statuses(shipment) == ["Email_Succeeded"] * 2)

    def told(self):
        """Both come from the table's stream, once SES's event has ended the notice."""
        subscriber = self.stack.subscribe()
        accepted = self.api.order(order("told", to_email("fortalt@example.net")))
        chain = accepted["notificationOrderId"]
        self.cloud.email_to("fortalt@example.net")
        self.status(accepted, "Email_Succeeded")
        expect(self.stack.evidence(chain), None, "evidence of what is not over")
        self.ses_says("delivered", accepted)
        wanted = {
            ("Notification status changed", "Email_Succeeded"),
            ("Notification status changed", "Email_Delivered"),
            ("Shipment status changed", "Order_Completed"),
            ("Order status changed", "Order_Completed"),
        }
        heard = set()
        until("every event is told", lambda: heard.update(self.events_of(accepted, subscriber)) or heard >= wanted)
        until("evidence is written", lambda: self.stack.evidence(chain))
        until("its end is in the log", lambda: self.ends_in_log(accepted) == ["Email_Delivered 1"])
        for function, decided in {"accept-order": "0-0 Queued", "send-email": "0-0 Sending, 0-0 Accepted", "record-delivery": "0-0 Email_Delivered"}.items():
            until(f"{function} says what it decided", lambda: f"{chain}: {decided}" in self.decided(function))

    def decided(self, function):
        """What the invocations of a function decided, by their log."""
        lines = json_lines(self.cloud.client("logs"), f"/aws/lambda/{self.stack.name}-{function}")
        invocations = [line for line in lines if line.get("message") == "invocation"]
        expect([line for line in invocations if not line["spans"][0]["request_id"]], [], "lines without a request id")
        return [one for line in invocations for one in line["decided"].split("; ")]

    def ends_in_log(self, accepted):
        """What the log says that became of an order's notification."""
        lines = json_lines(self.cloud.client("logs"), f"/aws/lambda/{self.stack.name}-publish-changes")
        shipment = accepted["notification"]["shipmentId"]
        return [line["deliveries"] for line in lines if line.get("message") == "over" and line["shipment"] == shipment]

    def events_of(self, accepted, subscriber):
        """The kinds and statuses of new events that are about one order."""
        own = {accepted["notificationOrderId"], accepted["notification"]["shipmentId"]}
        for event in map(json.loads, self.cloud.take(subscriber)):
            detail = event["detail"]
            if own & {detail.get("notificationOrderId"), detail.get("shipmentId")}:
                yield event["detail-type"], detail["status"]

    def template(self):
        texts = {"nb": {"email": {"subject": "Svar i sak {sak}", "body": "Sak {sak} er avgjort."}}}
        status, answer = self.api.call("PUT", "/templates/svar", {"texts": texts})
        expect(status, 201, f"status, answered {answer}")
        template = {"name": "svar", "language": "nb", "tokens": {"sak": "2026/1"}}
        recipient = {"emailAddress": "mal@example.net", "emailSettings": {"sendingTimePolicy": "Anytime"}}
        self.api.order(order("template", {"recipientEmail": {**recipient, "template": template}}))
        expect(self.cloud.email_to("mal@example.net")["Subject"], "Svar i sak 2026/1", "subject")

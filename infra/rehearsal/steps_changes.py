"""Deployments over what is there: a stack anew on a restored copy of its table, and a stack with changed values."""

from alarms import raised
from api import expect
from orders import order, to_email
from steps_smallest import FIRST
from tool import Tool
from waiting import until

# For how long it may take, in seconds, until something is sent that was on a queue of the stack that is lost: a tick may have
# put it there right before. Its lease ends after five minutes, and ticks look at it then.
LEASE = 400


class Changes:
    """The steps on either deployment; each takes as long as a deployment."""

    def __init__(self, smallest, full, tokens):
        self.smallest = smallest
        self.full = full
        self.tokens = tokens
        self.token = tokens.owner

    def restored(self):
        """Deletes the smallest stack and makes it anew on a copy of the table and with the secret that it leaves."""
        accepted = self.smallest.api(self.token).order(FIRST, 200)
        self.under_way()
        self.smallest.delete()
        copy = self.smallest.copy_table(f"{self.smallest.name}-restored")
        kept = {
            "ExistingTableName": copy["TableName"],
            "ExistingTableStreamArn": copy["LatestStreamArn"],
            "ExistingEvidenceTableName": self.smallest.outputs["EvidenceTableName"],
            "ExistingIdSecretArn": self.smallest.outputs["IdSecretArn"],
        }
        self.smallest.deploy(**kept)
        expect(self.smallest.outputs["TableName"], kept["ExistingTableName"], "table")
        expect(self.smallest.api(self.token).order(FIRST, 200), accepted, "answer to the replay")
        self.settled()

    def under_way(self):
        """A notice waits, because SES does not know its sender, when the table is lost."""
        mail, identity = self.smallest.cloud.client("sesv2"), self.smallest.parameters["EmailIdentity"]
        mail.delete_email_identity(EmailIdentity=identity)
        try:
            self.smallest.api(self.token).order(order("under-way", to_email("underveis@example.net")))
            raised(self.smallest, "send-email", "ses")
        finally:
            self.smallest.cloud.verify(identity)

    def settled(self):
        """What was under way waits until the operator says what becomes of it."""
        tool = Tool(self.smallest, self.tokens.administrator)
        until("it is held", lambda: tool.told("holds").get("unsettledSince"), 60)
        expect(self.smallest.cloud.emails_to("underveis@example.net"), [], "e-mails before it is settled")
        expect(tool.told("settle", "--otherwise", "send-again")["settlement"]["otherwise"], "SendAgain", "settlement")
        until("what was under way goes", lambda: self.smallest.cloud.emails_to("underveis@example.net"), LEASE)
        expect(len(self.smallest.cloud.emails_to("forste@example.net")), 1, "e-mails of what was over")

    def changed(self):
        """Deploys the full stack over itself with another rule about links."""
        text = {"subject": "Emne", "body": "Se https://example.net/brev", "sendingTimePolicy": "Anytime"}
        to_somebody = to_email("lenke@example.net")
        to_somebody["recipientEmail"]["emailSettings"] = text
        self.full.api(self.token).order(order("link", to_somebody))
        self.full.deploy(Links="Refused", RetentionDays="31")
        expect(self.full.variables("accept-order")["RETENTION_DAYS"], "31", "RETENTION_DAYS")
        self.full.api(self.token).order(order("link-refused", to_somebody), 400)

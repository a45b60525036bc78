"""Deployments over what is there: a stack anew beside its retained table, and a stack with changed values."""

from api import expect
from orders import order, to_email
from steps_smallest import FIRST


class Changes:
    """The steps on either deployment; each takes as long as a deployment."""

    def __init__(self, smallest, full, token):
        self.smallest = smallest
        self.full = full
        self.token = token

    def restored(self):
        """Deletes the smallest stack and makes it anew beside the table and the secret that it leaves."""
        accepted = self.smallest.api(self.token).order(FIRST, 200)
        kept = {
            "ExistingTableName": self.smallest.outputs["TableName"],
            "ExistingTableStreamArn": self.smallest.outputs["TableStreamArn"],
            "ExistingIdSecretArn": self.smallest.outputs["IdSecretArn"],
        }
        self.smallest.delete()
        self.smallest.deploy(**kept)
        expect(self.smallest.outputs["TableName"], kept["ExistingTableName"], "table")
        expect(self.smallest.api(self.token).order(FIRST, 200), accepted, "answer to the replay")

    def changed(self):
        """Deploys the full stack over itself with another rule about links."""
        text = {"subject": "Emne", "body": "Se https://example.net/brev", "sendingTimePolicy": "Anytime"}
        to_somebody = to_email("lenke@example.net")
        to_somebody["recipientEmail"]["emailSettings"] = text
        self.full.api(self.token).order(order("link", to_somebody))
        self.full.deploy(Links="Refused", RetentionDays="31")
        expect(self.full.variables("accept-order")["RETENTION_DAYS"], "31", "RETENTION_DAYS")
        self.full.api(self.token).order(order("link-refused", to_somebody), 400)

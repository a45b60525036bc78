"""Deployments over what is there: a stack anew beside its retained table, and a stack with changed values."""

from datetime import UTC, datetime, timedelta

from api import expect
from orders import order, seconds_ahead, to_email
from patches import MINUTE
from steps_smallest import FIRST
from waiting import until

# Later than the stack is gone, sooner than it is there again.
LATER = 25
# In which several ticks come, as patches.MINUTE has them.
TICKS = timedelta(seconds=3 * MINUTE)


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
        due = seconds_ahead(LATER)
        under_way = order("under-way", to_email("underveis@example.net"), requestedSendTime=due)
        self.smallest.api(self.token).order(under_way)
        self.smallest.delete()
        copy = self.smallest.copy_table(f"{self.smallest.name}-restored")
        kept = {
            "ExistingTableName": copy["TableName"],
            "ExistingTableStreamArn": copy["LatestStreamArn"],
            "ExistingIdSecretArn": self.smallest.outputs["IdSecretArn"],
        }
        self.smallest.deploy(**kept)
        expect(self.smallest.outputs["TableName"], kept["ExistingTableName"], "table")
        expect(self.smallest.api(self.token).order(FIRST, 200), accepted, "answer to the replay")
        self.settled(due)

    def settled(self, due):
        """What was under way waits until the operator says what becomes of it."""
        administrator = self.smallest.api(self.tokens.administrator)
        until("it is held", lambda: administrator.call("GET", "/holds")[1].get("unsettledSince"), 60)
        until("its time is over", lambda: datetime.now(UTC) > datetime.fromisoformat(due) + TICKS, 120)
        expect(self.smallest.cloud.emails_to("underveis@example.net"), [], "e-mails before it is settled")
        status, answer = administrator.call("PUT", "/settlement", {"otherwise": "SendAgain"})
        expect(status, 200, f"status, answered {answer}")
        until("what was under way goes", lambda: self.smallest.cloud.emails_to("underveis@example.net"), 90)
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

"""A pass through the table that finds what nobody was told of: an order whose evidence is gone, as after a restore."""

import msgpack
from alarms import json_lines
from api import expect
from orders import order, to_email
from reports import email_event
from steps import Steps
from waiting import until

# The end of an order may wait for an hour to be told; it is left alone before.
TWO_HOURS = 2 * 60 * 60 * 1000
SEGMENTS = 4


class Reconcile(Steps):
    """The step on the full deployment."""

    def steps(self):
        return [("a pass through the table finds an order that nobody was told of, and it is told", self.found)]

    def found(self):
        accepted = self.api.order(order("reconcile", to_email("aldri.meldt@example.net")))
        self.cloud.email_to("aldri.meldt@example.net")
        email_event(self.stack, "delivered", f"{accepted['notification']['shipmentId']}-0")
        chain = accepted["notificationOrderId"]
        proved = until("its end is proved", lambda: self.stack.evidence(chain), 60)
        self.forget(f"chain#{chain}", proved)
        self.cloud.client("lambda").invoke(
            FunctionName=f"{self.stack.name}-reconcile", InvocationType="Event", Payload=b"{}")
        until("its end is proved again", lambda: self.stack.evidence(chain), 60)
        finished = until("every segment is finished", self.finished, 60)
        expect(sum(line["untold"] for line in finished), 1, "orders that were found")
        return f"{sum(line['seen'] for line in finished)} orders that are over were seen"

    def forget(self, chain, proved):
        """The order ended two hours ago, and nothing proves it."""
        table, name = self.cloud.client("dynamodb"), self.stack.outputs["TableName"]
        # Without this attribute the stream does not tell of a write.
        item = {key: value for key, value in self.stack.item(chain).items() if key != "t"}
        body = msgpack.unpackb(item["b"]["B"])
        ended = msgpack.packb({**body, "s": earlier(body["s"])})
        table.put_item(TableName=name, Item={**item, "b": {"B": ended}})
        table.delete_item(TableName=self.stack.outputs["EvidenceTableName"], Key={"pk": proved["pk"]})

    def finished(self):
        lines = json_lines(self.cloud.client("logs"), f"/aws/lambda/{self.stack.name}-reconcile")
        finished = [line for line in lines if line.get("message") == "a segment is finished"]
        return finished if len(finished) == SEGMENTS else None


def earlier(value):
    """What is stored of a chain with every time in it two hours earlier."""
    if isinstance(value, int) and len(str(value)) == len("1793613600000"):
        return value - TWO_HOURS
    if isinstance(value, list):
        return [earlier(one) for one in value]
    if isinstance(value, dict):
        return {name: earlier(one) for name, one in value.items()}
    return value

"""A shard of the due index that holds more than a tick manages: a tick hands it over, a worker works through it."""

import time

from alarms import json_lines
from api import expect
from orders import another_chain, order, seconds_ahead, to_email
from steps import Steps
from waiting import until

# A tick does a hundred of a shard. While the worker does the rest, a few more ticks may come.
MANY = 400
AT_LEAST = 150


class Shard(Steps):
    """The step on the full deployment. What fills the shard are copies of one order, whose time has not come: each is
    looked at, moved in the index to where it belongs, and deleted at the end."""

    def steps(self):
        return [("a tick hands over a shard that is full, and a worker works through it", self.handed_over)]

    def handed_over(self):
        accepted = self.api.order(
            order("shard", to_email("om.en.time@example.net"), requestedSendTime=seconds_ahead(3600)))
        chain = accepted["notificationOrderId"]
        item = self.stack.item(f"chain#{chain}")
        overdue = {**item, "da": {"N": str(int(time.time() * 1000))}}
        copies = [{**overdue, "pk": {"S": f"chain#{another_chain(chain[:2])}"}} for _ in range(MANY)]
        self.write([{"PutRequest": {"Item": copy}} for copy in copies])
        try:
            until("every copy is looked at", lambda: not self.due(item["dk"]), 60)
            worker = until("workers say what they have done", self.swept_by_workers)
            expect(self.cloud.queue_depth(self.stack.outputs["ShardsDeadQueueUrl"]), 0, "workers that failed")
        finally:
            self.write([{"DeleteRequest": {"Key": {"pk": copy["pk"]}}} for copy in copies])
        return f"{worker} of {MANY} by workers, the others by ticks"

    def write(self, requests):
        table = self.cloud.client("dynamodb")
        for first in range(0, len(requests), 25):
            table.batch_write_item(RequestItems={self.stack.outputs["TableName"]: requests[first:first + 25]})

    def due(self, shard):
        """How many entries of a shard are due."""
        now = {"N": str(int(time.time() * 1000))}
        answer = self.cloud.client("dynamodb").query(
            TableName=self.stack.outputs["TableName"], IndexName="due", Select="COUNT",
            KeyConditionExpression="dk = :dk AND da <= :now", ExpressionAttributeValues={":dk": shard, ":now": now})
        return answer["Count"]

    def swept_by_workers(self):
        """How many chains they have moved, once that is more than what falls to them by chance."""
        lines = json_lines(self.cloud.client("logs"), f"/aws/lambda/{self.stack.name}-sweep-shard")
        changed = sum(line["changed"] for line in lines if line.get("message") == "swept")
        return changed if changed >= AT_LEAST else None

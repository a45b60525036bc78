"""What an operator does: holding and letting go on, and the tool against a deployment."""

from api import expect
from orders import OWNER, order, seconds_ahead, to_email
from steps import Steps
from tool import Tool
from waiting import until


class Operator(Steps):
    """The steps on the full deployment."""

    def __init__(self, stack, tokens):
        super().__init__(stack, tokens.owner)
        self.administrator = stack.api(tokens.administrator)
        self.tool = Tool(stack, tokens.administrator)
        self.ordered = 0

    def steps(self):
        return [
            ("what is held waits and says so, until it is released", self.held),
            ("the tool: what is missing", self.doctor),
            ("the tool: what waits", self.drain),
            ("the tool: an order's way, by its reference and by its id", self.timeline),
            ("the tool: an order is taken back, and the record says by whom", self.cancelled),
        ]

    def held(self):
        """What is held is looked at again after ten minutes at the earliest, which is too long to wait for here."""
        self.tool.told("hold", OWNER, "--reason", "rehearsed")
        # A function may have read ten seconds ago that nothing was held.
        until("what is ordered is held", lambda: not self.goes("holdt"), 60)
        expect(self.tool.told("release", OWNER)["holds"], [], "holds after the release")
        until("what is ordered goes", lambda: self.goes("sluppet"), 60)

    def goes(self, name):
        """Whether another order of this name goes, or is held."""
        self.ordered += 1
        address = f"{name}.{self.ordered}@example.net"
        accepted = self.api.order(order(f"{name}-{self.ordered}", to_email(address)))
        until("it goes or is held", lambda: self.cloud.emails_to(address) or self.waits_for(accepted) == "Held", 60)
        return self.waits_for(accepted) != "Held"

    def waits_for(self, accepted):
        return self.api.shipment(accepted)["recipients"][0].get("waitsFor")

    def doctor(self):
        """The emulator's account has nobody subscribed to the alarms, which is what a doctor must find. The emulator answers
        at /health itself, in place of the API."""
        findings = self.tool.told("doctor", status=1)["findings"]
        states = {finding["what"]: finding["state"] for finding in findings}
        expect(states["a token of an administrator counts"], "ok", "the token")
        expect(states["somebody is told of alarms (0)"], "MISSING", "subscribers")
        return ", ".join(f"{what}: {state}" for what, state in states.items())

    def drain(self):
        told = self.tool.told("drain")
        names = {queue["queue"] for queue in told["queues"]}
        expect({"email", "email-urgent", "sms", "reports", "steps", "webhooks"} <= names, True, f"queues in {names}")
        return f"{told['due']} due, {len(names)} queues"

    def timeline(self):
        accepted = self.api.order(order("told-way", to_email("vei@example.net"), sendersReference="sak 1"))
        self.cloud.email_to("vei@example.net")
        chain = accepted["notificationOrderId"]
        found = self.tool.told("order", "find", "sak 1", "--owner", OWNER)["orders"]
        expect([one["notificationOrderId"] for one in found], [chain], "orders with the reference")
        events = self.tool.told("order", "timeline", accepted["notification"]["shipmentId"])["events"]
        expect([event["event"] for event in events][0], "Accepted", "the first event")

    def cancelled(self):
        recipient = to_email("tatt.tilbake@example.net")
        accepted = self.api.order(order("taken-back", recipient, requestedSendTime=seconds_ahead(3600)))
        chain = accepted["notificationOrderId"]
        self.tool.told("order", "cancel", chain)
        expect(self.api.shipment(accepted)["status"], "Order_Cancelled", "status of the shipment")
        changes = self.tool.told("changes")["changes"]
        expect(("Cancel", chain, OWNER) in [(one["action"], one["about"], one["by"]) for one in changes], True,
               f"the record among {[one['action'] for one in changes]}")

    def dead_letters(self):
        """What could not be read is explained and sent back; it is still unreadable, and comes again."""
        before = self.dead()
        self.cloud.client("sqs").send_message(QueueUrl=self.stack.outputs["StepsQueueUrl"], MessageBody="no JSON")
        until("it is among the dead letters", lambda: self.dead() == before + 1, 90)
        explained = self.tool.told("dead-letters", "explain", "steps", status=1)
        expect("no JSON" in [letter["body"] for letter in explained["messages"]], True, "it is explained")
        expect(self.tool.told("dead-letters", "send-back", "steps")["sentBack"], before + 1, "messages sent back")
        until("it is a dead letter again", lambda: self.dead() == before + 1, 90)
        self.cloud.take(self.stack.outputs["StepsDeadQueueUrl"])

    def dead(self):
        queues = self.tool.told("dead-letters", "list", status=1 if self.depth() else 0)["queues"]
        return next(queue["deadLetters"] for queue in queues if queue["queue"] == "steps")

    def depth(self):
        names = [name for name in self.stack.outputs if name.endswith("DeadQueueUrl")]
        return sum(self.cloud.queue_depth(self.stack.outputs[name]) for name in names)

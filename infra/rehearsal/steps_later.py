"""What a deployment with everything does later: at the time that an order says, or after many tries."""

import json
from datetime import datetime

from api import expect
from cloud import ACCOUNT
from orders import OWNER, order, seconds_ahead, to_email
from steps import Steps
from waiting import until

# Long enough for every step to have placed its order, short enough to wait for.
SOON = 20


class Later(Steps):
    """The steps on the full deployment that take their time."""

    def steps(self):
        return [
            ("a future order waits for its time", self.future),
            ("a reminder is sent", self.reminder),
            ("a reminder is stopped by an opened message", self.opened),
            ("poisoned messages end among the dead letters", self.poison),
            ("an opening that means nothing ends among the dead letters", self.poisoned_opening),
        ]

    def future(self):
        due = seconds_ahead(SOON)
        self.api.order(order("future", to_email("senere@example.net"), requestedSendTime=due))
        return self.sent_after(due, "senere@example.net")

    def sent_after(self, due, address):
        late = self.cloud.email_to(address)["Timestamp"] - datetime.fromisoformat(due).timestamp()
        expect(late >= 0, True, f"sent at its time and not {-late:.1f} s before")
        return f"{late:.1f} s after its time"

    def reminder(self):
        due, _ = self.with_reminder("minnet")
        self.cloud.email_to("minnet@example.net")
        return self.sent_after(due, "minnet.paminnelse@example.net")

    def opened(self):
        _, shipment = self.with_reminder("lest")
        opening = {"owner": OWNER, "dialogId": "dialog-lest"}
        self.stack.publish({
            "EventBusName": self.stack.outputs["BusName"], "Source": "inbox", "DetailType": "Message opened",
            "Detail": json.dumps(opening)})
        until("the reminder is stopped",
              lambda: self.api.shipment(shipment)["status"] == "Order_SendConditionNotMet", 60)
        expect(self.cloud.emails_to("lest.paminnelse@example.net"), [], "reminders")

    def with_reminder(self, name):
        """Orders an e-mail with a reminder; when that is due, and its shipment."""
        due = seconds_ahead(SOON)
        reminder = {"requestedSendTime": due, "recipient": to_email(f"{name}.paminnelse@example.net")}
        dialog = {"dialogId": f"dialog-{name}"}
        body = order(name, to_email(f"{name}@example.net"), dialogportenAssociation=dialog, reminders=[reminder])
        return due, self.api.order(body)["notification"]["reminders"][0]["shipmentId"]

    def poison(self):
        queues = ("Steps", "Email", "EmailUrgent", "Sms", "SmsUrgent", "Reports", "Untold")
        for queue in queues:
            self.send_poison(queue)
        # A FIFO queue asks for more.
        self.send_poison("Shards", MessageGroupId="poison", MessageDeduplicationId="poison")
        queues = (*queues, "Shards")
        for queue in queues:
            self.dead_letter(queue)
        return ", ".join(queues)

    def send_poison(self, queue, **more):
        url = self.stack.outputs[f"{queue}QueueUrl"]
        self.cloud.client("sqs").send_message(QueueUrl=url, MessageBody="not what is expected here", **more)

    def poisoned_opening(self):
        """Invoked as EventBridge does. The emulator's invokes once only and does not look at the answer."""
        event = {"account": ACCOUNT, "detail-type": "Message opened", "detail": {"owner": "nobody"}}
        self.cloud.client("lambda").invoke(
            FunctionName=f"{self.stack.name}-record-opened", InvocationType="Event", Payload=json.dumps(event))
        self.dead_letter("Opened")

    def dead_letter(self, queue):
        url = self.stack.outputs[f"{queue}DeadQueueUrl"]
        until(f"a dead letter of {queue}", lambda: self.cloud.queue_depth(url) == 1, 60)

"""The console, and the ways that notices take: by which queues, in which message groups. The steps come one after the other, because
each holds functions back to look into their queues."""

from api import expect
from orders import OWNER, order, to_email
from steps import Steps
from waiting import until

# From so many recipients on, a list is worked off behind its owner's single notices.
LONG = 11


class Ways(Steps):
    """The steps on the full deployment."""

    def steps(self):
        return [
            ("the console is served without a token, with its policy", self.console),
            ("what needs no look-up goes straight to the queue of its channel, in its owner's group", self.straight),
            ("what is urgent goes by the urgent queue", self.urgent),
            ("a long list goes in a group beside its owner's", self.listed),
        ]

    def console(self):
        for path, kind in (("/console", "text/html"), ("/console/main.js", "text/javascript")):
            status, headers = self.api.file(path)
            expect((status, headers.get_content_type()), (200, kind), f"answer to {path}")
            expect("script-src 'self';" in headers["content-security-policy"], True, f"a policy with {path}")

    def straight(self):
        with self.stack.held("resolve-recipients", "send-email"):
            self.api.order(order("straight", to_email("rett.frem@example.net")))
            self.waits("Email", [OWNER])
            expect(self.depth("Steps"), 0, "messages to resolve-recipients")
        self.cloud.email_to("rett.frem@example.net")

    def urgent(self):
        with self.stack.held("send-email", "send-email-urgent"):
            self.api.order(order("urgent", to_email("haster@example.net"), priority="Urgent"))
            self.waits("EmailUrgent", [OWNER])
            expect(self.depth("Email"), 0, "messages on the ordinary queue")
        self.cloud.email_to("haster@example.net")

    def listed(self):
        addresses = [f"mange{number}@example.net" for number in range(LONG)]
        with self.stack.held("send-email"):
            self.api.email_list([{"emailAddress": address} for address in addresses])
            until("all are queued", lambda: self.depth("Email") == LONG, 60)
            self.waits("Email", [f"{OWNER}#bulk"] * 10)
        for address in addresses:
            self.cloud.email_to(address)

    def waits(self, queue, groups):
        """These message groups wait on a queue, whose consumer is held."""
        until(f"messages on {queue}", lambda: self.depth(queue))
        expect(self.cloud.look_into(self.stack.outputs[f"{queue}QueueUrl"]), groups, f"message groups on {queue}")

    def depth(self, queue):
        return self.cloud.queue_depth(self.stack.outputs[f"{queue}QueueUrl"])

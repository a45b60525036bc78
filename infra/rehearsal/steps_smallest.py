"""What a deployment with the three values that are required does, and what it refuses."""

from api import expect
from orders import PERSON, order, to_email, to_person, to_sms
from steps import Steps
from waiting import until

FIRST = order("first", to_email("forste@example.net"))


class Smallest(Steps):
    """The steps on the smallest deployment."""

    def steps(self):
        return [
            ("an e-mail arrives", self.email),
            ("a list with a person shows who could not be looked up", self.list),
            ("an unknown path is a problem of the API's own", self.unknown_path),
        ]

    def refusals(self):
        """Comes before all that is stored."""
        return [
            ("an order by national identity number is refused", lambda: self.refused(to_person(PERSON))),
            ("an order of an SMS is refused", lambda: self.refused(to_sms("+4790000201"))),
        ]

    def refused(self, recipient):
        status, problem = self.api.call("POST", "/future/orders", order("refused", recipient))
        expect(status, 422, f"status, answered {problem}")
        table = self.cloud.client("dynamodb").scan(TableName=self.stack.outputs["TableName"])
        # What the sweeps write down of the deployment itself is no order.
        stored = [item["pk"]["S"] for item in table["Items"] if item["pk"]["S"] != "deployment"]
        expect(stored, [], "items stored")
        return f"{problem['code']}: {problem['errors']}"

    def email(self):
        self.api.order(FIRST)
        self.cloud.email_to("forste@example.net")

    def list(self):
        shipment = self.api.email_list([{"nationalIdentityNumber": PERSON}, {"emailAddress": "liste@example.net"}])
        self.cloud.email_to("liste@example.net")
        return ", ".join(until("both have a status", lambda: self.two_statuses(shipment)))

    def two_statuses(self, shipment):
        statuses = self.api.statuses(shipment)
        return statuses if len(statuses) == 2 and not any(status.endswith("_New") for status in statuses) else None

    def unknown_path(self):
        status, problem = self.api.call("GET", "/nowhere")
        expect((status, problem["status"], problem["title"]), (404, 404, "Not Found"), "the problem")
        expect(self.api.file("/console")[0], 404, "status of the console, which is not enabled")

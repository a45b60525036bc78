"""The deployed API over HTTP, as a service owner uses it."""

import json
import urllib.error
import urllib.parse
import urllib.request

from cloud import opener


class Unexpected(Exception):
    """An answer was another than the contract promises."""


def expect(actual, wanted, what):
    if actual != wanted:
        raise Unexpected(f"{what}: {actual!r} in place of {wanted!r}")


class Api:
    """One deployment's API, with a bearer token of the issuer's."""

    def __init__(self, cloud, url, token):
        address = urllib.parse.urlsplit(url)
        self.root, self.base = cloud.url, cloud.url + address.path
        # The emulator tells APIs apart by the name of their host, which resolves to nothing here.
        self.host = address.hostname.split(".")[0] + f".execute-api.127.0.0.1:{cloud.port}"
        self.token = token

    def call(self, method, path, body=None):
        """One request; the status and the JSON of the answer."""
        headers = {"Host": self.host, "Authorization": f"Bearer {self.token}"}
        data = None
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        request = urllib.request.Request(self.base + path, data, headers, method=method)
        try:
            with opener.open(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read() or "null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or "null")

    def file(self, path):
        """A file at the root of the API, which needs no token; the status and the headers."""
        request = urllib.request.Request(self.root + path, headers={"Host": self.host})
        try:
            with opener.open(request, timeout=30) as answer:
                return answer.status, answer.headers
        except urllib.error.HTTPError as error:
            return error.code, error.headers

    def order(self, order, status=201):
        """Places an order that must be answered with a status; the answer."""
        answered, body = self.call("POST", "/future/orders", order)
        expect(answered, status, f"status of order {order['idempotencyId']}, answered {body}")
        return body

    def email_list(self, recipients):
        """Places an order of an e-mail to many; its shipment."""
        body = {"subject": "Emne", "body": "Tekst", "sendingTimePolicy": "Anytime", "recipients": recipients}
        status, answer = self.call("POST", "/orders/email", body)
        expect(status, 202, f"status, answered {answer}")
        return answer["orderId"]

    def shipment(self, order):
        """The shipment of an accepted order's notification, or the one with an id."""
        number = order if isinstance(order, str) else order["notification"]["shipmentId"]
        status, body = self.call("GET", f"/future/shipment/{number}")
        expect(status, 200, f"status of shipment {number}, answered {body}")
        return body

    def statuses(self, order):
        """What has become of the notifications of a shipment."""
        return sorted(entry["status"] for entry in self.shipment(order)["recipients"])

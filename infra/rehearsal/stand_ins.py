"""The token issuer and the registers, as the local system has them."""

import json
import urllib.request
from dataclasses import dataclass

from cloud import opener
from places import DEBUG

ISSUER = "https://issuer.varsling.local/"
# Together, since what cargo builds of a crate depends on who else uses it.
BUILD = ["cargo", "build", "--quiet", "--package", "varsling-local", "--package", "varsling-ops"]
SERVE = [DEBUG / "varsling-local", "stand-ins", "--port"]


@dataclass
class Tokens:
    """To order, to administer, and to order composed e-mails."""

    owner: str
    administrator: str
    composer: str


class StandIns:
    """The stand-ins on one port of loopback."""

    def __init__(self, port):
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    def build(self, processes):
        processes.run("build-stand-ins", BUILD)

    def start(self, processes):
        processes.serve("stand-ins", [*SERVE, self.port], self.answers)

    def answers(self):
        try:
            return self.get("/issuer/jwks")
        except OSError:
            return None

    def get(self, path):
        with opener.open(self.url + path, timeout=10) as answer:
            return answer.read().decode()

    def token(self, owner, scope=None):
        """A signed token of the issuer's, with the scope to order unless another one is named."""
        return self.get(f"/local/token?org={owner}" + (f"&scope={scope}" if scope else ""))

    def tokens(self, owner):
        """Those of an owner for all that is rehearsed."""
        return Tokens(
            self.token(owner),
            self.token(owner, "altinn:notifications.admin"),
            self.token(owner, "altinn:serviceowner/notifications.composedemail.create"),
        )

    def key(self):
        """Our client's key at the stand-in for Maskinporten."""
        return self.get("/local/maskinporten-key")

    def fail(self, register, times):
        """Has a register answer 503 so many times."""
        fault = {"register": register, "status": 503, "times": times}
        opener.open(f"{self.url}/local/faults", json.dumps(fault).encode(), timeout=10).close()

    def recover(self):
        """Ends all faults."""
        request = urllib.request.Request(f"{self.url}/local/faults", method="DELETE")
        opener.open(request, timeout=10).close()

    def issuer(self):
        """The parameter that says whose tokens are accepted."""
        return {"TokenIssuers": f"{ISSUER}={self.url}/issuer/jwks"}

    def registers(self):
        """The parameters of a deployment that has every register."""
        registers = f"{self.url}/registers"
        return {
            "KrrUrl": f"{registers}/krr/rest/v2/personer",
            "OrganizationsUrl": f"{registers}/organizations/organizations/notificationaddresses/lookup",
            "PersonalUrl": f"{registers}/personal/units/contactpoint/lookup",
            "ExternalUrl": f"{registers}/external/users/contactpoint/lookupsi",
            "DecisionsUrl": f"{registers}/decisions/authorize",
            "NamesUrl": f"{registers}/names/parties/nameslookup",
            "MaskinportenClientId": "varsling-local",
            "MaskinportenIssuer": ISSUER,
            "MaskinportenTokenUrl": f"{registers}/maskinporten/token",
        }

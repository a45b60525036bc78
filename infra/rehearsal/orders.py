"""Orders as service owners place them, with people of the local system."""

import uuid
from datetime import UTC, datetime, timedelta

OWNER = "226346139"
# The register of contact addresses has an e-mail address for this synthetic person, and a name.
PERSON, PERSON_EMAIL = "11837512435", "solid.lampe@example.no"
ANOTHER_PERSON = "02827731415"
ORGANIZATION = "307576317"

EMAIL = {"subject": "Nytt brev", "body": "Hei $recipientName$. Du har fått et brev.", "sendingTimePolicy": "Anytime"}
SMS = {"body": "Du har fått et brev.", "sendingTimePolicy": "Anytime"}


def order(name, recipient, **more):
    return {"idempotencyId": name, "recipient": recipient, **more}


def to_email(address):
    return {"recipientEmail": {"emailAddress": address, "emailSettings": EMAIL_TO_NOBODY}}


def to_sms(number):
    return {"recipientSms": {"phoneNumber": number, "smsSettings": SMS}}


def to_person(number):
    return {"recipientPerson": {"nationalIdentityNumber": number, "channelSchema": "Email", "emailSettings": EMAIL}}


def to_organization(number):
    return {"recipientOrganization": {"orgNumber": number, "channelSchema": "Email", "emailSettings": EMAIL}}


# An address alone has no name to fill in.
EMAIL_TO_NOBODY = {**EMAIL, "body": "Du har fått et brev."}


def another_chain(beginning=""):
    """The id of a chain that no order has. Its first byte says in which shard it is, its last one is zero."""
    return str(uuid.UUID(beginning + uuid.uuid4().hex[len(beginning):30] + "00"))


def seconds_ahead(seconds):
    """A time soon to come, as orders state it."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat(timespec="seconds")

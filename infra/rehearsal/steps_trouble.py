"""Trouble that fails no invocation: what waits must be told of by a line that an alarm counts, and goes out
when the trouble is over."""

import json

from alarms import raised, waited_for
from api import expect
from orders import PERSON, PERSON_EMAIL, another_chain, order, to_email, to_person, to_sms
from reports import email_event
from waiting import until

# A notice that waits is tried again after half a minute at the latest, and then after a minute.
TRIED_AGAIN = 90


class Trouble:
    """The steps on two deployments, so that each trouble is alone with what it troubles."""

    def __init__(self, smallest, full, stand_ins, token):
        self.smallest = smallest
        self.full = full
        self.stand_ins = stand_ins
        self.cloud = full.cloud
        self.token = token

    def steps(self):
        return [
            ("SES refuses the sender: the e-mail waits, and an alarm tells", self.sender_refused),
            ("KRR is down: the order waits, and an alarm tells", self.register_down),
            ("a permission is missing: the SMS waits, and an alarm tells", self.permission_missing),
            ("a change cannot be read: others are told, and an alarm tells", self.change_unreadable),
        ]

    def none_yet(self):
        """What waits without any trouble would raise alarms that nobody believes."""
        for stack in (self.smallest, self.full):
            expect(waited_for(stack), [], "lines that say what is waited for")

    def sender_refused(self):
        mail = self.cloud.client("sesv2")
        identity = self.smallest.parameters["EmailIdentity"]
        mail.delete_email_identity(EmailIdentity=identity)
        try:
            accepted = self.smallest.api(self.token).order(order("refused", to_email("avvist@example.net")))
            alarm = raised(self.smallest, "send-email", "ses")
        finally:
            self.cloud.verify(identity)
        return self.over(alarm, self.smallest, accepted, lambda: self.cloud.emails_to("avvist@example.net"))

    def register_down(self):
        before = len(self.cloud.emails_to(PERSON_EMAIL))
        self.stand_ins.fail("krr", 100)
        try:
            accepted = self.full.api(self.token).order(order("krr", to_person(PERSON)))
            alarm = raised(self.full, "resolve-recipients", "contact and reservation")
        finally:
            self.stand_ins.recover()
        return self.over(alarm, self.full, accepted, lambda: len(self.cloud.emails_to(PERSON_EMAIL)) > before)

    def permission_missing(self):
        """The emulator enforces what the roles permit, so one role is denied what it needs."""
        roles = self.cloud.client("iam")
        names = {"RoleName": self.full.resource("SendSmsRole"), "PolicyName": "rehearsal"}
        statement = {"Effect": "Deny", "Action": "sns:Publish", "Resource": "*"}
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        roles.put_role_policy(**names, PolicyDocument=json.dumps(policy))
        try:
            accepted = self.full.api(self.token).order(order("denied", to_sms("+4790000302")))
            alarm = raised(self.full, "send-sms", "sns")
        finally:
            roles.delete_role_policy(**names)
        return self.over(alarm, self.full, accepted, lambda: self.cloud.sms_to("+4790000302"))

    def change_unreadable(self):
        """What is told of a chain comes from the table's stream; a chain that nobody can read must not stop that."""
        chain = another_chain()
        key = {"pk": {"S": f"chain#{chain}"}}
        table = {"TableName": self.full.outputs["TableName"]}
        self.cloud.client("dynamodb").put_item(**table, Item={**key, "t": {"S": "0-0"}})
        accepted = self.full.api(self.token).order(order("after", to_email("etterpa@example.net")))
        self.cloud.email_to("etterpa@example.net")
        email_event(self.full, "delivered", f"{accepted['notification']['shipmentId']}-0")
        until("what came after it is told", lambda: self.full.evidence(accepted["notificationOrderId"]))
        alarm = raised(self.full, "publish-changes", "table")
        dead = self.full.outputs["UntoldDeadQueueUrl"]
        until("it is among the dead letters", lambda: any(chain in body for body in self.cloud.take(dead)), 60)
        self.cloud.client("dynamodb").delete_item(**table, Key=key)
        return str(alarm)

    def over(self, alarm, stack, accepted, sent):
        """The trouble is over: what waited has not failed, and goes out."""
        until("what waited is sent", sent, TRIED_AGAIN)
        until("it is shown as sent",
              lambda: not any(status.endswith("_New") for status in stack.api(self.token).statuses(accepted)))
        return str(alarm)

"""Deployments with a wrong value, which must be refused before anything is made, by the parameter's name."""

from botocore.exceptions import ClientError

from api import expect
from stack import ARCHITECTURE

WRONG = {
    "TokenIssuers": "",
    "EmailIdentity": "",
    "EmailSender": "nobody",
    "KrrUrl": "krr.example.no",
    "NamesUrl": "ftp://register.example.no",
    "SmsSenderId": "A name too long",
    "SmsSenderIdsRegistered": "Sweden",
    "StatusEventsTo": "everybody",
    "OpenedPublishers": "somebody",
    "DataKey": "own",
    "DomainName": "varsling.example.no",
    "SendingHours": "{",
    "SendingWindow": "Sometimes",
    "EmailRate": "14.5",
    "SmsRate": "0",
    "EmailWorkers": "1",
    "SmsBatchSize": "11",
    "UrgentShare": "51",
    "RetentionDays": "0",
    "SweepState": "ON",
    "LogRetentionDays": "2",
    "EvidenceBackups": "true",
    "ExistingEvidenceTableName": "arn:aws:dynamodb:eu-north-1:000000000000:table/evidence",
    # Right in themselves, but not without another parameter.
    "PersonalUrl": "https://profile.example.no/units/contactpoint/lookup",
    "ExistingTableName": "varsling",
    "ExistingTableStreamArn": "arn:aws:dynamodb:eu-north-1:000000000000:table/varsling/stream/2026-01-01T00:00:00.000",
}
NOBODY = "varsling-wrong"


class Input:
    """The steps on a deployment that never comes to be, with the template that was deployed last."""

    def __init__(self, stack):
        self.parameters = {"Architecture": ARCHITECTURE, **stack.parameters}
        self.cloud = stack.cloud
        self.template = self.uploaded()

    def uploaded(self):
        """Where the SAM CLI has put the template."""
        store = self.cloud.client("s3")
        bucket = store.list_buckets()["Buckets"][0]["Name"]
        keys = [entry["Key"] for entry in store.list_objects_v2(Bucket=bucket)["Contents"]]
        return f"{self.cloud.url}/{bucket}/{next(key for key in keys if key.endswith('.template'))}"

    def wrong_values(self):
        for name, value in WRONG.items():
            self.refused(name, {**self.parameters, name: value})
        for name in self.parameters:
            self.refused(name, {other: value for other, value in self.parameters.items() if other != name})
        stacks = self.cloud.client("cloudformation").describe_stacks()["Stacks"]
        expect(NOBODY in [stack["StackName"] for stack in stacks], False, "a stack was made")
        return f"{len(WRONG)} wrong, {len(self.parameters)} missing"

    def refused(self, name, parameters):
        try:
            self.cloud.client("cloudformation").create_change_set(
                StackName=NOBODY, ChangeSetName="wrong", ChangeSetType="CREATE", TemplateURL=self.template,
                Capabilities=["CAPABILITY_IAM"],
                Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()])
        except ClientError as error:
            expect(name in str(error), True, f"{name} is named in {error}")
        else:
            raise ValueError(f"{name} was accepted as {parameters.get(name)!r}")

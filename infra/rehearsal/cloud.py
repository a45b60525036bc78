"""The emulated AWS account: how to start it, reach it, and see what it was handed."""

import json
import urllib.request

import boto3

from places import EMULATOR, HERE
from waiting import until

REGION = "eu-north-1"
ACCOUNT = "000000000000"
OPERATOR = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}
# The functions are told where each service is. One address for all (AWS_ENDPOINT_URL) would make them use
# placeholders in place of their roles' credentials, and what the roles permit would not be rehearsed.
SERVICES = ["DYNAMODB", "EVENTBRIDGE", "SECRETS_MANAGER", "SESV2", "SNS", "SQS"]
# Nothing goes through a proxy: everything is on loopback.
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Cloud:
    """The emulator on one port of loopback."""

    def __init__(self, port):
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    def start(self, processes):
        """Starts the emulator, with the roles of the functions enforced (`AUTH`)."""
        endpoints = {f"AWS_ENDPOINT_URL_{service}": self.url for service in SERVICES}
        settings = {
            "AUTH": "true",
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_REGION": REGION,
        }
        command = [EMULATOR / "python", "-B", HERE / "emulator.py"]
        processes.serve("emulator", command, self.answers, **endpoints, **settings, **OPERATOR)

    def answers(self):
        try:
            return self.peek("health")
        except OSError:
            return None

    def client(self, service):
        """A client with the operator's rights."""
        return boto3.client(
            service, endpoint_url=self.url, region_name=REGION,
            aws_access_key_id=OPERATOR["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=OPERATOR["AWS_SECRET_ACCESS_KEY"],
        )

    def verify(self, identity):
        """Makes an identity for senders; the emulator's are verified at once."""
        self.client("sesv2").create_email_identity(EmailIdentity=identity)

    def peek(self, path):
        """One of the emulator's own pages."""
        with opener.open(f"{self.url}/_ministack/{path}", timeout=10) as answer:
            return json.load(answer)

    def emails_to(self, address):
        """The e-mails to an address that SES was handed."""
        sent = self.peek("ses/messages")["messages"].get(ACCOUNT, [])
        return [message for message in sent if address in message["To"]]

    def email_to(self, address):
        """Waits for an e-mail to an address; the first."""
        return until(f"an e-mail to {address}", lambda: self.emails_to(address), 60)[0]

    def sms_to(self, number):
        """The SMS to a number that SNS was handed."""
        sent = self.peek(f"sns/sms-messages?phoneNumber={number.replace('+', '%2B')}")
        return sent["sms_messages"][number]

    def look_into(self, url):
        """The message groups of what waits on a queue, of ten messages at most. They stay where they are."""
        answer = self.client("sqs").receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0, AttributeNames=["MessageGroupId"])
        return [message["Attributes"].get("MessageGroupId") for message in answer.get("Messages", [])]

    def take(self, url):
        """The bodies of some messages, which are taken from a queue."""
        sqs = self.client("sqs")
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in messages]

    def queue_depth(self, url):
        """How many messages are on a queue, those that are being worked on included."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)
        return sum(int(answer["Attributes"][name]) for name in names)

"""What SES and SNS report, published in their place: the emulator's do not."""

import json
import time

from cloud import ACCOUNT, REGION
from places import FIXTURES

SMS_LOGS = f"sns/{REGION}/{ACCOUNT}/DirectPublishToPhoneNumber"


def email_event(stack, name, notification):
    """Publishes a recorded event of SES's as if it were about this notification of the stack's."""
    event = json.loads((FIXTURES / f"{name}.json").read_text())
    tags = event["detail"]["mail"]["tags"]
    tags["ses:configuration-set"] = [stack.outputs["ConfigurationSetName"]]
    tags["notification"] = [notification]
    entry = {"Source": "aws.ses", "DetailType": event["detail-type"], "Detail": json.dumps(event["detail"])}
    stack.publish(entry)


def sms_log(cloud, message, number):
    """Writes a line of SNS's delivery log."""
    line = {
        "notification": {"messageId": message, "timestamp": "2026-11-02 09:00:00.558"},
        "delivery": {"destination": number, "priceInUSD": 0.05, "smsType": "Transactional",
                     "providerResponse": "Message has been accepted by phone carrier", "dwellTimeMs": 599},
        "status": "SUCCESS",
    }
    logs = cloud.client("logs")
    logs.create_log_stream(logGroupName=SMS_LOGS, logStreamName=message)
    event = {"timestamp": int(time.time() * 1000), "message": json.dumps(line)}
    logs.put_log_events(logGroupName=SMS_LOGS, logStreamName=message, logEvents=[event])

"""One deployment of the template: made, changed and deleted as an operator does it."""

import base64
import json
import platform
import uuid
from contextlib import contextmanager

from api import Api
from cloud import OPERATOR
from places import BUILD, CACHE, ROOT, TOOLS

ARCHITECTURES = {"x86_64": "x86_64", "aarch64": "arm64"}
ARCHITECTURE = ARCHITECTURES[platform.machine()]
# The rehearsal runs on this machine alone and measures neither size nor speed, so the functions are built
# with this machine's own compiler and hardly optimised. What is set already stays.
BUILD_SETTINGS = {
    "CARGO_LAMBDA_COMPILER": "cargo",
    "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "16",
    "CARGO_PROFILE_RELEASE_LTO": "off",
    "CARGO_PROFILE_RELEASE_OPT_LEVEL": "0",
    "CARGO_TARGET_DIR": str(CACHE / "cargo"),
}
BUILT = BUILD / "template.yaml"
SAM = {"SAM_CLI_TELEMETRY": "0"}


def build(processes, environment):
    """Builds the functions into a folder of the rehearsal's own."""
    settings = {name: environment.get(name, value) for name, value in BUILD_SETTINGS.items()}
    path = f"{TOOLS}:{environment['PATH']}"
    parameters = arguments({"Architecture": ARCHITECTURE})
    command = [TOOLS / "sam", "build", "--build-dir", BUILD, "--parameter-overrides", *parameters]
    processes.run("build", command, PATH=path, **settings, **SAM)


def arguments(parameters):
    """Parameters as the SAM CLI wants them: a value with quotes, such as JSON, stands in single ones."""
    return [f"{name}='{value}'" if '"' in value else f'{name}="{value}"' for name, value in parameters.items()]


class Stack:
    """A stack of the template, by its name."""

    def __init__(self, name, cloud, processes, template, parameters):
        self.name = name
        self.cloud = cloud
        self.processes = processes
        self.template = template
        self.parameters = parameters
        self.outputs = {}

    def deploy(self, **changes):
        """`sam deploy` with the stack's parameters, and with whatever else samconfig.toml says."""
        overrides = arguments({"Architecture": ARCHITECTURE, **self.parameters, **changes})
        command = [
            TOOLS / "sam", "deploy", "--config-file", ROOT / "samconfig.toml",
            "--stack-name", self.name, "--template-file", self.template,
            "--no-progressbar", "--parameter-overrides", *overrides,
        ]
        self.processes.run(f"deploy-{self.name}", command, AWS_ENDPOINT_URL=self.cloud.url, **OPERATOR, **SAM)
        self.outputs = self.read_outputs()

    def read_outputs(self):
        stacks = self.cloud.client("cloudformation").describe_stacks(StackName=self.name)
        return {output["OutputKey"]: output["OutputValue"] for output in stacks["Stacks"][0]["Outputs"]}

    def delete(self):
        """Deletes the stack, which leaves what the template retains."""
        formation = self.cloud.client("cloudformation")
        formation.delete_stack(StackName=self.name)
        formation.get_waiter("stack_delete_complete").wait(
            StackName=self.name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})

    def api(self, token):
        return Api(self.cloud, self.outputs["ApiUrl"], token)

    def put_secret(self, output, text):
        """What the operator does after the deployment where registers ask for tokens or headers."""
        secrets = self.cloud.client("secretsmanager")
        secrets.put_secret_value(SecretId=self.outputs[output], SecretString=text)

    def publish(self, event):
        """Puts an event on a bus."""
        answer = self.cloud.client("events").put_events(Entries=[event])
        if answer["FailedEntryCount"]:
            raise ValueError(f"an event was refused: {answer['Entries']}")

    def subscribe(self):
        """Has a queue told every status event of the stack, as a subscriber does; its address."""
        sqs, events = self.cloud.client("sqs"), self.cloud.client("events")
        url = sqs.create_queue(QueueName=f"{self.name}-subscriber")["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
        rule = {"Name": f"{self.name}-subscriber", "EventBusName": self.outputs["BusName"]}
        events.put_rule(**rule, EventPattern=json.dumps({"source": ["varsling"]}))
        events.put_targets(
            Rule=rule["Name"], EventBusName=rule["EventBusName"],
            Targets=[{"Id": "subscriber", "Arn": attributes["QueueArn"]}])
        return url

    @contextmanager
    def held(self, *functions):
        """Keeps functions from working off their queues for a while, so that one can look into these."""
        for function in functions:
            self.work_off(function, False)
        try:
            yield
        finally:
            for function in functions:
                self.work_off(function, True)

    def work_off(self, function, enabled):
        functions = self.cloud.client("lambda")
        sources = functions.list_event_source_mappings(FunctionName=f"{self.name}-{function}")
        for source in sources["EventSourceMappings"]:
            functions.update_event_source_mapping(UUID=source["UUID"], Enabled=enabled)

    def item(self, key):
        """An item of the table."""
        table = self.cloud.client("dynamodb")
        return table.get_item(TableName=self.outputs["TableName"], Key={"pk": {"S": key}}).get("Item")

    def evidence(self, chain):
        """What is proved of an order."""
        digits = base64.urlsafe_b64encode(uuid.UUID(chain).bytes).decode().rstrip("=")
        table, key = self.cloud.client("dynamodb"), {"pk": {"S": f"e#{digits}"}}
        return table.get_item(TableName=self.outputs["EvidenceTableName"], Key=key).get("Item")

    def copy_table(self, name):
        """Makes a copy of the stack's table, as a restore does; what DynamoDB says of it."""
        table = self.cloud.client("dynamodb")
        before = table.describe_table(TableName=self.outputs["TableName"])["Table"]
        index = before["GlobalSecondaryIndexes"][0]
        table.create_table(
            TableName=name, KeySchema=before["KeySchema"], AttributeDefinitions=before["AttributeDefinitions"],
            BillingMode="PAY_PER_REQUEST",
            GlobalSecondaryIndexes=[{part: index[part] for part in ("IndexName", "KeySchema", "Projection")}],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
        for page in table.get_paginator("scan").paginate(TableName=self.outputs["TableName"]):
            for item in page["Items"]:
                table.put_item(TableName=name, Item=item)
        return table.describe_table(TableName=name)["Table"]

    def resource(self, logical_id):
        """What a resource of the template is called in this stack."""
        formation = self.cloud.client("cloudformation")
        detail = formation.describe_stack_resource(StackName=self.name, LogicalResourceId=logical_id)
        return detail["StackResourceDetail"]["PhysicalResourceId"]

    def variables(self, function):
        """The environment of a deployed function."""
        configuration = self.cloud.client("lambda").get_function_configuration(FunctionName=f"{self.name}-{function}")
        return configuration["Environment"]["Variables"]

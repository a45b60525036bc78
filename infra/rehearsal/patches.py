"""What is changed for the rehearsal, in the emulator and in a copy of the built template, and why.

Each patch first checks that what it replaces is still what it was written for, and ends the
rehearsal where it is not: a patch that has become needless must go.
"""

import json
import re

# How many seconds of the rehearsal a minute of a schedule takes.
MINUTE = 5
# A queue gives a message that failed back after so many seconds; the fifth time it is dead.
VISIBILITY = 4
# An event source whose concurrency is a parameter of the template.
OF_A_PARAMETER = "SendEmailFunctionEmail"


# What the emulator does otherwise than AWS, and is not patched: the contract tests and the local system stand for it.
NOT_REHEARSED = [
    "fair queues: messages have their groups, and are handed out in the order in which they came",
    "several shards of a FIFO queue beside each other: the emulator works off one message at a time",
    "a stream with several shards, and its batching window",
    "what becomes of a batch of the stream that fails: its retries, its splitting, the records that are reported as "
    "failed, and the queue for what is given up; the emulator tries a batch until it succeeds",
    "the role's permission to read the stream, which the emulator does not ask for",
    "how long queues keep messages, and the queues' own timeouts, which are shortened",
    "the evaluation of alarms; those over several metrics are made on their first",
]


class Outdated(Exception):
    """A patch no longer fits what it was written for."""


def expect(holds, patch):
    if not holds:
        raise Outdated(f"this patch no longer applies: {patch}")


def emulator():
    """Patches the emulator in this process."""
    from ministack.core import iam_actions
    from ministack.services import eventbridge, scheduler
    from ministack.services.cloudformation import provisioners

    handlers = provisioners._RESOURCE_HANDLERS
    bus_policies(handlers)
    concurrency_numbers(handlers)
    metric_math(provisioners)
    routes(handlers, provisioners)
    secret_references(handlers)
    batch_permission(iam_actions)
    sender_resource(iam_actions)
    ses_events(eventbridge)
    list_members(eventbridge)
    short_minutes(scheduler, eventbridge)


def template(built):
    """Patches a copy of the built template, beside it because it names the functions' folders; answers it."""
    text = short_visibility(endpoints_on_loopback(http_on_loopback(built.read_text())))
    patched = built.with_name("rehearsal.yaml")
    patched.write_text(text)
    return patched


def http_on_loopback(text):
    """The stand-ins are reached without TLS, which a deployment must never do."""
    text, count = re.subn(r"(AllowedPattern: .*)https:", r"\1https?:", text)
    expect(count > 0, "http_on_loopback")
    return text


def endpoints_on_loopback(text):
    """The owner's server that events are posted to is on loopback, where a deployment asks and posts nowhere."""
    text, count = re.subn(r"CONDITION_ENDPOINTS: public", "CONDITION_ENDPOINTS: any", text)
    expect(count == 4, "endpoints_on_loopback")
    return text


def short_visibility(text):
    """A message that cannot be handled is dead after minutes; here it is after seconds."""
    text, count = re.subn(r"VisibilityTimeout: \d+", f"VisibilityTimeout: {VISIBILITY}", text)
    expect(count == 10, "short_visibility")
    return text


def bus_policies(handlers):
    """The emulator refuses a template with a type that it does not know. It lets every account onto
    a bus, so the policy changes nothing in the rehearsal."""
    name = "AWS::Events::EventBusPolicy"
    expect(name not in handlers, "bus_policies")
    handlers[name] = {
        "create": lambda logical_id, props, stack: (logical_id, {}),
        "delete": lambda physical_id, props: None,
    }


def concurrency_numbers(handlers):
    """A parameter reaches a resource as text. CloudFormation turns it into a number for
    MaximumConcurrency; the emulator keeps the text, and its poller then compares it with numbers."""
    handler = handlers["AWS::Lambda::EventSourceMapping"]
    create = handler["create"]

    def with_number(logical_id, props, stack):
        most = props.get("ScalingConfig", {}).get("MaximumConcurrency")
        if logical_id == OF_A_PARAMETER:
            expect(isinstance(most, str), "concurrency_numbers")
        if isinstance(most, str):
            props = {**props, "ScalingConfig": {"MaximumConcurrency": int(most)}}
        return create(logical_id, props, stack)

    handler["create"] = with_number


def metric_math(provisioners):
    """The emulator refuses alarms over an expression. They are made on the expression's first metric:
    no alarm is evaluated in the rehearsal, it only has to be there."""
    record = provisioners._cw_metric_alarm_record
    expect(refuses(lambda: record("alarm", {"Metrics": [{}]})), "metric_math")

    def on_first_metric(name, props):
        metrics = [part["MetricStat"] for part in props.get("Metrics") or [] if "MetricStat" in part]
        if metrics:
            first = metrics[0]
            props = {**props, **first["Metric"], "Period": first["Period"], "Statistic": first["Stat"]}
            del props["Metrics"]
        return record(name, props)

    provisioners._cw_metric_alarm_record = on_first_metric


def refuses(call):
    try:
        call()
    except ValueError:
        return True
    return False


def routes(handlers, provisioners):
    """SAM puts the routes of an HTTP API into an OpenAPI document, which the emulator does not read.
    They are made from it, with the emulator's own handlers for routes and integrations."""
    handler = handlers["AWS::ApiGatewayV2::Api"]
    create, update = handler["create"], handler["update"]
    api = provisioners._apigw_v2

    def add(api_id, props, stack):
        for path, methods in props["Body"]["paths"].items():
            for method, operation in methods.items():
                add_route(provisioners, api_id, route_key(path, method), operation, stack)

    def create_with_routes(logical_id, props, stack):
        api_id, attributes = create(logical_id, props, stack)
        expect(not api._routes[api_id], "routes")
        add(api_id, props, stack)
        return api_id, attributes

    def update_with_routes(api_id, old, new, stack, *rest):
        answer = update(api_id, old, new, stack, *rest)
        api._routes[api_id], api._integrations[api_id] = {}, {}
        add(api_id, new, stack)
        return answer

    handler["create"], handler["update"] = create_with_routes, update_with_routes


def route_key(path, method):
    return "$default" if path == "/$default" else f"{method.upper()} {path}"


def add_route(provisioners, api_id, key, operation, stack):
    integration = operation["x-amazon-apigateway-integration"]
    expect(integration["type"] == "aws_proxy", "routes")
    uri = {"ApiId": api_id, "IntegrationUri": integration["uri"]}
    made, _ = provisioners._apigw_v2_integration_create("Integration", uri, stack)
    route = {"ApiId": api_id, "RouteKey": key, "Target": f"integrations/{made}"}
    provisioners._apigw_v2_route_create("Route", route, stack)


def secret_references(handlers):
    """Ref of a secret is its ARN, as the roles of the template rely on; the emulator gives its name."""
    handler = handlers["AWS::SecretsManager::Secret"]
    create, update, delete = handler["create"], handler["update"], handler["delete"]

    def by_arn(logical_id, props, stack):
        name, attributes = create(logical_id, props, stack)
        expect(not name.startswith("arn:"), "secret_references")
        return attributes["Id"], attributes

    handler["create"] = by_arn
    handler["update"] = lambda arn, *rest, **named: (arn, update(secret_name(arn), *rest, **named)[1])
    handler["delete"] = lambda arn, props: delete(secret_name(arn), props)


def secret_name(arn):
    """The name in a secret's ARN, which ends with a hyphen and six characters of its own."""
    return arn.split(":")[6][:-7]


def batch_permission(iam_actions):
    """Who may send one message to a queue may send ten; the emulator asks for a permission that IAM does
    not know."""
    action = iam_actions.extract_iam_action
    asked = ("sqs", "POST", "/", {"x-amz-target": "AmazonSQS.SendMessageBatch"}, b"", {})
    expect(action(*asked) == "sqs:SendMessageBatch", "batch_permission")

    def of_one(*request):
        name = action(*request)
        return name.removesuffix("Batch") if name and name.startswith("sqs:") else name

    iam_actions.extract_iam_action = of_one


def sender_resource(iam_actions):
    """SES asks whether the caller may send as the sender's identity; the emulator asks for all resources."""
    resource = iam_actions.extract_resource_arn
    path = "/v2/email/outbound-emails"
    expect(resource("ses", "POST", path, {}, b"{}", {}, "r", "a") == "*", "sender_resource")

    def of_sender(service, method, asked, headers, body, query, region, account, *rest):
        if service != "ses" or asked != path:
            return resource(service, method, asked, headers, body, query, region, account, *rest)
        domain = json.loads(body)["FromEmailAddress"].rpartition("@")[2].rstrip(">")
        return f"arn:aws:ses:{region}:{account}:identity/{domain}"

    iam_actions.extract_resource_arn = of_sender


def ses_events(eventbridge):
    """SES of the emulator publishes no events, and EventBridge takes none from anybody in its name. The
    rehearsal publishes recorded ones in its place."""
    expect(eventbridge._put_events.__defaults__ == (False,), "ses_events")
    eventbridge._put_events.__defaults__ = (True,)


def list_members(eventbridge):
    """An input transformer may take one member of a list, as in tags.notification[0]. The emulator looks for
    a member of that whole name, so it is given one."""
    transform = eventbridge._apply_input_transformer
    path = {"InputPathsMap": {"of": "$.detail.of[0]"}, "InputTemplate": '{"of":"<of>"}'}
    view = eventbridge._EventView({}, '{"of": ["one"]}')
    expect(transform(path, None, view) == '{"of":""}', "list_members")

    def with_members(transformer, rule, view):
        for path in transformer["InputPathsMap"].values():
            add_member(view.event_with_detail(), path)
        return transform(transformer, rule, view)

    eventbridge._apply_input_transformer = with_members


def add_member(event, path):
    *parents, name = path.removeprefix("$.").split(".")
    for parent in parents:
        event = event.get(parent, {})
    plain = name.removesuffix("[0]")
    if plain != name and plain in event:
        event[name] = event[plain][0]


def short_minutes(scheduler, eventbridge):
    """The sweeps run every minute, too slow for a rehearsal of four: a minute is a few seconds."""
    seconds = eventbridge._parse_rate_seconds
    expect(seconds("rate(1 minute)") == 60, "short_minutes")
    expect(scheduler._SCHEDULE_TICK_INTERVAL == 10, "short_minutes")
    scheduler._SCHEDULE_TICK_INTERVAL = 1
    eventbridge._parse_rate_seconds = lambda rate: MINUTE if seconds(rate) == 60 else seconds(rate)

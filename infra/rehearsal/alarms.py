"""Which alarms a function's log lines would raise, by the metric filters that were deployed.

The emulator keeps metric filters and alarms but counts nothing, so the patterns are applied here. They
are of one form: { $.level = "WARN" && $.waits_for = "*" }.
"""

import json
import re
from dataclasses import dataclass

from waiting import until

CONDITION = re.compile(r'\(?\s*\$\.(\w+)\s*=\s*"?([^"\s)]+)"?\s*\)?')


@dataclass
class Raised:
    """A line, and the alarm that counts such lines."""

    line: dict
    alarm: str
    description: str

    def __str__(self):
        line = json.dumps(self.line, ensure_ascii=False)
        return f"{self.alarm}, \"{self.description}\", by {line}"


def conditions(pattern):
    """The members that a pattern asks for, and their values."""
    parts = pattern.strip().removeprefix("{").removesuffix("}").split("&&")
    matches = [CONDITION.fullmatch(part.strip()) for part in parts]
    if not all(matches):
        raise ValueError(f"a pattern of another form: {pattern}")
    return [match.groups() for match in matches]


def matches(pattern, line):
    return all(name in line and value in ("*", line[name]) for name, value in conditions(pattern))


def raised(stack, function, waits_for):
    """Waits for a line of the function that says that it waits for this, and raises an alarm."""
    return until(f"a line of {function}, waiting for {waits_for}, that raises an alarm",
                 lambda: next(all_raised(stack, function, waits_for), None), 60)


def waited_for(stack):
    """Everything that any function of the stack has said that it waits for."""
    logs = stack.cloud.client("logs")
    groups = stack.outputs["LogGroups"].split()
    return [line for group in groups for line in json_lines(logs, group) if "waits_for" in line]


def all_raised(stack, function, waits_for):
    group = f"/aws/lambda/{stack.name}-{function}"
    logs = stack.cloud.client("logs")
    filters = logs.describe_metric_filters(logGroupName=group)["metricFilters"]
    for line in json_lines(logs, group):
        for found in filters:
            if line.get("waits_for") == waits_for and matches(found["filterPattern"], line):
                yield from alarms_on(stack, line, found["metricTransformations"][0])


def json_lines(logs, group):
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
    for event in (event for page in pages for event in page["events"]):
        if event["message"].startswith("{"):
            yield json.loads(event["message"])


def alarms_on(stack, line, metric):
    """The alarms on a filter's metric."""
    pages = stack.cloud.client("cloudwatch").get_paginator("describe_alarms").paginate()
    for alarm in (alarm for page in pages for alarm in page["MetricAlarms"]):
        if (alarm["Namespace"], alarm["MetricName"]) == (metric["metricNamespace"], metric["metricName"]):
            yield Raised(line, alarm["AlarmName"], alarm["AlarmDescription"])

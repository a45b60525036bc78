"""Waiting for a condition, with a deadline."""

import time


class TimedOut(Exception):
    """What was waited for did not come."""


def until(what, check, seconds=30):
    """The first value of `check` that is true."""
    deadline = time.monotonic() + seconds
    while not (value := check()):
        if time.monotonic() > deadline:
            raise TimedOut(f"not within {seconds} s: {what}")
        time.sleep(0.2)
    return value

"""Starts the rehearsal, first with the system's Python and then with that of the operator's tools."""

import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

import environments
from places import LOGS, TOOLS
from processes import Processes
from report import Report


def main():
    clean_surroundings()
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    if len(sys.argv) > 1:
        sys.exit(1 if in_folder(rehearse) else 0)
    begun = time.monotonic()
    in_folder(environments.make)
    # The second time it has an argument: how long that has taken.
    os.execv(TOOLS / "python", [TOOLS / "python", "-B", __file__, str(time.monotonic() - begun)])


def clean_surroundings():
    """Nothing here may reach a real account or go through a proxy."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    os.environ |= {"AWS_EC2_METADATA_DISABLED": "true", "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}


def in_folder(work):
    """Does something with a temporary folder and with processes that end with it; answers whether it failed."""
    with tempfile.TemporaryDirectory(prefix="varsling-rehearsal-") as folder:
        processes = Processes(Path(folder))
        try:
            with processes:
                failed = work(processes)
        finally:
            if processes.left:
                print(f"FAILED  processes were left behind: {processes.left}")
        if failed:
            keep_logs(Path(folder))
    return failed or processes.left


def keep_logs(folder):
    LOGS.mkdir(parents=True, exist_ok=True)
    for log in folder.glob("*.log"):
        shutil.copy(log, LOGS)
    print(f"what everything wrote is in {LOGS}")


def rehearse(processes):
    # Not before there is an environment that has what it imports.
    import rehearsal

    report = Report()
    report.parts.append(("environments", float(sys.argv[1])))
    rehearsal.rehearse(processes, report)
    return report.failed


if __name__ == "__main__":
    main()

"""The processes of a rehearsal: started on a tether, and gone when it is over."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from places import HERE, ROOT
from waiting import until

TETHER = HERE / "tether.py"
# Every process of a rehearsal inherits this variable, which names its temporary folder.
MARK = "VARSLING_REHEARSAL"


class CommandFailed(Exception):
    """A command ended with another status than zero."""


def free_port():
    """A port of loopback that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Processes:
    """Everything that was started; as a context manager it ends all of it, and knows what did not end."""

    def __init__(self, folder):
        self.folder = folder
        self.started = []
        self.ended = False
        self.left = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Ends everything, and lets nothing begin any more."""
        self.ended = True
        for process in self.started:
            process.stdin.close()
        for process in self.started:
            process.wait(10)
        self.left = still_there(self.folder)

    def start(self, name, command, **variables):
        """Starts a command that runs until the end. Its output goes into a log of the folder."""
        if self.ended:
            raise CommandFailed(f"{name} comes too late: the rehearsal is over")
        own = {MARK: str(self.folder), "TMPDIR": str(self.folder)}
        with self.log(name).open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-B", TETHER, *map(str, command)],
                stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT,
                cwd=ROOT, env={**os.environ, **variables, **own}, start_new_session=True,
            )
        self.started.append(process)
        return process

    def serve(self, name, command, answers, **variables):
        """Starts a server and waits until it answers."""
        process = self.start(name, command, **variables)
        until(f"{name} answers", lambda: process.poll() is not None or answers(), 60)
        if process.poll() is not None:
            raise CommandFailed(f"{name} has ended:\n{self.tail(name)}")

    def run(self, name, command, **variables):
        """Runs a command to its end."""
        process = self.start(name, command, **variables)
        if process.wait() != 0:
            raise CommandFailed(f"{name} ended with status {process.returncode}:\n{self.tail(name)}")

    def log(self, name):
        return self.folder / f"{name}.log"

    def tail(self, name, lines=30):
        """The end of a log, for a report of what went wrong."""
        return "\n".join(self.log(name).read_text(errors="replace").splitlines()[-lines:])


def still_there(folder):
    """The processes that are there although all should be gone; ends them."""
    deadline = time.monotonic() + 5
    while (left := list(marked(folder))) and time.monotonic() < deadline:
        time.sleep(0.1)
    for process in left:
        os.kill(process, signal.SIGKILL)
    return left


def marked(folder):
    """The processes of this rehearsal, by the variable that they have inherited."""
    mark = f"{MARK}={folder}".encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid() and mark in environment_of(entry):
            yield int(entry.name)


def environment_of(entry):
    try:
        return (entry / "environ").read_bytes().split(b"\0")
    except OSError:
        # It ended in the meantime, or is somebody else's.
        return []

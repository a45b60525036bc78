"""Runs a command that cannot outlive the process that started it.

The command is the only one of its session, with whatever it starts. When standard input closes, because
the rehearsal has closed it or has itself been killed, the whole session is killed.
"""

import os
import signal
import subprocess
import sys
import threading


def kill_with_parent():
    while os.read(0, 1024):
        pass
    os.killpg(0, signal.SIGKILL)


def main():
    command = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    threading.Thread(target=kill_with_parent, daemon=True).start()
    status = command.wait()
    # What the command has left behind ends too, and this process only afterwards.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.killpg(0, signal.SIGTERM)
    sys.exit(status if status >= 0 else 128 - status)


if __name__ == "__main__":
    main()

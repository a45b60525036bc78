"""The two virtual environments, with pinned versions. They are made once and kept."""

import shutil
import sys

from places import CACHE, HERE


def make(processes):
    for name in ("emulator", "tools"):
        make_one(processes, name)


def make_one(processes, name):
    requirements = HERE / f"requirements-{name}.txt"
    folder = CACHE / name
    wanted = f"{sys.version}\n{requirements.read_text()}"
    # Written last, so that an environment that was broken off is made anew.
    done = folder / "made-of"
    if done.exists() and done.read_text() == wanted:
        return
    shutil.rmtree(folder, ignore_errors=True)
    processes.run(f"venv-{name}", [sys.executable, "-m", "venv", folder])
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements]
    processes.run(f"pip-{name}", [folder / "bin" / "python", *install])
    done.write_text(wanted)

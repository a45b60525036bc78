"""Where things are."""

import os
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
# Where cargo puts what it builds for this machine.
DEBUG = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug"
# What a second rehearsal need not make again.
CACHE = ROOT / "target" / "rehearsal"
EMULATOR = CACHE / "emulator" / "bin"
TOOLS = CACHE / "tools" / "bin"
# Apart from what an operator has built: these functions are not optimised.
BUILD = CACHE / "build"
# What was written by a rehearsal that failed.
LOGS = CACHE / "logs"
FIXTURES = ROOT / "tests" / "contract" / "fixtures"

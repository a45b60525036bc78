#!/usr/bin/env bash
# Rehearses a deployment on this machine: builds the functions, deploys the real template with the SAM CLI to
# an AWS emulator on 127.0.0.1, and drives what was deployed over HTTP. Needs Linux, a Rust toolchain and
# Python 3 with venv; brings the rest, into target/rehearsal. What it does is in infra/rehearsal.
set -euo pipefail

needs() {
    echo "rehearse.sh needs $1" >&2
    exit 69
}

command -v cargo >/dev/null || needs 'a Rust toolchain'
python3 -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
    needs 'Python 3.11 or newer, with venv'

# In place of this shell: the program that starts everything gets every signal itself, and nothing stands
# between it and the program that waits for its exit status.
exec python3 -B "$(dirname "${BASH_SOURCE[0]}")/rehearsal/main.py"

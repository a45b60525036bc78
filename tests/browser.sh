#!/usr/bin/env bash
# Uses the console in a real browser: Debian's Chromium, driven by the client that `tests/browser/requirements.txt` pins.
# Needs chromium and python3 with venv. The screenshots are in target/browser/screenshots afterwards.
set -euo pipefail
cd "$(dirname "$0")/.."

MADE=target/browser

if ! cmp -s tests/browser/requirements.txt "$MADE/made-of"; then
    rm -rf "$MADE"
    python3 -m venv "$MADE"
    "$MADE/bin/pip" install --quiet --disable-pip-version-check -r tests/browser/requirements.txt
    cp tests/browser/requirements.txt "$MADE/made-of"
fi
cargo build --quiet
"$MADE/bin/python" -m unittest discover --start-directory tests/browser --pattern 'test_*.py' "$@"

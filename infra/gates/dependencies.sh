#!/usr/bin/env bash
# Holds the dependencies against deny.toml (licences, sources, bans), and finds those that nothing uses. Brings both
# tools, into target/gates.
set -euo pipefail
cd "$(dirname "$0")/../.."

MADE=target/gates/cargo

# A tool in a version, built once; quickly, since it runs for seconds.
tool() {
    "$MADE/bin/$1" --version 2>/dev/null | grep -qwF "$2" && return
    CARGO_TARGET_DIR=target/gates/build cargo install --quiet --locked --debug --root "$MADE" --version "$2" "$1"
    rm -rf target/gates/build
}

tool cargo-machete 0.9.2
tool cargo-deny 0.20.2
PATH="$MADE/bin:$PATH"
cargo machete
cargo deny --locked check --hide-inclusion-graph licenses bans sources

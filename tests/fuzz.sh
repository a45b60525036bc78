#!/usr/bin/env bash
# Sends the local system what its OpenAPI document allows and what it does not, and fails on a server error, on an answer
# that the document does not describe, and on every other check that `schemathesis.toml` does not except. Needs python3
# with venv. Prints the seed; SEED and CASES set what is sent.
set -euo pipefail
cd "$(dirname "$0")/.."

SCHEMATHESIS=4.32.5
PORT=${PORT:-3100}
URL=http://127.0.0.1:$PORT

folder=$(mktemp -d)
cleanup() {
    kill "$system" 2>/dev/null || true
    rm -rf "$folder"
}

cargo build --quiet
# At the time of the examples.
target/debug/varsling-local --port "$PORT" --start 2026-12-07T10:00:00+01:00 >"$folder/log" 2>&1 &
system=$!
trap cleanup EXIT

python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$SCHEMATHESIS"
until curl -sf "$URL/health" >/dev/null; do
    kill -0 "$system" || { cat "$folder/log"; exit 1; }
    sleep 0.1
done

scopes='altinn:serviceowner/notifications.create altinn:serviceowner/notifications.composedemail.create'
scopes+=' altinn:notifications.support.admin altinn:notifications.admin'
token=$(curl -sf -G "$URL/local/token" --data-urlencode org=226346139 --data-urlencode "scope=$scopes")
PERSON_TOKEN=$(curl -sf "$URL/local/token?pid=11837512435")
export PERSON_TOKEN
cd "$folder"
if ! "$folder/venv/bin/schemathesis" --config-file "$OLDPWD/tests/schemathesis.toml" run \
    "$URL/notifications/api/v1/openapi.json" --header "Authorization: Bearer $token" \
    --seed "${SEED:-1}" --max-examples "${CASES:-100}" --continue-on-failure; then
    grep -h '"level":"ERROR"' "$folder/log" | tail -n 20 || true
    exit 1
fi

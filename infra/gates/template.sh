#!/usr/bin/env bash
# Holds the template against the linters of those who would deploy it: the SAM CLI's, cfn-lint with the serverless
# rules, and checkov. Needs Python 3 with venv; brings the rest, into target/gates.
set -euo pipefail
cd "$(dirname "$0")/../.."

GATES=infra/gates
MADE=target/gates

# A virtual environment with what a file of requirements pins, made once. The copy of the file is written last, so that
# an environment that was broken off is made anew.
environment() {
    cmp -s "$GATES/requirements-$1.txt" "$MADE/$1/made-of" && return
    rm -rf "${MADE:?}/$1"
    python3 -m venv "$MADE/$1"
    "$MADE/$1/bin/pip" install --quiet --disable-pip-version-check -r "$GATES/requirements-$1.txt"
    cp "$GATES/requirements-$1.txt" "$MADE/$1/made-of"
}

environment sam
environment checkov
export SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=eu-north-1
"$MADE/sam/bin/sam" validate --lint
"$MADE/sam/bin/cfn-lint" --config-file $GATES/cfn-lint.yaml -- infra/template.yaml
"$MADE/checkov/bin/checkov" --config-file $GATES/checkov.yaml --file infra/template.yaml

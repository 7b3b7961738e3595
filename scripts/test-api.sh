#!/usr/bin/env bash
# Asks the built binary everything its OpenAPI document allows, and much that it does not, with schemathesis: no answer
# may be a 5xx, nor one that the document does not describe.
#
#   scripts/test-api.sh BINARY
set -euo pipefail
cd "$(dirname "$0")/.."
binary="$1"

venv=".cache/schemathesis"
if [ ! -x "$venv/bin/schemathesis" ]; then
  echo "test-api: installing schemathesis into $venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check schemathesis==4.32.5
fi
exec "$venv/bin/python" scripts/live/test_api.py "$binary"

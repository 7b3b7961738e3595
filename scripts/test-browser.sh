#!/usr/bin/env bash
# Drives the pages of the built binary in Chromium: the plain one, then every journey through the full one.
#
#   scripts/test-browser.sh BINARY FOLDER      screenshots go to FOLDER
set -euo pipefail
cd "$(dirname "$0")/.."
binary="$1"
folder="$2"

find_chromium() { command -v chromium || command -v chromium-browser || command -v google-chrome; }

if [ -z "${CHROMIUM:-}" ] && ! find_chromium >/dev/null; then
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "test-browser: installing chromium"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
  else
    echo "test-browser: chromium is missing; install it (Debian: apt-get install chromium), or name one in CHROMIUM" >&2
    exit 1
  fi
fi

export CHROMIUM="${CHROMIUM:-$(find_chromium)}"
failed=0
python3 scripts/live/test_page.py "$binary" "$folder/plain" || failed=1
if [ -f web/dist/index.html ]; then
  [ -x web/node_modules/.bin/playwright ] || npm --prefix web ci --no-audit --no-fund --loglevel=error
  python3 scripts/live/run_vitest.py || failed=1
  python3 scripts/live/run_playwright.py "$binary" "$folder/full" || failed=1
elif [ -n "${CI:-}" ]; then
  echo "test-browser: web/dist is missing, so that the full page is not in the binary; make web" >&2
  failed=1
else
  echo "test-browser: the full page was not built, so only the plain one was tested" >&2
fi
exit "$failed"

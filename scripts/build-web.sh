#!/usr/bin/env bash
# Builds the web page into web/dist, from where the binary takes it. Does nothing when it is built already.
#
# Where Node.js is missing or the page cannot be built, the binary still builds and serves its plain page: this says so
# and succeeds, but not in continuous integration, where the page must be there.
set -euo pipefail
cd "$(dirname "$0")/../web"

NODE_WANTED="20.19"

at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

node_found="$(node --version 2>/dev/null | tr -d v || true)"
go_without() {
  echo "web: $1; the binary will serve its plain page" >&2
  echo "web: $2" >&2
  [ -z "${CI:-}" ] || exit 1
  exit 0
}

if [ -z "$node_found" ] || ! command -v npm >/dev/null || ! at_least "$NODE_WANTED" "$node_found"; then
  go_without "Node.js $NODE_WANTED or newer with npm is missing (found: ${node_found:-none})" \
    "install Node.js from https://nodejs.org and build again to have the full one"
fi

sources=(src index.html package.json package-lock.json vite.config.ts tsconfig.json tsconfig.app.json)
if [ -f dist/index.html ] && [ -z "$(find "${sources[@]}" -newer dist/index.html -print -quit)" ]; then
  echo "web: web/dist is up to date"
  exit 0
fi

if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  echo "web: fetching what the page is built with"
  npm ci --no-audit --no-fund --loglevel=error ||
    go_without "npm could not fetch what the page is built with" "mend the cause above and build again"
  touch node_modules/.package-lock.json
fi
npm run --silent build || go_without "the page could not be built" "mend the cause above and build again"

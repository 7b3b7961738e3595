"""The web page's journeys in Chromium: `run_playwright.py BINARY FOLDER`, run by `make test-browser`."""

import json
import os
import pathlib
import subprocess
import sys

from server import Server

BINARY, PICTURES = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()


def main():
    report = PICTURES / "playwright.json"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    with Server(BINARY) as server:
        environment = {
            **os.environ,
            "CATALEJO_URL": server.base,
            "CATALEJO_SETUP": server.setup_link(),
            "CATALEJO_PICTURES": str(PICTURES),
            "PLAYWRIGHT_JSON_OUTPUT_NAME": str(report),
        }
        run = subprocess.run(["npx", "playwright", "test", "--reporter=list,json"], cwd="web", env=environment)
    stats = json.loads(report.read_text())["stats"] if report.exists() else {"expected": 0, "unexpected": 1, "flaky": 0}
    failed = stats["unexpected"] + stats["flaky"]
    verdict = "ok" if run.returncode == 0 and failed == 0 else "FAILED"
    print(f"test result: {verdict}. {stats['expected']} passed; {failed} failed; screenshots in {PICTURES}")
    sys.exit(0 if verdict == "ok" else 1)


if __name__ == "__main__":
    main()

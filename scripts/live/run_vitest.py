"""The full page's unit tests, with a closing line in cargo's form, so that one reader counts all."""

import json
import pathlib
import subprocess
import sys
import tempfile


def main():
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder) / "vitest.json"
        command = ["npm", "run", "--silent", "test", "--", "--reporter=default", "--reporter=json"]
        run = subprocess.run([*command, f"--outputFile.json={report}"], cwd="web")
        counts = json.loads(report.read_text()) if report.exists() else {"numPassedTests": 0, "numFailedTests": 1}
    passed, failed = counts["numPassedTests"], counts["numFailedTests"]
    verdict = "ok" if run.returncode == 0 and failed == 0 else "FAILED"
    print(f"test result: {verdict}. {passed} passed; {failed} failed; unit tests of the web page")
    sys.exit(0 if verdict == "ok" else 1)


if __name__ == "__main__":
    main()

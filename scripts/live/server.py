"""The built binary with the demo catalogue, for one test run."""

import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

PATIENCE_SECS = 180
SONGS = 200
# A suite makes more accounts in a minute than a person in a year.
UNLIMITED = {"CATALEJO_WRITES_PER_MINUTE": "0", "CATALEJO_LOGINS_PER_MINUTE": "0"}


class Server:
    """`catalejo up --demo` on a free port over a data folder of its own; `with` ends it."""

    def __init__(self, binary):
        self._folder = tempfile.TemporaryDirectory(prefix="catalejo-page-")
        self._data = pathlib.Path(self._folder.name) / "data"
        self._log = pathlib.Path(self._folder.name) / "log"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CATALEJO_")}
        environment |= UNLIMITED
        # One address asks for many people, far more often than any of them would.
        environment |= {"CATALEJO_WRITES_PER_MINUTE": "0", "CATALEJO_LOGINS_PER_MINUTE": "0"}
        command = [binary, "--data", self._data, "--listen", "127.0.0.1:0", "up", "--demo", "demo/spotify"]
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        self.base = self._until("an address", self._address)
        self._until("the demo's ingest", self._filled)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        self._folder.cleanup()

    def stop(self):
        """Asks it to end and waits until it did."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        return self._process.wait(PATIENCE_SECS)

    def setup_link(self):
        """The link that makes the first administrator, as the first start prints it."""
        return self._until("the set-up link", lambda: re.search(r"http\S+/setup\?token=\S+", self._log.read_text()))[0]

    def get(self, path):
        with urllib.request.urlopen(self.base + path, timeout=30) as answer:
            return json.load(answer)

    def setup_link(self):
        """What the first start prints for the first administrator."""
        return self._until("a set-up link", lambda: re.search(r"http\S+/setup\?token=\S+", self._log.read_text()))[0]

    def _until(self, what, attempt):
        end = time.monotonic() + PATIENCE_SECS
        while time.monotonic() < end:
            if self._process.poll() is not None:
                raise SystemExit(f"catalejo ended with {self._process.returncode}:\n{self._log.read_text()}")
            found = attempt()
            if found:
                return found
            time.sleep(0.05)
        raise SystemExit(f"{what} did not come:\n{self._log.read_text()}")

    def _address(self):
        try:
            card = json.loads((self._data / "owner.json").read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return None
        return f"http://{card['address']}" if card["pid"] == self._process.pid else None

    def _filled(self):
        try:
            return self.get("/v1/collections/songs")["items"] >= SONGS
        except (urllib.error.URLError, ConnectionError):
            return False

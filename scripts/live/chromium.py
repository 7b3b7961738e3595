"""Chromium over its debugging pipe: no driver, no port, no package beyond Python's own."""

import base64
import itertools
import json
import os
import select
import subprocess
import tempfile
import time

PATIENCE_SECS = 30


class Failure(Exception):
    """What the browser or the page answered instead of what was asked."""


class Chromium:
    """One headless browser with one page; `with` ends it."""

    def __init__(self, executable):
        self._profile = tempfile.TemporaryDirectory(prefix="catalejo-browser-", ignore_cleanup_errors=True)
        to_browser, self._out = os.pipe()
        self._in, from_browser = os.pipe()
        flags = [
            "--headless=new", "--remote-debugging-pipe", "--no-first-run", "--disable-gpu", "--hide-scrollbars",
            "--disable-dev-shm-usage", "--disable-extensions", "--lang=en", f"--user-data-dir={self._profile.name}",
        ]
        if os.geteuid() == 0:
            flags.append("--no-sandbox")
        # Chromium reads commands from descriptor 3 and answers on 4.
        command = f'exec "$@" 3<&{to_browser} 4>&{from_browser}'
        self._process = subprocess.Popen(
            ["bash", "-c", command, "bash", executable, *flags, "about:blank"],
            pass_fds=(to_browser, from_browser), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._numbers = itertools.count(1)
        self._buffer = b""
        self._session = None
        self.complaints = []
        self._attach()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.call("Browser.close", session=False)
        except (Failure, OSError):
            self._process.kill()
        self._process.wait()
        os.close(self._out)
        os.close(self._in)
        self._profile.cleanup()

    def _attach(self):
        targets = self.call("Target.getTargets", session=False)["targetInfos"]
        page = next(target for target in targets if target["type"] == "page")
        attached = self.call("Target.attachToTarget", session=False, targetId=page["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method, session=True, **parameters):
        """One command and its answer."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == number:
                if "error" in answer:
                    raise Failure(f"{method}: {answer['error']['message']}")
                return answer["result"]

    def _receive(self):
        end = time.monotonic() + PATIENCE_SECS
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._in], [], [], max(0, end - time.monotonic()))
            piece = os.read(self._in, 1 << 20) if ready else b""
            if not piece:
                raise Failure("the browser does not answer")
            self._buffer += piece
        line, _, self._buffer = self._buffer.partition(b"\0")
        message = json.loads(line)
        self._note(message)
        return message

    def _note(self, event):
        """Keeps what a person would see in red in the console."""
        details = event.get("params", {})
        if event.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(details["exceptionDetails"].get("text", "exception"))
        if event.get("method") == "Log.entryAdded" and details["entry"]["level"] == "error":
            self.complaints.append(f"{details['entry']['text']} {details['entry'].get('url', '')}".strip())

    def open(self, url):
        """Goes to a page and waits until it is loaded."""
        answer = self.call("Page.navigate", url=url)
        if answer.get("errorText"):
            raise Failure(f"{url}: {answer['errorText']}")
        self.until("document.readyState === 'complete'")

    def evaluate(self, expression):
        """The value of a JavaScript expression in the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise Failure(f"{expression}: {answer['exceptionDetails']['exception'].get('description')}")
        return answer["result"].get("value")

    def until(self, expression):
        """Waits until an expression is true in the page."""
        end = time.monotonic() + PATIENCE_SECS
        while True:
            try:
                if self.evaluate(f"Boolean({expression})"):
                    return
            except Failure:  # the page is just being replaced
                pass
            if time.monotonic() > end:
                raise Failure(f"did not become true: {expression}")
            time.sleep(0.02)

    def type(self, text):
        """Types into whatever has the focus."""
        self.call("Input.insertText", text=text)

    def press(self, key, code, character=""):
        """One key, down and up."""
        name = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="keyDown", text=character, **name)
        self.call("Input.dispatchKeyEvent", type="keyUp", **name)

    def window(self, width, height, phone=False):
        """The size of the page."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone)

    def scheme(self, name):
        """What the person prefers: `light` or `dark`."""
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def language(self, tag):
        """What the person reads."""
        self.call("Network.setExtraHTTPHeaders", headers={"Accept-Language": tag})

    def screenshot(self, path):
        """What the window shows now, as PNG."""
        image = self.call("Page.captureScreenshot", format="png")["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(image))

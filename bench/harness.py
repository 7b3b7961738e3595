"""Processes of the benchmarks: started on free loopback ports, waited for, stopped by their own process id."""

import contextlib
import json
import os
import platform
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
MODEL = Path(os.environ.get("CATALEJO_TEST_MODEL", ROOT / ".cache/models/all-MiniLM-L6-v2"))
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
PEERS = HERE / "peers"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def call(url, body=None, timeout=600):
    """GET, or POST when there is a body; the JSON answered."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=timeout) as answer:
        return json.load(answer)


def wait_for(url, process, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args[0]} ended with {process.returncode} before it answered")
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        time.sleep(0.05)
    raise TimeoutError(f"{url} did not answer in {seconds} s")


@contextlib.contextmanager
def running(command, ready, env=None):
    """The process while it runs; it is stopped by its own pid."""
    log = tempfile.TemporaryFile()
    process = subprocess.Popen(
        [str(part) for part in command], stdout=log, stderr=log, env={**os.environ, **(env or {})}, cwd=tempfile.gettempdir()
    )
    try:
        wait_for(ready, process)
        yield process
    except BaseException:
        log.seek(0)
        sys.stderr.write(log.read().decode(errors="replace")[-4000:])
        raise
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def catalejo(data, **settings):
    """A release build of the product over an empty data folder; yields (process, base URL)."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    env = {"CATALEJO_ENCODER": f"local:{MODEL}", "CATALEJO_LOG": "warn"}
    env |= {f"CATALEJO_{key.upper()}": str(value) for key, value in settings.items()}
    command = [TARGET / "catalejo", "--data", data, "up", "--listen", f"127.0.0.1:{port}"]
    with running(command, f"{base}/readyz", env) as process:
        yield process, base


@contextlib.contextmanager
def peer_encoder():
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with running([sys.executable, PEERS / "encoder_service.py", MODEL, "--port", port], base) as process:
        yield process, base


@contextlib.contextmanager
def peer_search(encoder, *options):
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    command = [sys.executable, PEERS / "search_app.py", "--port", port, "--encoder", encoder, *options]
    with running(command, base) as process:
        yield process, base


def import_file(base, file, collection="songs"):
    """Ingests a CSV through the command line's own path; the finished run."""
    with open(file, "rb") as handle:
        content = handle.read()
    edge = "catalejo-bench-boundary"
    body = (
        f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{Path(file).name}"\r\n'
        "Content-Type: text/csv\r\n\r\n"
    ).encode() + content + f"\r\n--{edge}--\r\n".encode()
    request = urllib.request.Request(
        f"{base}/v1/collections/{collection}/imports",
        data=body,
        headers={"Content-Type": f"multipart/form-data; boundary={edge}"},
    )
    with urllib.request.urlopen(request, timeout=600) as answer:
        run = json.load(answer)["run_id"]
    while True:
        state = call(f"{base}/v1/runs/{run}")
        if state["state"] not in ("queued", "running"):
            break
        time.sleep(0.02)
    if state["state"] != "succeeded":
        raise RuntimeError(f"import ended {state['state']}: {state.get('error')}")
    return state


def load(url, bodies=None, **options):
    """One run of the load generator, by POST of the bodies or else by GET; its figures."""
    command = [str(TARGET / "load"), url] + (["--bodies", str(bodies)] if bodies else [])
    for name, value in options.items():
        command += [f"--{name.replace('_', '-')}"] + ([] if value is True else [str(value)])
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def memory(pid):
    """Resident and peak memory of one process in MB: total, and what is its own (not file pages)."""
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    mb = lambda name: int(fields[name].split()[0]) / 1024
    return {"resident": mb("VmRSS"), "anonymous": mb("RssAnon"), "peak": mb("VmHWM")}


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    return f"{os.cpu_count()} cores, {model}, {platform.system()} {platform.release()}"


def row(name, ours, peer, unit, better="higher"):
    ratio = ours / peer if better == "higher" else peer / ours
    print(f"{name:<44} {ours:>12,.2f} {peer:>12,.2f} {unit:<10} {ratio:>8.2f}x")


def head(title):
    print(f"\n## {title}\n# {machine()}")
    print(f"{'':<44} {'catalejo':>12} {'peer':>12} {'':<10} {'ratio':>9}")

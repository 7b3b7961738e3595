"""What a session costs a request, and what logins cost everybody else."""

import argparse
import json
import statistics
import tempfile
import threading
from pathlib import Path

import harness
import songs

parser = argparse.ArgumentParser()
parser.add_argument("--seconds", type=float, default=6)
parser.add_argument("--logins", type=int, default=20, help="how many log in at once")
parser.add_argument("--rounds", type=int, default=5)
arguments = parser.parse_args()

PASSWORD = "correct horse battery staple"


def in_pairs(base, question, token):
    """p50 of the same question without and with a session, in turns; ms."""
    bare, known = [], []
    for _ in range(arguments.rounds):
        for times, headers in ((bare, {}), (known, {"header": f"Authorization: Bearer {token}"})):
            figures = harness.load(f"{base}/ask", question, connections=1, seconds=1, warmup_seconds=0.2, **headers)
            assert not figures["errors"], figures
            times.append(figures["p50_ms"])
    return statistics.median(bare), statistics.median(known)


def logins(base, file, connections, seconds):
    options = {"connections": connections, "seconds": seconds, "warmup_seconds": 0, "expect": 201}
    return harness.load(f"{base}/v1/sessions", file, **options)


with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    catalogue, question, login = folder / "songs.csv", folder / "question.jsonl", folder / "login.jsonl"
    songs.write_csv(catalogue, list(songs.songs(300, lines=(4, 12))))
    songs.write_questions(question, 50, seed=3)
    login.write_text(json.dumps({"name": "ana", "password": PASSWORD}) + "\n")
    with harness.catalejo(folder / "data", logins_per_minute=0, writes_per_minute=0) as (_, base):
        harness.import_file(base, catalogue)
        token = harness.call(f"{base}/v1/users", {"name": "ana", "password": PASSWORD})["token"]
        harness.load(f"{base}/ask", question, connections=1, once=True)
        bare, known = in_pairs(base, question, token)
        one = logins(base, login, 1, 3)
        quiet = harness.load(f"{base}/ask", question, connections=1, seconds=arguments.seconds)
        storm = {}
        worker = threading.Thread(target=lambda: storm.update(logins(base, login, arguments.logins, arguments.seconds + 2)))
        worker.start()
        busy = harness.load(f"{base}/ask", question, connections=1, seconds=arguments.seconds)
        worker.join()

print(f"\n## sessions and logins\n# {harness.machine()}")
print(f"cached /ask p50 without a session {bare:.3f} ms, with one {known:.3f} ms: {known - bare:+.3f} ms (aim <= 0.2 ms)")
print(f"one login after another: {one['requests_per_s']:.1f}/s, p50 {one['p50_ms']:.1f} ms")
print(
    f"{arguments.logins} at once: {storm['requests_per_s']:.1f}/s, {storm['errors']} refused as too many, "
    f"p50 {storm['p50_ms']:.0f} ms: {storm['requests_per_s'] / one['requests_per_s']:.2f}x of one after another"
)
print(
    f"cached /ask meanwhile: p99 {busy['p99_ms']:.2f} ms, without logins {quiet['p99_ms']:.2f} ms: "
    f"{busy['p99_ms'] / quiet['p99_ms']:.2f}x; p50 {busy['p50_ms']:.3f} against {quiet['p50_ms']:.3f} ms"
)

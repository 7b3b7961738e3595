"""Resident memory: at rest, while asked, and over a file of the given size with ready vectors."""

import argparse
import random
import tempfile
import threading
from pathlib import Path

import harness
import songs

parser = argparse.ArgumentParser()
parser.add_argument("--megabytes", type=int, default=1000)
arguments = parser.parse_args()


def write_wide(file, megabytes):
    """Wide rows with a short embedded text and a ready vector, until the file is that large."""
    rng = random.Random(5)
    vectors = ["[" + ",".join(f"{rng.gauss(0, 1):.4f}" for _ in range(384)) + "]" for _ in range(2000)]
    padding = "".join(rng.choice("abcdefghij klmno") for _ in range(1 << 16))
    written = number = 0
    with open(file, "w", encoding="utf-8") as out:
        out.write("id,name,lyrics,notes,vector\n")
        while written < megabytes << 20:
            at = rng.randrange(len(padding) - 4000)
            line = f'{number},song {number},short text,"{padding[at:at + 4000]}","{vectors[number % 2000]}"\n'
            out.write(line)
            written += len(line)
            number += 1
    return number


def peak_while(pid, work):
    """The largest resident set seen while `work` ran, MB."""
    stop, peak = threading.Event(), [0.0]

    def watch():
        while not stop.wait(0.05):
            peak[0] = max(peak[0], harness.memory(pid)["resident"])

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        work()
    finally:
        stop.set()
        watcher.join()
    return peak[0]


with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    catalogue, questions = folder / "songs.csv", folder / "questions.jsonl"
    rows = list(songs.songs(300, lines=(4, 12)))
    songs.write_csv(catalogue, rows)
    songs.write_questions(questions, 100_000, seed=6)
    ask = lambda base: harness.load(f"{base}/ask", questions, connections=8, seconds=5)
    with harness.catalejo(folder / "data") as (process, base):
        rest = harness.memory(process.pid)["resident"]
        harness.import_file(base, catalogue)
        load = peak_while(process.pid, lambda: ask(base))
        wide = folder / "wide.csv"
        number = write_wide(wide, arguments.megabytes)
        large = peak_while(process.pid, lambda: harness.import_file(base, wide))
    with harness.peer_encoder() as (encoder, url), harness.peer_search(url) as (search, base):
        import peers.ingest_pipeline as pipeline

        both = lambda: harness.memory(encoder.pid)["resident"] + harness.memory(search.pid)["resident"]
        peer_rest = both()
        pipeline.ingest(catalogue, url, base)
        ask(base)
        peer_load = harness.memory(encoder.pid)["peak"] + harness.memory(search.pid)["peak"]

harness.head("resident memory, encoder included")
harness.row("at rest", rest, peer_rest, "MB", better="lower")
harness.row("peak under load, 8 connections", load, peer_load, "MB", better="lower")
print(f"peak while a file of {arguments.megabytes} MB ({number:,} rows with ready vectors) is ingested: {large:.0f} MB (aim <= 600 MB)")

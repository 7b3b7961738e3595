"""`/ask` cached and uncached against a Flask app that does the same (the ratio is catalejo's advantage)."""

import argparse
import tempfile
from pathlib import Path

import harness
import songs

parser = argparse.ArgumentParser()
parser.add_argument("--songs", type=int, default=300)
parser.add_argument("--seconds", type=float, default=6)
parser.add_argument("--connections", type=int, default=4)
arguments = parser.parse_args()


def measure(base, folder):
    """Cached: 50 questions over and over. Uncached: each question once. Encoding: the same questions, only encoded."""
    few, many = folder / "few.jsonl", folder / "many.jsonl"
    songs.write_questions(few, 50, seed=3)
    songs.write_questions(many, 200_000, seed=4)
    harness.load(f"{base}/ask", few, connections=1, once=True)
    return {
        "cached, one asker": harness.load(f"{base}/ask", few, connections=1, seconds=arguments.seconds),
        "cached": harness.load(f"{base}/ask", few, connections=arguments.connections, seconds=arguments.seconds),
        "uncached, one asker": harness.load(f"{base}/ask", many, connections=1, seconds=arguments.seconds),
        "uncached": harness.load(f"{base}/ask", many, connections=arguments.connections, seconds=arguments.seconds),
    }


def encoding_alone(base, folder):
    bodies = folder / "encode.jsonl"
    songs.write_questions(bodies, 200_000, seed=4, field="text")
    return harness.load(f"{base}/encode", bodies, connections=1, seconds=arguments.seconds)


with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    catalogue = folder / "songs.csv"
    rows = list(songs.songs(arguments.songs, lines=(4, 12)))
    songs.write_csv(catalogue, rows)
    with harness.catalejo(folder / "data") as (_, base):
        harness.import_file(base, catalogue)
        ours = measure(base, folder)
        encode = encoding_alone(base, folder)
    with harness.peer_encoder() as (_, encoder), harness.peer_search(encoder) as (_, base):
        import peers.ingest_pipeline as pipeline

        pipeline.ingest(catalogue, encoder, base)
        theirs = measure(base, folder)

harness.head(f"/ask over {arguments.songs} songs, {arguments.connections} connections")
for case, figures in ours.items():
    peer = theirs[case]
    assert not figures["errors"] and not peer["errors"], (case, figures, peer)
    harness.row(f"{case}: requests/s", figures["requests_per_s"], peer["requests_per_s"], "req/s")
    harness.row(f"{case}: p50", figures["p50_ms"], peer["p50_ms"], "ms", better="lower")
    harness.row(f"{case}: p99", figures["p99_ms"], peer["p99_ms"], "ms", better="lower")
whole, alone = ours["uncached, one asker"]["p50_ms"], encode["p50_ms"]
print(f"uncached /ask p50 {whole:.2f} ms over encoding the question alone {alone:.2f} ms: {whole / alone:.2f}x (aim <= 1.30x)")

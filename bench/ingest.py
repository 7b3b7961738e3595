"""Whole ingest against its encoding time alone, and against a straightforward Python pipeline."""

import argparse
import json
import subprocess
import tempfile
from datetime import datetime
from pathlib import Path

import harness
import songs

parser = argparse.ArgumentParser()
parser.add_argument("--songs", type=int, default=1500)
parser.add_argument("--peer-songs", type=int, default=150, help="the peer's share: it is slow and its cost is per row")
arguments = parser.parse_args()


def seconds_of(run):
    started, finished = (datetime.fromisoformat(run[key].replace("Z", "+00:00")) for key in ("started_at", "finished_at"))
    return (finished - started).total_seconds()


def encoding_alone(file):
    """The same texts through the same encoder, in the same process layout, and nothing else."""
    command = [harness.TARGET / "encode", harness.MODEL, file]
    return json.loads(subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True).stdout)


with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    catalogue, small, texts = folder / "songs.csv", folder / "small.csv", folder / "texts.jsonl"
    rows = list(songs.songs(arguments.songs))
    songs.write_csv(catalogue, rows)
    songs.write_csv(small, rows[: arguments.peer_songs])
    with harness.catalejo(folder / "data") as (_, base):
        run = harness.import_file(base, catalogue)
        again = harness.import_file(base, catalogue)
    assert run["counts"]["new"] == arguments.songs, run
    assert again["counts"]["unchanged"] == arguments.songs, again
    texts.write_text("".join(json.dumps(row["lyrics"]) + "\n" for row in rows))
    alone = encoding_alone(texts)
    with harness.peer_encoder() as (_, encoder), harness.peer_search(encoder) as (_, search):
        import peers.ingest_pipeline as pipeline

        peer_rows, peer_seconds = pipeline.ingest(small, encoder, search)

harness.head(f"whole ingest of {arguments.songs} songs (peer: its first {arguments.peer_songs})")
harness.row("rows/s", arguments.songs / seconds_of(run), peer_rows / peer_seconds, "rows/s")
print(f"whole {seconds_of(run):.2f} s over encoding alone {alone['seconds']:.2f} s: {seconds_of(run) / alone['seconds']:.3f}x (aim <= 1.15x)")
print(f"the same file again, nothing changed: {seconds_of(again):.2f} s, {arguments.songs / seconds_of(again):,.0f} rows/s")

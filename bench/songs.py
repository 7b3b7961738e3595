"""Makes song catalogues of any size, the same for the same arguments: lines of the demo's lyrics, put together anew."""

import csv
import json
import random
from pathlib import Path

COLUMNS = (
    "id name album_name artists danceability energy key loudness mode speechiness acousticness instrumentalness "
    "liveness valence tempo duration_ms lyrics"
).split()
DEMO = Path(__file__).resolve().parent.parent / "demo" / "spotify"


def demo_songs():
    songs = []
    for file in sorted(DEMO.glob("*.csv")):
        with open(file, newline="", encoding="utf-8-sig") as handle:
            songs += list(csv.DictReader(handle))
    return songs


def songs(count, seed=1, lines=(4, 40)):
    """`count` songs of between `lines[0]` and `lines[1]` lines: short verses to texts beyond the model's limit."""
    rng = random.Random(seed)
    originals = demo_songs()
    pool = [line for song in originals for line in song["lyrics"].splitlines() if line.strip()]
    for number in range(count):
        song = {column: rng.choice(originals)[column] for column in COLUMNS}
        song["id"] = f"bench{seed:04d}{number:013d}"
        song["name"] = " ".join(rng.choice(pool).split()[:4])
        song["lyrics"] = "\n".join(rng.choice(pool) for _ in range(rng.randint(*lines)))
        yield song


def write_csv(file, rows, columns=None):
    with open(file, "w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, columns or COLUMNS)
        writer.writeheader()
        for row in rows:
            writer.writerow(row)


def write_questions(file, count, seed=2, field="question"):
    """One JSON body a line, all different, 4 to 9 words long."""
    rng = random.Random(seed)
    words = sorted({word.strip(",.;:!?¿¡\"'").lower() for song in demo_songs() for word in song["lyrics"].split()})
    with open(file, "w", encoding="utf-8") as handle:
        for _ in range(count):
            handle.write(json.dumps({field: " ".join(rng.choice(words) for _ in range(rng.randint(4, 9)))}) + "\n")

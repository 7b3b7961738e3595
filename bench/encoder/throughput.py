"""Texts per second of the local encoder against sentence-transformers, in one run and in turn.

    pip install sentence-transformers
    cargo build --release -p catalejo-encoder --example throughput
    python bench/encoder/throughput.py [--threads 2] [--binary target/release/examples/throughput] [--model FOLDER]

Prints for each case both speeds by the clock, and both by the processor's time, which other work on the machine
does not distort much, with their ratios.
"""

import argparse
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 3


def words(count):
    return " ".join(["song"] * count)


# the same texts as in the example
CASES = {
    "short, one": [words(6)],
    "short, 128": [words(6)] * 128,
    "long, one": [words(254)],
    "long, 32": [words(254)] * 32,
    "mixed, 128": [words(3 + i * i % 251) for i in range(128)],
}


def ours(binary, model, threads):
    """Case to texts per second and tokens per second of the processor."""
    lines = subprocess.run([binary, model, str(threads)], check=True, capture_output=True, text=True).stdout
    rows = {}
    for line in lines.splitlines()[2:]:
        speed, _, _, by_cpu = line[16:].split()
        rows[line[:16].strip()] = float(speed), float(by_cpu)
    return rows


def theirs(model, texts):
    model.encode(texts, batch_size=len(texts))
    calls, start, cpu = 0, time.monotonic(), time.process_time()
    while time.monotonic() - start < SECONDS:
        model.encode(texts, batch_size=len(texts))
        calls += 1
    seconds, cpu = time.monotonic() - start, time.process_time() - cpu
    tokens = sum(len(text.split()) + 2 for text in texts)
    return calls * len(texts) / seconds, calls * tokens / cpu


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--binary", default=ROOT / "target/release/examples/throughput")
    parser.add_argument("--model", default=ROOT / ".cache/models/all-MiniLM-L6-v2")
    options = parser.parse_args()

    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(options.threads)
    peer = SentenceTransformer(str(options.model), device="cpu")
    before = ours(options.binary, options.model, options.threads)
    reference = {name: theirs(peer, texts) for name, texts in CASES.items()}
    after = ours(options.binary, options.model, options.threads)
    print(f"{'case':<14}{'texts/s':>9}{'peer':>9}{'ratio':>8}{'tokens/CPU s':>15}{'peer':>9}{'ratio':>8}")
    for name, peer_speeds in reference.items():
        # before and after, so that a change of the machine's load meets both sides
        mean = [(a + b) / 2 for a, b in zip(before[name], after[name])]
        (speed, by_cpu), (peer_speed, peer_by_cpu) = mean, peer_speeds
        print(
            f"{name:<14}{speed:>9.1f}{peer_speed:>9.1f}{speed / peer_speed:>8.2f}"
            f"{by_cpu:>15.0f}{peer_by_cpu:>9.0f}{by_cpu / peer_by_cpu:>8.2f}"
        )


if __name__ == "__main__":
    main()

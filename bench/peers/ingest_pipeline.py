"""The peer's ingest: pandas, one call a row to the encoding service, a bulk request of one document (seed 000's ingest)."""

import argparse
import json
import time

import pandas
import requests


def ingest(csv_file, encoder_url, search_url):
    """Rows ingested and the seconds they took."""
    started = time.perf_counter()
    frame = pandas.read_csv(csv_file)
    for _, row in frame.iterrows():
        answer = requests.post(f"{encoder_url}/encode", json={"text": row["lyrics"]}, timeout=60)
        answer.raise_for_status()
        document = json.loads(row.to_json())
        document["embedding"] = answer.json()["embeddings"]
        requests.post(f"{search_url}/_bulk", data=json.dumps(document), timeout=60).raise_for_status()
    return len(frame), time.perf_counter() - started


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("csv")
    parser.add_argument("--encoder", required=True)
    parser.add_argument("--search", required=True)
    arguments = parser.parse_args()
    rows, seconds = ingest(arguments.csv, arguments.encoder, arguments.search)
    print(json.dumps({"rows": rows, "seconds": seconds}))

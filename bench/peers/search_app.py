"""The peer's search service: Flask with an in-process HNSW index and a cache, calling the encoding service by HTTP.

It is kinder to the peer than what it stands for: index and cache are in its own memory, where the original crosses the
network to a search server and to a cache server.
"""

import argparse
import json
import threading
import zlib

import hnswlib
import requests
from flask import Flask, jsonify, request
from waitress import serve

CACHE_SECONDS = 60
CAPACITY = 200_000


class Songs:
    """Documents and their vectors; one writer at a time."""

    def __init__(self, dimensions):
        self.vectors = hnswlib.Index(space="cosine", dim=dimensions)
        self.vectors.init_index(max_elements=CAPACITY, M=16, ef_construction=100)
        self.vectors.set_ef(50)
        self.documents = []
        self.lock = threading.Lock()

    def add(self, document):
        vector = document.pop("embedding")
        with self.lock:
            self.vectors.add_items([vector], [len(self.documents)])
            self.documents.append(document)

    def nearest(self, vector, count=10):
        labels, _ = self.vectors.knn_query([vector], k=min(count, len(self.documents)))
        return [self.documents[label] for label in labels[0]]


def make_app(encoder_url, dimensions, use_cache):
    app = Flask(__name__)
    songs = Songs(dimensions)
    session = requests.Session()
    cache = {}

    @app.get("/")
    def index():
        return "Funciona correctamente!"

    @app.post("/_bulk")
    def bulk():
        for line in request.get_data().splitlines():
            songs.add(json.loads(line))
        return jsonify({"errors": False})

    @app.post("/ask")
    def ask():
        question = request.get_json().get("question")
        if question is None:
            return jsonify({"error": "El campo 'question' es requerido"}), 400
        key = question.replace(" ", "")
        if use_cache and key in cache:
            return jsonify(json.loads(zlib.decompress(cache[key])))
        answer = session.post(f"{encoder_url}/encode", json={"text": question}, timeout=60)
        answer.raise_for_status()
        results = [
            {"name": song["name"], "lyrics": song["lyrics"], "artists": song["artists"]}
            for song in songs.nearest(answer.json()["embeddings"])
        ]
        if use_cache:
            cache[key] = zlib.compress(json.dumps(results).encode())
        return jsonify(results)

    return app


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--encoder", required=True)
    parser.add_argument("--dimensions", type=int, default=384)
    parser.add_argument("--no-cache", action="store_true")
    arguments = parser.parse_args()
    app = make_app(arguments.encoder, arguments.dimensions, not arguments.no_cache)
    serve(app, host="127.0.0.1", port=arguments.port, threads=8)

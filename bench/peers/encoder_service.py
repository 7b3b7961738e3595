"""The peer's encoding service: Flask around sentence-transformers, as teams write it (seed 000's hugging-face-api)."""

import argparse

from flask import Flask, jsonify, request
from sentence_transformers import SentenceTransformer
from waitress import serve


def make_app(model_folder):
    app = Flask(__name__)
    model = SentenceTransformer(model_folder, device="cpu")

    @app.get("/")
    def index():
        return "Funciona correctamente!"

    @app.post("/encode")
    def encode():
        text = request.get_json().get("text")
        if text is None:
            return jsonify({"error": "El campo 'text' es requerido"}), 400
        return jsonify({"embeddings": model.encode(text).tolist(), "text": text})

    return app


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    serve(make_app(arguments.model), host="127.0.0.1", port=arguments.port, threads=8)

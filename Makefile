# The commands of this project; `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash

TARGET := $(if $(CARGO_TARGET_DIR),$(CARGO_TARGET_DIR),target)
BINARY := $(TARGET)/release/catalejo
PYTHON ?= python3

help: ## list these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: $(if $(CATALEJO_ENCODER),,model) build ## build, ingest the demo catalogue and serve it on http://127.0.0.1:8080
	@$(BINARY) up --demo demo/spotify

test: prerequisites $(if $(CATALEJO_TEST_MODEL),,model) ## all tests that need no server: unit, contract suites, the built binary
	cargo test --workspace --locked --no-fail-fast

test-servers: prerequisites model ## the contract suites against real servers, started on loopback
	scripts/test-servers.sh

test-browser: model build ## the page in Chromium: every journey, both languages, desktop and phone; screenshots in $CARGO_TARGET_DIR/browser
	scripts/test-browser.sh $(BINARY) $(TARGET)/browser

test-api: model build ## the API against its own OpenAPI document, by schemathesis
	scripts/test-api.sh $(BINARY)

bench: model build ## every figure of docs/benchmarks.md
	bench/run

lint: ## formatting, clippy, licences and advisories
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	@if [ -d web/node_modules ]; then cd web && npm run --silent lint; else echo "web: not installed, not linted (make web)"; fi
	@if cargo deny --version >/dev/null 2>&1; then cargo deny --locked check; \
	else echo "cargo deny is not installed: licences and advisories not checked"; fi

web: ## the web page, into web/dist
	@scripts/build-web.sh

build: prerequisites web ## the release binary, with the web page in it
	cargo build --release --locked -p catalejo

model: prerequisites ## the sentence encoder all-MiniLM-L6-v2, 91 MB, once
	@scripts/fetch-model.sh

prerequisites: ## say what is missing on this machine, and how to get it
	@scripts/prerequisites.sh

clean: ## remove what was built (the model and the data folder stay)
	cargo clean

.PHONY: help run test test-servers test-browser test-api bench lint web build model prerequisites clean

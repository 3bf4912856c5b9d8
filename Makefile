# Tandem's errands. Each target installs what it misses on Debian and Ubuntu (scripts/install says what).
#
#   make demo               a small company on this machine, and Tandem signed in as Alice (HEADLESS=1: without a window)
#   make test               everything, real servers included
#   make check              formatting, lints and every test without servers, in under five minutes
#   make package            a .deb and a tarball in target/package/, from the release build
#   make bench              the figures of the README, measured here
#   make windows            compiles Tandem for Windows with mingw, and links it without its window; nothing of it is run
#   make audit              licences, sources and known vulnerabilities of the dependencies
#   make pictures           pictures of the window, light and dark

SHELL := /bin/bash
# rustup's programs are there before the next login.
export PATH := $(or $(CARGO_HOME),$(HOME)/.cargo)/bin:$(PATH)

# Tests and lints share one build: the dev profile with the window's test driver.
FEATURES := --features gui-test
# Screens that need more than the demo has, drawn by the window's own code from what the tests show it.
SCREENS := connections-voice-down
# Test targets that start servers are called interop or real_….
TESTS := $(filter-out interop real_%,$(basename $(notdir $(wildcard tests/*.rs))) $(patsubst tests/%/main.rs,%,$(wildcard tests/*/main.rs)))
DEMO_MODE := $(if $(filter-out 0 no,$(HEADLESS)),headless,window)

.PHONY: help demo test check bench audit pictures release package windows

help:
	@sed -n 's/^#   /  /p' Makefile

release:
	@scripts/install build
	cargo build --release --locked

package: release
	@scripts/package

demo:
	@scripts/install demo
	@if [ $(DEMO_MODE) = window ] && [ -z "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
		echo "demo: there is no display to open a window on. make demo HEADLESS=1 runs Alice without one." >&2; exit 1; fi
	@echo "demo: building Tandem (the first time takes several minutes; cargo shows each part)" >&2
	cargo build --release --locked
	@exec python3 -B scripts/demo $(DEMO_MODE)

test:
	@scripts/install test
	cargo test --locked $(FEATURES) --no-fail-fast

check:
	@scripts/install build
	cargo fmt --all --check
	cargo clippy --locked $(FEATURES) --lib --bins -- -D warnings
	cargo clippy --locked $(FEATURES) --all-targets -- -D warnings -A clippy::unwrap_used -A clippy::print_stderr -A clippy::print_stdout
	cargo test --locked $(FEATURES) --lib --bins $(TESTS:%=--test %)

bench:
	@scripts/install test
	cargo build --release --locked
	python3 -B tests/bench/run.py

audit:
	@scripts/install build
	cargo test --locked $(FEATURES) --test supply
	scripts/audit

windows:
	@scripts/check-windows --link

pictures:
	@scripts/install test
	cargo build --release --locked
	python3 -B tests/bench/pictures.py
	python3 -B tests/bench/pictures_cusax.py
	cargo test --locked $(FEATURES) --test gui -- --ignored pictures
	@for screen in $(SCREENS); do for theme in light dark; do \
		made=target/pictures/$$screen-$$theme-tiny-skia.png; \
		if [ -e $$made ]; then convert $$made -resize 1000x -strip docs/pictures/$$screen-$$theme.png; fi; \
	done; done

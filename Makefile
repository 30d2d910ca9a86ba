# Each target sets up what it needs by itself; a second call does no set-up again.
.PHONY: setup demo scale-demo test slow many apps lint requirements bench bench-scale leaks help

help:
	@echo "make setup         packages into .venv, and a browser where there is none"
	@echo "make demo          set up, then one finished, sanitized login run against the fake hotel site"
	@echo "make scale-demo    PostgreSQL, S3, an API and two workers on this machine: 40 runs, and where each ran"
	@echo "make test          set up, then the test suite without what is slow"
	@echo "make slow          the slow rest: mutants, races, killed runs, every account on every shape"
	@echo "make many          a thousand queued runs on two workers, with and without kills; 64 runs on one TOTP secret"
	@echo "make apps          signs in to real applications, installed from public packages"
	@echo "make lint          set up, then linters, type checker and import contracts"
	@echo "make bench         set up, then the benchmarks (minutes)"
	@echo "make bench-scale   what a queue and many runs cost, beside the bare things, on a PostgreSQL of its own"
	@echo "make leaks         every cell of the leak matrix, 100 killed runs, pictures of every shape, 500 MB (hours)"
	@echo "make requirements  write requirements.lock from uv.lock"

setup:
	@.ci/setup

demo:
	@.ci/setup
	@.venv/bin/python -m fixtures.demo

scale-demo:
	@.ci/setup scale
	@.venv/bin/python -m fixtures.scale_demo

test:
	@.ci/setup test
	@.venv/bin/python -m pytest -n 2 --dist loadfile -m "not slow and not long"

slow:
	@.ci/setup test
	@.venv/bin/python -m pytest -n 2 --dist loadfile -m slow

many:
	@.ci/setup test
	@.venv/bin/python -m pytest -m long --durations=0

# The six of ../shared/apps, or those named: make apps APPS="supervisor wordpress".
apps:
	@.ci/setup
	@APPS="$(APPS)" .venv/bin/python -m pytest tests/apps/sign_ins.py -n 2 --dist loadscope -rA

lint:
	@.ci/setup
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

bench:
	@.ci/setup
	@.venv/bin/python -m benchmarks.login
	@.venv/bin/python -m benchmarks.vault
	@.venv/bin/python -m benchmarks.artifacts
	@.venv/bin/python -m benchmarks.login_artifacts

# make bench-scale QUICK=--quick
bench-scale:
	@.ci/setup scale
	@.venv/bin/python -m benchmarks.scale $(QUICK)

leaks:
	@.ci/setup test
	@.venv/bin/python -m tests.leak.matrix --all
	@.venv/bin/python -m tests.leak.kills 100
	@.venv/bin/python -m tests.leak.pixels
	@xvfb-run -a .venv/bin/python -m tests.leak.pixels --headed plain-en show-password evil-echo
	@.venv/bin/python -m benchmarks.artifacts large

requirements:
	@uv export --frozen --quiet --all-groups --no-emit-project --output-file requirements.lock

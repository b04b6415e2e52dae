# One command each; what a command needs it sets up by itself, into $(VENV), and again only when a
# dependency file changed. Needs make and a Python (3.11 to 3.14), nothing else.

VENV ?= .venv
FLOW ?=
KEYS ?=
ARGS ?=
export FLOW KEYS

BIN := $(VENV)/bin
PACKAGES := $(VENV)/packages
READY := $(VENV)/ready
LOCKS := requirements-build.lock requirements.lock

.DEFAULT_GOAL := help
.PHONY: help call serve studio test storm test-storm image test-browser test-editor test-postgres check lint types flows lock clean
.DELETE_ON_ERROR:

help:
	@echo 'make call    ring the flow on a simulated phone, here in the terminal; KEYS="1 2" presses keys'
	@echo '             (FLOW=flows/other.yaml another flow, ARGS="..." more of `ivr call --help`)'
	@echo 'make test    run the tests; ARGS="-k menu" chooses some'
	@echo 'make studio  the day of an author: the flows as a picture in the browser, rung from there'
	@echo 'make storm   ten thousand calls in which everything goes wrong'
	@echo 'make image   perform the build steps of the Dockerfile, without Docker'
	@echo 'make test-storm, test-browser, test-editor, test-postgres   the long tests; with Chromium, with an'
	@echo '             editor (Node), with PostgreSQL'
	@echo 'make check   style, types, and the check and tests of the shipped flows'
	@echo 'make serve   answer the real line: webhooks and media streams'
	@echo 'make lock    write the locked versions anew after editing pyproject.toml; UPGRADE=1 newer ones'
	@echo 'make clean   remove what make made'
	@echo
	@echo 'PYTHON=/path/to/python chooses the interpreter, VENV=dir the environment (.venv).'

call: $(READY)
	@$(BIN)/ivr call $${FLOW:+"$$FLOW"} $${KEYS:+--keys "$$KEYS"} $(ARGS)

serve: $(READY)
	@$(BIN)/ivr serve $(ARGS)

studio: $(READY)
	@$(BIN)/ivr dev --open $(ARGS)

# All in several processes; chosen ones by pytest itself. What has a command of its own is not among
# them: tests/side_by_side.py has the list, and .ci/run runs everything.
test: $(READY)
	$(BIN)/python -m $(if $(ARGS),pytest $(ARGS),tests.side_by_side)

storm: $(READY)
	$(BIN)/python -m tests.simulation.storm --seeds 10000 $(ARGS)

test-storm: $(READY)
	$(BIN)/python -m $(if $(ARGS),pytest tests/simulation $(ARGS),tests.side_by_side tests/simulation)

image: $(READY)
	$(BIN)/python -m pytest tests/image $(ARGS)

test-browser: $(VENV)/browser
	@command -v chromium chromium-browser google-chrome >/dev/null || { [ "$$(id -u)" = 0 ] && \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y chromium >/dev/null; } || \
	  { echo "Chromium is missing: install it (Debian and Ubuntu: apt install chromium)" >&2; exit 1; }
	$(BIN)/python -m pytest tests/browser $(ARGS)

test-editor: $(READY)
	@command -v npm >/dev/null || { [ "$$(id -u)" = 0 ] && \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y nodejs npm >/dev/null; } || \
	  { echo "npm is missing: install it (Debian and Ubuntu: apt install npm)" >&2; exit 1; }
	$(BIN)/python -m tests.editor $(ARGS)

test-postgres: $(READY)
	@command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || \
	  { [ "$$(id -u)" = 0 ] && apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y postgresql >/dev/null; } || \
	  { echo "PostgreSQL is missing: install it (Debian and Ubuntu: apt install postgresql)" >&2; exit 1; }
	$(BIN)/python -m pytest tests/postgres $(ARGS)

check: lint types flows

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/browser
	$(BIN)/mypy

flows: $(READY)
	$(BIN)/ivr fmt --check flows/
	$(BIN)/ivr check flows/
	$(BIN)/ivr test flows/

# --- set-up --------------------------------------------------------------------------------------
# A changed lock makes a new environment, so that nothing of the old one can hide what is missing; a
# changed pyproject.toml only registers the project again. Interpreters are tried by running them: a
# name on PATH may be a shim that only fails. The build tools come first, by hash, so that nothing is
# built with a version nobody chose. What pip says goes to a log that is shown when it fails.

PYTHONS = $(or $(PYTHON),$(shell $(BIN)/python -c 'import sys; print(sys._base_executable)' 2>/dev/null) \
  python3.13 python3.12 python3.11 python3.14 python3 python)
PIP = $(BIN)/python -m pip --disable-pip-version-check --no-input
LOG = $(VENV)/setup.log
OR_SHOW_WHY = || { grep -i error "$(LOG)" >&2 || tail -20 "$(LOG)" >&2; \
  echo "The packages could not be installed; everything pip said is in $(LOG). make tries again." >&2; \
  exit 1; }

$(PACKAGES): $(LOCKS)
	@set -e; python=; incomplete=; \
	for each in $(PYTHONS); do \
	  "$$each" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' \
	    >/dev/null 2>&1 || continue; \
	  if "$$each" -c 'import ensurepip, venv' >/dev/null 2>&1; \
	  then python=$$each; break; else incomplete=$$each; fi; \
	done; \
	if [ -z "$$python" ] && [ -n "$$incomplete" ]; then \
	  echo "$$incomplete cannot make virtual environments: install its venv package (Debian and Ubuntu: apt install python3-venv) and run make again." >&2; \
	  exit 1; \
	elif [ -z "$$python" ]; then \
	  echo "$(if $(PYTHON),$(PYTHON) is no Python 3.11 to 3.14 that runs,No Python 3.11 to 3.14 found): install one (Debian and Ubuntu: apt install python3 python3-venv), or name it: make PYTHON=/path/to/python" >&2; \
	  exit 1; \
	fi; \
	echo "Setting up $(VENV) with $$("$$python" --version); once, about half a minute..." >&2; \
	rm -rf "$(VENV)"; \
	"$$python" -m venv "$(VENV)"; \
	{ $(PIP) install --require-hashes -r requirements-build.lock && \
	  $(PIP) install --require-hashes --no-deps --no-build-isolation -r requirements.lock ; \
	} >"$(LOG)" 2>&1 $(OR_SHOW_WHY); \
	touch "$@"

$(READY): pyproject.toml $(PACKAGES)
	@$(PIP) install --no-deps --no-build-isolation --editable . >>"$(LOG)" 2>&1 $(OR_SHOW_WHY)
	@touch "$@"

$(VENV)/browser: requirements-browser.lock $(READY)
	@$(PIP) install --require-hashes --no-deps --no-build-isolation -r requirements-browser.lock \
	  >>"$(LOG)" 2>&1 $(OR_SHOW_WHY)
	@touch "$@"

# --- versions ------------------------------------------------------------------------------------
# One lock for every Python and system we support, and the same versions without tests and tools
# for a server. Universal locks need uv, which lives in an environment of its own.

lock: $(VENV)-lock/bin/uv
	@for lock in build all prod browser; do \
	  case $$lock in \
	    build) set -- requirements-build.lock requirements-build.in ;; \
	    all) set -- requirements.lock pyproject.toml --extra embedded --extra postgres --extra dev ;; \
	    browser) set -- requirements-browser.lock pyproject.toml --extra embedded --extra postgres --extra dev --extra browser \
	      -c requirements.lock ;; \
	    prod) set -- requirements-prod.lock pyproject.toml --extra embedded --extra postgres -c requirements.lock ;; \
	  esac; \
	  output=$$1; shift; \
	  $(VENV)-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' \
	    $(if $(UPGRADE),--upgrade) --output-file "$$output" "$$@" || exit 1; \
	  echo "$$output"; \
	done

$(VENV)-lock/bin/uv: $(READY)
	@$(BIN)/python -m venv $(VENV)-lock
	@$(VENV)-lock/bin/python -m pip --disable-pip-version-check install --quiet uv

clean:
	rm -rf $(VENV) $(VENV)-lock build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find ivr tests -name __pycache__ -type d -prune -exec rm -rf {} +

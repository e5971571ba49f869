# Plainscan. `make` lists what can be made; each target does by itself all the set-up that it needs.

# The first Python 3.9 or newer that runs does the set-up; it finds the two that the environments are made from.
PYTHON := $(shell for python in python3 python3.11 python3.12 python3.13 python3.10 /usr/bin/python3; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 9))' >/dev/null 2>&1 && echo $$python && break; done)
ifeq ($(PYTHON),)
$(error Plainscan needs Python 3.10 (for Rasa) and 3.11 or newer; no Python 3.9 or newer was found on PATH. \
Install both, for example with pyenv, uv or apt, then run make again)
endif

# Modules are compiled once, not at each start: TensorFlow alone takes 8 s in place of 2 where this is set in the environment.
export PYTHONDONTWRITEBYTECODE :=

# What make starts ends with make, whatever ends make.
BOUND := $(PYTHON) bot/service/bound.py SIGTERM
BUILD := $(BOUND) $(PYTHON) -m tools.build
RUN   := $(BOUND) .venv/bin/python
ARGS  :=
# make serve WORKERS=2 REDIS_URL=redis://…
SHARED = $(if $(WORKERS),PLAINSCAN_WORKERS=$(WORKERS)) $(if $(REDIS_URL),PLAINSCAN_REDIS_URL=$(REDIS_URL))

.DEFAULT_GOAL := help
.PHONY: help chat serve test test-unit test-nlu test-dialogue test-retrieval test-reports test-browser test-system test-faults isolation train index check book \
	red-flags identifiers reports evaluate compare-asking compare-intents \
	validate adapters confusion crossval widget embed bench soak lint lock hashes audit sbom secrets clean

help: ## list what can be made
	@echo 'make TARGET        ports by PLAINSCAN_PORT (8080), PLAINSCAN_ACTIONS_PORT (5055), PLAINSCAN_RASA_PORT (5005)'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

chat: ready ## set up, train, start all and chat; make chat ARGS="--plain" hands words to the shell
	@$(RUN) -m bot.service chat $(ARGS)

serve: ready ## the same without the shell, until Ctrl-C; make serve WORKERS=2 REDIS_URL=redis://127.0.0.1 for several Rasas
	@$(SHARED) $(RUN) -m bot.service serve

test: ready tools intents widget-tools ## all test levels; about 15 minutes on 2 cores once it is set up
	@$(RUN) -m tools.levels all

test-unit: ready tools widget-tools ## unit tests, in both environments
	@$(RUN) -m tools.levels unit rasa

test-nlu: ready tools ## are the intents of tests/nlu understood?
	@$(RUN) -m tools.levels nlu

test-dialogue: ready tools ## do the stories of tests/stories go as they are told?
	@$(RUN) -m tools.levels dialogue

test-retrieval: ready tools intents ## do the questions of tests/questions.yml find their passages?
	@$(RUN) -m tools.levels retrieval

test-reports: ## are the reports and minimal pairs of tests/reports read as they are labelled?
	@$(BUILD) main
	@$(RUN) -m tools.levels reports

test-browser: ready tools widget-tools ## the widget in Debian's Chromium: journeys, accessibility, policies
	@$(RUN) -m tools.levels browser

test-system: ready tools ## whole conversations with Rasa, action server and gateway
	@$(RUN) -m tools.levels system

test-faults: ready tools ## kill, stop and damage every part while patients write (takes minutes)
	@$(RUN) -m tools.levels faults

isolation: ready ## 50 conversations at once over 10,000 turns: does one hear of another?
	@$(RUN) -m tools.isolation $(ARGS)

train: ## train Rasa on config.yml, data/ and bot/domain/
	@$(BUILD) train

index: ## embed the passages of knowledge/
	@$(BUILD) index

check: ## name every fault in knowledge/
	@$(BUILD) main
	@$(RUN) -m knowledge check

book: ## all passages on one page, for a clinician to review: build/passages.html
	@$(BUILD) main
	@$(RUN) -m knowledge book

red-flags: ## how many dangers are noticed, with 95 % intervals; make red-flags ARGS="--show FILE"
	@$(BUILD) dangers
	@$(RUN) -m knowledge red-flags $(ARGS)

identifiers: ## how well names, birth dates and numbers are masked, by kind; make identifiers ARGS=--show
	@$(BUILD) main
	@$(RUN) -m bot.channels.gateway.identifiers $(ARGS)

reports: ## how well reports are read, with 95 % intervals; make reports ARGS="--show FILE"
	@$(BUILD) main
	@$(RUN) -m knowledge reports $(ARGS)

evaluate: ## how well retrieval answers, in numbers, beside BM25 and the plain model
	@$(BUILD) index intents
	@$(RUN) -m knowledge evaluate $(ARGS)

compare-asking: ## what condensing long questions and splitting several are worth, with and without
	@$(BUILD) index train
	@$(RUN) -m tools.compare_asking

compare-intents: ready ## ways to read intents, side by side: DIET, logistic regression, sentence vectors (takes an hour)
	@$(RUN) -m tools.compare_intents

validate: ## does what Rasa reads fit together?
	@$(BUILD) main rasa
	@$(RUN) -m tools.levels validate

confusion: test-nlu ## draw which intents are read for which, into docs/pictures
	@.venv-rasa/bin/python -m tools.confusion

adapters: ## train anew what reads intents, findings and danger signs (takes an hour; the files are part of the project)
	@$(BUILD) main
	@$(RUN) -m tools.adapt_intents
	@$(RUN) -m tools.adapt_findings
	@$(RUN) -m tools.adapt_dangers

crossval: ## cross-validate the intent model on data/nlu (takes long)
	@$(BUILD) main rasa encoder
	@$(RUN) -m tools.levels crossval

widget: widget-tools ## build the widget's file anew, after a change in bot/channels/widget/element (needs Node)
	@npm run --silent build

embed: ## the lines for a clinic's pages, with the integrity value; make embed ARGS=https://chat.clinic.example
	@$(BUILD) main
	@$(RUN) -m bot.channels.widget $(ARGS)

bench: ready intents ## what answers cost, side by side; make bench ARGS="path users" for some, ARGS=--write into docs/benchmarks.md
	@$(BUILD) bench
	@$(RUN) -m tools.bench $(ARGS)

soak: ready ## does memory grow? make soak ARGS="--minutes 20 --rate 2"
	@$(RUN) -m tools.bench.soak $(ARGS)

lint: ## ruff and mypy
	@$(BUILD) dev
	@$(RUN) -m tools.levels lint types

lock: ## compile requirements/*.in anew, with hashes
	@$(BUILD) main rasa dev audit
	@$(BUILD) lock
	@$(RUN) -m tools.supply_chain hashes

hashes: ## write requirements/hashes anew, after a line was added to a lock
	@$(BUILD) main audit
	@$(RUN) -m tools.supply_chain hashes

audit: ## known advisories of both environments; make audit ARGS="-s osv" asks the other service
	@$(BUILD) main audit
	@$(RUN) -m tools.supply_chain audit $(ARGS)

sbom: ## what both environments hold, as CycloneDX: build/sbom-*.cdx.json
	@$(BUILD) main rasa audit
	@$(RUN) -m tools.supply_chain sbom

secrets: ## looks for keys and passwords in all files; ARGS=--accept after a look at what was found
	@$(BUILD) main audit
	@$(RUN) -m tools.supply_chain secrets $(ARGS)

clean: ## remove what was trained and built, and caches; the environments stay (rm -r .venv .venv-rasa)
	rm -rf models .rasa .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.venv*' -prune -exec rm -rf {} +

.PHONY: ready tools intents widget-tools
ready:
	@$(BUILD) index train dangers

tools:
	@$(BUILD) dev

intents:
	@$(BUILD) intents

widget-tools:
	@$(BUILD) widget

# Plainscan. `make` lists what can be made; each target does by itself all the set-up that it needs.

# The first Python 3.9 or newer that runs does the set-up; it finds the two that the environments are made from.
PYTHON := $(shell for python in python3 python3.11 python3.12 python3.13 python3.10 /usr/bin/python3; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 9))' >/dev/null 2>&1 && echo $$python && break; done)
ifeq ($(PYTHON),)
$(error Plainscan needs Python 3.10 (for Rasa) and 3.11 or newer; no Python 3.9 or newer was found on PATH. \
Install both, for example with pyenv, uv or apt, then run make again)
endif

# What make starts ends with make, whatever ends make.
BOUND := $(PYTHON) bot/service/bound.py SIGTERM
BUILD := $(BOUND) $(PYTHON) -m tools.build
RUN   := $(BOUND) .venv/bin/python
ARGS  :=

.DEFAULT_GOAL := help
.PHONY: help chat serve test test-unit test-nlu test-dialogue test-retrieval test-system train index check evaluate \
	validate adapter crossval benchmark lint lock clean

help: ## list what can be made
	@echo 'make TARGET        ports by PLAINSCAN_PORT (8080), PLAINSCAN_ACTIONS_PORT (5055), PLAINSCAN_RASA_PORT (5005)'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

chat: ready ## set up, train, start all and chat; make chat ARGS="--plain" hands words to the shell
	@$(RUN) -m bot.service chat $(ARGS)

serve: ready ## the same without the shell: the widget's and the API's server, until Ctrl-C
	@$(RUN) -m bot.service serve

test: ready tools intents ## all test levels; 15 minutes or less on 2 cores
	@$(RUN) -m tools.levels all

test-unit: ready tools ## unit tests, in both environments
	@$(RUN) -m tools.levels unit rasa

test-nlu: ready tools ## are the intents of tests/nlu understood?
	@$(RUN) -m tools.levels nlu

test-dialogue: ready tools ## do the stories of tests/stories go as they are told?
	@$(RUN) -m tools.levels dialogue

test-retrieval: ready tools intents ## do the questions of tests/questions.yml find their passages?
	@$(RUN) -m tools.levels retrieval

test-system: ready tools ## whole conversations with Rasa, action server and gateway
	@$(RUN) -m tools.levels system

train: ## train Rasa on config.yml, data/ and bot/domain/
	@$(BUILD) train

index: ## embed the passages of knowledge/
	@$(BUILD) index

check: ## name every fault in knowledge/
	@$(BUILD) main
	@$(RUN) -m knowledge check

evaluate: ## how well retrieval answers, in numbers, beside BM25 and the plain model
	@$(BUILD) index intents
	@$(RUN) -m knowledge evaluate $(ARGS)

validate: ## does what Rasa reads fit together?
	@$(BUILD) main rasa
	@$(RUN) -m tools.levels validate

adapter: ## train the adapter that reads intents on data/nlu anew (takes long; its file is part of the project)
	@$(BUILD) main
	@$(RUN) -m tools.adapt_encoder $(ARGS)

crossval: ## cross-validate the intent model on data/nlu (takes long)
	@$(BUILD) main rasa encoder
	@$(RUN) -m tools.levels crossval

benchmark: ready ## how fast replies come, through gateway, Rasa and action server
	@$(RUN) -m tools.benchmark $(ARGS)

lint: ## ruff and mypy
	@$(BUILD) dev
	@$(RUN) -m tools.levels lint types

lock: ## compile requirements/*.in anew
	@$(BUILD) main rasa dev
	@$(BUILD) lock

clean: ## remove what was trained and built, and caches; the environments stay (rm -r .venv .venv-rasa)
	rm -rf models .rasa .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.venv*' -prune -exec rm -rf {} +

.PHONY: ready tools intents
ready:
	@$(BUILD) index train

tools:
	@$(BUILD) dev

intents:
	@$(BUILD) intents

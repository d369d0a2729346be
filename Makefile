# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Needs python3 (3.10 or later) and a package index. Writes only to .venv, .build and .sandbox. `make lint`, `make integration` and
# `make test` also need Node.js, npm and the npm registry. The integration tests need a PostgreSQL server with TLS and the browser
# Chromium. What is missing of these, they install as root.

PYTHON ?= python3
SANDBOX_PORT ?= 8480

BIN := $(CURDIR)/.venv/bin
BUILD := $(CURDIR)/.build
# For tools that read all files below: they would read .venv and .build too.
COPY := $(BUILD)/copy/ansible_collections/cxops/genesys_sms
REQUIREMENTS := tests/requirements
PLAYBOOKS := $(basename $(notdir $(wildcard playbooks/*.yml)))
SCENARIOS := $(patsubst extensions/molecule/%/molecule.yml,%,$(wildcard extensions/molecule/*/molecule.yml))

export PATH := $(BIN):$(PATH)
export PYTHONPATH := $(CURDIR)/tests
export ANSIBLE_CONFIG := $(CURDIR)/tests/ansible.cfg
# Molecule and ansible-lint use their own ansible.cfg.
export ANSIBLE_COLLECTIONS_PATH := $(BUILD)
lint sanity molecule docs: export ANSIBLE_COLLECTIONS_PATH := $(BUILD)/copy
export ANSIBLE_HOME := $(BUILD)/ansible
export NO_COLOR := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help demo sandbox bench mutants test lint imports fragments options format types sanity unit integration coverage proof proof-money proof-export molecule docs package \
	test-matrix clean link copy node
.NOTPARALLEL:

heading = @printf '\n== %s\n' '$(1)'

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 16

demo: .venv/demo link ## provision, change, rotate, switch, remove and adopt in a sandbox
	@"$(BIN)/python" tests/demo/demo.py

sandbox: .venv/demo ## run the sandbox in the foreground (SANDBOX_PORT, default 8480)
	@exec "$(BIN)/python" -m sandbox --port $(SANDBOX_PORT) --state .sandbox

bench: .venv/bench link ## measure, and write docs/performance.md (PARTS: measure some, and only print)
	@"$(BIN)/python" -m bench $(PARTS:%=--part=%)

mutants: .venv/test link ## change the code at random places, and see whether tests notice (SEED, COUNT, FILES)
	@"$(BIN)/python" -m tools.mutants $(SEED:%=--seed=%) $(COUNT:%=--count=%) $(FILES)

test: lint types sanity coverage molecule docs package ## all checks
	$(call heading,all checks passed)
	@"$(BIN)/python" tests/tools/summary.py .build/reports/unit.xml .build/reports/integration.xml

lint: .venv/test node copy ## ruff, options, imports, changelog fragments, workflows, ansible-lint (with yamllint)
	$(call heading,ruff)
	@"$(BIN)/ruff" check plugins tests
	@"$(BIN)/ruff" format --check plugins tests
	$(call heading,options)
	@$(MAKE) --no-print-directory options
	$(call heading,imports)
	@$(MAKE) --no-print-directory imports
	$(call heading,changelog fragments)
	@$(MAKE) --no-print-directory fragments
	$(call heading,workflows and hooks)
	@"$(BIN)/python" -m tools.node lint
	@"$(BIN)/pre-commit" validate-config
	$(call heading,ansible-lint)
	@cd "$(COPY)" && "$(BIN)/ansible-lint" --offline --nocolor

# Also run by the hooks of pre-commit.
options: .venv/test link
	@PYTHONPATH="$(BUILD):$(PYTHONPATH)" "$(BIN)/python" -m tools.options

imports: .venv/test link
	@cd "$(BUILD)" && PYTHONPATH=. "$(BIN)/lint-imports" --config "$(CURDIR)/pyproject.toml" --no-cache --no-logo

fragments: .venv/test
	@"$(BIN)/python" -m tools.fragments

format: .venv/test link ## fix and format the code, and write the files that are generated from options
	@"$(BIN)/ruff" check --fix-only plugins tests
	@"$(BIN)/ruff" format plugins tests
	@PYTHONPATH="$(BUILD):$(PYTHONPATH)" "$(BIN)/python" -m tools.options --write

types: .venv/test link ## mypy
	$(call heading,mypy)
	@cd "$(BUILD)" && "$(BIN)/mypy" --config-file "$(CURDIR)/pyproject.toml" \
		ansible_collections/cxops/genesys_sms/plugins ansible_collections/cxops/genesys_sms/tests

# ansible-test writes to its home directory, and would look for the files of the collection in git.
sanity: .venv/test copy ## ansible-test sanity: all tests, on all Python versions found
	$(call heading,ansible-test sanity)
	@"$(BIN)/python" tests/tools/ansible_test_home.py "$(BUILD)/home"
	@path=$$("$(BIN)/python" tests/tools/pythons.py) && cd "$(COPY)" && \
		HOME="$(BUILD)/home" PATH="$$path" ANSIBLE_TEST_CONTENT_ROOT="$(COPY)" \
		"$(BIN)/ansible-test" sanity --local --color no

unit: export MAX_EXAMPLES := 100
unit: .venv/test link ## unit tests
	$(call heading,unit tests)
	@"$(BIN)/pytest" tests/unit --numprocesses=auto -p pytest_cov --cov --cov-report= --cov-fail-under=0 --junitxml=.build/reports/unit.xml

# This takes a long time. make test runs a sample of each class.
proof: proof-money proof-export ## all cases of test_money.py and test_round_trip.py, with their counts in the documentation, and of runs that are killed

KILLED := $(addprefix tests/integration/test_,rotation.py client_rotation.py secret_rotation.py leaving.py option_switch.py)

proof-money: export MONEY_PROOF := whole
proof-money: .venv/test link
	$(call heading,all cases of test_money.py and of runs that are killed)
	@"$(BIN)/pytest" tests/integration/test_money.py $(KILLED) --numprocesses=auto --override-ini=timeout=3600 \
		--junitxml=.build/reports/proof.xml
	@"$(BIN)/python" tests/tools/proof.py .build/reports/proof.xml docs/reliability.md

proof-export: export EXPORT_PROOF := whole
proof-export: .venv/test link
	$(call heading,all tenants of test_round_trip.py)
	@"$(BIN)/pytest" tests/integration/test_round_trip.py --numprocesses=auto --override-ini=timeout=3600 \
		--junitxml=.build/reports/proof-export.xml
	@"$(BIN)/python" tests/tools/proof.py .build/reports/proof-export.xml docs/live-tenants.md

integration: .venv/test node link ## playbooks and modules with the sandbox, and the tools for development
	$(call heading,integration tests)
	@"$(BIN)/pytest" tests/integration tests/tools --numprocesses=auto -p pytest_cov --cov --cov-append --cov-report= --cov-fail-under=0 \
		--junitxml=.build/reports/integration.xml

coverage: unit integration ## unit and integration tests, and their coverage of the plugins
	$(call heading,coverage)
	@"$(BIN)/coverage" report

node: .venv/test
	@"$(BIN)/python" -m tools.node

molecule: .venv/test copy ## the molecule scenarios, each with its own sandbox
	$(call heading,molecule)
	@cd "$(COPY)" && "$(BIN)/molecule" test --no-command-borders $(SCENARIOS:%=--scenario-name=%)

# antsibull-docs writes a log to the home directory.
docs: .venv/test copy ## documentation and changelog
	$(call heading,documentation)
	@HOME="$(BUILD)" "$(BIN)/antsibull-docs" lint-collection-docs --plugin-docs --validate-collection-refs=dependent "$(COPY)"
	@"$(BIN)/antsibull-changelog" lint

package: export ANSIBLE_COLLECTIONS_PATH := $(BUILD)/package
package: .venv/demo copy ## what a user installs: build it, install it, load its playbooks
	$(call heading,package)
	@rm -rf .build/package
	@"$(BIN)/ansible-galaxy" collection build "$(COPY)" --output-path .build/package
	@"$(BIN)/ansible-galaxy" collection install --offline .build/package/*.tar.gz
	@"$(BIN)/ansible-playbook" --syntax-check --inventory inventories/sandbox $(PLAYBOOKS:%=cxops.genesys_sms.%)

test-matrix: ## sanity, unit and integration tests on other versions of ansible-core and Python (ENVIRONMENTS: some of them)
	@$(PYTHON) tests/tools/matrix.py $(ENVIRONMENTS)

clean: ## remove what the other targets made
	rm -rf .venv .build .sandbox

link:
	@$(PYTHON) tests/tools/collection.py

copy:
	@$(PYTHON) tests/tools/collection.py copy

.venv/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or later is needed: make PYTHON=...")'
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/demo: .venv/python $(REQUIREMENTS)/demo.txt $(REQUIREMENTS)/sandbox.txt
	@echo 'Installing what the collection and its sandbox need into .venv'
	@"$(BIN)/python" -m pip install --quiet --quiet --requirement $(REQUIREMENTS)/demo.txt
	@touch $@

.venv/bench: .venv/demo $(REQUIREMENTS)/bench.txt $(REQUIREMENTS)/tools.txt
	@echo 'Installing what the benchmark needs into .venv'
	@"$(BIN)/python" -m pip install --quiet --quiet --requirement $(REQUIREMENTS)/bench.txt
	@touch $@

.venv/test: .venv/demo $(REQUIREMENTS)/test.txt $(REQUIREMENTS)/pytest.txt $(REQUIREMENTS)/tools.txt $(REQUIREMENTS)/mutants.txt
	@echo 'Installing the test tools into .venv'
	@"$(BIN)/python" -m pip install --quiet --quiet --requirement $(REQUIREMENTS)/test.txt
	@touch $@

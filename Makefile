# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

PYTHON ?= python3
# Not ?=, which would take them from the environment.
TEST :=
TARGET :=
PAIR :=
QUICK ?=
VENV := build/venv/bin/python
RUN := $(VENV) -m tests.run $(if $(TEST),--test "$(TEST)") $(if $(TARGET),--target "$(TARGET)")

.DEFAULT_GOAL := help
.PHONY: help setup demo picture bench test lint docs units faults conformance package ansible process sanity ansible-units integration matrix clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 16

setup: ## make build/venv with all requirements (PYTHON=python3.12 to choose the interpreter)
	@$(PYTHON) -c 'import sys; (3, 10) <= sys.version_info[:2] <= (3, 13) or sys.exit( \
	"Python 3.10 to 3.13 is needed, and $(PYTHON) is " + sys.version.split()[0] + ": make PYTHON=python3.12 ...")'
	@$(PYTHON) -m tests.run.venv

demo: setup ## show the collection at work on a simulated platform
	@$(VENV) -m tests.demo

picture: setup ## draw the picture of the README from a run of the playbook terminate
	@$(VENV) -m tests.demo.picture docs/terminate.svg

bench: setup ## measure the collection on a simulated platform (QUICK=1 for a short form)
	@$(VENV) -m tests.benchmarks $(if $(QUICK),--quick)

test: setup ## run every test
	@$(RUN) all

lint: setup ## check format, types, documentation, changelog and licenses
	@$(RUN) lint

docs: setup ## build the documentation site in build/docs/html, and check its links
	@$(RUN) docs

units: setup ## run the unit tests with coverage (TEST=tests/unit/.../test_x.py for one file, without coverage)
	@$(RUN) units

faults: setup ## test every fault at every request of a task
	@$(RUN) faults

conformance: setup ## check the simulator against the platform's interface
	@$(RUN) conformance

package: setup ## import the built collection as Galaxy does, install it, and run what the README and guides show
	@$(RUN) package

process: setup ## test runs that are canceled, through ansible-runner as in AWX, and the set-up of AWX
	@$(RUN) process

ansible: setup ## test what Ansible does to input and results
	@$(RUN) ansible

sanity: setup ## run ansible-test sanity
	@$(RUN) sanity

ansible-units: setup ## run the unit tests of the plugins with ansible-test
	@$(RUN) ansible-units

integration: setup ## run the integration tests (TARGET=name for one of them)
	@$(RUN) integration leaks

matrix: setup ## test each supported ansible-core with each Python found here (PAIR=2.19/3.12 for one pair)
	@$(VENV) -m tests.run.matrix $(PAIR)

clean: ## remove everything that was generated
	rm -rf build

# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Command line of the test runner: `build/venv/bin/python -m tests.run STEP...`."""

from __future__ import annotations

import argparse
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.run.report import Report
from tests.run.steps import Steps
from tests.run.workspace import ROOT, Workspace

ALL = ("lanes", "leaks")
# The parts of such steps, and what takes too long for each test run.
APART = (
    *("lint", "docs", "units", "faults", "conformance", "sanity", "ansible-units"),
    *("package", "ansible", "process", "integration", "demo", "bench"),
    # Of `make matrix`.
    *("sanity-pythons", "plugin-units", "plays", "integration-pythons"),
)
PYTEST = {"units", "faults", "conformance", "package", "ansible", "process"}


def main() -> int:
    """Run the steps that are asked for, whatever the ones before have found."""
    parser = argparse.ArgumentParser(prog="python -m tests.run", description="Run the project's tests.")
    parser.add_argument(
        "steps", nargs="+", choices=[*ALL, *APART, "all"], metavar="STEP", help=", ".join([*ALL, *APART, "all"])
    )
    parser.add_argument("--test", help="the only file, directory or test (FILE::NAME) to run, in a step of pytest")
    parser.add_argument("--target", help="the only integration target to run")
    parser.add_argument("--output", type=Path, default=Workspace.output, help="directory of logs and reports")
    arguments = parser.parse_args()
    names = [name for step in arguments.steps for name in (ALL if step == "all" else [step])]

    refusal = _refusal(arguments.test, arguments.target, names)
    if refusal:
        print(refusal, file=sys.stderr)
        return 2

    # A shell has its background jobs ignore SIGINT, and so would each Ansible that a test interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    report = Report()
    workspace = Workspace(output=arguments.output.resolve())
    with workspace.lock():
        try:
            workspace.prepare()
        except subprocess.CalledProcessError as error:
            print(f"cannot list the files of the collection: {error}", file=sys.stderr)
            return 1
        steps = Steps(workspace, report, arguments.test, arguments.target)
        for name in names:
            with report.step(name):
                getattr(steps, name.replace("-", "_"))()
    return report.close()


def _refusal(test: str | None, target: str | None, names: Sequence[str]) -> str | None:
    """Return in a sentence why these steps cannot be run so, or not here; None if they can."""
    if test and not set(names) <= PYTEST:
        return f"TEST (--test) is for {', '.join(sorted(PYTEST))}."
    if target and not set(names) <= {"integration", "leaks"}:
        return "TARGET (--target) is for integration. A file of unit tests is chosen with TEST (--test)."
    if not (ROOT / "galaxy.yml").is_file():
        return "This is a built collection, without what it is built from. The tests run in a clone of the repository."
    if not shutil.which("git"):
        return "git is needed for the tests, and was not found."
    return None


if __name__ == "__main__":
    sys.exit(main())

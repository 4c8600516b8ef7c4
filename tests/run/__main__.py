# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Command line of the test runner: `build/venv/bin/python -m tests.run STEP...`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.run.report import Report
from tests.run.steps import Steps
from tests.run.workspace import Workspace

ALL = (
    *("lint", "docs", "units", "faults", "conformance", "ansible", "process"),
    *("ansible-test", "integration", "demo", "leaks"),
)
# The two parts of one step, and what takes too long for each test run.
APART = ("sanity", "ansible-units", "bench")


def main() -> int:
    """Run the steps that are asked for, whatever the ones before have found."""
    parser = argparse.ArgumentParser(prog="python -m tests.run", description="Run the project's tests.")
    parser.add_argument(
        "steps", nargs="+", choices=[*ALL, *APART, "all"], metavar="STEP", help=", ".join([*ALL, *APART, "all"])
    )
    parser.add_argument("--target", help="the only integration target, or file of unit tests, to run")
    parser.add_argument("--output", type=Path, default=Workspace.output, help="directory of logs and reports")
    arguments = parser.parse_args()
    names = [name for step in arguments.steps for name in (ALL if step == "all" else [step])]

    report = Report()
    workspace = Workspace(output=arguments.output.resolve())
    with workspace.lock():
        workspace.prepare()
        steps = Steps(workspace, report, arguments.target)
        for name in names:
            with report.step(name):
                getattr(steps, name.replace("-", "_"))()
    return report.close()


if __name__ == "__main__":
    sys.exit(main())

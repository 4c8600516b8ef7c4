# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of what the matrix runs again and what it keeps, and of its tables."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.run import matrix, pythons, venv
from tests.run.matrix import PARTS, Outcome, Pair, Row
from tests.run.report import Report

PAIR = Pair("2.19", "3.12")
VERSIONS = {"ansible-core": "2.19.4", "Python": "3.12.1", "requests": "2.32.5"}


class Bench:
    """A tree of files, and an environment whose test runner does as it is told, and notes which steps it has taken."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.taken = directory / "taken"
        self.python = PAIR.directory / "venv" / "bin" / "python"
        self.python.parent.mkdir(parents=True)
        (PAIR.directory / "venv" / "requirements.sha256").touch()
        self.behave("echo 3 passed, 0 failed")

    def behave(self, script: str) -> None:
        versions = f"[ \"$1\" = -c ] && echo '{json.dumps(VERSIONS)}' && exit"
        self.python.write_text(f'#!/bin/sh\n{versions}\necho "$*" >> {self.taken}\n{script}\n')
        self.python.chmod(0o700)

    def write(self, name: str, text: str) -> None:
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def run(self, again: bool = True, row: Row | None = None) -> tuple[Row, list[str]]:
        """Fill the row of the pair. Return it, and the last step of each part that was run."""
        row = row or Row(PAIR, here=[PAIR.python])
        self.taken.unlink(missing_ok=True)
        matrix.fill(row, Report(), run=again)
        lines = self.taken.read_text().splitlines() if self.taken.exists() else []
        return row, [line.split()[-1] for line in lines]


ALL = [part.steps[-1] for part in PARTS]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(matrix, "ROOT", tmp_path)
    monkeypatch.setattr(matrix, "OUTPUT", tmp_path / "build" / "matrix")
    monkeypatch.setattr(pythons, "find", lambda python: f"/somewhere/python{python}")
    bench = Bench(tmp_path)
    monkeypatch.setattr(venv, "ensure", lambda *_arguments: bench.python)
    bench.write("plugins/modules/one.py", "1\n")
    return bench


def test_what_has_passed_is_not_run_again(bench: Bench) -> None:
    row, taken = bench.run()
    assert taken == ALL
    assert row.summary == f"{3 * len(PARTS)} passed"
    row, taken = bench.run()
    assert taken == []
    assert row.summary == f"{3 * len(PARTS)} passed"


@pytest.mark.parametrize(
    ("name", "again"),
    [
        ("plugins/modules/one.py", ALL),
        ("docs/docsite/rst/input.rst", []),
        ("README.md", []),
        ("tests/integration/targets/one/aliases", ["sanity-pythons", "leaks"]),
        ("tests/unit/plugins/test_one.py", ["sanity-pythons", "plugin-units"]),
    ],
)
def test_a_changed_file_runs_what_depends_on_it(bench: Bench, name: str, again: list[str]) -> None:
    bench.run()
    bench.write(name, "2\n")
    assert bench.run()[1] == again


def test_another_release_is_tested_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.run()
    monkeypatch.setitem(VERSIONS, "ansible-core", "2.19.5")
    bench.behave("echo 3 passed, 0 failed")
    assert bench.run()[1] == ALL


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("echo 2 passed, 1 failed; exit 1", "1 failed, 2 passed"),
        ("echo 2 passed, 0 failed; exit 1", "1 failed, 2 passed"),
        ("echo 0 passed, 0 failed; exit 1", "1 failed, 0 passed"),
        ("exit 3", "1 failed, 0 passed"),
    ],
)
def test_what_has_failed_is_run_again(bench: Bench, script: str, found: str) -> None:
    bench.behave(script)
    row, _taken = bench.run()
    assert row.summary == f"{len(PARTS)} failed"
    assert all(str(outcome).startswith(found) for outcome in row.outcomes.values())
    # It is shown, not hidden, by a run that is about another pair.
    row, taken = bench.run(again=False)
    assert (row.summary, taken) == (f"{len(PARTS)} failed", [])
    bench.behave("echo 3 passed, 0 failed")
    row, taken = bench.run()
    assert (row.summary, taken) == (f"{3 * len(PARTS)} passed", ALL)


def test_a_part_that_was_interrupted_is_run_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    real: Callable[..., object] = subprocess.run

    def interrupted(command: list[str], check: bool = False, **keywords: object) -> object:
        if "plays" in command:
            raise KeyboardInterrupt
        return real(command, check=check, **keywords)

    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "run", interrupted)
        with pytest.raises(KeyboardInterrupt):
            bench.run()
    assert bench.run()[1] == ["plays", "leaks"]


def test_an_environment_that_cannot_be_made_is_a_failure(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> Path:
        raise subprocess.CalledProcessError(1, "pip")

    monkeypatch.setattr(venv, "ensure", fail)
    report, row = Report(), Row(PAIR, here=[PAIR.python])
    matrix.fill(row, report, run=True)
    assert (report.failed, row.summary) == (1, "set-up failed")


def test_of_a_pair_that_was_not_chosen_nothing_is_made(bench: Bench) -> None:
    other = Row(Pair("2.19", "3.13"), here=["3.11", "3.12", "3.13"])
    assert bench.run(again=False, row=other)[1] == []
    assert not other.pair.directory.exists()
    assert other.summary == "not run: sanity, units, integration"


@pytest.mark.parametrize(
    ("here", "run"),
    [
        (["3.11", "3.12"], ["sanity-pythons", "plugin-units", "integration-pythons leaks"]),
        (["3.12", "3.13"], ["plugin-units", "plays", "integration leaks"]),
        (["3.11", "3.12", "3.13"], ["plugin-units", "integration-pythons leaks"]),
    ],
)
def test_what_depends_on_the_core_is_run_with_one_python_for_each(
    bench: Bench, here: list[str], run: list[str]
) -> None:
    row, _taken = bench.run(row=Row(PAIR, here=here))
    lines = bench.taken.read_text().splitlines()
    assert [line.partition(f"{PAIR.directory} ")[2] for line in lines] == run
    cells = {part.title: row.cell(part) for part in PARTS}
    assert cells["sanity"].startswith("with 3.13" if "3.13" in here else "3 passed")
    assert cells["runs"].startswith("with 3.11" if "3.11" in here else "3 passed")


def test_runs_are_not_repeated_where_ansible_core_is_alike(bench: Bench) -> None:
    row = Row(Pair("2.18", "3.12"), here=["3.12"])
    assert not any("plays" in row.steps(part) for part in PARTS)
    assert [row.cell(part) for part in PARTS] == ["not run", "not run", "\u2013", "not run"]
    assert row.summary == "not run: sanity, units, integration"


def test_each_pair_is_planned_or_left_out_for_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pythons, "find", lambda python: None if python in ("3.10", "3.14") else "python")
    reasons = {str(row.pair): row.skipped for row in matrix.plan()}
    assert len(reasons) == 6 * 5
    assert (reasons["2.16/3.10"], reasons["2.16/3.11"], reasons["2.16/3.13"]) == ("not found here", "", "not supported")
    assert (reasons["2.21/3.11"], reasons["2.21/3.13"], reasons["2.21/3.14"]) == ("not supported", "", "not found here")
    here = {row.pair.core: row.here for row in matrix.plan()}
    assert (here["2.16"], here["2.21"]) == (["3.11", "3.12"], ["3.12", "3.13"])


def test_the_tables_say_what_was_found_and_what_was_left_out() -> None:
    outcome = Outcome("", passed=1234, failed=0, seconds=61.4, date="2026-11-26")
    tested = Row(PAIR, versions=VERSIONS, outcomes={part.title: outcome for part in PARTS}, here=["3.12"])
    text = matrix.describe([tested, Row(Pair("2.19", "3.13"), skipped="not found here")], "2.19.5")
    overview, details = (line for line in text.splitlines() if line.startswith("2.19"))
    assert overview.split(maxsplit=3) == ["2.19", "4936", "passed", "not found here"]
    assert details.split()[:3] == ["2.19.4", "3.12.1", "2.32.5"]
    assert details.count("1234 passed, 61 s") == len(PARTS)


@pytest.mark.parametrize(
    ("dates", "newest", "words"),
    [
        ([], "2.21.1", "Nothing was tested. The newest ansible-core is 2.21.1."),
        (["2026-11-26"], "2.21.1", "Tested 2026-11-26. The newest ansible-core is 2.21.1."),
        (["2026-11-25", "2026-11-26"], "2.21.1", "Tested 2026-11-25 to 2026-11-26. The newest"),
        (["2026-11-26"], "2.99.0", "The newest ansible-core, 2.99.0, is missing: add it to"),
        (["2026-11-26"], None, "pip reached no package index"),
    ],
)
def test_a_newer_release_than_those_in_the_table_is_named(dates: list[str], newest: str | None, words: str) -> None:
    assert words in matrix.when(dates, newest)


def test_the_newest_release_is_unknown_without_an_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert matrix.newest_core() is None


def test_a_python_is_found_outside_of_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "shims"))
    monkeypatch.setattr(pythons, "PLACES", ("{pyenv}/versions/{python}.*/bin", "{uv}/cpython-{python}.*/bin"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "uv"))
    for name, script in (
        # What stands for a version that is not there, and one without what makes environments.
        ("shims/python3.99", "exit 127"),
        ("pyenv/versions/3.99.1/bin/python3.99", "exit 1"),
        ("pyenv/versions/3.99.2/bin/python3.99", "echo 3.98 /wrong"),
        ("uv/cpython-3.99.3-linux/bin/python3.99", "echo 3.99 /itself"),
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o700)
    assert pythons.find("3.99") == "/itself"
    assert pythons.find("3.97") is None

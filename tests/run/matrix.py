# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tests that depend on them on each release of ansible-core with each Python that it supports and that is here.

Command line: `build/venv/bin/python -m tests.run.matrix [CORE/PYTHON...]`. What has passed is not run again until the
files that it depends on change, so a run that was ended is continued by the next one.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from tabulate import tabulate

from tests.run import pythons, venv
from tests.run.report import Report, Result
from tests.run.workspace import ROOT, Workspace

OUTPUT = ROOT / "build" / "matrix"
REQUIREMENTS = [venv.RUNTIME, *(venv.REQUIREMENTS / name for name in ("core.txt", "simulator.txt", "units.txt"))]
# The index of the user's pip is asked, for every Python and not only the one that asks.
ASK = ["-m", "pip", "--disable-pip-version-check", "index", "versions", "--ignore-requires-python", "ansible-core"]
SHELLCHECK = Path(sys.executable).with_name("shellcheck")
# For a pair: what its environment holds, of what makes a difference.
VERSIONS = """\
import json, platform
from importlib.metadata import version
names = {"ansible-core": version("ansible-core"), "Python": platform.python_version(), "requests": version("requests")}
print(json.dumps(names))
"""
# Among the Pythons of a release of ansible-core that are found here.
OLDEST, NEWEST = 0, -1
# What every result depends on. Prose is not in it. Of the runner only what decides which tests are run.
FILES = (
    *("galaxy.yml", "meta", "playbooks", "plugins", "pyproject.toml"),
    *("tests/config.yml", "tests/requirements", "tests/run/steps.py", "tests/simulator"),
)
# In the overview, why a pair has no numbers.
NOT_RUN, NOT_SUPPORTED, NOT_HERE, NO_SETUP = "not run", "not supported", "not found here", "set-up failed"
# In the details, why a part has none.
NOT_REPEATED = "\u2013"
REASONS = """\
"Not supported": this release of ansible-core does not run on this Python. "Not found here": the machine of the tests
does not have this Python.\
"""
PARTS_OF_A_PAIR = """\
Each line is an environment of its own, with the number of tests and the time that they took:

- ``sanity`` is ``ansible-test sanity``, with the newest Python of each ansible-core. It compiles and imports the
  plugins on each Python from {oldest} on that is found here.
- ``units`` are the unit tests of the plugins.
- ``runs`` are the tests that start ``ansible-playbook`` to see what becomes of input and results, or to cancel it,
  {target}.
- ``integration`` are the integration tests of ``ansible-test``.

What depends on how ansible-core evaluates templates runs as a whole with {cores}, each with its oldest
Python. Of ``integration``, the others run the tests of the plugins on the controller, and of one module.\
"""
# In two parts, or it would count as the license of this file a second time.
LICENSE = "SPDX-License-" + "Identifier: GPL-3.0-or-later"
PAGE = """\
..
  Copyright (c) 2026, community.acronis contributors
  GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
  {license}

.. _ansible_collections.community.acronis.docsite.matrix:

Results for each ansible-core and Python
========================================

{text}
"""


@dataclass(frozen=True)
class Part:
    """A part of the tests of a pair: the steps of the test runner, and on which files, besides `FILES`, it depends."""

    title: str
    files: tuple[str, ...]
    steps: tuple[str, ...]
    # With which Python of those found here the steps are run, and which steps with the others.
    python: int = OLDEST
    others: tuple[str, ...] = ()
    # With which releases of ansible-core.
    cores: tuple[str, ...] = tuple(pythons.SUPPORTED)


# The oldest and the newest, and the first one that evaluates templates in the new way.
DIFFERENT = (next(iter(pythons.SUPPORTED)), "2.19", list(pythons.SUPPORTED)[-1])
PARTS = (
    Part("sanity", ("changelogs", "docs/examples", "tests"), ("sanity-pythons",), NEWEST),
    Part("units", ("tests/unit", "tests/ansible"), ("plugin-units",), others=("plugin-units",)),
    Part("runs", ("docs/examples", "tests/ansible", "tests/process"), ("plays",), cores=DIFFERENT),
    Part(
        "integration",
        ("tests/integration",),
        ("integration", "leaks"),
        others=("integration-pythons", "leaks"),
        cores=DIFFERENT,
    ),
)


@dataclass(frozen=True)
class Pair:
    """A release of ansible-core and a Python, such as 2.19 and 3.12."""

    core: str
    python: str

    def __str__(self) -> str:
        return f"{self.core}/{self.python}"

    @property
    def directory(self) -> Path:
        """Where its environment, its logs and its results are."""
        return OUTPUT / f"core{self.core}-py{self.python}"


@dataclass(frozen=True)
class Outcome:
    """What a part has found. key: of the files and versions that it depends on. date: of the day."""

    key: str
    passed: int
    failed: int
    seconds: float
    date: str

    def __str__(self) -> str:
        found = f"{self.passed} passed, {self.seconds:.0f} s"
        return f"{self.failed} failed, {found}" if self.failed else found


@dataclass
class Row:
    """What is known of a pair: why it is left out, or the versions in its environment and what its parts have found."""

    pair: Pair
    skipped: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    # The Pythons of the same ansible-core that are found here, the oldest first.
    here: Sequence[str] = ()

    def steps(self, part: Part) -> tuple[str, ...]:
        """The steps of the part for this pair."""
        whole = self.pair.python == self.here[part.python] and self.pair.core in part.cores
        return part.steps if whole else part.others

    @property
    def summary(self) -> str:
        """All parts in a few words."""
        failed = sum(outcome.failed for outcome in self.outcomes.values())
        if self.skipped or failed:
            return self.skipped or f"{failed} failed"
        missing = [part.title for part in PARTS if self.steps(part) and part.title not in self.outcomes]
        passed = sum(outcome.passed for outcome in self.outcomes.values())
        return f"{NOT_RUN}: {', '.join(missing)}" if missing else f"{passed} passed"

    def cell(self, part: Part) -> str:
        """What the part has found, in a few words."""
        outcome = self.outcomes.get(part.title)
        if outcome:
            return str(outcome)
        if self.steps(part):
            return NOT_RUN
        return f"with {self.here[part.python]}" if self.pair.core in part.cores else NOT_REPEATED


def main() -> int:
    """Test every pair that can be tested here, each in an environment of its own, and show all pairs in a table."""
    parser = argparse.ArgumentParser(prog="python -m tests.run.matrix", description=str(__doc__).splitlines()[0])
    parser.add_argument("pairs", nargs="*", metavar="CORE/PYTHON", help="the only pairs to test, such as 2.19/3.12")
    chosen = parser.parse_args().pairs
    rows = list(plan())
    unknown = set(chosen) - {str(row.pair) for row in rows if not row.skipped}
    if unknown:
        print(f"cannot be tested here: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    report = Report()
    for row in rows:
        if not row.skipped:
            fill(row, report, run=not chosen or str(row.pair) in chosen)
    text = describe(rows, newest_core())
    print(f"\n{text}")
    OUTPUT.mkdir(parents=True, exist_ok=True)
    (OUTPUT / "matrix.rst").write_text(PAGE.format(text=text, license=LICENSE))
    return report.close()


def plan() -> Iterator[Row]:
    """Yield a row for each release and each Python that any of them supports."""
    every = sorted({python for core in pythons.SUPPORTED for python in pythons.controllers(core)}, key=_minor)
    for core in pythons.SUPPORTED:
        supported = pythons.controllers(core)
        here = [python for python in supported if pythons.find(python)]
        for python in every:
            row = Row(Pair(core, python), here=here)
            if python not in supported:
                row.skipped = NOT_SUPPORTED
            elif python not in here:
                row.skipped = NOT_HERE
            yield row


def fill(row: Row, report: Report, run: bool) -> None:
    """Put into the row what its parts have found, now or in an earlier run. `run` is false to take only the latter."""
    pair = row.pair
    ready = (pair.directory / "venv" / "requirements.sha256").is_file()
    if not run and not ready:
        return
    interpreter = pythons.find(pair.python)
    assert interpreter
    pair.directory.mkdir(parents=True, exist_ok=True)
    try:
        python = venv.ensure(pair.directory / "venv", interpreter, REQUIREMENTS, [f"ansible-core=={pair.core}.*"])
        shown = subprocess.run([python, "-c", VERSIONS], check=True, capture_output=True, text=True).stdout
    except subprocess.CalledProcessError as error:
        row.skipped = NO_SETUP
        report.add(str(pair), Result(failed=1, note=f"{NO_SETUP}: {error}"), None)
        return
    row.versions = json.loads(shown)
    for part in PARTS:
        steps = row.steps(part)
        if not steps:
            continue
        key = digest([*FILES, *part.files], [*steps, *row.versions.values()])
        outcome = recall(pair, part, key)
        # What has failed may have failed for a reason that is gone, such as an index that was not reached.
        if run and (outcome is None or outcome.failed):
            outcome = test(pair, part, steps, key, python, report)
        elif outcome:
            kept = Result(outcome.passed, outcome.failed, f"{outcome}, on {outcome.date}")
            report.add(f"{pair} {part.title}", kept, None)
        if outcome:
            row.outcomes[part.title] = outcome


def recall(pair: Pair, part: Part, key: str) -> Outcome | None:
    """Return what the part has found before with the same files and versions."""
    kept = _store(pair, part)
    outcome = Outcome(**json.loads(kept.read_text())) if kept.is_file() else None
    return outcome if outcome and outcome.key == key else None


def test(pair: Pair, part: Part, steps: Sequence[str], key: str, python: Path, report: Report) -> Outcome:
    """Run the steps of the part, and keep what they have found. A run that is ended leaves nothing."""
    _store(pair, part).unlink(missing_ok=True)
    log = pair.directory / f"{part.title}.log"
    command = [str(python), "-m", "tests.run", "--output", str(pair.directory), *steps]
    # ansible-test takes it from PATH, where tests find the tools of their own environment alone.
    link = python.with_name(SHELLCHECK.name)
    if not link.is_symlink():
        link.symlink_to(SHELLCHECK)
    start = time.monotonic()
    with log.open("wb") as output:
        code = subprocess.run(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, check=False).returncode
    seconds = time.monotonic() - start
    counts = re.search(r"^(\d+) passed, (\d+) failed$", log.read_text(errors="replace"), re.MULTILINE)
    passed, failed = (int(counts[1]), int(counts[2])) if counts else (0, 0)
    if not failed and (code or not passed):
        failed = 1
    outcome = Outcome(key, passed, failed, round(seconds, 1), datetime.now(timezone.utc).date().isoformat())
    _store(pair, part).write_text(json.dumps(asdict(outcome)))
    note = str(outcome) if counts else f"ended with code {code}"
    report.add(f"{pair} {part.title}", Result(passed, failed, note, log), seconds)
    return outcome


def digest(names: Sequence[str], words: Sequence[str]) -> str:
    """Return a digest of these files and of all below these directories, as far as they are of the collection."""
    made = hashlib.sha256("\0".join(words).encode())
    for path in sorted(Workspace(ROOT).files()):
        if any(path.is_relative_to(name) for name in names):
            made.update(f"\0{path}\0{hashlib.sha256((ROOT / path).read_bytes()).hexdigest()}".encode())
    return made.hexdigest()


def newest_core() -> str | None:
    """Return the newest release of ansible-core on the index that pip asks; None if it cannot be asked."""
    asked = subprocess.run([sys.executable, *ASK], check=False, capture_output=True, text=True)
    found = re.match(r"ansible-core \(([\d.]+)\)", asked.stdout)
    return found[1] if found else None


def describe(rows: Sequence[Row], newest: str | None) -> str:
    """Return all pairs as tables, in reStructuredText."""
    every = list(dict.fromkeys(row.pair.python for row in rows))
    cells: dict[str, list[str]] = {}
    for row in rows:
        cells.setdefault(row.pair.core, []).append(row.summary)
    overview = tabulate(
        [[core, *summaries] for core, summaries in cells.items()],
        ["ansible-core", *(f"Python {python}" for python in every)],
        tablefmt="rst",
        disable_numparse=True,
    )
    details = tabulate(
        [[*row.versions.values(), *(row.cell(part) for part in PARTS)] for row in rows if row.versions],
        ["ansible-core", "Python", "requests", *(part.title for part in PARTS)],
        tablefmt="rst",
        disable_numparse=True,
    )
    dates = sorted({outcome.date for row in rows for outcome in row.outcomes.values()})
    found = pythons.find(pythons.OLDEST_TARGET)
    target = f"with modules on Python {pythons.OLDEST_TARGET} too" if found else "with modules on the same Python only"
    cores = f"{', '.join(DIFFERENT[:-1])} and {DIFFERENT[-1]}"
    legend = PARTS_OF_A_PAIR.format(oldest=pythons.OLDEST_TARGET, target=target, cores=cores)
    return "\n\n".join([when(dates, newest), overview, REASONS, legend, details])


def when(dates: Sequence[str], newest: str | None) -> str:
    """Return in sentences when the tests ran (the days, the first one first), and whether a release is missing."""
    day = f"Tested {' to '.join(dict.fromkeys([dates[0], dates[-1]]))}." if dates else "Nothing was tested."
    if newest is None:
        return f"{day} pip reached no package index, so a newer ansible-core than these is not ruled out."
    if newest.rpartition(".")[0] not in pythons.SUPPORTED:
        advice = "add it to ``SUPPORTED`` in ``tests/run/pythons.py``."
        return f"{day} The newest ansible-core, {newest}, is missing: {advice}"
    return f"{day} The newest ansible-core is {newest}."


def _store(pair: Pair, part: Part) -> Path:
    return pair.directory / f"{part.title}.json"


def _minor(python: str) -> int:
    return int(python.split(".")[1])


if __name__ == "__main__":
    sys.exit(main())

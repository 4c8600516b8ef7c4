# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tests that depend on them on each release of ansible-core with each Python that it supports.

Command line: `build/venv/bin/python -m tests.run.matrix`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tests.run import venv
from tests.run.report import Report, Result
from tests.run.workspace import ROOT

PYTHONS = ("3.10", "3.11", "3.12", "3.13")
# What modules run on at least; a control node needs a newer one.
OLDEST_TARGET = "3.9"
# The Python versions (minor) that a control node may have; source: the support matrix of ansible-core.
SUPPORTED = {
    "2.16": (10, 12),
    "2.17": (10, 12),
    "2.18": (11, 13),
    "2.19": (11, 13),
    "2.20": (12, 14),
    "2.21": (12, 14),
}


def main() -> int:
    """Test every pair that can be tested here, each in an environment of its own, and list the others."""
    report = Report()
    interpreters = {python: find(python) for python in PYTHONS}
    for core, (oldest, newest) in SUPPORTED.items():
        for python, interpreter in interpreters.items():
            pair = f"core {core}, Python {python}"
            if not oldest <= int(python.split(".")[1]) <= newest:
                print(f"   skipped  {pair}: needs Python 3.{oldest} to 3.{newest}", flush=True)
            elif interpreter is None:
                print(f"   skipped  {pair}: no such Python found", flush=True)
            else:
                start = time.monotonic()
                result = _test(core, interpreter, ROOT / "build" / "matrix" / f"core{core}-py{python}")
                report.add(pair, result, time.monotonic() - start)
    return report.close()


def find(python: str) -> str | None:
    """Return a working interpreter of this version (such as `3.12`), from PATH or from pyenv; None if there is none."""
    pyenv = Path(os.environ.get("PYENV_ROOT", os.path.expanduser("~/.pyenv")))
    candidates = [shutil.which(f"python{python}"), *sorted(map(str, pyenv.glob(f"versions/{python}.*/bin/python")))]
    for candidate in candidates:
        # A wrapper of a version manager may be there for a version that is not.
        command = [candidate or "", "-c", "import ensurepip, venv"]
        if candidate and subprocess.run(command, check=False, capture_output=True).returncode == 0:
            return candidate
    return None


def _test(core: str, interpreter: str, directory: Path) -> Result:
    files = [venv.RUNTIME, *(venv.REQUIREMENTS / name for name in ("core.txt", "simulator.txt", "units.txt"))]
    directory.mkdir(parents=True, exist_ok=True)
    log = directory / "run.log"
    try:
        python = venv.ensure(directory / "venv", interpreter, files, [f"ansible-core=={core}.*"])
    except subprocess.CalledProcessError as error:
        return Result(0, 1, f"set-up failed: {error}")
    steps = ["units", "ansible", "process", "integration", "leaks"]
    command = [str(python), "-m", "tests.run", "--output", str(directory), *steps]
    with log.open("wb") as output:
        code = subprocess.run(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, check=False).returncode
    counts = re.search(r"^(\d+) passed, (\d+) failed$", log.read_text(), re.MULTILINE)
    if not counts:
        return Result(0, 1, f"ended with code {code}", log)
    passed, failed = int(counts[1]), int(counts[2])
    return Result(passed, failed or int(code != 0), f"{passed} passed, {failed} failed", log)


if __name__ == "__main__":
    sys.exit(main())

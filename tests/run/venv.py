# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a virtual environment that holds the tests' requirements.

`python3 -m tests.run.venv` makes `build/venv`. It uses the standard library only, as nothing is installed before it.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RUNTIME = ROOT / "meta" / "ee-requirements.txt"
REQUIREMENTS = ROOT / "tests" / "requirements"


def ensure(directory: Path, python: str, files: Sequence[Path], packages: Sequence[str] = ()) -> Path:
    """Return the interpreter of the virtual environment in `directory`, made or brought up to date first if needed.

    `python` is the interpreter to make it from, `files` are requirements files, `packages` further requirements.
    Raises subprocess.CalledProcessError if the environment cannot be made or a requirement cannot be installed.
    """
    version = subprocess.run([python, "-VV"], check=True, capture_output=True, text=True).stdout
    wanted = hashlib.sha256("\0".join([version, *packages, *(file.read_text() for file in files)]).encode()).hexdigest()
    stamp = directory / "requirements.sha256"
    interpreter = directory / "bin" / "python"
    if stamp.is_file() and stamp.read_text() == wanted:
        return interpreter
    print(f"installing what the tests need into {directory}", flush=True)
    # From nothing, so that what is no longer required is gone and the newest ansible-core is found.
    subprocess.run([python, "-m", "venv", "--clear", str(directory)], check=True)
    # Most of it is never imported, so it is compiled when it is.
    options = ["--disable-pip-version-check", "-qq", "--no-compile"]
    install = [str(interpreter), "-m", "pip", "install", *options, *packages]
    for file in files:
        install += ["--requirement", str(file)]
    subprocess.run(install, check=True)
    stamp.write_text(wanted)
    return interpreter


def main() -> int:
    """Make `build/venv` with every requirement of the tests."""
    try:
        ensure(ROOT / "build" / "venv", sys.executable, [RUNTIME, *sorted(REQUIREMENTS.glob("*.txt"))])
    except subprocess.CalledProcessError as error:
        print(f"set-up failed: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

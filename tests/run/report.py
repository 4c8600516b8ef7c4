# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a test run found: counted, and printed as it goes."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# An error of ansible-test, or a failed task with the result that follows it over several lines.
ERROR = re.compile(r"^fatal: [^\n]*\{\n.*?^\}|^(?:ERROR|FATAL|fatal): [^\n]*", re.MULTILINE | re.DOTALL)
TAIL = 40
WIDTH = 300


@dataclass
class Result:
    """What one check found: how many tests passed and failed, in a few words, and the log to look at."""

    passed: int = 0
    failed: int = 0
    note: str = ""
    log: Path | None = None


class Report:
    """Counts and prints results, from several threads if need be."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.passed = 0
        self.failed = 0

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Print a title, and the seconds that the step took. An exception in the step counts as a failed test."""
        print(f"\n== {title}", flush=True)
        start = time.monotonic()
        try:
            yield
        except Exception as error:
            self.add(title, Result(failed=1, note=f"{type(error).__name__}: {error}"), None)
        print(f"   {time.monotonic() - start:.1f} s", flush=True)

    def add(self, name: str, result: Result, seconds: float | None) -> None:
        """Count a result and print it on a line of its own, followed by what its log says if it failed."""
        word = "FAILED" if result.failed else "ok"
        duration = "" if seconds is None else f"{seconds:.1f} s"
        with self._lock:
            self.passed += result.passed
            self.failed += result.failed
            print(f"   {word:<6} {name:<24} {duration:>8}  {result.note}".rstrip(), flush=True)
            if result.failed and result.log:
                self._show(result.log)

    def _show(self, log: Path) -> None:
        """Print what Ansible's tools mark as errors in a log, or the last lines of the log if there is nothing."""
        content = log.read_text(errors="replace")
        marked = [found[0] for found in ERROR.finditer(content) if not content.startswith("\n...ignoring", found.end())]
        lines = "\n".join(marked).splitlines() or content.splitlines()
        print(f"          from {log}:")
        for line in lines[-TAIL:]:
            print(f"          | {line[:WIDTH]}", flush=True)

    def close(self) -> int:
        """Print the totals alone on a line, and return the exit code. A run of no test at all has failed."""
        print(f"\n{self.passed} passed, {self.failed} failed", flush=True)
        return 0 if self.passed and not self.failed else 1

# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look for secrets in the logs of a test run."""

from __future__ import annotations

import base64
import json
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.run.report import Result

if TYPE_CHECKING:
    from tests.simulator import Simulator


class Secrets:
    """The secrets and tokens that simulators gave out. They are kept in memory only."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()
        self._tokens: dict[str, set[str]] = {}

    def collect(self, use: str, simulator: Simulator) -> None:
        """Remember the secrets of a simulator that still runs, and each token it issued.

        `use` names the log `<use>.log` of what used the simulator. Raises urllib.error.URLError if it does not answer.
        """
        pair = f"{simulator.client_id}:{simulator.client_secret}"
        self._secrets |= {simulator.client_secret, base64.b64encode(pair.encode()).decode()}
        self._secrets |= set(_get(f"{simulator.url}/_simulator/secrets")["secrets"])
        self._tokens[use] = set(_get(f"{simulator.url}/_simulator/tokens")["tokens"])

    def search(self, logs: Path) -> Result:
        """Search every file below `logs`. It is a failure, too, if there was nothing to search or to search for."""
        problems = [] if self._tokens else ["nothing has used a simulator"]
        for use, tokens in self._tokens.items():
            log = logs / f"{use}.log"
            if not tokens:
                problems.append(f"{use} asked for no token")
            if not log.is_file() or not log.stat().st_size:
                problems.append(f"{log.name} is empty")
        wanted = [word.encode() for word in self._secrets.union(*self._tokens.values())]
        files = sorted(path for path in logs.rglob("*") if path.is_file())
        for path in files:
            content = path.read_bytes()
            hits = sum(word in content for word in wanted)
            if hits:
                problems.append(f"{path.name} holds {hits} of them")
        note = f"{len(files)} files, {len(wanted)} secrets and tokens"
        return Result(int(not problems), int(bool(problems)), "; ".join([note, *problems]))


def _get(url: str) -> Any:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=10) as response:
        return json.load(response)

# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A part of the random search on each run of the tests, of the same cases each time.

ACRONIS_SEARCH_SEED chooses others, as `--seed` does on the command line of `search`.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

from ansible_collections.community.acronis.plugins.module_utils import _client, _rules
from ansible_collections.community.acronis.tests.unit.fault_injection.search import search

CASES = 700
PARTS = 2


def chosen_seed() -> int:
    """The seed of this run."""
    return int(os.environ.get("ACRONIS_SEARCH_SEED") or 1)


@pytest.mark.parametrize("part", range(PARTS))
def test_random_search(part: int, record_property: Any) -> None:
    first = chosen_seed() * PARTS + part
    print(f"random search: --seed {first}")
    counts, found = search(first, cases=CASES // PARTS)
    record_property("cases", counts["cases"])
    assert counts["cases"] == CASES // PARTS and counts["changed"] > CASES // PARTS // 10
    assert not found, "\n".join(f"--case {one.number}: {one.complaints}" for one in found[:5])


@pytest.mark.parametrize(
    ("guard", "rule"), [("_guard_own_tenant", "own tenant"), ("_guard_protection_below", "protected")]
)
def test_the_search_finds_a_guard_that_is_gone(monkeypatch: pytest.MonkeyPatch, guard: str, rule: str) -> None:
    monkeypatch.setattr(_rules, guard, lambda *_known: None)
    # A seed with which both come early.
    _counts, found = search(3, cases=60)
    assert rule in {rule for one in found for rule, _what in one.complaints}


def test_the_search_finds_a_version_that_was_made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    delete = _client.Client.delete

    def guess(self: Any, path: str, params: dict[str, str], backoff: Any) -> None:
        delete(self, path, {"version": str(int(params["version"]) + 1)}, backoff)

    monkeypatch.setattr(_client.Client, "delete", guess)
    _counts, found = search(1, cases=40)
    assert "version" in {rule for one in found for rule, _what in one.complaints}

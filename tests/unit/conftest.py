# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Generator
from pathlib import Path

import pytest
import trustme
from hypothesis import HealthCheck, settings

from ansible_collections.community.acronis.tests.unit.world import World

# A shared machine is slow now and then, which says nothing about the code; and where nobody watches, runs are alike.
settings.register_profile(
    "steady", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="CI" in os.environ
)
# Where the same tests run on one release after another: pytest --hypothesis-profile=few
settings.register_profile("few", settings.get_profile("steady"), max_examples=20)
settings.load_profile("steady")

# What repeats lines that others cover, or counts them itself. Coverage doubles the time of a test. For the same reason,
# single tests of other files have the mark `no_cover`.
NOT_MEASURED = {
    *("docs", "simulator", "test_input.py", "test_lists.py", "test_moves.py", "test_near_names.py", "test_requests.py"),
    *("test_scaling.py", "test_throttle.py", "test_two_doors.py"),
}


# After Hypothesis has marked its own.
@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.pluginmanager.hasplugin("_cov"):
        return
    for item in items:
        if item.get_closest_marker("hypothesis") or NOT_MEASURED.intersection(item.path.parts):
            item.add_marker(pytest.mark.no_cover)


# For this mark pytest-cov stops the measurement that it has begun last. In a process of pytest-xdist it has begun two,
# and the first goes on, for nothing. So the test runs without any, inside of what pytest-cov does.
@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    if item.get_closest_marker("no_cover") is None:
        return (yield)
    here, in_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)  # type: ignore[arg-type]
    try:
        return (yield)
    finally:
        threading.settrace(in_threads)  # type: ignore[arg-type]
        sys.settrace(here)


@pytest.fixture
def world() -> World:
    return World.of()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)

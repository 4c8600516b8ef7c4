# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from ansible_collections.community.acronis.tests.simulator import make_app
from ansible_collections.community.acronis.tests.unit.world import World

# A shared machine is slow now and then, which says nothing about the code; and where nobody watches, runs are alike.
settings.register_profile(
    "steady", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="CI" in os.environ
)
settings.load_profile("steady")


@pytest.fixture
def world() -> World:
    app = make_app("demo")
    app.platform.clock.freeze()
    return World(app)

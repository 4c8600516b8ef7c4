# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the search for secrets."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.run.secrets import Secrets
from tests.simulator import Simulator


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    (tmp_path / "demo.log").write_text("3 tenants suspended\n")
    return tmp_path


def token(simulator: Simulator) -> str:
    reply = requests.post(
        f"{simulator.url}/api/2/idp/token",
        auth=(simulator.client_id, simulator.client_secret),
        data={"grant_type": "client_credentials"},
        timeout=10,
    )
    return str(reply.json()["access_token"])


def collected(simulator: Simulator) -> Secrets:
    secrets = Secrets()
    secrets.collect("demo", simulator)
    return secrets


def test_logs_without_secrets(simulator: Simulator, logs: Path) -> None:
    token(simulator)
    result = collected(simulator).search(logs)
    assert (result.passed, result.failed) == (1, 0), result.note


@pytest.mark.parametrize("what", ["secret", "pair", "token"])
def test_a_secret_in_any_log_is_found(simulator: Simulator, logs: Path, what: str) -> None:
    pair = f"{simulator.client_id}:{simulator.client_secret}"
    leak = {
        "secret": simulator.client_secret,
        "pair": base64.b64encode(pair.encode()).decode(),
        "token": token(simulator),
    }[what]
    (logs / "other").mkdir()
    (logs / "other" / "lint.log").write_text(f"chatter {leak} chatter\n")
    result = collected(simulator).search(logs)
    assert result.failed == 1
    assert "lint.log holds" in result.note
    assert leak not in result.note


def test_no_token_means_nothing_was_tested(simulator: Simulator, logs: Path) -> None:
    result = collected(simulator).search(logs)
    assert result.failed == 1
    assert "demo asked for no token" in result.note


def test_an_empty_log_means_nothing_was_tested(simulator: Simulator, logs: Path) -> None:
    token(simulator)
    (logs / "demo.log").write_text("")
    result = collected(simulator).search(logs)
    assert result.failed == 1
    assert "demo.log is empty" in result.note


def test_no_simulator_means_nothing_was_tested(logs: Path) -> None:
    assert Secrets().search(logs).failed == 1

# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from ansible_collections.community.acronis.plugins.module_utils._auth import Settings
from ansible_collections.community.acronis.plugins.module_utils._client import Client
from ansible_collections.community.acronis.plugins.module_utils._errors import TransportError
from ansible_collections.community.acronis.plugins.module_utils._tenants import TenantApi
from ansible_collections.community.acronis.tests.simulator import Simulator


@pytest.fixture
def simulator(authority: trustme.CA) -> Iterator[Simulator]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with Simulator("minimal", tls=context) as running:
        yield running


def own_tenant(simulator: Simulator, **changed: Any) -> str | None:
    params = {
        "datacenter_url": simulator.url,
        "client_id": simulator.client_id,
        "client_secret": simulator.client_secret,
        "validate_certs": True,
        "timeout": 10,
        "retry_timeout": 0,
        **changed,
    }
    return TenantApi(Client(Settings.from_params(params))).own_tenant_id


def test_a_certificate_of_an_authority_that_is_not_known(simulator: Simulator) -> None:
    with pytest.raises(TransportError, match=r"certificate verify failed.*ca_path") as caught:
        own_tenant(simulator)
    assert not caught.value.retryable and not caught.value.uncertain
    assert simulator.app.log == []


def test_ca_path_makes_it_known(simulator: Simulator, bundle: str) -> None:
    assert own_tenant(simulator, ca_path=bundle) == simulator.platform.well_known["northwind"]


def test_ca_path_goes_before_the_environment(
    simulator: Simulator, bundle: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(other))
    assert own_tenant(simulator, ca_path=bundle) == simulator.platform.well_known["northwind"]
    with pytest.raises(TransportError):
        own_tenant(simulator)


def test_validate_certs_false_asks_for_no_certificate(simulator: Simulator) -> None:
    assert own_tenant(simulator, validate_certs=False) == simulator.platform.well_known["northwind"]

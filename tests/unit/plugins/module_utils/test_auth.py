# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.community.acronis.plugins.module_utils._auth import (
    AUTH_OPTIONS,
    Settings,
    Token,
    TokenStore,
    explain_token_error,
    parse_datacenter_url,
    parse_token,
)
from ansible_collections.community.acronis.plugins.module_utils._errors import (
    AnswerError,
    ApiError,
    AuthError,
    InputError,
    TransportError,
)

CLIENT_ID = "5fc16407-b082-4bc3-a2df-6e738291a0bf"


def params(**changed: Any) -> dict[str, Any]:
    return {
        "datacenter_url": "https://eu2-cloud.acronis.com",
        "client_id": CLIENT_ID,
        "client_secret": "open-sesame",
        "access_token": None,
        "validate_certs": True,
        "ca_path": None,
        "timeout": 30,
        "retry_timeout": 120,
        **changed,
    }


@pytest.mark.parametrize(
    ("given_url", "used"),
    [
        ("https://eu2-cloud.acronis.com", "https://eu2-cloud.acronis.com"),
        (" https://eu2-cloud.acronis.com/ ", "https://eu2-cloud.acronis.com"),
        ("https://eu8.acronis.cloud/api/2", "https://eu8.acronis.cloud"),
        ("https://eu8.acronis.cloud/api/2/", "https://eu8.acronis.cloud"),
        ("https://cloud.example:8443", "https://cloud.example:8443"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://127.0.0.9", "http://127.0.0.9"),
        ("http://[::1]:80/", "http://[::1]:80"),
    ],
)
def test_datacenter_url(given_url: str, used: str) -> None:
    assert parse_datacenter_url(given_url) == used


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("eu2-cloud.acronis.com", "scheme"),
        ("ftp://eu2-cloud.acronis.com", "scheme must be https"),
        ("http://eu2-cloud.acronis.com", "loopback"),
        ("http://127.0.0.1.example", "loopback"),
        ("http://10.0.0.1", "loopback"),
        ("https://", "host"),
        ("https:///api/2", "host"),
        ("https://a b", "host"),
        ("https://host:port", "not a URL"),
        ("https://[::1", "not a URL"),
        ("https://user:pw@eu2-cloud.acronis.com", "credentials"),
        ("https://user@eu2-cloud.acronis.com", "credentials"),
        ("https://eu2-cloud.acronis.com/mc/app", "'/mc/app'"),
        ("https://eu2-cloud.acronis.com/?x=1", "'/?x=1'"),
        ("https://eu2-cloud.acronis.com#x", "'#x'"),
    ],
)
def test_datacenter_url_refused(url: str, reason: str) -> None:
    with pytest.raises(InputError, match=r"^datacenter_url: ") as caught:
        parse_datacenter_url(url)
    assert reason in caught.value.message
    assert "pw" not in caught.value.message


@given(st.text())
def test_any_url_is_taken_or_refused(url: str) -> None:
    try:
        used = parse_datacenter_url(url)
    except InputError as error:
        assert error.message.isprintable()
    else:
        assert parse_datacenter_url(used) == used


def test_settings_as_given() -> None:
    settings = Settings.from_params(params(client_id=CLIENT_ID.upper(), datacenter_url="https://h.example/api/2/"))
    assert (settings.client_id, settings.datacenter_url) == (CLIENT_ID, "https://h.example")
    assert "open-sesame" not in repr(settings)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"datacenter_url": None}, "datacenter_url: required; "),
        ({"datacenter_url": None}, "in the environment as ACRONIS_DATACENTER_URL"),
        ({"datacenter_url": " "}, "datacenter_url: it is empty"),
        ({"client_id": None}, "client_id: required; "),
        ({"client_secret": None}, "client_secret: required; "),
        ({"client_secret": None}, "in the environment as ACRONIS_CLIENT_SECRET"),
        ({"client_id": None, "client_secret": None}, "as ACRONIS_CLIENT_ID and ACRONIS_CLIENT_SECRET"),
        ({"client_id": None, "client_secret": None}, "Or give access_token (ACRONIS_ACCESS_TOKEN) instead."),
        ({"client_id": f"{CLIENT_ID} "}, "client_id: there is white space around it"),
        ({"client_secret": "open-sesame\n"}, "client_secret: there is white space around it (text from a file"),
        ({"access_token": "eyJ\n"}, "access_token: there is white space around it"),
        ({"timeout": 10**9}, "timeout: "),
        ({"retry_timeout": 10**9}, "retry_timeout: "),
        ({"client_id": "  "}, "client_id: it is empty"),
        ({"client_secret": ""}, "client_secret: it is empty"),
        ({"access_token": "\n"}, "access_token: it is empty"),
        ({"ca_path": ""}, "ca_path: it is empty"),
        ({"client_id": "open-sesame"}, "client_id: it is not a UUID; check that client_id and client_secret are not"),
        ({"access_token": "Bearer eyJ"}, "access_token: it has characters"),
        ({"timeout": 0}, "timeout: "),
        ({"retry_timeout": -1}, "retry_timeout: "),
        ({"ca_path": "/nowhere/ca.pem"}, "ca_path: there is no file"),
    ],
)
def test_settings_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        Settings.from_params(params(**changed))
    assert message in caught.value.message
    assert "eyJ" not in caught.value.message and "open-sesame" not in caught.value.message


@pytest.mark.parametrize("client_id", [None, CLIENT_ID])
def test_a_token_needs_no_secret(client_id: str | None) -> None:
    settings = Settings.from_params(params(client_id=client_id, client_secret=None, access_token="eyJ.x=="))
    assert settings.access_token == "eyJ.x=="
    assert "eyJ" not in repr(settings)


@pytest.mark.parametrize("option", sorted(name for name, spec in AUTH_OPTIONS.items() if "fallback" in spec))
@pytest.mark.parametrize("blank", ["", " \n"])
def test_an_empty_environment_variable_counts_as_not_set(
    option: str, blank: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled = {
        "datacenter_url": "https://h.example",
        "client_id": CLIENT_ID,
        "client_secret": "open-sesame",
        "access_token": "eyJ",
        "validate_certs": "false",
        "ca_path": "/",
    }
    for name, value in filled.items():
        monkeypatch.setenv(f"ACRONIS_{name.upper()}", value)
    validator = ArgumentSpecValidator(AUTH_OPTIONS)
    assert validator.validate({}).validated_parameters[option] == ({**filled, "validate_certs": False})[option]
    monkeypatch.setenv(f"ACRONIS_{option.upper()}", blank)
    checked = validator.validate({})
    assert checked.error_messages == []
    assert checked.validated_parameters[option] == AUTH_OPTIONS[option].get("default")


def test_the_forms_of_the_secrets() -> None:
    basic = base64.b64encode(f"{CLIENT_ID}:open-sesame".encode()).decode()
    assert Settings.from_params(params()).secrets == ("open-sesame", basic)
    assert Settings.from_params(params(client_id=None, client_secret=None, access_token="eyJ")).secrets == ("eyJ",)


@pytest.mark.parametrize(
    ("document", "expires_at"),
    [
        ({}, None),
        ({"expires_in": 7200}, 8200.0),
        ({"expires_on": 8000}, 8000.0),
        ({"expires_in": 7200, "expires_on": 1}, 8200.0),
        ({"expires_in": True, "expires_on": "8000"}, None),
        ({"expires_on": 900}, None),
        ({"expires_on": 10**400}, None),
        ({"expires_in": -(10**400)}, None),
        ({"expires_in": float("nan")}, None),
        ({"expires_in": 30}, None),
    ],
)
def test_parse_token(document: dict[str, Any], expires_at: float | None) -> None:
    assert parse_token({"access_token": "abc", **document}, now=1000.0) == Token("abc", expires_at)


@pytest.mark.parametrize(
    "document", [None, [], {}, {"access_token": None}, {"access_token": ""}, {"access_token": "a b"}]
)
def test_parse_token_refused(document: Any) -> None:
    with pytest.raises(AnswerError, match="holds no token"):
        parse_token(document, now=0.0)


class Counter:
    """Hands out tokens that live for a hundred seconds."""

    def __init__(self) -> None:
        self.now = 0.0
        self.fetched = 0

    def fetch(self) -> Token:
        self.fetched += 1
        return Token(f"token-{self.fetched}", self.now + 100)


def test_the_token_is_fetched_once_and_again_before_it_ends() -> None:
    counter = Counter()
    store = TokenStore(Settings.from_params(params()), counter.fetch, lambda: counter.now)
    assert {store.get().value for _again in range(5)} == {"token-1"}
    counter.now = 39.0
    assert store.get().value == "token-1"
    counter.now = 40.0
    assert store.get().value == "token-2"
    assert counter.fetched == 2


def test_a_refused_token_is_renewed_unless_it_already_was() -> None:
    counter = Counter()
    store = TokenStore(Settings.from_params(params()), counter.fetch, lambda: counter.now)
    first = store.get()
    second = store.renew(first)
    assert (second.value, store.renew(first).value, counter.fetched) == ("token-2", "token-2", 2)


def test_a_given_token_is_never_renewed() -> None:
    counter = Counter()
    store = TokenStore(Settings.from_params(params(access_token="given")), counter.fetch, lambda: 1e12)
    with pytest.raises(AuthError, match="access_token"):
        store.renew(store.get())
    assert counter.fetched == 0


def test_a_refused_token_request_names_the_options() -> None:
    refused = explain_token_error(ApiError("x", status=401, code="invalid_client", method="POST", path="/idp/token"))
    assert isinstance(refused, AuthError)
    assert "client_secret" in refused.message and "datacenter_url" in refused.message
    assert (refused.code, refused.status, refused.path) == ("invalid_client", 401, "/idp/token")
    assert "None" not in explain_token_error(ApiError("x", status=401)).message
    for other in (ApiError("x", status=503), TransportError("x")):
        assert explain_token_error(other) is other

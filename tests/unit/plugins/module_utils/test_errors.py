# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from ansible_collections.community.acronis.plugins.module_utils._errors import (
    PLATFORM_CODES,
    TEXT_LIMIT,
    AcronisError,
    AnswerError,
    ApiError,
    AuthError,
    RefusedError,
    clean,
    from_response,
    mask,
    retry_after_seconds,
)

NOW = 1_700_000_000.0


def answer(status: int, body: Any, **headers: str) -> AcronisError:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return from_response("PUT", "/tenants/x", status, CaseInsensitiveDict(headers), raw, NOW)


@pytest.mark.parametrize("number", sorted(PLATFORM_CODES))
@pytest.mark.parametrize("code", [int, str])
def test_each_platform_code_is_told_in_words(number: int, code: type) -> None:
    error = answer(400, {"error": {"code": code(number), "message": "m", "domain": None, "details": {}}})
    assert isinstance(error, ApiError) and error.code == number
    assert PLATFORM_CODES[number].meaning in error.message
    assert PLATFORM_CODES[number].advice in error.message


def test_the_table_is_the_vendors() -> None:
    assert set(PLATFORM_CODES) == set(range(1000, 1036))


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        ({"error": {"code": 404, "message": "Not found"}}, 404, "Not found"),
        ({"error": {"code": "404", "message": "gone", "details": {"info": "it is gone"}}}, 404, "it is gone"),
        (
            {"error": {"code": "ParameterMalformed", "message": "required", "context": {}}},
            "ParameterMalformed",
            "required",
        ),
        ({"error": {"code": True, "message": "odd"}}, None, "odd"),
        ({"error": {"code": 4.5, "message": None, "details": {"info": ""}}}, None, ""),
        ({"error": {"message": 7}}, None, ""),
        ({"error": "invalid_client", "error_description": "no"}, "invalid_client", "no"),
        ({"error": "invalid_client"}, "invalid_client", ""),
    ],
)
def test_every_shape_of_an_error(body: Any, code: Any, text: str) -> None:
    error = answer(400, body)
    assert isinstance(error, ApiError) and not isinstance(error, AuthError)
    assert (error.code, error.status) == (code, 400)
    assert text in error.message


@pytest.mark.parametrize(
    "body", [b"<html>Gateway</html>", b"", b"[]", b"null", b'{"error": 7}', b"\xff\xfe", b"[" * 100_000]
)
def test_what_is_not_the_platforms_is_told_so(body: bytes) -> None:
    error = answer(404, body)
    assert isinstance(error, AnswerError)
    assert "proxy" in error.message and "datacenter_url" in error.message
    assert not error.retryable


@pytest.mark.parametrize(
    ("status", "retryable", "uncertain"),
    [
        (400, False, False),
        (401, False, False),
        (403, False, False),
        (409, False, False),
        (429, True, False),
        (500, True, True),
        (501, False, True),
        (502, True, True),
        (503, True, True),
        (504, True, True),
    ],
)
@pytest.mark.parametrize("body", [b"<html>", b'{"error": {"code": 1, "message": "m"}}'])
def test_what_may_be_repeated_and_what_may_have_happened(
    status: int, retryable: bool, uncertain: bool, body: bytes
) -> None:
    error = answer(status, body)
    assert (error.status, error.retryable, error.uncertain) == (status, retryable, uncertain)


def test_kinds_of_errors() -> None:
    assert isinstance(answer(401, {"error": {"code": 401}}), AuthError)
    redirect = answer(302, b"", Location="https://portal.example/login?x=secret")
    assert isinstance(redirect, AnswerError)
    assert "portal.example" in redirect.message and "secret" not in redirect.message
    assert "another page" in answer(307, b"").message
    assert "another page" in answer(300, b"", Location="https://[x/").message
    assert answer(202, b"{}").uncertain


def test_as_result_has_its_six_keys() -> None:
    assert answer(403, {"error": {"code": 1012, "message": "locked"}}).as_result() == {
        "message": "HTTP 403, platform code 1012: the tenant is locked ('locked'). "
        "Ask the tenant that owns the lock to lift it.",
        "code": 1012,
        "status": 403,
        "method": "PUT",
        "path": "/tenants/x",
        "retryable": False,
    }


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        (" 0 ", 0.0),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("²", None),
        ("9" * 40, 999_999_999.0),
        ("Tue, 14 Nov 2023 22:13:50 GMT", 30.0),
        ("Tue, 14 Nov 2023 22:13:50 -0000", 30.0),
        ("Tue, 14 Nov 2023 22:13:10 GMT", 0.0),
        ("Tue, 14 Nov 20233333333 22:13:10 GMT", None),
    ],
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(header, NOW) == seconds


@given(st.text())
def test_clean_text_is_one_short_printable_line(text: str) -> None:
    line = clean(text)
    assert len(line) <= TEXT_LIMIT
    assert line.isprintable()
    assert clean(line) == line


def test_text_that_cannot_be_encoded_is_replaced() -> None:
    assert clean("Acme\ud800\udfff Ltd\u0000") == "Acme Ltd"
    error = answer(403, b'{"error": {"code": 1012, "message": "\\ud800", "details": {"info": "a\\udc00b"}}}')
    assert "'a b'" in error.message
    error.message.encode()


@pytest.mark.parametrize("first", ["open", "open-sesame"])
def test_the_longest_secret_is_masked_first(first: str) -> None:
    assert mask("it is open-sesame", [first, "open-sesame", "i"]) == "it is ********"


@given(
    status=st.integers(100, 599),
    body=st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=20),
            lambda s: (
                st.lists(s, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["error", "code", "message", "details", "info", "error_description"]), s, max_size=4
                )
            ),
        ).map(lambda v: json.dumps(v).encode()),
    ),
    retry=st.none() | st.text(max_size=40),
    location=st.text(max_size=40),
)
def test_any_answer_becomes_an_error_of_ours_with_one_line(
    status: int, body: bytes, retry: str | None, location: str
) -> None:
    headers = CaseInsensitiveDict({"Location": location} | ({"Retry-After": retry} if retry is not None else {}))
    error = from_response("GET", "/tenants", status, headers, body, NOW)
    assert error.status == status
    assert str(status) in error.message
    assert error.message.isprintable() and error.message.endswith((".", "proxy."))
    assert error.retry_after is None or error.retry_after >= 0


@pytest.mark.parametrize("kind", [AcronisError, ApiError, AuthError, RefusedError])
def test_an_error_is_not_changed_but_made_anew(kind: type[AcronisError]) -> None:
    fields: dict[str, Any] = {"code": 1012, "status": 403, "method": "PUT", "path": "/tenants/t", "retry_after": 2.0}
    error = kind("it is locked.", retryable=True, uncertain=True, **fields)
    other = error.with_advice("Ask the owner.").but(spent=True, uncertain=False)
    assert (type(other), other.message, str(other)) == (kind, "it is locked. Ask the owner.", other.message)
    assert (other.spent, other.uncertain, other.retryable) == (True, False, True)
    assert {name: getattr(other, name) for name in fields} == fields
    assert (error.message, error.spent, error.uncertain) == ("it is locked.", False, True)
    assert error.with_advice("") is error

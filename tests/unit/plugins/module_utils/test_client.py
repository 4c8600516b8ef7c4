# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import dataclasses
import json
import socket
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
import responses
import urllib3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.community.acronis.plugins.module_utils import _client
from ansible_collections.community.acronis.plugins.module_utils._auth import Settings
from ansible_collections.community.acronis.plugins.module_utils._client import VERSION, Client
from ansible_collections.community.acronis.plugins.module_utils._errors import (
    MASK,
    AcronisError,
    AnswerError,
    ApiError,
    AuthError,
    StoppedError,
    TransportError,
    UnsentError,
)
from ansible_collections.community.acronis.plugins.module_utils._throttle import MAX_REASONS, SPREAD, Timing, slowness

HOST = "https://eu2-cloud.acronis.com"
API = f"{HOST}/api/2"
CLIENT_ID = "5fc16407-b082-4bc3-a2df-6e738291a0bf"
SECRET = "open-sesame-é"
TENANT = f"{API}/tenants/t"
ENVELOPE = {"error": {"code": 403, "message": "no"}}


class Clock:
    """Time that passes only when somebody sleeps; chance that always takes the longest delay."""

    def __init__(self) -> None:
        self.time = 1_700_000_000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    def timing(self) -> Timing:
        return Timing(lambda: self.time, lambda: self.time, self.sleep, lambda low, high: high)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def platform() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def make_client(clock: Clock, secrets: list[str] | None = None, **changed: Any) -> Client:
    params = {
        "datacenter_url": HOST,
        "client_id": CLIENT_ID,
        "client_secret": SECRET,
        "validate_certs": True,
        "timeout": 30,
        "retry_timeout": 120,
        **changed,
    }
    secrets = [] if secrets is None else secrets
    return Client(Settings.from_params(params), comment="(test)", timing=clock.timing(), on_secret=secrets.append)


def add_token(platform: responses.RequestsMock, value: str = "token-1", **fields: Any) -> responses.BaseResponse:
    return platform.post(f"{API}/idp/token", json={"access_token": value, "token_type": "bearer", **fields})


def test_the_token_request_is_the_documented_one(platform: responses.RequestsMock, clock: Clock) -> None:
    add_token(platform)
    platform.get(TENANT, json={"id": "t"})
    secrets: list[str] = []
    assert make_client(clock, secrets).get("/tenants/t") == {"id": "t"}
    token, read = (call.request for call in platform.calls)
    assert token.body == "grant_type=client_credentials"
    assert token.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert token.headers["Authorization"] == "Basic " + base64.b64encode(f"{CLIENT_ID}:{SECRET}".encode()).decode()
    assert read.headers["Authorization"] == "Bearer token-1"
    assert read.headers["Accept"] == "application/json"
    assert read.headers["User-Agent"] == f"community.acronis/{VERSION} (test)"
    assert read.headers["Accept-Encoding"] == "gzip"
    # Each form in which a secret was sent, so that Ansible finds it wherever it is echoed.
    assert secrets == [SECRET, base64.b64encode(f"{CLIENT_ID}:{SECRET}".encode()).decode(), "token-1"]


def test_one_token_serves_many_requests(platform: responses.RequestsMock, clock: Clock) -> None:
    token = add_token(platform, expires_in=7200)
    platform.get(TENANT, json={})
    client = make_client(clock)
    for _again in range(3):
        client.get("/tenants/t")
    assert token.call_count == 1


def test_a_write_carries_json_and_its_query(platform: responses.RequestsMock, clock: Clock) -> None:
    add_token(platform)
    platform.put(TENANT, json={"version": 4}, match=[responses.matchers.json_params_matcher({"version": 3})])
    platform.delete(TENANT, status=204, match=[responses.matchers.query_param_matcher({"version": "4"})])
    client = make_client(clock)
    assert client.put("/tenants/t", {"version": 3}, client.backoff()) == {"version": 4}
    assert platform.calls[-1].request.headers["Content-Type"] == "application/json"
    client.delete("/tenants/t", {"version": "4"}, client.backoff())


def test_a_netrc_file_does_not_replace_the_token(
    platform: responses.RequestsMock, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine eu2-cloud.acronis.com login me password mine\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    add_token(platform)
    platform.get(TENANT, json={})
    make_client(clock).get("/tenants/t")
    assert platform.calls[-1].request.headers["Authorization"] == "Bearer token-1"


@pytest.mark.parametrize(
    ("changed", "verify"), [({}, "/dev/null"), ({"ca_path": "/"}, "/"), ({"validate_certs": False}, False)]
)
def test_ca_path_and_validate_certs_go_before_the_environment(
    platform: responses.RequestsMock,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    changed: dict[str, Any],
    verify: Any,
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/dev/null")
    add_token(platform)
    platform.get(TENANT, json={})
    make_client(clock, **changed).get("/tenants/t")
    assert [call.request.req_kwargs["verify"] for call in platform.calls] == [verify, verify]  # type: ignore[attr-defined]
    assert platform.calls[0].request.req_kwargs["timeout"] == (30, 30)  # type: ignore[attr-defined]


def test_a_token_that_ends_in_the_middle_is_renewed_once(platform: responses.RequestsMock, clock: Clock) -> None:
    add_token(platform, "token-1")
    add_token(platform, "token-2")
    platform.get(TENANT, status=401, json={"error": {"code": 401, "message": "expired"}})
    platform.get(TENANT, json={"id": "t"})
    assert make_client(clock).get("/tenants/t") == {"id": "t"}
    assert [call.request.headers["Authorization"][:14] for call in platform.calls if call.request.method == "GET"] == [
        "Bearer token-1",
        "Bearer token-2",
    ]
    assert clock.slept == []


def test_a_token_that_is_refused_twice_is_an_error(platform: responses.RequestsMock, clock: Clock) -> None:
    add_token(platform)
    platform.get(TENANT, status=401, json={"error": {"code": 401, "message": "expired"}})
    with pytest.raises(AuthError):
        make_client(clock).get("/tenants/t")
    assert len(platform.calls) == 4


def test_a_given_token_that_is_refused_is_named(platform: responses.RequestsMock, clock: Clock) -> None:
    platform.get(TENANT, status=401, json={"error": {"code": 401, "message": "expired"}})
    with pytest.raises(AuthError, match="access_token"):
        make_client(clock, access_token="mine", client_secret=None).get("/tenants/t")
    assert len(platform.calls) == 1


@pytest.mark.parametrize("status", [400, 401, 403])
def test_wrong_credentials_are_never_tried_again(platform: responses.RequestsMock, clock: Clock, status: int) -> None:
    platform.post(f"{API}/idp/token", status=status, json={"error": "invalid_client", "error_description": "x"})
    with pytest.raises(AuthError, match="client_secret") as caught:
        make_client(clock).get("/tenants/t")
    assert caught.value.code == "invalid_client"
    assert len(platform.calls) == 1


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_reads_and_the_token_are_repeated(platform: responses.RequestsMock, clock: Clock, status: int) -> None:
    platform.post(f"{API}/idp/token", status=status)
    add_token(platform)
    platform.get(TENANT, status=status, body="<html>")
    platform.get(TENANT, body=requests.exceptions.ConnectionError("reset"))
    platform.get(TENANT, json={"id": "t"})
    assert make_client(clock).get("/tenants/t") == {"id": "t"}
    assert clock.slept == [1.0, 1.0, 2.0]


def test_an_internal_error_is_repeated_once(platform: responses.RequestsMock, clock: Clock) -> None:
    add_token(platform)
    read = platform.get(TENANT, status=500, body="oops")
    with pytest.raises(ApiError, match="HTTP 500"):
        make_client(clock).get("/tenants/t")
    assert read.call_count == 2


@pytest.mark.parametrize("retry_timeout", [0, 1, 10, 120])
def test_retries_end_with_the_budget(platform: responses.RequestsMock, clock: Clock, retry_timeout: int) -> None:
    add_token(platform)
    platform.get(TENANT, status=503)
    with pytest.raises(ApiError):
        make_client(clock, retry_timeout=retry_timeout).get("/tenants/t")
    assert sum(clock.slept) == retry_timeout


@pytest.mark.parametrize(("header", "slept"), [("7", 7.0), ("120", 120.0), ("Tue, 14 Nov 2023 22:13:30 GMT", 10.0)])
def test_retry_after_is_followed(platform: responses.RequestsMock, clock: Clock, header: str, slept: float) -> None:
    add_token(platform)
    platform.get(TENANT, status=429, headers={"Retry-After": header})
    platform.get(TENANT, json={})
    make_client(clock).get("/tenants/t")
    assert clock.slept == [slept]


def test_a_retry_after_beyond_the_budget_fails_at_once(platform: responses.RequestsMock, clock: Clock) -> None:
    add_token(platform)
    platform.get(TENANT, status=503, headers={"Retry-After": "121"})
    client = make_client(clock)
    with pytest.raises(ApiError) as caught:
        client.get("/tenants/t")
    assert "asks to wait 121 seconds, more than retry_timeout allows" in caught.value.message
    assert (clock.slept, len(platform.calls), caught.value.status) == ([], 2, 503)
    # The others leave the platform alone as well, without asking it themselves.
    with pytest.raises(UnsentError, match=r"asks to wait 121 seconds, more than retry_timeout allows"):
        client.get("/tenants/t")
    assert (clock.slept, len(platform.calls)) == ([], 2)


def test_a_retry_after_that_the_budget_no_longer_holds(platform: responses.RequestsMock, clock: Clock) -> None:
    add_token(platform)
    platform.get(TENANT, status=429, headers={"Retry-After": "50"})
    with pytest.raises(ApiError) as caught:
        make_client(clock).get("/tenants/t")
    assert "asks to wait 50 seconds" in caught.value.message
    assert clock.slept == [50.0, 50.0]


WRITES: list[Callable[[Client], object]] = [
    lambda client: client.put("/tenants/t", {}, client.backoff()),
    lambda client: client.delete("/tenants/t", {}, client.backoff()),
]


@pytest.mark.parametrize("write", WRITES, ids=["put", "delete"])
@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 502},
        {"status": 503},
        {"status": 504},
        {"status": 202},
        {"status": 200, "body": "<html>"},
        {"body": requests.exceptions.ReadTimeout()},
        {"body": requests.exceptions.ConnectionError("reset")},
        {"body": requests.exceptions.ChunkedEncodingError()},
        {"body": urllib3.exceptions.ProtocolError()},
        {"body": ConnectionResetError()},
    ],
    ids=str,
)
def test_a_write_in_doubt_is_not_repeated_blindly(
    platform: responses.RequestsMock, clock: Clock, write: Callable[[Client], object], fault: dict[str, Any]
) -> None:
    add_token(platform)
    for method in ("PUT", "DELETE"):
        platform.add(method, TENANT, **fault)
    platform.assert_all_requests_are_fired = False
    with pytest.raises(AcronisError) as caught:
        write(make_client(clock))
    assert caught.value.uncertain
    assert len(platform.calls) == 2
    assert clock.slept == []


@pytest.mark.parametrize("write", WRITES, ids=["put", "delete"])
def test_a_write_that_was_surely_not_taken_is_repeated(
    platform: responses.RequestsMock, clock: Clock, write: Callable[[Client], object]
) -> None:
    add_token(platform)
    unreached = requests.exceptions.ConnectionError(urllib3.exceptions.NewConnectionError(None, "refused"))  # type: ignore[arg-type]
    for method, status, body in (("PUT", 200, "{}"), ("DELETE", 204, "")):
        platform.add(method, TENANT, status=429, headers={"Retry-After": "3"})
        platform.add(method, TENANT, body=unreached)
        platform.add(method, TENANT, body=requests.exceptions.ConnectTimeout())
        platform.add(method, TENANT, status=status, body=body)
    platform.assert_all_requests_are_fired = False
    write(make_client(clock))
    assert clock.slept == [3.0, 2.0, 4.0]


def wrapped(cause: Exception) -> requests.exceptions.ConnectionError:
    """Nest a failure the way requests and urllib3 do."""
    return requests.exceptions.ConnectionError(urllib3.exceptions.MaxRetryError(None, "/", cause))  # type: ignore[arg-type]


def unresolved(errno: int) -> Exception:
    failure = urllib3.exceptions.NewConnectionError(None, "no name")  # type: ignore[arg-type]
    failure.__cause__ = socket.gaierror(errno, "no name")
    return wrapped(failure)


@pytest.mark.parametrize(
    ("failure", "words", "retried"),
    [
        (requests.exceptions.SSLError(ssl.SSLCertVerificationError(1, "self-signed")), "self-signed", False),
        (requests.exceptions.SSLError("bad handshake"), "TLS", False),
        (requests.exceptions.SSLError(ssl.SSLEOFError(8, "EOF occurred")), "closed", True),
        (requests.exceptions.SSLError(ssl.SSLError(1, "bad record mac")), "TLS", False),
        (requests.exceptions.InvalidSchema("pw"), "InvalidSchema", False),
        (urllib3.exceptions.ProtocolError("broken"), "closed", True),
        (urllib3.exceptions.ReadTimeoutError(None, "/", "late"), "within 30 seconds", True),  # type: ignore[arg-type]
        (requests.exceptions.ProxyError("http://user:pw@proxy"), "proxy", True),
        (unresolved(socket.EAI_NONAME), "cannot be resolved", False),
        (unresolved(socket.EAI_AGAIN), "cannot be resolved", True),
        (wrapped(urllib3.exceptions.NewConnectionError(None, "refused")), "no connection", True),  # type: ignore[arg-type]
        (requests.exceptions.ConnectTimeout(), "no connection", True),
        (requests.exceptions.ReadTimeout(), "within 30 seconds", True),
        (requests.exceptions.ConnectionError(ConnectionResetError()), "closed", True),
        (requests.exceptions.InvalidHeader("Bearer pw"), "InvalidHeader", False),
        (OSError("no CA bundle pw"), "OSError", False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_failures_of_the_transport_are_told_in_words(
    platform: responses.RequestsMock, clock: Clock, failure: Exception, words: str, retried: bool
) -> None:
    platform.post(f"{API}/idp/token", body=failure)
    with pytest.raises(TransportError) as caught:
        make_client(clock).get("/tenants/t")
    message = caught.value.message
    assert words in message and HOST in message and "pw" not in message
    assert (len(platform.calls) > 1) is retried


@pytest.mark.parametrize("body", [b"[]", b"null", b"7", b"<html>", b"", b'{"a":'])
def test_an_answer_that_is_no_object(platform: responses.RequestsMock, clock: Clock, body: bytes) -> None:
    add_token(platform)
    platform.get(TENANT, body=body)
    with pytest.raises(AnswerError, match="datacenter_url"):
        make_client(clock).get("/tenants/t")


def test_redirects_are_not_followed(platform: responses.RequestsMock, clock: Clock) -> None:
    platform.post(f"{API}/idp/token", status=302, headers={"Location": "https://login.example/"})
    with pytest.raises(AnswerError, match=r"login\.example"):
        make_client(clock).get("/tenants/t")
    assert len(platform.calls) == 1


def test_the_warning_about_unchecked_certificates_is_given_up(clock: Clock, recwarn: pytest.WarningsRecorder) -> None:
    make_client(clock, validate_certs=False)
    warnings.warn("unverified", urllib3.exceptions.InsecureRequestWarning, stacklevel=1)
    assert [warning for warning in recwarn if "unverified" in str(warning.message)] == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(status=st.integers(100, 599), body=st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_only_errors_of_ours_come_out(status: int, body: bytes) -> None:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        add_token(mock)
        mock.get(TENANT, status=status, body=body)
        try:
            document = make_client(Clock()).get("/tenants/t")
        except AcronisError as error:
            assert error.message.isprintable() and "\n" not in error.message
        else:
            assert status == 200 and isinstance(document, dict)


def test_the_version_is_the_collections() -> None:
    galaxy = (Path(_client.__file__).parents[2] / "galaxy.yml").read_text(encoding="utf-8")
    assert f"version: {VERSION}\n" in galaxy


@pytest.mark.parametrize("write", WRITES, ids=["put", "delete"])
@pytest.mark.parametrize(
    ("failure", "uncertain"),
    [
        (requests.exceptions.SSLError(ssl.SSLCertVerificationError(1, "self-signed")), False),
        (requests.exceptions.SSLError(ssl.SSLError(1, "bad record mac")), True),
        (requests.exceptions.ProxyError(urllib3.exceptions.ProxyError("reset", ConnectionResetError())), True),
        (requests.exceptions.ProxyError(wrapped(urllib3.exceptions.NewConnectionError(None, "refused"))), False),  # type: ignore[arg-type]
        (requests.exceptions.InvalidHeader("x"), True),
    ],
    ids=repr,
)
def test_what_may_have_reached_the_platform(
    platform: responses.RequestsMock,
    clock: Clock,
    write: Callable[[Client], object],
    failure: Exception,
    uncertain: bool,
) -> None:
    add_token(platform)
    for method in ("PUT", "DELETE"):
        platform.add(method, TENANT, body=failure)
    platform.assert_all_requests_are_fired = False
    with pytest.raises(TransportError) as caught:
        write(make_client(clock, retry_timeout=0))
    assert caught.value.uncertain is uncertain


@pytest.mark.parametrize("header", ["0", "Tue, 14 Nov 2023 22:00:00 GMT"])
def test_a_retry_after_that_has_passed_is_no_leave_to_hurry(
    platform: responses.RequestsMock, clock: Clock, header: str
) -> None:
    add_token(platform)
    platform.get(TENANT, status=503, headers={"Retry-After": header})
    with pytest.raises(ApiError):
        make_client(clock).get("/tenants/t")
    assert min(clock.slept) >= 1.0 and sum(clock.slept) == 120
    assert len(platform.calls) < 20


@pytest.mark.parametrize(("status", "calls"), [(503, 11), (500, 2)])
def test_trouble_with_the_token_spends_one_budget(
    platform: responses.RequestsMock, clock: Clock, status: int, calls: int
) -> None:
    platform.post(f"{API}/idp/token", status=status)
    with pytest.raises(ApiError) as caught:
        make_client(clock).get("/tenants/t")
    assert (sum(clock.slept), len(platform.calls)) == (120 if status == 503 else 1, calls)
    assert caught.value.retryable and not caught.value.uncertain


@pytest.mark.parametrize(
    ("path", "option"), [("/tenants", "datacenter_url.*subtree_root_id"), ("/clients/x", "client_id")]
)
def test_a_404_names_the_option_behind_it(
    platform: responses.RequestsMock, clock: Clock, path: str, option: str
) -> None:
    add_token(platform)
    platform.get(f"{API}{path}", status=404, json={"error": {"code": 1005, "message": "no"}})
    with pytest.raises(ApiError, match=option):
        make_client(clock).get(path)


class Crowd:
    """Threads that do the same at the same time."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._start = threading.Barrier(size)

    def all(self, work: Callable[[], Any]) -> list[Any]:
        def begin(_number: int) -> Any:
            self._start.wait(10)
            return work()

        with ThreadPoolExecutor(self.size) as pool:
            return list(pool.map(begin, range(self.size)))


def test_threads_share_the_token_and_have_a_session_each(platform: responses.RequestsMock, clock: Clock) -> None:
    token = add_token(platform)
    platform.get(TENANT, json={})
    client = make_client(clock)
    sessions = Crowd(8).all(lambda: (client.get("/tenants/t"), client._sender.session)[1])
    assert token.call_count == 1
    assert len({id(session) for session in sessions}) == 8


def test_threads_share_the_renewal_of_a_refused_token(platform: responses.RequestsMock, clock: Clock) -> None:
    tokens = [add_token(platform, "token-1"), add_token(platform, "token-2")]
    old = responses.matchers.header_matcher({"Authorization": "Bearer token-1"})
    new = responses.matchers.header_matcher({"Authorization": "Bearer token-2"})
    # All are refused before the first of them renews the token.
    refused = threading.Barrier(4)

    def refuse(_request: Any) -> tuple[int, dict[str, str], str]:
        refused.wait(10)
        return 401, {}, json.dumps(ENVELOPE)

    platform.add_callback(responses.GET, TENANT, refuse, match=[old])
    platform.get(TENANT, json={"id": "t"}, match=[new])
    client = make_client(clock)
    assert Crowd(4).all(lambda: client.get("/tenants/t")) == [{"id": "t"}] * 4
    assert [one.call_count for one in tokens] == [1, 1]


def test_a_token_that_was_refused_is_not_asked_for_again(platform: responses.RequestsMock, clock: Clock) -> None:
    token = platform.post(f"{API}/idp/token", status=401, json={"error": "invalid_client"})
    client = make_client(clock)
    messages = set()
    for _again in range(3):
        with pytest.raises(AuthError) as caught:
            client.get("/tenants/t")
        messages.add(caught.value.message)
    assert (token.call_count, len(messages)) == (1, 1)


@pytest.mark.parametrize(
    ("status", "headers", "together"),
    [(429, {"Retry-After": "7"}, True), (503, {"Retry-After": "7"}, True), (429, {}, True), (503, {}, False)],
)
def test_when_the_platform_asks_for_a_rest_all_keep_it(
    platform: responses.RequestsMock, clock: Clock, status: int, headers: dict[str, str], together: bool
) -> None:
    add_token(platform)
    platform.get(TENANT, status=status, headers=headers)
    other = platform.get(f"{API}/tenants/other", json={})
    begun: list[float] = []

    def sleep(seconds: float) -> None:
        if not clock.slept:
            clock.slept.append(seconds)
            # While the first one pauses, another worker wants to send.
            client.get("/tenants/other")
            begun.append(clock.time - start)
        else:
            clock.sleep(seconds)

    client = make_client(clock)
    client._timing = client._pause._timing = dataclasses.replace(clock.timing(), sleep=sleep)
    start = clock.time
    with pytest.raises(ApiError):
        client.get("/tenants/t")
    pause = clock.slept[0]
    assert pause == (7 if headers else 1)
    # It comes back a moment after the pause, and not together with the first.
    assert begun == [pause + SPREAD if together else 0.0]
    assert other.call_count == 1


@pytest.mark.parametrize("write", WRITES, ids=["put", "delete"])
def test_nothing_is_sent_after_the_word_to_stop(
    platform: responses.RequestsMock, clock: Clock, write: Callable[[Client], object]
) -> None:
    add_token(platform)
    platform.get(TENANT, json={"id": "t"})
    client = make_client(clock)
    client.get("/tenants/t")
    client._pause.extend(60)
    client.stop.request()
    for send in (write, lambda client: client.get("/tenants/t")):
        with pytest.raises(StoppedError, match="interrupted"):
            send(client)
    assert (clock.slept, len(platform.calls)) == ([], 2)


def test_what_became_of_a_write_is_looked_at_after_the_word_to_stop(
    platform: responses.RequestsMock, clock: Clock
) -> None:
    add_token(platform)
    platform.put(TENANT, body=requests.exceptions.ReadTimeout())
    platform.get(TENANT, json={"id": "t"})
    client = make_client(clock)
    with pytest.raises(TransportError):
        client.put("/tenants/t", {}, client.backoff())
    client.stop.request()
    assert client.get("/tenants/t") == {"id": "t"}


def test_the_word_to_stop_ends_retries(platform: responses.RequestsMock, clock: Clock) -> None:
    add_token(platform)
    platform.get(TENANT, status=503)
    client = make_client(clock)
    client._timing = dataclasses.replace(clock.timing(), sleep=lambda seconds: client.stop.request())
    with pytest.raises(StoppedError):
        client.get("/tenants/t")
    assert len(platform.calls) == 2


BASIC = base64.b64encode(f"{CLIENT_ID}:{SECRET}".encode()).decode()


@pytest.mark.parametrize(
    "echo",
    [
        lambda text: {"body": f"<html>your request: {text}"},
        # Cut short in the middle, it would not be found.
        lambda text: {"body": f"<html>{'x' * 60}{text}"},
        lambda text: {"json": {"error": {"code": 403, "message": f"{'x' * 220}{text}"}}},
        lambda text: {"json": {"error": {"code": text, "message": text, "details": {"info": text}}}},
        lambda text: {"json": {"error": text, "error_description": text}},
        lambda text: {"status": 302, "headers": {"Location": f"https://u:p@{text}.example/"}},
    ],
)
def test_what_was_sent_is_masked_when_an_answer_echoes_it(
    platform: responses.RequestsMock, clock: Clock, echo: Callable[[str], dict[str, Any]]
) -> None:
    for secret in (BASIC, SECRET, "token-1"):
        platform.reset()
        fault = {"status": 403, **echo(secret)}
        add_token(platform)
        platform.get(TENANT, **fault)
        with pytest.raises(AcronisError) as caught:
            make_client(clock).get("/tenants/t")
        shown = json.dumps(caught.value.as_result(), ensure_ascii=False)
        assert MASK in shown
        assert not any(secret[:length] in shown for length in range(5, len(secret)))
        assert "u:p" not in shown


def test_masked_in_the_refusal_of_the_token_too(platform: responses.RequestsMock, clock: Clock) -> None:
    platform.post(f"{API}/idp/token", status=401, json={"error": BASIC})
    with pytest.raises(AuthError) as caught:
        make_client(clock).get("/tenants/t")
    assert BASIC not in str(caught.value.as_result()) and MASK in str(caught.value.as_result())


def test_what_retries_keep_alive_does_not_grow(platform: responses.RequestsMock, clock: Clock) -> None:
    add_token(platform)
    client = make_client(clock)
    for number in range(100):
        path = f"{API}/tenants/{number}"
        platform.get(path, status=503, json={"error": {"code": number, "message": f"sorry {number}"}})
        platform.get(path, json={})
        client.get(f"/tenants/{number}")
    assert (client.retries.count, client.retries.seconds, len(client.retries.reasons)) == (100, 100.0, MAX_REASONS)
    (warning,) = slowness(client.retries)
    assert "100 requests were retried, with 100 seconds of delay" in warning and len(warning) < 400

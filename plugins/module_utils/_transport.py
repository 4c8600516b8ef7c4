# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Failures of the transport in the user's words."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Sequence

from ansible_collections.community.acronis.plugins.module_utils._auth import Settings
from ansible_collections.community.acronis.plugins.module_utils._errors import TransportError, clean
from ansible_collections.community.acronis.plugins.module_utils._http import Route

try:
    import requests
    import urllib3

    TLS_ERRORS = (ssl.SSLError, requests.exceptions.SSLError, urllib3.exceptions.SSLError)
    UNUSABLE_URLS = (
        requests.exceptions.InvalidSchema,
        requests.exceptions.InvalidURL,
        urllib3.exceptions.LocationValueError,
    )
    CUTS = (
        ConnectionError,
        requests.exceptions.ConnectionError,
        requests.exceptions.ChunkedEncodingError,
        urllib3.exceptions.ProtocolError,
    )
except ImportError:
    pass

# What http.client says of a proxy that refuses to make a tunnel.
TUNNEL_REFUSED = re.compile(r"Tunnel connection failed: (\d{3})")


def _causes(error: BaseException) -> list[BaseException]:
    """Return the error and all that it was made from, as requests and urllib3 nest them."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        item = waiting.pop()
        if isinstance(item, BaseException) and not any(item is known for known in found):
            found.append(item)
            waiting += [item.__cause__, item.__context__, getattr(item, "reason", None), *item.args]
    return found


def explain_failure(error: Exception, method: str, path: str, settings: Settings, route: Route) -> TransportError:
    """Return what a failure of requests means to the user, and whether the request may have reached the platform.

    The text of the failure is not passed on: it may quote a header or a URL of a proxy with its password.
    """
    causes = _causes(error)

    def caused_by(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    host = settings.datacenter_url
    refused = next(filter(None, (TUNNEL_REFUSED.search(str(cause)) for cause in causes)), None)
    # A request counts as unsent only where the connection itself failed; all else may have reached the platform.
    unsent = refused is not None or caused_by(
        ssl.SSLCertVerificationError,
        socket.gaierror,
        requests.exceptions.ConnectTimeout,
        urllib3.exceptions.NewConnectionError,
    )
    retryable = True
    if refused is not None:
        status = int(refused[1])
        text = f"the proxy refuses the connection to {host} (HTTP {status}): {_proxy_advice(status, route)}"
        retryable = status in (408, 429) or status >= 500
    elif caused_by(requests.exceptions.ProxyError, urllib3.exceptions.ProxyError):
        text = f"no connection to {host} through the proxy: check {route.proxy_source}"
        retryable = not caused_by(*TLS_ERRORS) and not _is_unknown_name(causes)
    elif caused_by(*UNUSABLE_URLS):
        sources = _all_of("datacenter_url", route.proxy_source)
        text = f"no request can be sent to {host} ({type(error).__name__}): check {sources}"
        retryable = False
    elif caused_by(ssl.SSLCertVerificationError) or (caused_by(*TLS_ERRORS) and not _is_cut(causes)):
        text = f"{_tls_text(host, causes)} {_all_of('datacenter_url', route.trust_source, 'ca_path')}"
        retryable = False
    elif caused_by(socket.gaierror):
        text = f"the host name of {host} cannot be resolved: check datacenter_url"
        retryable = not _is_unknown_name(causes)
    elif unsent:
        text = f"no connection to {host}: check datacenter_url, and that this machine may reach it"
    elif caused_by(requests.exceptions.Timeout, urllib3.exceptions.TimeoutError):
        text = f"no answer from {host} within {settings.timeout} seconds: increase timeout or run the task again later"
    elif caused_by(*CUTS) or _is_cut(causes):
        text = f"the connection to {host} was closed before the answer was complete: run the task again later"
    else:
        text = (
            f"the request to {host} could not be carried out ({type(error).__name__}): check datacenter_url and "
            f"{_all_of(route.trust_source, 'ca_path')}"
        )
        retryable = False
    return TransportError(f"{text}.", method=method, path=path, retryable=retryable, uncertain=not unsent)


def _tls_text(host: str, causes: Sequence[BaseException]) -> str:
    untrusted = [clean(cause, 100) for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)]
    if untrusted:
        return f"the certificate of {host} is not trusted ({untrusted[0]}): check"
    reason = next(filter(None, map(_reason, causes)), "")
    why = f" ({clean(reason, 60)})" if reason else ""
    return f"no TLS connection to {host}{why}: check that its port is one for https, and"


def _proxy_advice(status: int, route: Route) -> str:
    if status == 407:
        return f"it requires valid credentials; check user name and password in {route.proxy_source}"
    if status == 403:
        return f"ask its administrator to allow this host, or check {route.proxy_source}"
    return f"check {route.proxy_source}"


def _all_of(*sources: str) -> str:
    return " and ".join(dict.fromkeys(filter(None, sources)))


def _is_unknown_name(causes: Sequence[BaseException]) -> bool:
    return any(isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_NONAME for cause in causes)


def _reason(cause: BaseException) -> str:
    """Return the word that OpenSSL has for what went wrong, if it has one."""
    return str(getattr(cause, "reason", None) or "") if isinstance(cause, ssl.SSLError) else ""


def _is_cut(causes: Sequence[BaseException]) -> bool:
    """Whether the other side ended a TLS connection, within the handshake or later, without saying what is wrong."""
    return any(
        isinstance(cause, (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError, ConnectionError))
        or (isinstance(cause, ssl.SSLError) and _reason(cause) == "UNEXPECTED_EOF_WHILE_READING")
        for cause in causes
    )

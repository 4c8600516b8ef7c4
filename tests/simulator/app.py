# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The web application: the interface of ``openapi.json`` under ``/api/2``, and the log of requests."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from . import seed as seeds
from .contract import UUID, MalformedError, Operation, operations
from .faults import ConnectionDroppedError, Fault, Faults
from .model import Client, InvalidClientError, NotAuthenticatedError, PlatformError, Position, Selection, User
from .platform import Platform
from .switches import Switches
from .views import Views

API = "/api/2"

UUIDS_MAX = 100
"""Most identifiers in one ``uuids`` parameter (vendor's OpenAPI document)."""

DOMAIN = "PlatformAccountServer"

WAIT = "simulator.wait"
"""Key of the WSGI environment with the function that spends the seconds of a delay."""

_SECRET_KEYS = {"client_secret", "password", "refresh_token", "access_token", "assertion", "code", "device_code"}


@dataclass
class Call:
    """One authenticated request that fits the contract."""

    caller: Client
    path: dict[str, str]
    query: dict[str, Any]
    body: dict[str, Any]


Answer = tuple[int, Any]


def error_document(status: int, code: int | str | None, message: str, shape: str = "full", context: str = "") -> Any:
    """The body of an error: the vendor's ``errorScheme``, or one of the other shapes that were seen."""
    if shape == "flat":
        return {"domain": "Access", "reason": "Simulated", "error": str(code or status), "error_description": message}
    if shape == "string":
        code = str(code if code is not None else status)
    error: dict[str, Any] = {"message": message}
    if code is not None:
        error["code"] = code
    if shape != "minimal":
        # The platform names objects in errors by an internal number, not by their id.
        error |= {"domain": DOMAIN, "details": {"info": message}, "context": {"id": context} if context else {}}
    return {"error": error}


def _json(status: int, document: Any, headers: dict[str, str] | None = None) -> Response:
    body = b"" if document is None else json.dumps(document).encode()
    response = Response(body, status, headers, content_type="application/json; charset=utf-8")
    if document is None:
        del response.headers["Content-Type"]
    return response


class SimulatorApp(Flask):
    """The application over one platform.

    Attributes:
        platform: the state.
        faults: the rules for what goes wrong.
        log: one entry for each API request since the last reset, see :meth:`_record`.
    """

    def __init__(self, seed: str | seeds.Document = "demo", switches: dict[str, Any] | None = None) -> None:
        super().__init__("simulator", static_folder=None, template_folder=None)
        self.config["PROPAGATE_EXCEPTIONS"] = True
        self.url_map.strict_slashes = True
        self.platform = Platform()
        self.views = Views(self.platform)
        self.faults = Faults()
        self.log: list[dict[str, Any]] = []
        self._first_seed = seed
        self._first_switches = switches or {}
        self._seq = 0
        self._cursor_key = secrets.token_bytes(16)
        self.reset()
        handlers: dict[str, Callable[[Call], Answer]] = {
            "FetchClient": self._fetch_client,
            "FetchClientsBatch": self._fetch_clients,
            "FetchTenantsBatch": self._fetch_tenants,
            "FetchTenant": self._fetch_tenant,
            "UpdateTenant": self._update_tenant,
            "DeleteTenant": self._delete_tenant,
            "RestoreDeletedTenant": self._restore_tenant,
            "FetchUsersBatch": self._fetch_users,
            "FetchUsages": self._fetch_usages,
        }
        for operation in operations():
            view = (
                partial(self._token, operation)
                if operation.id == "RequestTokens"
                else partial(self._serve, operation, handlers[operation.id])
            )
            self.add_url_rule(
                API + operation.path.replace("{", "<").replace("}", ">"),
                endpoint=operation.id,
                view_func=view,
                methods=[operation.method],
                provide_automatic_options=False,
            )
        self.register_error_handler(HTTPException, self._http_error)

    def reset(self, seed: str | seeds.Document | None = None, switches: dict[str, Any] | None = None) -> None:
        """Start afresh: the tree (default: the one the application was made with), switches, clock, faults and log.

        Raises:
            ValueError: the tree or a switch is wrong; nothing is changed then.
        """
        tree = self._first_seed if seed is None else seed
        document = seeds.named(tree) if isinstance(tree, str) else tree
        values = Switches()
        values.update({**self._first_switches, **(switches or {})})
        seeds.load(Platform(), document)
        with self.platform.lock:
            self.platform.clear(values)
            seeds.load(self.platform, document)
            self.faults.rules.clear()
            self.log.clear()

    # -- one request ------------------------------------------------------------------------------------------------

    def full_dispatch_request(self) -> Response:
        """Handle one request; those to the API go through the faults and into the log."""
        if not request.path.startswith(API + "/"):
            return super().full_dispatch_request()
        method, path = request.method, request.path.removeprefix(API)
        request.get_data(cache=True, parse_form_data=False)
        with self.platform.lock:
            fault = self.faults.take(method, path, unquote_plus(request.query_string.decode())) or Fault()
            entry = self._record(method, path)
            target = entry["tenant_id"]
            if fault.revoke_tokens:
                self.platform.revoke_tokens()
            if fault.change:
                fault.change.make(self.platform, target)
            if fault.drop == "before":
                raise ConnectionDroppedError
            g.fault, g.entry = fault, entry
            changes = self.platform.changes
            response = self._injected(fault, path) if fault.answers else super().full_dispatch_request()
            entry["effect"] = self.platform.changes != changes
            entry["status"] = response.status_code
            if response.status_code >= 400:
                entry["code"] = _code_of(response)
            if fault.after_change:
                fault.after_change.make(self.platform, target)
            seconds = self.platform.switches.latency + fault.delay
        if seconds:
            request.environ.get(WAIT, time.sleep)(seconds)
        if fault.drop == "after":
            raise ConnectionDroppedError
        return response

    def _record(self, method: str, path: str) -> dict[str, Any]:
        """A new entry of the log.

        It holds ``seq``, ``at`` (Unix seconds), ``method``, ``path`` (without ``/api/2``), ``query``, ``body`` (parsed,
        secrets masked), ``status`` (None: the connection was cut before), ``code`` of an error, ``tenant_id`` (from the
        path), ``effect`` (whether this request changed the state) and ``client_id``.
        """
        self._seq += 1
        parts = path.split("/")
        known = parts[1] == "tenants" and len(parts) > 2 and UUID.fullmatch(parts[2])
        entry: dict[str, Any] = {
            "seq": self._seq,
            "at": self.platform.clock.now(),
            "method": method,
            "path": path,
            "query": _masked(request.args.to_dict()),
            "body": _readable_body(request.get_data(), request.mimetype),
            "status": None,
            "code": None,
            "tenant_id": parts[2] if known else None,
            "effect": False,
            "client_id": None,
        }
        self.log.append(entry)
        return entry

    @staticmethod
    def _injected(fault: Fault, path: str) -> Response:
        status = fault.status or 200
        if fault.body is not None:
            return Response(fault.body, status, fault.headers, content_type=fault.content_type)
        if fault.shape == "html":
            page = f"<html><head><title>{status}</title></head><body><h1>{fault.message}</h1></body></html>"
            return Response(page, status, fault.headers, content_type="text/html")
        if fault.shape in ("plain", "empty"):
            text = fault.message if fault.shape == "plain" else ""
            return Response(text, status, fault.headers, content_type="text/plain")
        shape = "flat" if path.startswith("/idp/") and fault.shape == "full" else fault.shape
        code = status if fault.code is None else fault.code
        return _json(status, error_document(status, code, fault.message, shape), fault.headers)

    def _serve(self, operation: Operation, handler: Callable[[Call], Answer], **path: str) -> Response:
        switches = self.platform.switches
        lenient = {"loose": switches.types == "coerced", "ignore_unknown": switches.unknown_keys == "ignored"}
        try:
            scheme, _blank, token = request.headers.get("Authorization", "").partition(" ")
            if scheme.lower() != "bearer":
                raise NotAuthenticatedError
            caller = self.platform.authenticate(token)
            g.entry["client_id"] = caller.client_id
            body = {}
            if operation.body is not None:
                if request.mimetype != "application/json":
                    return self._error(415, 415, "The body must be application/json.")
                body = operation.read_body(request.get_data(), **lenient)
            query = operation.read_query(request.args.items(multi=True), **lenient)
            status, document = handler(Call(caller, operation.read_path(path), query, body))
            return _json(status, document)
        except NotAuthenticatedError:
            return self._error(401, 401, "The token is missing or does not work.")
        except MalformedError as error:
            return self._error(400, "ParameterMalformed" if error.parameter else 400, error.message)
        except PlatformError as error:
            return self._error(self._status_of(error.code), error.code, error.message, error.tenant_id)

    def _status_of(self, code: int) -> int:
        """HTTP status of a platform code; only the one of 1006 is documented."""
        switches = self.platform.switches
        return {
            1001: switches.mismatch_status,
            1002: 403,
            1003: switches.parent_disabled_status,
            1004: 409,
            1005: 404,
            1011: switches.deprovisioning_status,
            1012: switches.locked_status,
        }.get(code, code if code < 1000 else 400)

    def _error(self, status: int, code: int | str, message: str, tenant_id: str | None = None) -> Response:
        switches = self.platform.switches
        style = switches.error_code
        shown: int | str | None = code
        if style == "string":
            shown = str(code)
        elif style == "http_status":
            shown = status
        elif style == "absent":
            shown = None
        tenant = self.platform.tenants.get(tenant_id or "")
        context = str(1_000_000 + tenant.serial) if tenant else ""
        return _json(status, error_document(status, shown, message, switches.error_shape, context))

    @staticmethod
    def _http_error(error: HTTPException) -> BaseResponse:
        status = error.code or 500
        if status < 400:
            return error.get_response()
        headers = {key: value for key, value in error.get_headers() if key == "Allow"}
        return _json(status, error_document(status, status, error.description or error.name, "minimal"), headers)

    # -- tokens -----------------------------------------------------------------------------------------------------

    def _token(self, operation: Operation) -> Response:
        def refuse(status: int, error: str, text: str, reason: str) -> Response:
            document = {"domain": "Access", "reason": reason, "error": error, "error_description": text}
            return _json(status, document, no_store)

        no_store = {"Cache-Control": "no-store", "Pragma": "no-cache"}
        if request.mimetype != operation.content_type:
            return refuse(400, "invalid_request", "The body must be a form.", "InvalidRequest")
        try:
            pairs = parse_qsl(request.get_data().decode(), keep_blank_values=True, strict_parsing=True)
            form = operation.check_body(dict(pairs), loose=True, ignore_unknown=False)
        except (ValueError, MalformedError) as error:
            return refuse(400, "invalid_request", str(error), "InvalidRequest")
        if form["grant_type"] != "client_credentials":
            return refuse(400, "invalid_request", "The grant is not simulated.", "InvalidRequest")
        fault: Fault = g.fault
        try:
            client_id, secret = _basic(request.headers.get("Authorization", ""))
            token = self.platform.issue_token(client_id, secret, fault.expires_in)
        except InvalidClientError:
            return refuse(401, "invalid_client", "The client credentials were not accepted.", "InvalidClient")
        g.entry["client_id"] = client_id
        document: dict[str, Any] = {
            "access_token": token.value,
            "token_type": "bearer",
            "id_token": "simulated.id.token",
        }
        style = self.platform.switches.token_expiry
        if style in ("expires_on", "both"):
            document["expires_on"] = int(token.expires_at)
        if style in ("expires_in", "both"):
            document["expires_in"] = int(token.expires_at - self.platform.clock.now() + 0.5)
        return _json(200, document, no_store)

    # -- cursors ----------------------------------------------------------------------------------------------------

    def _cursor(self, values: dict[str, Any]) -> str:
        text = json.dumps(values).encode()
        # Padded so that it always ends in "==": a client has to encode it.
        text += b" " * ((1 - len(text) - 16) % 3)
        return base64.b64encode(self._sign(text) + text).decode()

    def _sign(self, text: bytes) -> bytes:
        return hmac.digest(self._cursor_key, text, hashlib.sha256)[:16]

    def _read_cursor(self, call: Call, kind: str, excluded: tuple[str, ...]) -> dict[str, Any]:
        """What a cursor carries.

        Raises:
            MalformedError: it is not one of ours, belongs to another client or listing, or comes with other filters.
        """
        others = [name for name in excluded if name in call.query]
        if others:
            raise MalformedError(f"after excludes {others[0]}", parameter=True)
        try:
            raw = base64.b64decode(call.query["after"], validate=True)
            good = hmac.compare_digest(self._sign(raw[16:]), raw[:16])
            values: dict[str, Any] = json.loads(raw[16:]) if good else {}
        except (binascii.Error, ValueError):
            values = {}
        if values.get("kind") != kind or values.get("client") != call.caller.client_id:
            raise MalformedError("after is not a cursor of this listing", parameter=True)
        return values

    def _paging(self, call: Call, values: dict[str, Any] | None) -> dict[str, Any]:
        """The ``paging`` part of a page; ``values`` is what the next cursor carries, None on the last page."""
        switches = self.platform.switches
        if values is not None:
            repeat = switches.repeat_cursor and "after" in call.query
            cursor = call.query["after"] if repeat else self._cursor(values)
            return {"paging": {"cursors": {"after": cursor}}}
        pages: dict[str, dict[str, Any]] = {
            "absent": {},
            "empty_paging": {"paging": {}},
            "empty_cursors": {"paging": {"cursors": {}}},
            "empty_after": {"paging": {"cursors": {"after": ""}}},
        }
        return pages[switches.last_page]

    def _limit(self, wanted: int) -> int:
        largest = self.platform.switches.largest_page
        return min(wanted, largest) if largest else wanted

    # -- endpoints --------------------------------------------------------------------------------------------------

    def _fetch_client(self, call: Call) -> Answer:
        return 200, self.views.client(self.platform.get_client(call.caller, call.path["client_id"]))

    def _fetch_clients(self, call: Call) -> Answer:
        listing = self.platform.switches.clients_listing
        if listing == "missing":
            raise PlatformError(404, "There is no such listing.")
        if "origin_id" in call.query:
            raise MalformedError("origin_id is not simulated", parameter=True)
        if "uuids" not in call.query and listing == "refused":
            raise MalformedError("one of uuids, origin_id is required", parameter=True)
        clients = self.platform.list_clients(
            call.caller,
            uuids=_uuids(call.query["uuids"]) if "uuids" in call.query else None,
            below=listing == "all",
            allow_deleted=call.query.get("allow_deleted", False),
        )
        return 200, {"items": [self.views.client(client) for client in clients]}

    def _fetch_tenants(self, call: Call) -> Answer:
        query = call.query
        roots = ("uuids", "parent_id", "subtree_root_id")
        after: Position | None = None
        if "after" in query:
            filters = (*roots, "allow_deleted", "updated_since", "lod", "with_contacts", "include_relative_path")
            carried = self._read_cursor(call, "tenants", filters)
            after = tuple(carried["position"])
            selection = Selection(**{**carried["selection"], "uuids": _tuple(carried["selection"]["uuids"])})
            lod, with_contacts = carried["lod"], carried["with_contacts"]
            limit = query.get("limit", carried["limit"])
        else:
            selection = self._selection(query, roots)
            lod, with_contacts = query.get("lod", "full"), query.get("with_contacts", False)
            limit = query.get("limit", 5000)
        page, position = self.platform.list_tenants(call.caller, selection, self._limit(limit), after)
        carried = {
            "kind": "tenants",
            "client": call.caller.client_id,
            "selection": asdict(selection),
            "lod": lod,
            "with_contacts": with_contacts,
            "limit": limit,
            "position": position,
        }
        return 200, {
            "timestamp": self.views.time(self.platform.clock.now()),
            "items": [self.views.item(tenant, lod, with_contacts) for tenant in page],
            **self._paging(call, carried if position else None),
        }

    @staticmethod
    def _selection(query: dict[str, Any], roots: tuple[str, ...]) -> Selection:
        given = [name for name in roots if name in query]
        if not given:
            raise MalformedError(f"one of {', '.join(roots)}, after is required", parameter=True)
        if len(given) > 1:
            raise MalformedError(f"{given[0]} excludes {given[1]}", parameter=True)
        if query.get("include_relative_path") and given != ["uuids"]:
            raise MalformedError(f"include_relative_path excludes {given[0]}", parameter=True)
        return Selection(
            uuids=_uuids(query["uuids"]) if "uuids" in query else None,
            parent_id=query.get("parent_id"),
            subtree_root_id=query.get("subtree_root_id"),
            allow_deleted=query.get("allow_deleted", False),
            updated_since=query.get("updated_since"),
            relative_path=query.get("include_relative_path", False),
        )

    def _fetch_tenant(self, call: Call) -> Answer:
        allow_deleted = call.query.get("allow_deleted", False)
        tenant = self.platform.get_tenant(call.caller, call.path["tenant_id"], allow_deleted)
        document = self.views.tenant(tenant)
        if call.query.get("embed_path"):
            document["path"] = self.views.tenant_path(tenant, call.caller)
        return 200, document

    def _update_tenant(self, call: Call) -> Answer:
        return 200, self.views.tenant(self.platform.update_tenant(call.caller, call.path["tenant_id"], call.body))

    def _delete_tenant(self, call: Call) -> Answer:
        self.platform.delete_tenant(call.caller, call.path["tenant_id"], call.query["version"])
        return 204, None

    def _restore_tenant(self, call: Call) -> Answer:
        self.platform.restore_tenant(call.caller, call.path["tenant_id"], call.query.get("force", False))
        return 204, None

    def _fetch_users(self, call: Call) -> Answer:
        query = call.query
        roots = ("uuids", "tenant_id", "subtree_root_tenant_id")
        filters = (*roots, "allow_deleted", "updated_since", "lod", "external_ids", "with_access_policies")
        if "after" in query:
            carried = self._read_cursor(call, "users", filters)
        else:
            given = [name for name in roots if name in query]
            if not given:
                raise MalformedError(f"one of {', '.join(roots)}, after is required", parameter=True)
            if len(given) > 1:
                raise MalformedError(f"{given[0]} excludes {given[1]}", parameter=True)
            if "external_ids" in query:
                raise MalformedError("external_ids is not simulated", parameter=True)
            carried = {
                "kind": "users",
                "client": call.caller.client_id,
                "uuids": _uuids(query["uuids"]) if "uuids" in query else None,
                "tenant_id": query.get("tenant_id"),
                "subtree_root_id": query.get("subtree_root_tenant_id"),
                "allow_deleted": query.get("allow_deleted", False),
                "updated_since": query.get("updated_since"),
                "limit": query.get("limit", 2000),
                "position": 0,
            }
        limit = query.get("limit", carried["limit"])
        users: list[User] = [
            user
            for user in self.platform.list_users(
                call.caller,
                tenant_id=carried["tenant_id"],
                subtree_root_id=carried["subtree_root_id"],
                uuids=_tuple(carried["uuids"]),
                allow_deleted=carried["allow_deleted"],
                updated_since=carried["updated_since"],
            )
            if user.serial > carried["position"]
        ]
        size = self._limit(limit)
        page, more = users[:size], len(users) > size
        return 200, {
            "timestamp": self.views.time(self.platform.clock.now()),
            "items": [self.views.user(user) for user in page],
            **self._paging(call, {**carried, "limit": limit, "position": page[-1].serial} if more else None),
        }

    def _fetch_usages(self, call: Call) -> Answer:
        names = set(filter(None, call.query.get("usage_names", "").split(",")))
        if "editions" in call.query:
            raise MalformedError("editions is not simulated", parameter=True)
        found = self.platform.list_usages(call.caller, _uuids(call.query["tenants"]))
        return 200, {"items": [self.views.usages(tenant, storage, names) for tenant, storage in found]}


def _basic(header: str) -> tuple[str, str]:
    """Name and secret of HTTP Basic credentials.

    Raises:
        InvalidClientError: the header holds none.
    """
    scheme, _blank, value = header.partition(" ")
    try:
        name, colon, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError as error:
        raise InvalidClientError from error
    if scheme.lower() != "basic" or not colon:
        raise InvalidClientError
    return name, secret


def _uuids(text: str) -> tuple[str, ...]:
    """The identifiers in a comma-separated list.

    Raises:
        MalformedError: one is not an identifier, or there are too many.
    """
    values = tuple(text.split(","))
    if len(values) > UUIDS_MAX:
        raise MalformedError(f"uuids holds more than {UUIDS_MAX}", parameter=True)
    if not all(UUID.fullmatch(value) for value in values):
        raise MalformedError("uuids holds something else", parameter=True)
    return values


def _tuple(values: Any) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)


def _masked(values: dict[str, Any]) -> dict[str, Any]:
    return {key: "***" if key in _SECRET_KEYS else value for key, value in values.items()}


def _readable_body(raw: bytes, mimetype: str) -> Any:
    """The body for the log: parsed, secrets masked; what cannot be parsed is not shown, it might hold a secret."""
    if not raw:
        return None
    try:
        if mimetype == "application/x-www-form-urlencoded":
            return _masked(dict(parse_qsl(raw.decode(), keep_blank_values=True)))
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return f"({len(raw)} bytes that cannot be parsed)"
    return _masked(value) if isinstance(value, dict) else value


def _code_of(response: Response) -> Any:
    """The code in an error, of either kind."""
    try:
        error = json.loads(response.get_data())["error"]
    except (ValueError, KeyError, TypeError):
        return None
    return error.get("code") if isinstance(error, dict) else error

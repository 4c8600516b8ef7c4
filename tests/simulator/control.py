# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control endpoints under ``/_simulator/``, for tests and demonstrations. They need no token and are not logged."""

from __future__ import annotations

import os
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import BadRequest, HTTPException, NotFound

from .app import SimulatorApp
from .faults import Change
from .model import CHILD_KINDS, Tenant
from .platform import Platform
from .switches import table


def _tree(platform: Platform, tenant: Tenant) -> dict[str, Any]:
    return {
        "id": tenant.id,
        "name": tenant.name,
        "kind": tenant.kind,
        "enabled": tenant.enabled,
        "deleted": platform.is_deleted(tenant),
        "version": tenant.version,
        "customer_id": tenant.customer_id,
        "internal_tag": tenant.internal_tag,
        "locked_by": tenant.lock_owner_id,
        "owner_id": tenant.owner_id,
        "external_operation_status": platform.operation_status(tenant),
        "users": [
            {"id": user.id, "login": user.login, "deleted": platform.is_deleted(user)} for user in tenant.users.values()
        ],
        "children": [_tree(platform, child) for child in tenant.children.values() if not platform.is_gone(child)],
    }


def _document(*allowed: str) -> dict[str, Any]:
    """The JSON object in the body; only the keys named may be in it, if any are named."""
    document = request.get_json(force=True, silent=True) if request.get_data() else {}
    if not isinstance(document, dict):
        raise BadRequest("the body must be a JSON object")
    if allowed and not document.keys() <= set(allowed):
        raise BadRequest(f"unknown keys {sorted(document.keys() - set(allowed))}; known: {sorted(allowed)}")
    return document


def _integer(name: str, default: int) -> int:
    try:
        return int(request.args.get(name, default))
    except ValueError as error:
        raise BadRequest(f"{name} must be an integer") from error


def attach(app: SimulatorApp) -> None:
    """Add the control endpoints to the application."""
    platform = app.platform
    control = Blueprint("control", __name__, url_prefix="/_simulator")

    @control.errorhandler(HTTPException)
    def refuse(error: HTTPException) -> tuple[Response, int]:
        return jsonify({"error": error.description}), error.code or 500

    @control.errorhandler(ValueError)
    def refuse_value(error: ValueError) -> tuple[Response, int]:
        return jsonify({"error": str(error)}), 400

    @control.get("/health")
    def health() -> dict[str, Any]:
        return {"pid": os.getpid()}

    @control.get("/log")
    def read_log() -> dict[str, Any]:
        since = _integer("since", 0)
        with platform.lock:
            entries = [entry for entry in app.log if entry["seq"] > since]
        if request.args.get("writes") == "true":
            # A token is not a change of the platform's objects.
            entries = [e for e in entries if e["method"] not in ("GET", "HEAD") and not e["path"].startswith("/idp/")]
        return {"entries": entries}

    @control.delete("/log")
    def clear_log() -> tuple[str, int]:
        app.log.clear()
        return "", 204

    @control.post("/reset")
    def reset() -> dict[str, Any]:
        document = _document("seed", "switches")
        app.reset(document.get("seed"), document.get("switches"))
        return {"ids": platform.well_known}

    @control.route("/clock", methods=["GET", "POST"])
    def clock() -> dict[str, Any]:
        if request.method == "POST":
            document = _document("advance", "freeze")
            seconds, frozen = document.get("advance", 0), document.get("freeze")
            if (
                isinstance(seconds, bool)
                or not isinstance(seconds, (int, float))
                or not isinstance(frozen, bool | None)
            ):
                raise BadRequest("advance is a number of seconds, freeze is true or false")
            platform.clock.advance(seconds)
            if frozen is not None:
                platform.clock.freeze(frozen)
        return {"now": platform.clock.now(), "frozen": platform.clock.frozen}

    @control.get("/faults")
    def read_faults() -> dict[str, Any]:
        return {"faults": app.faults.as_list()}

    @control.post("/faults")
    def add_fault() -> dict[str, Any]:
        with platform.lock:
            app.faults.add(**_document())
        return read_faults()

    @control.delete("/faults")
    def clear_faults() -> tuple[str, int]:
        app.faults.rules.clear()
        return "", 204

    @control.get("/switches")
    def read_switches() -> dict[str, Any]:
        if request.args.get("describe") == "true":
            return {"switches": table()}
        return platform.switches.as_dict()

    @control.patch("/switches")
    def set_switches() -> dict[str, Any]:
        with platform.lock:
            platform.switches.update(_document())
        return platform.switches.as_dict()

    @control.get("/tokens")
    def tokens() -> dict[str, Any]:
        return {"tokens": platform.all_tokens}

    @control.post("/tokens/revoke")
    def revoke() -> tuple[str, int]:
        with platform.lock:
            platform.revoke_tokens()
        return "", 204

    @control.get("/secrets")
    def all_secrets() -> dict[str, Any]:
        return {"secrets": sorted(set(platform.all_secrets))}

    @control.get("/tree")
    def tree() -> dict[str, Any]:
        with platform.lock:
            root = next(tenant for tenant in platform.tenants.values() if tenant.parent is None)
            return {"ids": platform.well_known, "tree": _tree(platform, root)}

    @control.post("/tenants")
    def add_tenant() -> tuple[dict[str, Any], int]:
        document = _document()
        with platform.lock:
            parent = platform.tenants.get(document.pop("parent_id", ""))
            if parent is None or not isinstance(document.get("name"), str) or document.get("kind") not in CHILD_KINDS:
                raise BadRequest("name, kind and the parent_id of a tenant are needed")
            tenant = platform.add_tenant(parent, document.pop("name"), document.pop("kind"))
            platform.interfere(tenant.id, values=document, bump=False)
            return app.views.tenant(tenant), 201

    @control.patch("/tenants/<tenant_id>")
    def change_tenant(tenant_id: str) -> dict[str, Any]:
        document = _document()
        bump = document.pop("bump", True)
        return _change(tenant_id, Change(set=document, bump=bump, restore=document.pop("deleted", None) is False))

    @control.delete("/tenants/<tenant_id>")
    def delete_tenant(tenant_id: str) -> dict[str, Any]:
        return _change(tenant_id, Change(delete=True))

    def _change(tenant_id: str, change: Change) -> dict[str, Any]:
        with platform.lock:
            try:
                change.make(platform, tenant_id)
            except KeyError as error:
                raise NotFound(f"no such tenant: {error}") from error
            return app.views.tenant(platform.tenants[tenant_id])

    @control.post("/users")
    def add_user() -> tuple[dict[str, Any], int]:
        document = _document("tenant_id", "login", "email", "first_name", "last_name", "hidden")
        with platform.lock:
            tenant = platform.tenants.get(document.pop("tenant_id", ""))
            if tenant is None or "login" not in document:
                raise BadRequest("login and the tenant_id of a tenant are needed")
            return app.views.user(platform.add_user(tenant, **document)), 201

    @control.post("/clients")
    def add_client() -> tuple[dict[str, Any], int]:
        document = _document("tenant_id", "client_id", "client_secret", "name")
        with platform.lock:
            tenant = platform.tenants.get(document.get("tenant_id", ""))
            if tenant is None or not {"client_id", "client_secret"} <= document.keys():
                raise BadRequest("client_id, client_secret and the tenant_id of a tenant are needed")
            client = platform.add_client(
                tenant, document["client_id"], document["client_secret"], document.get("name", "")
            )
            return app.views.client(client), 201

    @control.patch("/clients/<client_id>")
    def change_client(client_id: str) -> dict[str, Any]:
        document = _document("status", "client_secret")
        with platform.lock:
            client = platform.clients.get(client_id)
            if client is None:
                raise NotFound("no such client")
            if document.get("status", client.status) not in ("enabled", "disabled"):
                raise BadRequest("status is enabled or disabled")
            client.status = document.get("status", client.status)
            if "client_secret" in document:
                client.secret = document["client_secret"]
                platform.all_secrets.append(client.secret)
            platform.changes += 1
            return app.views.client(client)

    app.register_blueprint(control)


def make_app(seed: Any = "demo", switches: dict[str, Any] | None = None) -> SimulatorApp:
    """The application with its control endpoints.

    Raises:
        ValueError: the seed or a switch is wrong.
    """
    app = SimulatorApp(seed, switches)
    attach(app)
    return app

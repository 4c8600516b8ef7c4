# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes to a tenant under the version that was read, and what follows when it has changed or an answer is lost.

The platform demands the tenant's version with every PUT and DELETE and refuses one that is no longer the newest
(vendor's OpenAPI document and error code table). So a repeated write takes effect at most once, and never on a
revision that was not looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from ansible_collections.community.acronis.plugins.module_utils import _rules as rules
from ansible_collections.community.acronis.plugins.module_utils._errors import (
    TOKEN_PATH,
    AcronisError,
    AnswerError,
    ApiError,
    AuthError,
    StoppedError,
    UnknownOutcomeError,
)
from ansible_collections.community.acronis.plugins.module_utils._rules import Action, Desired, GuardData
from ansible_collections.community.acronis.plugins.module_utils._tenants import Tenant
from ansible_collections.community.acronis.plugins.module_utils._text import shown
from ansible_collections.community.acronis.plugins.module_utils._throttle import Backoff, Stop

# How often a tenant is planned again because another writer came first.
MAX_CONFLICTS = 5

WITHOUT_EFFECT = "It had not taken effect when the tenant was read afterwards."


class TenantWrites(Protocol):
    """What is needed of the platform to write; satisfied by TenantApi."""

    def get(self, tenant_id: str) -> Tenant | None:
        """Read the tenant. None: there is none."""

    def set_enabled(self, tenant: Tenant, enabled: bool, backoff: Backoff, internal_tag: str | None = None) -> Tenant:
        """Enable or disable it under its version, and return it as the platform answers."""

    def delete(self, tenant: Tenant, backoff: Backoff) -> None:
        """Delete it under its version."""

    def restore(self, tenant: Tenant, backoff: Backoff) -> None:
        """Take back its deletion."""

    def backoff(self) -> Backoff:
        """Return the time that a write and its retries may take."""

    @property
    def stop(self) -> Stop:
        """Whether the task is to end."""


@dataclass
class Progress:
    """What has been done so far, kept up to date so that nothing is lost when an error ends the work.

    actions: those that took effect. snapshot: the tenant as last seen; unknown after a write whose outcome could not be
    read. doubt: a write whose answer was lost, and which somebody else may have undone before the tenant was read.
    """

    snapshot: rules.Snapshot
    actions: list[Action] = field(default_factory=list)
    doubt: tuple[Action, AcronisError] | None = None

    def done(self, action: Action, tenant: Tenant | None) -> None:
        """Note an action that took effect, and the tenant as it is shown since; a deleted one is not shown."""
        self.actions.append(action)
        self.doubt = None
        self.snapshot = rules.predict(tenant, ["delete"]) if action == "delete" and tenant else rules.snapshot(tenant)


def converge(
    api: TenantWrites,
    desired: Desired,
    tenant: Tenant,
    data: GuardData,
    look: Callable[[Desired, Tenant | None, bool], GuardData],
    progress: Progress,
) -> None:
    """Write until the tenant is as desired, and note in progress what took effect: plan again after a conflict.

    look: gathers what the guards need to know, and is told whether somebody else has changed the tenant. It is
    gathered and checked again before each write that follows another one, ours or not. Raises AcronisError: a guard
    that stands against it, a refusal of the platform, or an outcome that is not known.
    """
    now: Tenant | None = tenant
    backoff = api.backoff()
    conflicts = 0
    try:
        while (actions := rules.plan(desired, now, data)) and now is not None:
            write = _write_until_known(api, actions[0], now, desired.internal_tag, backoff, progress)
            now = write.tenant
            if write.conflict is not None:
                conflicts += 1
                if conflicts > MAX_CONFLICTS:
                    raise write.conflict
            elif now is None:
                return
            else:
                desired = _with_tag_written(desired, actions[0], now)
                # With a lost answer nobody can tell what else is in the version shown now.
                if write.answered or actions[0] == "restore":
                    desired = rules.after_own_write(desired, now)
                if actions[0] == "restore":
                    now = wait_until_restored(api, desired, now)
                    progress.snapshot = rules.snapshot(now)
                backoff = api.backoff()
            data = look(desired, now, write.conflict is not None)
    except UnknownOutcomeError:
        raise
    except AcronisError as error:
        if progress.doubt is None:
            raise
        action, problem = progress.doubt
        why = "somebody else has changed the tenant since." if error is problem else f"now {error.message}"
        raise _unknown(action, problem, why) from error


@dataclass(frozen=True)
class Write:
    """What became of one write. tenant: as it is now; None when it is gone. answered: the platform has confirmed it.

    conflict: the write did not take effect, because the tenant is another than the one that it was sent for.
    """

    tenant: Tenant | None
    answered: bool = False
    conflict: AcronisError | None = None


def _with_tag_written(desired: Desired, action: Action, now: Tenant) -> Desired:
    """Return what is desired when the state was written, and with it the tag; raise AnswerError when only the state
    was.
    """
    if action == "restore" or desired.internal_tag is None:
        return desired
    if not rules.has_tag(now, desired.internal_tag):
        raise AnswerError(
            f"the platform accepted the request to {action} it but shows the internal_tag "
            f"{shown(now.internal_tag or '')}, not {shown(desired.internal_tag)}; check it in the management portal.",
            status=200,
            method="PUT",
            path=f"/tenants/{now.id}",
        )
    return rules.after_own_tag(desired)


def _write_until_known(
    api: TenantWrites,
    action: Action,
    sent: Tenant,
    internal_tag: str | None,
    backoff: Backoff,
    progress: Progress,
) -> Write:
    """Send one write, again if its answer was lost and it did not take effect, until it is known what became of it.

    internal_tag: what goes with a write of the state. Raises AcronisError when it did not take effect and cannot be
    repeated, or when the outcome is not known.
    """
    in_doubt = False
    while True:
        if api.stop.requested:
            raise StoppedError(f"the task was interrupted before it could {action} it; run the task again to continue.")
        now, problem = _send(api, action, sent, internal_tag, backoff)
        if problem is None:
            progress.done(action, sent if now is None else now)
            return Write(_restored(api, sent, progress) if action == "restore" else now, answered=True)
        in_doubt = in_doubt or problem.uncertain
        may_repeat = problem.uncertain and backoff.wait(problem)
        if problem.uncertain and not may_repeat:
            problem = problem.with_advice(backoff.advice)
        now = _read_after(api, action, sent, problem, in_doubt, progress)
        if in_doubt and rules.took_effect(action, sent, now, internal_tag):
            backoff.health.answered()
            progress.done(action, sent if now is None else now)
            return Write(None if action == "delete" else now)
        if in_doubt and now != sent:
            progress.doubt = action, problem
        if problem.uncertain and not may_repeat:
            raise problem if progress.doubt else problem.with_advice(WITHOUT_EFFECT)
        if now != sent:
            return Write(now, conflict=problem)
        if not problem.uncertain:
            raise problem


def wait_until_restored(api: TenantWrites, desired: Desired, tenant: Tenant | None) -> Tenant | None:
    """Wait until the platform has finished restoring the tenant, or until the time for retries is over.

    Return the tenant as it is then. Raises AcronisError when it cannot be read.
    """
    backoff = api.backoff()
    busy = AcronisError("the platform is restoring the tenant.", retryable=True)
    while tenant is not None and rules.must_wait(desired, tenant) and backoff.wait(busy):
        tenant = api.get(tenant.id)
    return tenant


def _send(
    api: TenantWrites, action: Action, tenant: Tenant, internal_tag: str | None, backoff: Backoff
) -> tuple[Tenant | None, AcronisError | None]:
    """Send one write. Return the tenant if the answer shows it (only a PUT's does), or why to look at it again.

    Raises AcronisError when the write did not get as far as a tenant that could have changed.
    """
    try:
        if action == "delete":
            api.delete(tenant, backoff)
            return None, None
        if action == "restore":
            api.restore(tenant, backoff)
            return None, None
        after = api.set_enabled(tenant, action == "enable", backoff, internal_tag)
    except AcronisError as error:
        # Any refusal may come from a tenant that is not as it was read: the HTTP status of a version mismatch is not
        # documented. Only one of the write itself counts, not one of the token.
        refused = isinstance(error, ApiError) and not isinstance(error, AuthError) and error.path != TOKEN_PATH
        if not error.uncertain and not refused:
            raise
        return None, error
    if rules.displayed_state(after) == rules.predict(tenant, [action]).state:
        return after, None
    return None, AnswerError(
        f"the platform accepted the request to {action} it but shows it as {rules.displayed_state(after)}; check it "
        "in the management portal.",
        status=200,
        method="PUT",
        path=f"/tenants/{tenant.id}",
        uncertain=True,
    )


def _restored(api: TenantWrites, tenant: Tenant, progress: Progress) -> Tenant:
    """Return the tenant as it is after its restoration, whose answer does not show it."""
    progress.snapshot = rules.UNKNOWN
    now = api.get(tenant.id)
    progress.snapshot = rules.snapshot(now)
    if now is None or not rules.took_effect("restore", tenant, now):
        raise AnswerError(
            f"the platform accepted the request to restore it but shows it as {rules.displayed_state(now)}; check it "
            "in the management portal.",
            status=204,
            method="POST",
            path=f"/tenants/{tenant.id}/restore",
        )
    return now


def _read_after(
    api: TenantWrites, action: Action, sent: Tenant, problem: AcronisError, in_doubt: bool, progress: Progress
) -> Tenant | None:
    """Return the tenant as it is after a write that failed or may have failed."""
    try:
        now = api.get(sent.id)
    except AcronisError as error:
        if not in_doubt:
            raise problem from error
        progress.snapshot = rules.UNKNOWN
        raise _unknown(action, problem, f"reading it failed too: {error.message}") from error
    progress.snapshot = rules.snapshot(now)
    return now


def _unknown(action: Action, problem: AcronisError, why: str) -> UnknownOutcomeError:
    return UnknownOutcomeError(
        f"{problem.message} It is not known whether the request to {action} it took effect; {why}",
        code=problem.code,
        status=problem.status,
        method=problem.method,
        path=problem.path,
        retryable=problem.retryable,
        uncertain=True,
    )

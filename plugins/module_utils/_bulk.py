# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task's tenants from the options to the report: resolve, read, plan all, then write."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from copy import copy
from functools import partial
from typing import Protocol

from ansible_collections.community.acronis.plugins.module_utils import _family as family
from ansible_collections.community.acronis.plugins.module_utils import _lifecycle as lifecycle
from ansible_collections.community.acronis.plugins.module_utils._client import Retry
from ansible_collections.community.acronis.plugins.module_utils._errors import (
    AcronisError,
    AuthError,
    NotFoundError,
    RefusedError,
    advise_after_suspension,
    clean,
)
from ansible_collections.community.acronis.plugins.module_utils._impact import Survey
from ansible_collections.community.acronis.plugins.module_utils._lifecycle import Action, Facts
from ansible_collections.community.acronis.plugins.module_utils._resolve import choose, climb, look_up
from ansible_collections.community.acronis.plugins.module_utils._results import Outcome, Report
from ansible_collections.community.acronis.plugins.module_utils._surroundings import Surroundings
from ansible_collections.community.acronis.plugins.module_utils._tenants import TenantApi
from ansible_collections.community.acronis.plugins.module_utils._versioning import Progress, bring_about
from ansible_collections.community.acronis.plugins.module_utils._wishes import Request
from ansible_collections.community.acronis.plugins.module_utils._workers import Workers

# Retries that took longer than this in all, in seconds, are worth a warning.
SLOW_SECONDS = 5.0


def run(api: TenantApi, request: Request, check_mode: bool) -> Report:
    """Bring the tenants to the wanted states, in check mode only as far as the plan, and report on each."""
    report = Report([Outcome(wanted) for wanted in request.wishes], request.return_unchanged, retries=api.retries)
    with Workers(min(request.concurrency, len(request.wishes) or 1)) as workers:
        job = Job(api, request, report, workers)
        try:
            job.look()
            job.plan()
            job.brake()
            if request.impact:
                job.measure()
                job.brake()
            if check_mode:
                job.predict()
            else:
                job.apply()
        except Exception as error:  # whatever it is, what was done before must be told
            report.trace = traceback.format_exc()
            for outcome in report.outcomes:
                outcome.error = outcome.error or own_error(error)
    _warn_of_unknown_names(report)
    warn_of_slowness(report)
    report.warnings = list(dict.fromkeys(report.warnings))
    return report


class Job:
    """The tenants of a task on their way from the wish to the outcome. The steps are to be called in their order."""

    def __init__(self, api: TenantApi, request: Request, report: Report, workers: Workers) -> None:
        self._api = api
        self._request = request
        self._report = report
        self._workers = workers
        self._outcomes = report.outcomes
        # By tenant id: what is to be done to each, and the others of the task that lie above it, the nearest first.
        self._plans: dict[str, Sequence[Action]] = {}
        self._facts: dict[str, Facts] = {}
        self._above: dict[str, list[str]] = {}
        self._by_id: dict[str, Outcome] = {}
        self._halted = False

    # -- read -------------------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Read the tenants, and refuse lists that contradict themselves."""
        references = [outcome.wanted.reference for outcome in self._outcomes]
        candidates = look_up(self._api, self._workers, references, self._request.root_id)
        self._forest = candidates.forest
        hints = candidates.hints()
        for outcome in self._outcomes:
            outcome.hint = hints.get(outcome.wanted.reference, "")
        self._each(lambda one: one.see(choose(self._api, candidates, one.wanted.reference)), self._outcomes)
        self._surroundings = Surroundings(self._api, self._request.root_id, self._forest, self._report.warnings.append)
        self._each(self._settle, [o for o in self._outcomes if o.tenant and o.tenant.operation is not None])
        self._refuse_duplicates()
        self._find_families()

    def _settle(self, outcome: Outcome) -> None:
        """Wait until the platform has finished what it is at, or until the time for retries is over."""
        tenant, backoff = outcome.tenant, self._api.backoff()
        busy = AcronisError("the platform is restoring the tenant.", retryable=True)
        while tenant is not None and lifecycle.must_wait(outcome.wanted, tenant) and backoff.wait(busy):
            tenant = self._api.get(tenant.id)
        outcome.see(tenant)

    def _refuse_duplicates(self) -> None:
        for outcome in self._outcomes:
            if outcome.tenant is None:
                continue
            other = self._by_id.setdefault(outcome.tenant.id, outcome)
            if other is not outcome:
                self._refuse_task(
                    outcome,
                    f"{clean(other.wanted.reference.text, 80)!r} and {clean(outcome.wanted.reference.text, 80)!r} are "
                    "the same tenant; name each tenant once.",
                )

    def _find_families(self) -> None:
        """Find out which tenants lie above others of the task."""
        tenants = [outcome.tenant for outcome in self._by_id.values() if outcome.tenant is not None]
        apart = not any(one.has_children or one.hides_children or one.parent_id in self._by_id for one in tenants)
        if len(tenants) < 2 or apart:
            return
        try:
            climb(self._api, self._forest, list(self._by_id))
        except AcronisError as error:
            for outcome in self._by_id.values():
                self._fail(outcome, error)
            return
        self._above = family.listed_above(list(self._by_id), self._forest)
        for tenant_id, above in self._above.items():
            outcome = self._by_id[tenant_id]
            for ancestor in above:
                try:
                    family.guard_contradiction(outcome.wanted.state, self._by_id[ancestor].wanted.state, ancestor)
                except RefusedError as error:
                    self._refuse_task(outcome, error.message)

    def _refuse_task(self, outcome: Outcome, reason: str) -> None:
        outcome.error = RefusedError(reason)
        self._halted = True

    # -- plan -------------------------------------------------------------------------------------------------------

    def plan(self) -> None:
        """Make the plan for each tenant, with all guards."""
        self._each(self._plan_one, self._outcomes)
        for tenant_id, above in self._above.items():
            if self._by_id[tenant_id].error is not None:
                for ancestor in above:
                    self._refuse_to_take_along(self._by_id[ancestor], self._by_id[tenant_id])

    def _plan_one(self, outcome: Outcome) -> None:
        tenant = outcome.tenant
        facts = self._surroundings.facts(outcome.wanted, tenant)
        try:
            actions = lifecycle.plan(outcome.wanted, tenant, facts)
        except NotFoundError as error:
            error.message = f"{error.message} {outcome.hint}".rstrip()
            raise
        if tenant is not None:
            self._plans[tenant.id], self._facts[tenant.id] = actions, facts

    def _refuse_to_take_along(self, outcome: Outcome, below: Outcome) -> None:
        """Have a tenant not deleted when that would take along another one of the task that must not be."""
        if outcome.error is None and outcome.tenant and "delete" in self._plans[outcome.tenant.id]:
            outcome.error = RefusedError(f"{below.subject} would be deleted with it, which was refused.")

    def brake(self) -> None:
        """Stop before the first write when the plan as a whole must not be carried out."""
        failed = any(outcome.error is not None for outcome in self._outcomes)
        if failed and not self._request.continue_on_error:
            self._halted = True
        planned = [outcome for outcome in self._outcomes if self._actions(outcome)]
        most = self._request.max_changes
        if most is not None and len(planned) > most and not self._halted:
            first = ", ".join(clean(outcome.subject) for outcome in planned[:3])
            self._report.refusal = (
                f"the plan holds {len(planned)} changes, more than max_changes ({most}) allows, so nothing was "
                f"changed; look at the list of tenants, or raise max_changes. The first are {first}."
            )
            self._halted = True

    def measure(self) -> None:
        """Find out what each change reaches."""
        if self._halted:
            return
        planned = [outcome for outcome in self._outcomes if self._actions(outcome)]
        tenants = [outcome.tenant for outcome in planned if outcome.tenant is not None]
        known = ((tenant_id, facts.descendants) for tenant_id, facts in self._facts.items())
        below = {tenant_id: descendants for tenant_id, descendants in known if descendants is not None}
        found = Survey(self._api, self._workers, self._forest).measure(tenants, below)
        for outcome, tenant in zip(planned, tenants, strict=True):
            answer = found[tenant.id]
            if isinstance(answer, AcronisError):
                self._fail(outcome, copy(answer))
            else:
                outcome.impact = answer

    def _actions(self, outcome: Outcome) -> Sequence[Action]:
        """Return what the plan says is to happen to the tenant."""
        if outcome.error is not None or outcome.tenant is None:
            return ()
        return self._plans[outcome.tenant.id]

    def predict(self) -> None:
        """Have each outcome show what a run would do."""
        for outcome in self._outcomes:
            actions = self._actions(outcome)
            if not actions or outcome.tenant is None:
                continue
            if self._halted:
                outcome.skipped = True
                continue
            taker = self._taken_along_by(outcome.tenant.id)
            outcome.after = lifecycle.predict(outcome.tenant, actions)
            if taker is None:
                outcome.actions = actions
            else:
                outcome.along_with = taker

    def _taken_along_by(self, tenant_id: str) -> str | None:
        """Return the id of the topmost tenant of the task with which this one is to be deleted, or None."""
        state = self._by_id[tenant_id].wanted.state
        takers = [
            above
            for above in self._above.get(tenant_id, ())
            if family.goes_along(state, self._by_id[above].wanted.state, self._actions(self._by_id[above]))
        ]
        return takers[-1] if takers else None

    # -- apply ------------------------------------------------------------------------------------------------------

    def apply(self) -> None:
        """Carry out the plan, tenants above and below each other in turn, all others at the same time."""
        waits_for: dict[str, set[str]] = {
            tenant_id: set() for tenant_id, outcome in self._by_id.items() if self._actions(outcome)
        }
        after: dict[str, list[str]] = {}
        for tenant_id, above in self._above.items():
            if self._by_id[tenant_id].error is not None:
                continue
            for ancestor in above:
                actions = self._actions(self._by_id[ancestor])
                states = self._by_id[tenant_id].wanted.state, self._by_id[ancestor].wanted.state
                if actions and family.goes_first(*states, actions):
                    after.setdefault(tenant_id, []).append(ancestor)
                    waits_for.setdefault(tenant_id, set()).add(ancestor)
                elif actions:
                    waits_for[ancestor].add(tenant_id)
        for wave in family.in_waves(waits_for):
            self._each(partial(self._apply_one, after=after), [self._by_id[tenant_id] for tenant_id in wave])
        skipped = sum(outcome.skipped for outcome in self._outcomes)
        if skipped and self._api.stop.requested:
            self._report.refusal = (
                f"the task was told to stop, and {skipped} of {len(self._outcomes)} tenants were not tried; "
                "run it again to go on."
            )

    def _apply_one(self, outcome: Outcome, after: dict[str, list[str]]) -> None:
        tenant = outcome.tenant
        if tenant is None or self._halted or self._api.stop.requested:
            outcome.skipped = bool(self._actions(outcome))
            return
        above = [self._by_id[ancestor] for ancestor in after.get(tenant.id, ())]
        changed = [ancestor for ancestor in above if ancestor.changed]
        deleted = [ancestor for ancestor in changed if ancestor.after.state == "deleted"]
        if deleted and outcome.wanted.state == "absent":
            outcome.after = lifecycle.predict(tenant, ["delete"])
            outcome.along_with = deleted[-1].tenant.id if deleted[-1].tenant else None
            return
        facts = self._facts[tenant.id]
        if changed:
            fresh = self._api.get(tenant.id)
            outcome.after = lifecycle.view(fresh)
            if outcome.after.state != outcome.before.state and changed[0].tenant:
                outcome.along_with = changed[0].tenant.id
            facts = self._surroundings.facts(outcome.wanted, fresh, again=True)
            if fresh is None:
                lifecycle.plan(outcome.wanted, fresh, facts)
                return
            tenant = fresh
        progress = Progress(lifecycle.view(tenant))
        try:
            bring_about(
                self._api,
                outcome.wanted,
                tenant,
                facts,
                partial(self._surroundings.facts, again=True),
                progress,
            )
        finally:
            outcome.actions, outcome.after = progress.actions, progress.view

    # -- all of them ------------------------------------------------------------------------------------------------

    def _each(self, step: Callable[[Outcome], object], outcomes: Sequence[Outcome]) -> None:
        """Take the step for each of the tenants that have not failed; one that fails does not disturb the others."""

        def take(outcome: Outcome) -> None:
            try:
                step(outcome)
            except AcronisError as error:
                self._fail(outcome, error)
            except Exception as error:  # whatever it is, what was done before must be told
                self._report.trace = traceback.format_exc()
                self._fail(outcome, own_error(error))

        self._workers.each(take, [outcome for outcome in outcomes if outcome.error is None])

    def _fail(self, outcome: Outcome, error: AcronisError) -> None:
        outcome.error = error
        self._halted = self._halted or not self._request.continue_on_error
        cut_off = isinstance(error, AuthError) or isinstance(error.__cause__, AuthError)
        if cut_off and outcome.changed and outcome.wanted.state != "enabled":
            advise_after_suspension(error)


def own_error(error: Exception) -> AcronisError:
    """Return what the user is told of an exception that should not be."""
    return AcronisError(
        f"an error in community.acronis itself ({type(error).__name__}: {clean(error)}); please report it."
    )


def _warn_of_unknown_names(report: Report) -> None:
    unknown = [
        outcome
        for outcome in report.outcomes
        if outcome.not_found and not outcome.skipped and outcome.wanted.reference.kind != "id"
    ]
    if len(unknown) == 1:
        report.warnings.append(
            f"no {unknown[0].subject} was found; since it is wanted absent, nothing was done. Check the spelling. "
            f"{unknown[0].hint}".rstrip()
        )
    elif unknown:
        names = ", ".join(repr(clean(outcome.wanted.reference.text, 80)) for outcome in unknown[:5])
        more = f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""
        report.warnings.append(
            f"no tenants were found for {len(unknown)} names and customer ids ({names}{more}); since they are wanted "
            "absent, nothing was done about them. Check the spelling. "
            f"{' '.join(outcome.hint for outcome in unknown if outcome.hint)}".rstrip()
        )


class Slow(Protocol):
    """A report of requests, some of which may have been repeated."""

    warnings: list[str]
    retries: Sequence[Retry]


def warn_of_slowness(report: Slow) -> None:
    """Add a warning when retries have cost much time."""
    waited = sum(retry.seconds for retry in report.retries)
    if waited > SLOW_SECONDS:
        reasons = ", ".join(dict.fromkeys(clean(retry.error.message, 80) for retry in report.retries))
        report.warnings.append(
            f"the platform was slow: {len(report.retries)} requests were repeated, "
            f"with {waited:.0f} seconds of waiting ({clean(reasons)})"
        )

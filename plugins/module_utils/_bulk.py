# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task's tenants from the options to the report: resolve, read, plan all, then write."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Collection, Mapping, Sequence
from copy import copy
from functools import partial

from ansible_collections.community.acronis.plugins.module_utils import _family as family
from ansible_collections.community.acronis.plugins.module_utils import _lifecycle as lifecycle
from ansible_collections.community.acronis.plugins.module_utils._errors import (
    AcronisError,
    AuthError,
    NotFoundError,
    RefusedError,
    advise_after_suspension,
    listed,
    own_error,
)
from ansible_collections.community.acronis.plugins.module_utils._forest import Forest
from ansible_collections.community.acronis.plugins.module_utils._impact import Survey, growth
from ansible_collections.community.acronis.plugins.module_utils._lifecycle import Action, Facts, Wanted
from ansible_collections.community.acronis.plugins.module_utils._resolve import choose, climb, look_up, read
from ansible_collections.community.acronis.plugins.module_utils._results import Outcome, Report
from ansible_collections.community.acronis.plugins.module_utils._surroundings import Surroundings
from ansible_collections.community.acronis.plugins.module_utils._tenants import Tenant, TenantApi
from ansible_collections.community.acronis.plugins.module_utils._text import shown
from ansible_collections.community.acronis.plugins.module_utils._throttle import slowness
from ansible_collections.community.acronis.plugins.module_utils._versioning import Progress, bring_about, settled
from ansible_collections.community.acronis.plugins.module_utils._wishes import Request
from ansible_collections.community.acronis.plugins.module_utils._workers import Workers

# How many tenants that were not found a warning names.
MAX_NAMES = 5


def run(api: TenantApi, request: Request, check_mode: bool) -> Report:
    """Bring the tenants to the wanted states, in check mode only as far as the plan, and report on each."""
    report = Report([Outcome(wanted) for wanted in request.wishes], request.return_unchanged)
    if request.left_out:
        counts = ", ".join(f"{count} {status}" for status, count in request.left_out.items())
        report.warnings.append(f"plan: entries about which nothing is to be done were left out: {counts}.")
    with Workers(min(request.concurrency, len(request.wishes) or 1)) as workers:
        job = Job(api, request, report, workers)
        try:
            job.look()
            job.plan()
            job.brake()
            job.measure()
            job.brake()
            if api.stop.requested:
                job.give_up()
            elif check_mode:
                job.predict()
            else:
                job.apply()
        except Exception as error:  # whatever it is, what was done before must be told
            report.trace = traceback.format_exc()
            for outcome in report.outcomes:
                outcome.error = outcome.error or own_error(error)
    _warn_of_unknown(report)
    report.warnings += slowness(api.retries)
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
        # By tenant ID: what is to be done to each, the others of the task above it (the nearest first), and below it.
        self._plans: dict[str, Sequence[Action]] = {}
        self._facts: dict[str, Facts] = {}
        self._above: dict[str, list[str]] = {}
        self._below: dict[str, list[str]] = {}
        self._by_id: dict[str, Outcome] = {}
        # Those that were read once more after a change above them.
        self._looked_at: set[str] = set()
        self._halted = False
        self._applying = False

    # -- read -------------------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Read the tenants, and refuse lists that contradict themselves."""
        references = [outcome.wanted.reference for outcome in self._outcomes]
        self._candidates = candidates = look_up(self._api, self._workers, references, self._request.root_id)
        self._forest = candidates.forest
        hints = candidates.hints()
        for outcome in self._outcomes:
            outcome.hint = hints.get(outcome.wanted.reference, "")

        def see(outcome: Outcome) -> None:
            wanted = outcome.wanted
            outcome.see(choose(self._api, candidates, wanted.reference, wanted.revives))
            if outcome.tenant is None and wanted.reference in candidates.near:
                raise NotFoundError(outcome.hint)

        self._each(see, self._outcomes)
        to_be_enabled = [o.tenant.id for o in self._outcomes if o.tenant is not None and o.wanted.state == "enabled"]
        self._surroundings = Surroundings(
            self._api, self._request.root_id, self._forest, self._report.warnings.append, set(to_be_enabled)
        )
        self._each(self._settle, [o for o in self._outcomes if o.tenant and o.tenant.operation is not None])
        self._refuse_duplicates()
        self._find_families()
        self._look_above([o for o in self._by_id.values() if lifecycle.needs(o.wanted, o.tenant).ancestors])

    def _settle(self, outcome: Outcome) -> None:
        outcome.see(settled(self._api, outcome.wanted, outcome.tenant))

    def _refuse_duplicates(self) -> None:
        for outcome in self._outcomes:
            if outcome.tenant is None:
                continue
            other = self._by_id.setdefault(outcome.tenant.id, outcome)
            if other is not outcome:
                self._refuse_task(
                    outcome,
                    f"{shown(other.wanted.reference.text)} and {shown(outcome.wanted.reference.text)} are the same "
                    "tenant; name each tenant once.",
                )

    def _find_families(self) -> None:
        """Find out which tenants lie above others of the task."""
        tenants = [outcome.tenant for outcome in self._by_id.values() if outcome.tenant is not None]
        # A deleted one has no sub-tenants any more, but may get them back.
        may_be_above = any(
            one.may_have_descendants or one.deleted_at is not None or one.parent_id in self._by_id for one in tenants
        )
        if len(tenants) < 2 or not may_be_above:
            return
        try:
            climb(self._api, self._forest, list(self._by_id))
        except AcronisError as error:
            for outcome in self._by_id.values():
                self._fail(outcome, error)
            return
        self._above = family.listed_above(list(self._by_id), self._forest)
        for tenant_id, above in self._above.items():
            self._by_id[tenant_id].top_ancestor = above[-1]
            for ancestor in above:
                self._below.setdefault(ancestor, []).append(tenant_id)
        for tenant_id, above in self._above.items():
            outcome = self._by_id[tenant_id]
            for ancestor in above:
                try:
                    family.guard_contradiction(outcome.wanted.state, self._by_id[ancestor].wanted.state, ancestor)
                except RefusedError as error:
                    self._refuse_task(outcome, error.message)

    def _look_above(self, outcomes: Sequence[Outcome]) -> None:
        """Read what is above tenants that are to be enabled, since they cannot be below a disabled one."""
        try:
            climb(self._api, self._forest, [one.tenant.id for one in outcomes if one.tenant and one.error is None])
        except AcronisError as error:
            for outcome in outcomes:
                self._fail(outcome, copy(error))

    def _refuse_task(self, outcome: Outcome, reason: str) -> None:
        outcome.error = RefusedError(reason)
        self._halted = True

    # -- plan -------------------------------------------------------------------------------------------------------

    def plan(self) -> None:
        """Make the plan for each tenant, with all guards."""
        self._each(self._plan_one, self._outcomes)
        if not self._halted:
            self._guard_refused()
            self._guard_lost()

    def _guard_refused(self) -> None:
        """Have nothing deleted that would take along another tenant of the task which was refused, and nothing enabled
        below a disabled one that was.
        """
        for tenant_id, above in self._above.items():
            outcome = self._by_id[tenant_id]
            for ancestor in above:
                other = self._by_id[ancestor]
                if outcome.error is not None:
                    self._refuse_to_delete(other, f"{outcome.subject} would be deleted with it, which was refused.")
                if other.error is not None and other.before.state == "disabled" and "enable" in self._actions(outcome):
                    outcome.error = RefusedError(f"{other.subject} above it is disabled, and its enabling was refused.")

    def _guard_lost(self) -> None:
        """Have nothing deleted that may be, or have below it, a tenant of the task that could not be identified."""
        above: dict[str, Outcome] = {}
        anywhere = anything = None
        for lost in [outcome for outcome in self._outcomes if outcome.error and outcome.tenant is None]:
            reference = lost.wanted.reference
            matches = self._candidates.matches[reference]
            if isinstance(matches, AcronisError):
                # What is named by its ID is none of the others, but may be below one of them.
                anywhere, anything = (lost, anything) if reference.kind == "id" else (anywhere, lost)
                continue
            tenants = [*matches, *self._candidates.near.get(reference, ())]
            try:
                climb(self._api, self._forest, [tenant.id for tenant in tenants])
            except AcronisError:
                anything = lost
                continue
            for tenant in tenants:
                above.update((link.id, lost) for link in self._forest.chain(tenant.id))
        for outcome in self._by_id.values():
            if outcome.tenant is None:
                continue
            there = anywhere if outcome.tenant.may_have_descendants else None
            cause = above.get(outcome.tenant.id) or anything or there
            if cause is not None and cause is not outcome:
                self._refuse_to_delete(
                    outcome,
                    f"{cause.subject} is named in the same task and may be this tenant or lie below it; it could not "
                    "be found out which tenant that is.",
                )

    def _plan_one(self, outcome: Outcome) -> None:
        tenant = outcome.tenant
        facts = self._surroundings.facts(outcome.wanted, tenant)
        try:
            actions = lifecycle.plan(outcome.wanted, tenant, facts)
        except NotFoundError as error:
            raise NotFoundError(f"{error.message} {outcome.hint}".rstrip()) from error
        if tenant is not None:
            self._plans[tenant.id], self._facts[tenant.id] = actions, facts

    def _refuse_to_delete(self, outcome: Outcome, reason: str) -> None:
        """Have a tenant not deleted that may take along another one of the task that must not be."""
        if "delete" in self._actions(outcome):
            outcome.error = RefusedError(reason)

    def brake(self) -> None:
        """Stop before the first write when the plan as a whole must not be carried out."""
        failed = any(outcome.error is not None for outcome in self._outcomes)
        if failed and not self._request.continue_on_error:
            self._halted = True
        planned = [outcome for outcome in self._outcomes if self._actions(outcome)]
        most = self._request.max_changes
        if most is not None and len(planned) > most and not self._halted:
            first = ", ".join(outcome.subject for outcome in planned[:3])
            self._report.refusal = (
                f"the plan holds {len(planned)} changes, more than max_changes ({most}) allows, so nothing was "
                f"changed; look at the list of tenants, or raise max_changes. The first are {first}."
            )
            self._halted = True

    def measure(self) -> None:
        """Find out what each change reaches, as far as the task or a plan asks for it.

        Tenants above each other are measured as one, so they fail together.
        """
        asked = [one for one in self._outcomes if self._request.impact or one.wanted.is_reviewed_deletion]
        planned = [outcome for outcome in asked if self._actions(outcome)]
        if self._halted or not planned:
            return
        tenants = [one.tenant for one in planned if one.tenant is not None and one.tenant.deleted_at is None]
        known = ((tenant_id, facts.descendants) for tenant_id, facts in self._facts.items())
        below = {tenant_id: descendants for tenant_id, descendants in known if descendants is not None}
        found = Survey(self._api, self._workers, self._forest).measure(tenants, below)
        for tenant_id, answer in found.items():
            outcome = self._by_id[tenant_id]
            if isinstance(answer, AcronisError):
                self._fail(outcome, copy(answer))
                continue
            outcome.impact = answer
            reviewed = outcome.wanted.reviewed if outcome.wanted.is_reviewed_deletion else None
            more = growth(reviewed, answer) if reviewed else ""
            if more:
                self._fail(outcome, RefusedError(f"more is below it than was reviewed ({more}); plan it again."))

    def _actions(self, outcome: Outcome) -> Sequence[Action]:
        """Return what the plan says is to happen to the tenant."""
        if outcome.error is not None or outcome.tenant is None:
            return ()
        return self._plans.get(outcome.tenant.id, ())

    def give_up(self) -> None:
        """Have each outcome show that nothing was done because the task was told to stop."""
        for outcome in self._outcomes:
            known = outcome.tenant is not None and outcome.tenant.id in self._plans
            outcome.skipped = outcome.error is None and (not known or bool(self._actions(outcome)))
        self._tell_of_stop()

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
                outcome.changed_with = taker

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
        self._applying = True
        sound = {tenant_id: outcome for tenant_id, outcome in self._by_id.items() if outcome.error is None}
        order = family.order(
            {tenant_id: outcome.wanted.state for tenant_id, outcome in self._by_id.items()},
            {tenant_id: self._actions(outcome) for tenant_id, outcome in sound.items()},
            self._above,
        )
        for wave in family.in_waves(order.waits_for):
            outcomes = [self._by_id[tenant_id] for tenant_id in wave]
            reached = [one for one in wave if self._changed(order.firsts.get(one, ()))]
            left = [one for one in reached if not self._has_gone_along(one, order.firsts[one])]
            fresh = read(self._api, self._workers, left)
            self._each(partial(self._apply_one, firsts=order.firsts, fresh=fresh), outcomes)
        self._see_what_changes_above_did(order.firsts)
        self._see_what_came_back()
        if self._api.stop.requested:
            self._tell_of_stop()

    def _apply_one(
        self, outcome: Outcome, firsts: Mapping[str, Sequence[str]], fresh: Mapping[str, Tenant | AcronisError | None]
    ) -> None:
        tenant, wanted = outcome.tenant, outcome.wanted
        if tenant is None:
            return
        changed = self._changed(firsts.get(tenant.id, ()))
        if self._has_gone_along(tenant.id, firsts.get(tenant.id, ())):
            return
        if self._halted or self._api.stop.requested:
            outcome.skipped = bool(self._actions(outcome))
            return
        facts = self._facts[tenant.id]
        if changed:
            now = fresh[tenant.id]
            if isinstance(now, AcronisError):
                raise copy(now)
            now = settled(self._api, wanted, now)
            outcome.after = lifecycle.view(now)
            self._looked_at.add(tenant.id)
            # Never for a deletion of its own: somebody else may have made the difference.
            if wanted.state != "absent":
                wanted = lifecycle.after_change_above(wanted, tenant, now)
            facts = self._surroundings.facts(wanted, now, again=True)
            if now is None:
                lifecycle.plan(wanted, now, facts)
                return
            tenant = now
        self._guard_those_below(wanted, tenant)
        progress = Progress(lifecycle.view(tenant))
        try:
            bring_about(self._api, wanted, tenant, facts, partial(self._look_again, progress), progress)
        finally:
            outcome.actions, outcome.after = progress.actions, progress.view

    def _look_again(self, progress: Progress, wanted: Wanted, tenant: Tenant | None) -> Facts:
        """Gather the facts again before another write."""
        if tenant is not None:
            self._guard_those_below(wanted, tenant, suspended="disable" in progress.actions)
        return self._surroundings.facts(wanted, tenant, again=True)

    def _changed(self, tenant_ids: Sequence[str]) -> list[Outcome]:
        """Return the outcomes of those of the tenants that were changed."""
        return [self._by_id[tenant_id] for tenant_id in tenant_ids if self._by_id[tenant_id].changed]

    def _has_gone_along(self, tenant_id: str, above: Sequence[str]) -> bool:
        """Whether the tenant was deleted, as wanted, with one of those above it."""
        deleted = any(ancestor.after.state == "deleted" for ancestor in self._changed(above))
        return deleted and self._by_id[tenant_id].wanted.state == "absent"

    def _guard_those_below(self, wanted: Wanted, tenant: Tenant, suspended: bool = False) -> None:
        """Check once more, just before a write on the way to a deletion, the tenants of the task that it takes along.

        suspended: the tenant above them was disabled on the way, which may have reached them.
        """
        if "delete" not in lifecycle.actions_for(wanted.state, tenant, wanted.restore_deleted):
            return
        below = self._below.get(tenant.id, [])
        for outcome in [self._by_id[one] for one in below]:
            if outcome.error is not None:
                raise RefusedError(f"{outcome.subject} would be deleted with it, which was refused.")
        along = [one for one in below if self._taken_along_by(one)]
        listing = Forest()
        is_next = lifecycle.shown_state(tenant) == "disabled"
        # Without delete_descendants any sub-tenant stands against the deletion.
        if is_next and wanted.delete_descendants and tenant.may_have_descendants and len(self._by_id) > 1:
            listing = self._list_below(tenant, along)
        lines = Forest([tenant])
        lines.tops.add(tenant.id)
        unlisted = read(self._api, self._workers, [one for one in along if one not in listing], lines)
        climb(self._api, lines, list(unlisted))
        for one in along:
            now = unlisted[one] if one in unlisted else listing.get(one)
            if isinstance(now, AcronisError):
                raise copy(now)
            self._guard_one_taken_along(self._by_id[one], now, suspended)
            if one in unlisted and now is not None and tenant.id not in [link.id for link in lines.chain(one)]:
                raise RefusedError(
                    f"{self._by_id[one].subject}, which was to be deleted with it, was moved; look at both again."
                )

    def _list_below(self, tenant: Tenant, along: Collection[str]) -> Forest:
        """Return what lies below the tenant just before its deletion, unless that is one that is not to go along."""
        listing = Forest([tenant, *self._surroundings.below(tenant)])
        for one, outcome in self._by_id.items():
            now = listing.get(one)
            stays = one != tenant.id and one not in along
            if stays and now is not None and lifecycle.shown_state(now) != "deleted":
                raise RefusedError(
                    f"{outcome.subject} of the same task was moved below it and would be deleted with it; "
                    "look at both again."
                )
        return listing

    def _guard_one_taken_along(self, outcome: Outcome, now: Tenant | None, suspended: bool) -> None:
        wanted = outcome.wanted
        if suspended and outcome.tenant is not None:
            wanted = lifecycle.after_change_above(wanted, outcome.tenant, now, suspended)
        try:
            lifecycle.plan(wanted, now, self._facts[outcome.tenant.id] if outcome.tenant else Facts())
        except AcronisError as error:
            raise RefusedError(f"{outcome.subject} would be deleted with it, but {error.message}") from error

    def _see_what_changes_above_did(self, firsts: Mapping[str, Sequence[str]]) -> None:
        """Have the outcomes show what became of tenants below others that were changed in this task.

        firsts: the changes above that a tenant was looked at after, unless it was not come to.
        """
        reached = {one: changed for one, above in self._above.items() if (changed := self._changed(above))}
        takers = {one: [a for a in changed if a.after.state == "deleted"] for one, changed in reached.items()}

        def is_stale(one: str) -> bool:
            others = [above for above in self._above[one] if above not in firsts.get(one, ())]
            return one not in self._looked_at or bool(self._changed(others))

        fresh = read(self._api, self._workers, [one for one in reached if not takers[one] and is_stale(one)])
        for one, changed in reached.items():
            outcome, now = self._by_id[one], fresh.get(one)
            if takers[one]:
                outcome.after = lifecycle.predict(outcome.tenant, ["delete"])
            elif isinstance(now, AcronisError):
                continue
            elif one in fresh:
                outcome.after = lifecycle.view(now)
            by = (takers[one] or changed)[-1]
            moved = outcome.after.state != outcome.before.state
            if by.tenant and not outcome.actions and moved and family.can_bring_about(by.actions, outcome.after.state):
                outcome.changed_with = by.tenant.id
            self._judge(outcome)

    def _see_what_came_back(self) -> None:
        """Have the outcomes say so when tenants that nobody could see came back with a restored one, but should not."""
        unseen = [outcome for outcome in self._outcomes if outcome.not_found and not outcome.skipped]
        if not unseen or not any("restore" in outcome.actions for outcome in self._outcomes):
            return
        references = [outcome.wanted.reference for outcome in unseen]
        candidates = look_up(self._api, self._workers, references, self._request.root_id)
        for outcome in unseen:
            try:
                tenant = choose(self._api, candidates, outcome.wanted.reference)
            except AcronisError as error:
                outcome.error = error
                continue
            if tenant is not None and lifecycle.shown_state(tenant) != "deleted":
                outcome.after = lifecycle.view(tenant)
                outcome.error = AcronisError("it came back with a tenant that was restored; run the task again.")

    def _judge(self, outcome: Outcome) -> None:
        """Have the outcome say so when the tenant is not as wanted although it was not refused."""
        missed = outcome.error is None and not lifecycle.is_as_wanted(outcome.wanted, outcome.after)
        unbegun = not outcome.actions and (self._halted or self._api.stop.requested)
        outcome.skipped = missed and unbegun
        if missed and not unbegun:
            outcome.error = AcronisError(
                f"it is {outcome.after.state}, by the change of a tenant above it or by somebody else; run the task "
                "again."
            )

    def _tell_of_stop(self) -> None:
        skipped = sum(outcome.skipped for outcome in self._outcomes)
        if skipped:
            self._report.refusal = (
                f"the task was told to stop, and {skipped} of {len(self._outcomes)} tenants were not tried; "
                "run it again to go on."
            )

    # -- all of them ------------------------------------------------------------------------------------------------

    def _each(self, step: Callable[[Outcome], object], outcomes: Sequence[Outcome]) -> None:
        """Take the step for each of the tenants that have not failed; one that fails does not disturb the others."""

        def take(outcome: Outcome) -> None:
            if self._api.stop.requested and not self._applying:
                return
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


def _warn_of_unknown(report: Report) -> None:
    unknown = [outcome for outcome in report.outcomes if outcome.status == "not_found"]
    if unknown:
        names = listed([outcome.subject for outcome in unknown], MAX_NAMES)
        hints = " ".join(outcome.hint for outcome in unknown if outcome.hint)
        report.warnings.append(
            f"nothing was found for {names}. It is wanted absent, so nothing was done; check the spelling. "
            f"{hints}".rstrip()
        )

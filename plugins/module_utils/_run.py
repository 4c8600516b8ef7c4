# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One task of tenant_state: resolve the references, plan every tenant, apply the plan.

Each stage completes each target once: resolve sets its tenant, relate its ancestors, plan its actions, and apply what
has become of it.
"""

from __future__ import annotations

import traceback
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from ansible_collections.community.acronis.plugins.module_utils import _rules as rules
from ansible_collections.community.acronis.plugins.module_utils._desired import Request
from ansible_collections.community.acronis.plugins.module_utils._errors import (
    ADVICE_AFTER_SUSPENSION,
    AcronisError,
    AuthError,
    NotFoundError,
    RefusedError,
    StoppedError,
    listed,
    own_error,
)
from ansible_collections.community.acronis.plugins.module_utils._guards import Guards
from ansible_collections.community.acronis.plugins.module_utils._impact import ImpactCounter, growth
from ansible_collections.community.acronis.plugins.module_utils._lookup import (
    Candidates,
    load_ancestors,
    look_up,
    pick_one,
    read,
)
from ansible_collections.community.acronis.plugins.module_utils._pool import Pool
from ansible_collections.community.acronis.plugins.module_utils._results import Report, Target
from ansible_collections.community.acronis.plugins.module_utils._rules import Desired, GuardData
from ansible_collections.community.acronis.plugins.module_utils._tenants import Tenant, TenantApi
from ansible_collections.community.acronis.plugins.module_utils._text import shown
from ansible_collections.community.acronis.plugins.module_utils._throttle import slowness
from ansible_collections.community.acronis.plugins.module_utils._tree import TenantTree
from ansible_collections.community.acronis.plugins.module_utils._write import Progress, converge, wait_until_restored

# How many tenants that were not found a warning names.
MAX_NAMES = 5
# From how many tenants on that need to know what is below them, the whole tree is listed once.
MANY = 4


def run(api: TenantApi, request: Request, check_mode: bool) -> Report:
    """Bring the tenants to the desired states, in check mode only as far as the plan, and report on each."""
    report = Report([Target(desired) for desired in request.desired_tenants], request.return_unchanged)
    if request.left_out:
        counts = ", ".join(f"{count} {status}" for status, count in request.left_out.items())
        report.warnings.append(f"plan: entries without a change were left out: {counts}.")
    with Pool(min(request.concurrency, len(request.desired_tenants) or 1)) as pool:
        task = Task(api, request, report, pool)
        try:
            resolve(task)
            relate(task)
            plan(task)
            enforce_limits(task)
            measure(task)
            if api.stop.requested:
                abort(task)
            elif check_mode:
                predict(task)
            else:
                apply(task)
        except Exception as error:  # whatever it is, what was done before must be told
            report.trace = traceback.format_exc()
            for target in report.targets:
                target.error = target.error or own_error(error)
    _warn_of_unknown(report)
    report.warnings += slowness(api.retries)
    report.warnings = list(dict.fromkeys(report.warnings))
    return report


@dataclass
class Task:
    """What the stages share. by_id: the targets that are tenants. halted: no change is begun any more."""

    api: TenantApi
    request: Request
    report: Report
    pool: Pool
    by_id: dict[str, Target] = field(default_factory=dict)
    candidates: Candidates = field(default_factory=Candidates)
    # Set by resolve: they need what it has read.
    guards: Guards = field(init=False)
    halted: bool = False
    applying: bool = False

    @property
    def targets(self) -> Sequence[Target]:
        """The targets, in the order of the task."""
        return self.report.targets

    @property
    def tree(self) -> TenantTree:
        """What was read so far."""
        return self.candidates.tree

    @property
    def stopping(self) -> bool:
        """Whether no change is to be begun any more."""
        return self.halted or self.api.stop.requested

    def each(self, step: Callable[[Target], object], targets: Sequence[Target]) -> None:
        """Take the step for each of the targets that have not failed; one that fails does not disturb the others."""

        def take(target: Target) -> None:
            if self.api.stop.requested and not self.applying:
                return
            try:
                step(target)
            except StoppedError as error:
                # Before anything is written, a target that was not looked at was not tried.
                if self.applying:
                    self.fail(target, error)
            except AcronisError as error:
                self.fail(target, error)
            except Exception as error:  # whatever it is, what was done before must be told
                self.report.trace = traceback.format_exc()
                self.fail(target, own_error(error))

        self.pool.each(take, [target for target in targets if target.error is None])

    def fail(self, target: Target, error: AcronisError) -> None:
        """Note that a target has failed."""
        # Without the frames that raised it, since they keep the answer, and it keeps its connection.
        target.error = error.but()
        self.halted = self.halted or not self.request.continue_on_error
        cut_off = isinstance(error, AuthError) or isinstance(error.__cause__, AuthError)
        if cut_off and target.changed and target.desired.takes_away:
            target.error = error.with_advice(ADVICE_AFTER_SUSPENSION)

    def refuse(self, target: Target, reason: str) -> None:
        """Note that the list contradicts itself, which stops the whole task."""
        target.error = RefusedError(reason)
        self.halted = True

    def guard_data(
        self, desired: Desired, tenant: Tenant | None, conflict: bool = False, again: bool = False
    ) -> GuardData:
        """Return what the guards need to know. Tenants that the task itself deletes do not stand against a deletion.

        conflict: somebody else has changed the tenant, so read all anew. again: read anew what may have been moved.
        """
        data = self.guards.data(desired, tenant, conflict=conflict, again=again)
        members = [self.by_id[below.id] for below in data.descendants or () if below.id in self.by_id]
        # When it is its turn, those below it have gone before.
        staying = [one for one in members if again or one.error is not None or one.desired.state != "absent"]
        going = set(_ids(members)) - set(_ids(staying))
        return replace(
            data,
            descendants=data.descendants and [below for below in data.descendants if below.id not in going],
            going=data.going or bool(going),
            staying=staying[0].subject if staying else None,
        )


# -- resolve ----------------------------------------------------------------------------------------------------------


def resolve(task: Task) -> None:
    """Find out which tenants the references name, and refuse those that name none, several, or the same one."""
    references = [target.desired.reference for target in task.targets]
    task.candidates = look_up(task.api, task.pool, references, task.request.root_id)
    hints = task.candidates.hints()

    def see(target: Target) -> None:
        desired = target.desired
        target.hint = hints.get(desired.reference, "")
        tenant = pick_one(task.api, task.candidates, desired.reference, desired.revives)
        if tenant is None and desired.reference in task.candidates.near:
            raise NotFoundError(target.hint)
        target.see(tenant)
        if tenant is not None and tenant.operation is not None:
            target.see(wait_until_restored(task.api, desired, tenant))

    task.each(see, task.targets)
    for target in task.targets:
        if target.tenant is None:
            continue
        other = task.by_id.setdefault(target.tenant.id, target)
        if other is not target:
            names = f"{shown(other.desired.reference.text)} and {shown(target.desired.reference.text)}"
            task.refuse(target, f"{names} are the same tenant; name each tenant once.")
    states = {tenant_id: target.desired.state for tenant_id, target in task.by_id.items()}
    task.guards = Guards(task.api, task.request.root_id, task.tree, task.report.warnings.append, states)


# -- relate -----------------------------------------------------------------------------------------------------------


def relate(task: Task) -> None:
    """Find out which targets lie above each other, and refuse states that cannot both be reached."""
    needed = [target for target in task.by_id.values() if rules.needs(target.desired, target.tenant).ancestors]
    tenants = [target.tenant for target in task.by_id.values() if target.tenant is not None]
    # A deleted one has no sub-tenants any more, but may get them back.
    may_be_above = any(one.may_have_descendants or one.deleted_at or one.parent_id in task.by_id for one in tenants)
    if needed and task.request.root_id is not None:
        # A disabled tenant above stands against enabling, wherever names are looked up.
        task.tree.tops.discard(task.request.root_id)
    if len(tenants) > 1 and may_be_above:
        needed = list(task.by_id.values())
    try:
        load_ancestors(task.api, task.tree, [target.tenant.id for target in needed if target.tenant])
        _list_tree(task, tenants)
    except AcronisError as error:
        for target in needed:
            task.fail(target, error)
        return
    for tenant_id, target in task.by_id.items():
        target.ancestors = [task.by_id[link.id] for link in task.tree.chain(tenant_id)[1:] if link.id in task.by_id]
        for ancestor in target.ancestors:
            ancestor.descendants.append(target)
            try:
                rules.guard_contradiction(target.desired.state, ancestor.desired.state, ancestor.subject)
            except RefusedError as error:
                task.refuse(target, error.message)


def _list_tree(task: Task, tenants: Sequence[Tenant]) -> None:
    """Read the whole tree if many targets need to know what is below them, since it costs a few pages in all."""
    if task.tree.root_id is not None:
        return
    wanting = [one for one in tenants if rules.reaches_below(task.by_id[one.id].desired, one, task.request.impact)]
    if len(wanting) < MANY:
        return
    root_id = task.request.root_id or task.api.top_id
    if root_id is not None:
        task.tree.complete(task.api.subtree(root_id), root_id)


# -- plan -------------------------------------------------------------------------------------------------------------


def plan(task: Task) -> None:
    """Plan each tenant, with all guards."""

    def plan_one(target: Target) -> None:
        target.data = task.guard_data(target.desired, target.tenant)
        try:
            target.planned = rules.plan(target.desired, target.tenant, target.data)
        except NotFoundError as error:
            raise NotFoundError(f"{error.message} {target.hint}".rstrip()) from error

    task.each(plan_one, task.targets)
    if not task.halted:
        _refuse_for_unidentified(task)
        _refuse_for_related(task)


def _refuse_for_unidentified(task: Task) -> None:
    """Have nothing deleted that may be, or have below it, a target that could not be identified."""
    named: dict[str, Target] = {}
    anywhere = anything = None
    for target in [target for target in task.targets if target.error and target.tenant is None]:
        reference = target.desired.reference
        matches = task.candidates.matches[reference]
        if not isinstance(matches, AcronisError):
            candidates = [*matches, *task.candidates.near.get(reference, ())]
            named.update((link.id, target) for one in candidates for link in task.tree.chain(one.id))
            # What the platform does not show may be hidden below one that is to be deleted.
            anywhere = anywhere if candidates else target
        elif reference.kind == "id":
            # It is none of the others, but may be below one of them.
            anywhere = target
        else:
            anything = target
    for target in task.by_id.values():
        below = anywhere if target.tenant and target.tenant.may_have_descendants else None
        cause = named.get(target.tenant.id if target.tenant else "") or anything or below
        if cause is not None and target.error is None and "delete" in (target.planned or ()):
            target.error = RefusedError(
                f"{cause.subject} of the same task could not be identified, and may be this tenant or one below it; "
                "correct that one first."
            )


def _refuse_for_related(task: Task) -> None:
    """Have nothing deleted above a target that was refused, and nothing enabled below a disabled one that was."""
    for target in task.by_id.values():
        planned = () if target.error is not None else target.planned or ()
        if "delete" in planned:
            lost = [one for one in target.descendants if one.error is not None]
            if lost:
                target.error = RefusedError(f"{lost[0].subject} below it was refused, and would be deleted with it.")
        elif "enable" in planned:
            lost = [one for one in target.ancestors if one.error is not None and one.before.state == "disabled"]
            if lost:
                target.error = RefusedError(
                    f"{lost[0].subject} above it is disabled, and enabling that one was refused."
                )


def enforce_limits(task: Task) -> None:
    """Stop before the first write when the plan as a whole must not be carried out."""
    if not task.request.continue_on_error and any(target.error is not None for target in task.targets):
        task.halted = True
    changing = [target for target in task.targets if target.is_to_change]
    limit = task.request.max_changes
    if limit is not None and len(changing) > limit and not task.halted:
        first = ", ".join(target.subject for target in changing[:3])
        task.report.refusal = (
            f"the plan has {len(changing)} changes, but max_changes is {limit}. Nothing was changed. Check the list of "
            f"tenants, or increase max_changes. The first are {first}."
        )
        task.halted = True


def measure(task: Task) -> None:
    """Find out what each change reaches, as far as the task or a plan asks for it."""
    asked = [one for one in task.targets if task.request.impact or one.desired.is_reviewed_deletion]
    changing = [target for target in asked if target.is_to_change]
    if task.halted or not changing:
        return
    tenants = [one.tenant for one in changing if one.tenant is not None and one.tenant.deleted_at is None]
    data = ((tenant_id, target.data.descendants) for tenant_id, target in task.by_id.items())
    known = {tenant_id: descendants for tenant_id, descendants in data if descendants is not None}
    survey = ImpactCounter(task.api, task.pool, task.tree)
    for tenant_id, answer in survey.measure(tenants, known, together=len(tenants) >= MANY).items():
        target = task.by_id.get(tenant_id)
        if target is None:
            continue
        if isinstance(answer, AcronisError):
            task.fail(target, answer)
            continue
        target.impact = answer
        reviewed = target.desired.reviewed if target.desired.is_reviewed_deletion else None
        more = growth(reviewed, answer) if reviewed else ""
        if more:
            task.fail(target, RefusedError(f"more is below it than was reviewed ({more}); plan it again."))
    if not task.halted:
        _refuse_for_related(task)


def abort(task: Task) -> None:
    """Have each target show that nothing was done because the task was told to stop."""
    for target in task.targets:
        target.skipped = target.error is None and (target.planned is None or target.is_to_change)
    _tell_of_stop(task)


def predict(task: Task) -> None:
    """Have each target show what a run would do."""
    for target in [target for target in task.targets if target.is_to_change]:
        if task.halted:
            target.skipped = True
        else:
            target.actions = target.planned or ()
            target.after = rules.predict(target.tenant, target.actions, target.desired.internal_tag)


# -- apply ------------------------------------------------------------------------------------------------------------


def waves(targets: Sequence[Target]) -> list[list[Target]]:
    """Return the targets that may change in groups, each to be begun when the one before has ended.

    What gives back goes from the top down, what takes away from the bottom up, so that no change stands against another
    one or undoes it. Targets without relatives in the task go in one group.
    """
    places: dict[tuple[int, int], list[Target]] = defaultdict(list)
    for target in targets:
        may_change = target.is_to_change or any(ancestor.is_to_change for ancestor in target.ancestors)
        if may_change and target.error is None and target.tenant is not None:
            gives_back = target.desired.state == "enabled" or "restore" in (target.planned or ())
            depth = len(target.ancestors)
            alone = not target.ancestors and not target.descendants
            places[(1, 0) if alone else (0, depth) if gives_back else (1, -depth)].append(target)
    return [places[place] for place in sorted(places)]


def apply(task: Task) -> None:
    """Carry out the plan."""
    task.applying = True
    for number, wave in enumerate(waves(task.targets)):
        if number:
            task.guards.renew_protection()
        reached = [one for one in wave if any(ancestor.changed for ancestor in one.ancestors)]
        now = TenantTree()
        fresh = {} if task.stopping else read(task.api, task.pool, _ids(reached), now)
        task.tree.add(now)
        task.each(partial(_apply_one, task, fresh), wave)
    _see_below_again(task)
    _see_what_came_back(task)
    if task.api.stop.requested:
        _tell_of_stop(task)


def _apply_one(task: Task, fresh: Mapping[str, Tenant | AcronisError | None], target: Target) -> None:
    tenant, desired, data = target.tenant, target.desired, target.data
    if tenant is None:
        return
    if task.stopping:
        target.skipped = target.is_to_change
        return
    if tenant.id in fresh:
        now = fresh[tenant.id]
        if isinstance(now, AcronisError):
            raise now
        now = wait_until_restored(task.api, desired, now)
        target.after = rules.snapshot(now)
        # Never for a deletion: somebody else may have made the difference.
        if desired.state != "absent":
            desired = rules.after_change_above(desired, tenant, now)
        data = task.guard_data(desired, now, again=True)
        if now is None:
            rules.plan(desired, now, data)
            return
        tenant = now
    left = [one for one in target.descendants if one.error is not None or one.skipped]
    if "delete" in rules.actions_for(desired.state, tenant, desired.restore_deleted) and left:
        raise RefusedError(f"{left[0].subject} below it was not deleted, and would be deleted with it.")
    progress = Progress(rules.snapshot(tenant))
    try:
        converge(task.api, desired, tenant, data, partial(task.guard_data, again=True), progress)
    finally:
        target.actions, target.after = progress.actions, progress.snapshot
        if not target.actions and target.after.state != target.before.state:
            changed = [ancestor for ancestor in target.ancestors if ancestor.changed and ancestor.tenant]
            target.changed_with = changed[-1].tenant.id if changed and changed[-1].tenant else None


def _see_below_again(task: Task) -> None:
    """Have targets show what has become of them when one above was changed after they were looked at."""
    below = [one for one in task.by_id.values() if one.after.state is not None and "delete" not in one.actions]
    stale = [one for one in below if any(above.changed and _comes_later(above, one) for above in one.ancestors)]
    fresh = read(task.api, task.pool, _ids(stale)) if stale and not task.api.stop.requested else {}
    for target in stale:
        now = fresh.get(target.tenant.id if target.tenant else "")
        if not isinstance(now, Tenant):
            continue
        target.after = rules.snapshot(now)
        if target.error is None and not target.skipped and not rules.is_as_desired(target.desired, target.after):
            reason = f"it is {target.after.state} now, because another administrator has changed it"
            task.fail(target, AcronisError(f"{reason}; run the task again."))


def _comes_later(above: Target, target: Target) -> bool:
    """Whether the one above was changed after the target was looked at last."""
    return target.error is not None or "disable" in above.actions


def _see_what_came_back(task: Task) -> None:
    """Have targets fail that nobody could see, should be absent, and came back with a restored tenant."""
    unseen = [target for target in task.targets if target.status == "not_found"]
    if not unseen or not any("restore" in target.actions for target in task.targets):
        return
    candidates = look_up(task.api, task.pool, [one.desired.reference for one in unseen], task.request.root_id)

    def see(target: Target) -> None:
        now = rules.snapshot(pick_one(task.api, candidates, target.desired.reference))
        if now.state not in ("absent", "deleted"):
            target.after = now
            raise AcronisError("it was restored with a tenant above it; run the task again.")

    task.each(see, unseen)


def _ids(targets: Sequence[Target]) -> list[str]:
    return [target.tenant.id for target in targets if target.tenant is not None]


def _tell_of_stop(task: Task) -> None:
    skipped = sum(target.skipped for target in task.targets)
    if skipped:
        task.report.refusal = (
            f"the task was interrupted, and {skipped} of {len(task.targets)} tenants were not processed; run the task "
            "again to continue."
        )


def _warn_of_unknown(report: Report) -> None:
    unknown = [target for target in report.targets if target.status == "not_found"]
    if unknown:
        names = listed([target.subject for target in unknown], MAX_NAMES)
        hints = " ".join(target.hint for target in unknown if target.hint)
        report.warnings.append(
            f"nothing was found for {names}, and nothing was deleted for it; check the spelling. {hints}".rstrip()
        )

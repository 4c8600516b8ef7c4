# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.community.acronis.plugins.module_utils._errors import RefusedError
from ansible_collections.community.acronis.plugins.module_utils._family import (
    goes_along,
    goes_first,
    guard_contradiction,
    in_waves,
    listed_above,
    order,
)
from ansible_collections.community.acronis.plugins.module_utils._forest import Forest
from ansible_collections.community.acronis.plugins.module_utils._lifecycle import STATES
from ansible_collections.community.acronis.plugins.module_utils._tenants import Tenant


def tenant_id(index: int) -> str:
    return f"00000000-0000-4000-8000-{index:012}"


# The tenant with this index lies below the one with the other, which comes before it; 0 is the root.
trees = st.integers(0, 12).flatmap(
    lambda count: st.tuples(st.just(0), *(st.integers(0, index) for index in range(count)))
)


@given(trees, st.data())
def test_those_of_the_list_above_each_the_nearest_first(parents: tuple[int, ...], data: st.DataObject) -> None:
    forest = Forest(
        Tenant(tenant_id(index), 1, f"Tenant {index}", "partner", True, tenant_id(above))
        for index, above in enumerate(parents)
    )
    listed = data.draw(st.lists(st.sampled_from(range(len(parents))), unique=True))
    expected: dict[str, list[str]] = {}
    for index in listed:
        one = index
        while parents[one] != one:
            one = parents[one]
            if one in listed:
                expected.setdefault(tenant_id(index), []).append(tenant_id(one))
    found = listed_above([tenant_id(index) for index in listed], forest)
    assert found == expected
    assert list(found) == [tenant_id(index) for index in listed if tenant_id(index) in expected]


@pytest.mark.parametrize("above", STATES)
@pytest.mark.parametrize("below", STATES)
def test_what_contradicts_itself(below: Any, above: Any) -> None:
    # Nothing is left below a deleted tenant, and nothing works below a disabled one.
    possible = {"absent": {"absent"}, "disabled": {"absent", "disabled"}, "enabled": set(STATES)}[above]
    if below in possible:
        guard_contradiction(below, above, tenant_id(1))
    else:
        with pytest.raises(RefusedError, match=f"wanted {below}, but it lies below tenant {tenant_id(1)}.*{above}"):
            guard_contradiction(below, above, tenant_id(1))


@pytest.mark.parametrize(
    ("below", "above", "actions", "first", "along"),
    [
        ("absent", "absent", ("disable", "delete"), True, True),
        ("absent", "absent", ("delete",), True, True),
        ("absent", "absent", (), False, False),
        ("absent", "disabled", ("disable",), False, False),
        ("absent", "enabled", ("enable",), True, False),
        ("disabled", "disabled", ("disable",), False, False),
        ("disabled", "disabled", ("restore",), True, False),
        ("disabled", "enabled", ("enable",), True, False),
        ("enabled", "enabled", ("enable",), True, False),
        ("enabled", "enabled", ("restore", "enable"), True, False),
        ("enabled", "enabled", (), True, False),
    ],
)
def test_who_goes_first_and_who_goes_along(below: Any, above: Any, actions: Any, first: bool, along: bool) -> None:
    assert goes_first(below, above, actions) is first
    assert goes_along(below, above, actions) is along


@given(trees, st.data())
def test_every_family_that_does_not_contradict_itself_has_an_order(
    parents: tuple[int, ...], data: st.DataObject
) -> None:
    numbers = range(len(parents))
    states = {tenant_id(one): data.draw(st.sampled_from(STATES)) for one in numbers}
    listed = {one for one in numbers if data.draw(st.booleans())}
    above: dict[str, list[str]] = {}
    for number in listed:
        one = number
        while parents[one] != one:
            one = parents[one]
            if one in listed:
                above.setdefault(tenant_id(number), []).append(tenant_id(one))
    for below, others in above.items():
        for other in others:
            try:
                guard_contradiction(states[below], states[other], other)
            except RefusedError:
                return
    possible: dict[Any, list[Any]] = {
        "enabled": [(), ("enable",), ("restore", "enable")],
        "disabled": [(), ("disable",), ("restore",)],
        "absent": [(), ("delete",), ("disable", "delete")],
    }
    plans = {
        tenant_id(one): data.draw(st.sampled_from(possible[states[tenant_id(one)]]))
        for one in listed
        if data.draw(st.integers(0, 5))  # One that has failed has no plan.
    }
    found = order(states, plans, above)
    waves = in_waves(found.waits_for)
    place = {one: number for number, wave in enumerate(waves) for one in wave}
    assert {one for one, actions in plans.items() if actions} <= place.keys() <= plans.keys()
    for below, others in above.items():
        for other in others:
            if below in place and other in place:
                assert place[below] != place[other], "never at the same time"
                first = goes_first(states[below], states[other], plans[other])
                assert (place[other] < place[below]) is first
                assert (other in found.firsts.get(below, [])) is first
        assert found.firsts.get(below, []) == [one for one in others if one in found.firsts.get(below, [])]


# Each waits for some of those before it in a hidden order, and for some that are not in the list at all.
graphs = st.permutations(range(10)).flatmap(
    lambda order: st.tuples(
        *(st.sets(st.sampled_from([*order[:place], 100 + place])) for place in range(len(order)))
    ).map(lambda sets: {str(one): {str(other) for other in others} for one, others in zip(order, sets, strict=True)})
)


@given(graphs, st.randoms())
def test_waves_keep_all_and_their_order(waits_for: dict[str, set[str]], random: Any) -> None:
    mixed = list(waits_for.items())
    random.shuffle(mixed)
    waits_for = dict(mixed)
    waves = in_waves(waits_for)
    number = {one: place for place, wave in enumerate(waves) for one in wave}
    assert sorted(one for wave in waves for one in wave) == sorted(waits_for), "each once"
    for one, others in waits_for.items():
        before = [number[other] for other in others if other in number]
        assert number[one] == max(before, default=-1) + 1, "after all it waits for, and no later than need be"
    for wave in waves:
        assert wave and wave == [one for one in waits_for if one in wave], "the order within is kept"


def test_a_circle_has_no_order() -> None:
    with pytest.raises(ValueError, match="wait for each other"):
        in_waves({"a": {"b"}, "b": {"a"}})


def test_nothing_has_no_waves() -> None:
    assert in_waves({}) == []

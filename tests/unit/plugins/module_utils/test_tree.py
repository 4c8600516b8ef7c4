# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.community.acronis.plugins.module_utils._tenants import Tenant
from ansible_collections.community.acronis.plugins.module_utils._tree import TenantTree

# The tenant with this index lies below the one with the other: a tree, in which 0 is the root and its own parent.
Parents = Sequence[int]


def tenant_id(index: int) -> str:
    return f"00000000-0000-4000-8000-{index:012}"


def tenant(parents: Parents, index: int, version: int = 1) -> Tenant:
    return Tenant(tenant_id(index), version, f"Tenant {index}", "partner", True, tenant_id(parents[index]))


def line(parents: Parents, index: int) -> list[int]:
    """The tenant and all above it, the nearest first."""
    found = [index]
    while parents[found[-1]] != found[-1]:
        found.append(parents[found[-1]])
    return found


trees: st.SearchStrategy[Parents] = st.integers(0, 12).flatmap(
    lambda count: st.tuples(st.just(0), *(st.integers(0, index) for index in range(count)))
)


@st.composite
def half_known(draw: st.DrawFn) -> tuple[Parents, set[int], TenantTree]:
    """A tree, which of it is known, and the forest of that, taken in in any order."""
    parents = draw(trees)
    known = draw(st.lists(st.sampled_from(range(len(parents))), unique=True))
    first = draw(st.integers(0, len(known)))
    tree = TenantTree(tenant(parents, index) for index in known[:first])
    tree.below(tenant_id(0))
    tree.add(tenant(parents, index) for index in known[first:])
    return parents, set(known), tree


def known_line(parents: Parents, known: set[int], index: int) -> list[int]:
    above = line(parents, index)
    unknown = [place for place, one in enumerate(above) if one not in known]
    return above[: unknown[0]] if unknown else above


@given(half_known())
def test_a_chain_goes_up_as_far_as_is_known(made: tuple[Parents, set[int], TenantTree]) -> None:
    parents, known, tree = made
    for index in range(len(parents)):
        expected = known_line(parents, known, index)
        assert [link.id for link in tree.chain(tenant_id(index))] == list(map(tenant_id, expected))
        assert (tenant_id(index) in tree) == (index in known) == (tree.get(tenant_id(index)) is not None)
    assert {one.id for one in tree} == set(map(tenant_id, known))


@given(half_known())
def test_below_is_what_hangs_together_level_by_level(made: tuple[Parents, set[int], TenantTree]) -> None:
    parents, known, tree = made
    for index in range(len(parents)):
        # All between must be known, the tenant itself need not.
        expected = {one for one in known if one != index and index in line(parents, one)}
        expected = {one for one in expected if set(line(parents, one)[: line(parents, one).index(index)]) <= known}
        found = tree.below(tenant_id(index))
        assert {one.id for one in found} == set(map(tenant_id, expected))
        assert len(found) == len(expected)
        depths = [len(line(parents, int(one.id[-12:]))) for one in found]
        assert depths == sorted(depths)


@given(half_known(), st.data())
def test_ends_are_where_the_chains_leave_what_is_known(
    made: tuple[Parents, set[int], TenantTree], data: st.DataObject
) -> None:
    parents, known, tree = made
    some = st.sets(st.sampled_from(range(len(parents))))
    asked, tops = data.draw(some), data.draw(some)
    tree.tops.update(map(tenant_id, tops))
    lasts = {known_line(parents, known, index)[-1] for index in asked & known}
    expected = {tenant_id(last) for last in lasts - tops if parents[last] != last}
    ends = [end.id for end in tree.ends(map(tenant_id, asked))]
    assert (set(ends), len(ends)) == (expected, len(expected))
    # Once these are read too, and what is above them, nothing is open any more.
    tree.add(tenant(parents, index) for index in range(len(parents)))
    assert tree.ends(map(tenant_id, asked)) == []


@given(trees, st.data())
def test_that_some_ancestors_were_read_proves_nothing_about_others(parents: Parents, data: st.DataObject) -> None:
    """Where the API client sees no further must be said; an answer with ancestors does not say it."""
    asked = data.draw(st.sampled_from(range(len(parents))))
    above = line(parents, asked)
    read = above[: data.draw(st.integers(1, len(above)))]
    tree = TenantTree()
    tree.add(tenant(parents, one) for one in read)
    assert tree.tops == set()
    open_above = [] if len(read) == len(above) else [tenant_id(read[-1])]
    assert [end.id for end in tree.ends([tenant_id(asked)])] == open_above
    tree.tops.add(tenant_id(read[-1]))
    assert tree.ends([tenant_id(asked)]) == []


@given(half_known(), st.data())
def test_a_listing_covers_its_root_and_what_is_below(
    made: tuple[Parents, set[int], TenantTree], data: st.DataObject
) -> None:
    parents, _known, tree = made
    root = data.draw(st.sampled_from(range(len(parents))))
    listing = TenantTree(
        (tenant(parents, one) for one in range(len(parents)) if root in line(parents, one)), tenant_id(root)
    )
    listing.add(tree)
    for index in range(len(parents)):
        assert listing.covers(tenant_id(index)) == (root in line(parents, index))
        assert not tree.covers(tenant_id(index)), "without a root nothing is known to be complete"


@given(trees, st.data())
def test_the_later_reading_counts(parents: Parents, data: st.DataObject) -> None:
    tree = TenantTree(tenant(parents, index) for index in range(len(parents)))
    moved = data.draw(st.sampled_from(range(len(parents))))
    target = data.draw(
        st.sampled_from([one for one in range(len(parents)) if moved not in line(parents, one)] or [moved])
    )
    tree.below(tenant_id(0))
    tree.add([replace(tenant(parents, moved, version=2), parent_id=tenant_id(target))])
    found = tree.get(tenant_id(moved))
    assert found is not None and found.version == 2
    assert target == moved or tenant_id(moved) in {one.id for one in tree.below(tenant_id(target))}


@given(st.lists(st.integers(0, 6), min_size=7, max_size=7))
def test_a_circle_in_a_wrong_answer_does_no_harm(parents: Parents) -> None:
    tree = TenantTree((tenant(parents, index) for index in range(7)), tenant_id(0))
    for index in range(7):
        chain = [link.id for link in tree.chain(tenant_id(index))]
        assert len(chain) == len(set(chain)) and chain[0] == tenant_id(index)
        below = [one.id for one in tree.below(tenant_id(index))]
        assert len(below) == len(set(below)) and tenant_id(index) not in below
        assert all(end.id in chain for end in tree.ends([tenant_id(index)]))

# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.community.acronis.plugins.module_utils._errors import InputError, RefusedError
from ansible_collections.community.acronis.plugins.module_utils._lookup import (
    Protection,
    look_up,
    pick_one,
    renew_protection,
    resolve_protection,
)
from ansible_collections.community.acronis.plugins.module_utils._pool import Pool
from ansible_collections.community.acronis.plugins.module_utils._references import (
    NearTenants,
    ProtectedEntries,
    ProtectedEntry,
    Reference,
    describe_near,
    parse_customer_id,
    parse_customer_ids,
    parse_tenant,
    refuse_duplicates,
)
from ansible_collections.community.acronis.plugins.module_utils._tenants import Tenant, TenantApi
from ansible_collections.community.acronis.tests.simulator import seed
from ansible_collections.community.acronis.tests.unit.world import World

ID = "0a7c1f52-6b3d-4c7e-9d8a-1f2e3d4c5b6a"
OTHER = "1b8d2063-7c4e-4d8f-8e9b-2a3f4e5d6c7b"
NFC, NFD = "Caf\u00e9", "Cafe\u0301"
FABRIKAM = Tenant(ID, 1, "Fabrikam", "customer", True, OTHER, customer_id="C-1")


def resolve(api: TenantApi, reference: Reference, root_id: str | None) -> Tenant | None:
    """Return what one reference alone names, or raise why it is not known."""
    with Pool(1) as pool:
        return pick_one(api, look_up(api, pool, [reference], root_id), reference)


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        (ID, Reference("id", ID, ID)),
        (ID.upper(), Reference("id", ID, ID.upper())),
        ("Fabrikam", Reference("name", "Fabrikam", "Fabrikam")),
        ("Ünïcode & Söhne", Reference("name", "Ünïcode & Söhne", "Ünïcode & Söhne")),
        (NFD, Reference("name", NFC, NFD)),
        ("0123456789", Reference("name", "0123456789", "0123456789")),
        ("a-b-c-d-e", Reference("name", "a-b-c-d-e", "a-b-c-d-e")),
    ],
)
def test_parse_tenant(text: str, reference: Reference) -> None:
    assert parse_tenant(text, "tenant") == reference


@pytest.mark.parametrize("text", ["C-1001", "00123", ID, ID.upper(), "Smith, Jones & Co"])
def test_parse_customer_id(text: str) -> None:
    assert parse_customer_id(text, "customer_id") == Reference("customer_id", text, text)
    assert parse_customer_ids([text], "customer_ids") == [Reference("customer_id", text, text)]


@pytest.mark.parametrize("parse", [parse_tenant, parse_customer_id, ProtectedEntry.parse])
@pytest.mark.parametrize(
    "value", [None, 83, True, 1.5, {"name": "A"}, ["A"], "", " A", "A\u200b", "nan", "{{ a }}", "[A]"]
)
def test_what_is_no_text_or_no_name_is_refused_everywhere(parse: Any, value: Any) -> None:
    with pytest.raises(InputError, match=r"^tenants\[3\]: "):
        parse(value, "tenants[3]")


@pytest.mark.parametrize(
    ("value", "option"),
    [("C-1, C-2", "customer_ids"), ({"a": 1}, "customer_ids"), (["C-1", 1002], r"customer_ids\[1\]")],
)
def test_customer_ids_are_a_list_of_text(value: Any, option: str) -> None:
    with pytest.raises(InputError, match=f"^{option}: "):
        parse_customer_ids(value, "customer_ids")


def test_canonically_equivalent_names_are_the_same() -> None:
    for parse, kind in ((parse_tenant, "name"), (parse_customer_id, "customer_id")):
        one, other = parse(NFC, "tenant"), parse(NFD, "tenant")
        assert (one.value, one.text, other.value, other.text) == (NFC, NFC, NFC, NFD)
        for spelled in (NFC, NFD):
            tenant = replace(FABRIKAM, **{kind: spelled})
            assert one.matches(tenant) and other.matches(tenant)
            assert not Reference("name" if kind == "customer_id" else "customer_id", NFC, NFC).matches(tenant)


def test_a_tenant_without_an_external_id_matches_none() -> None:
    assert not Reference("customer_id", "", "").matches(replace(FABRIKAM, customer_id=None))


def test_each_tenant_is_named_once() -> None:
    def refer(*values: str) -> list[Reference]:
        return [parse_tenant(value, "tenants") for value in values]

    refuse_duplicates([*refer(ID, "C-1", "c-1", OTHER), parse_customer_id("C-1", "x")], "tenants")
    for same in ((ID, "A", ID.upper()), (NFC, "A", NFD), ("B", "A", "B")):
        with pytest.raises(InputError, match=r"^tenants\[2\]: it names the same tenant as tenants\[0\]"):
            refuse_duplicates(refer(*same), "tenants")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "\t\n",
        "None",
        "none",
        " NULL ",
        "null",
        ID[:-1],
        f"{ID}0",
        ID.replace("-", ""),
        f"{{{ID}}}",
        f"urn:uuid:{ID}",
        f"{ID[:-1]}g",
        ID.replace("-", "", 1),
    ],
)
def test_parse_tenant_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"^tenants\[3\]: "):
        parse_tenant(text, "tenants[3]")


@given(st.text())
def test_any_text_is_taken_or_refused(text: str) -> None:
    for parse in (parse_tenant, parse_customer_id):
        try:
            reference = parse(text, "tenant")
        except InputError as error:
            assert error.message.isprintable()
        else:
            assert reference.text == text


def test_by_id_it_takes_one_read(world: World) -> None:
    tenant = resolve(world.api(), parse_tenant(world.id("solo").upper(), "tenant"), None)
    assert tenant is not None and tenant.name == "Solo Software"
    assert world.requests() == ["POST idp", "GET tenants"]


def test_by_name_it_takes_one_listing(world: World) -> None:
    tenant = resolve(world.api(), parse_tenant("Alpine Bakery", "tenant"), None)
    assert tenant is not None and tenant.id == world.id("bakery")
    assert world.requests() == ["POST idp", "GET clients", "GET tenants"]


@pytest.mark.parametrize("name", ["alpine bakery", "Alpine", "Alpine  Bakery", "Alpine\u00a0Bakery", "Bakery"])
def test_a_name_is_exact(world: World, name: str) -> None:
    assert resolve(world.api(), parse_tenant(name, "tenant"), None) is None


def test_a_short_name_is_a_name(world: World) -> None:
    world.app.platform.interfere(world.id("solo"), values={"name": "X"})
    tenant = resolve(world.api(), parse_tenant("X", "tenant"), None)
    assert tenant is not None and tenant.id == world.id("solo")


@pytest.mark.parametrize(("stored", "given_as"), [(NFC, NFD), (NFD, NFC)])
def test_names_are_found_however_their_accents_are_written(world: World, stored: str, given_as: str) -> None:
    world.app.platform.interfere(world.id("solo"), values={"name": stored})
    tenant = resolve(world.api(), parse_tenant(given_as, "tenant"), None)
    assert tenant is not None and (tenant.id, tenant.name) == (world.id("solo"), stored)
    # Two that differ in nothing else are ambiguous.
    world.app.platform.interfere(world.id("law"), values={"name": given_as})
    with pytest.raises(RefusedError, match="2 tenants match"):
        resolve(world.api(), parse_tenant(given_as, "tenant"), None)


@pytest.mark.parametrize("customer_id", ["C-1001", "C-1004"])
def test_by_customer_id(world: World, customer_id: str) -> None:
    tenant = resolve(world.api(), parse_customer_id(customer_id, "customer_id"), None)
    assert tenant is not None and tenant.customer_id == customer_id


@pytest.mark.parametrize("customer_id", ["C-100", "c-1001", "Alpine Bakery"])
def test_a_customer_id_is_exact(world: World, customer_id: str) -> None:
    assert resolve(world.api(), parse_customer_id(customer_id, "customer_id"), None) is None


def test_several_matches_are_refused_with_ids_and_paths(world: World) -> None:
    with pytest.raises(RefusedError) as caught:
        resolve(world.api(), parse_tenant("Twin Trading", "tenant"), None)
    for key, path in (
        ("twin_contoso", "Northwind MSP / Contoso Partner"),
        ("twin_adventure", "Northwind MSP / Adventure Partner"),
    ):
        assert f"{world.id(key)} ({path} / Twin Trading)" in caught.value.message
    one = resolve(world.api(), parse_tenant("Twin Trading", "tenant"), world.id("adventure"))
    assert one is not None and one.id == world.id("twin_adventure")


def test_of_many_matches_ten_are_shown(world: World) -> None:
    platform = world.app.platform
    for number in range(12):
        folder = platform.add_tenant(platform.tenants[world.id("northwind")], f"Folder {number}", "folder")
        platform.add_tenant(folder, "Same", "customer")
    with pytest.raises(RefusedError, match="and 2 more"):
        resolve(world.api(), parse_tenant("Same", "tenant"), None)


def test_the_live_one_goes_before_the_deleted_ones(world: World) -> None:
    platform = world.app.platform
    former = resolve(world.api(), parse_tenant("Former Foods", "tenant"), None)
    assert former is not None and former.id == world.id("former")
    platform.clock.advance(60)
    second = platform.add_tenant(platform.tenants[world.id("contoso")], "Former Foods", "customer")
    found = resolve(world.api(), parse_tenant("Former Foods", "tenant"), None)
    assert found is not None and found.id == second.id
    platform.interfere(second.id, delete=True)
    found = resolve(world.api(), parse_tenant("Former Foods", "tenant"), None)
    assert found is not None and found.id == second.id


def test_subtree_root_id_bounds_ids_too(world: World) -> None:
    bakery = parse_tenant(world.id("bakery"), "tenant")
    for key in ("contoso", "branches", "bakery", "northwind"):
        assert resolve(world.api(), bakery, world.id(key)) is not None
    for key in ("adventure", "bakery_north", "fabrikam"):
        with pytest.raises(RefusedError, match="outside"):
            resolve(world.api(), bakery, world.id(key))
    assert resolve(world.api(), parse_tenant(ID, "tenant"), world.id("contoso")) is None


def test_with_a_token_alone_a_name_needs_a_root(world: World) -> None:
    token = world.app.platform.issue_token(*_credentials()).value
    api = world.api(access_token=token, client_id=None, client_secret=None)
    with pytest.raises(InputError, match="subtree_root_id"):
        resolve(api, parse_tenant("Alpine Bakery", "tenant"), None)
    assert world.app.log == []
    assert resolve(api, parse_tenant("Alpine Bakery", "tenant"), world.id("contoso")) is not None


def _credentials() -> tuple[str, str]:
    return seed.CLIENT_ID, seed.CLIENT_SECRET


# -- nearly the same --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "customer_id", "reference"),
    [
        ("Fabrikam", None, parse_tenant("fabrikam", "x")),
        ("Fabrikam Ltd", None, parse_tenant("Fabrikam  Ltd", "x")),
        ("Fabrikam Ltd", None, parse_tenant("Fabrikam\u00a0Ltd", "x")),
        ("Fabrikam", None, parse_tenant("\uff26abrikam", "x")),
        ("Fabri\u00adkam\u200b", None, parse_tenant("Fabrikam", "x")),
        (" Fabrikam\n", None, parse_tenant("Fabrikam", "x")),
        ("M\u00fcller", None, parse_tenant("M\u00c3\u00bcller", "x")),
        ("M\u00c3\u00bcller", None, parse_tenant("M\u00fcller", "x")),
        ("00123", None, parse_tenant("123", "x")),
        ("A", "00123", parse_customer_id("123", "x")),
        ("A", "10442", parse_customer_id("1.0442E+04", "x")),
        ("A", "C-1", parse_customer_id("c-1", "x")),
        # Given as the one, although it is the other.
        ("A", "C-1", parse_tenant("C-1", "x")),
        ("A", "C-1", parse_tenant("c-1", "x")),
        ("A", ID, parse_tenant(ID, "x")),
        ("Fabrikam", "C-1", parse_customer_id("Fabrikam", "x")),
    ],
)
def test_near_tenants(name: str, customer_id: str | None, reference: Reference) -> None:
    tenant = replace(FABRIKAM, id=OTHER, name=name, customer_id=customer_id)
    others = [replace(FABRIKAM, id=ID, name="Contoso", customer_id="X-1"), replace(FABRIKAM, name="", customer_id="")]
    assert NearTenants([*others, tenant]).find(reference) == [tenant]
    text = describe_near(reference, [tenant])
    assert text.isprintable() and OTHER in text


def test_what_is_not_near() -> None:
    near = NearTenants([FABRIKAM, replace(FABRIKAM, id=OTHER, name="", customer_id=None)])
    assert near.find(parse_tenant("Fabrikan", "x")) == near.find(parse_customer_id("C-10", "x")) == []
    # Nothing is left of it that could be compared.
    assert near.find(Reference("name", "\u2800", "\u2800")) == near.find(Reference("customer_id", "", "")) == []


def test_every_near_tenant_is_found_once() -> None:
    both = replace(FABRIKAM, customer_id="FABRIKAM")
    other = replace(FABRIKAM, id=OTHER, name="fabri kam")
    assert NearTenants([both, other]).find(parse_tenant("fabrikam", "x")) == [both, other]


@pytest.mark.parametrize(
    ("reference", "tenants", "text"),
    [
        (
            parse_tenant("fabrikam", "x"),
            [FABRIKAM],
            f"nothing is called 'fabrikam', but tenant 'Fabrikam' ({ID}) is nearly the same: 'Fabrikam'. Correct it, "
            "or name the tenant by its UUID.",
        ),
        (
            parse_tenant("Acme", "x"),
            [replace(FABRIKAM, name="Acme\u200b"), FABRIKAM, FABRIKAM],
            rf"nothing is called 'Acme', but tenant 'Acme\u200b' ({ID}) and 2 more are nearly the same: 'Acme\u200b' "
            r"(in code points, 'Acme\u200b' and not 'Acme'). Correct it, or name the tenant by its UUID.",
        ),
        (
            parse_tenant("caf\u00e9", "x"),
            [replace(FABRIKAM, name="Cafe\u0301")],
            f"nothing is called 'caf\u00e9', but tenant 'Cafe\u0301' ({ID}) is nearly the same: 'Cafe\u0301' (in code "
            "points, 'Cafe\\u0301' and not 'caf\\xe9'). Correct it, or name the tenant by its UUID.",
        ),
        (
            parse_tenant("c-1", "x"),
            [FABRIKAM],
            f"nothing is called 'c-1', but tenant 'Fabrikam' ({ID}) is nearly the same: its external ID 'C-1'. Correct "
            "it, or name the tenant by its UUID.",
        ),
        (
            parse_customer_id("FABRIKAM", "x"),
            [FABRIKAM],
            f"nothing is called 'FABRIKAM', but tenant 'Fabrikam' ({ID}) is nearly the same: its name 'Fabrikam'. "
            "Correct it, or name the tenant by its UUID.",
        ),
        (
            parse_customer_id("c-1", "x"),
            [FABRIKAM],
            f"nothing is called 'c-1', but tenant 'Fabrikam' ({ID}) is nearly the same: 'C-1'. Correct it, or name the "
            "tenant by its UUID.",
        ),
        (
            parse_tenant("C-1", "x"),
            [FABRIKAM],
            f"'C-1' is the external ID of tenant 'Fabrikam' ({ID}); give it as customer_id.",
        ),
        (
            parse_customer_id("Fabrikam", "x"),
            [FABRIKAM],
            f"'Fabrikam' is the name of tenant 'Fabrikam' ({ID}); give it as tenant.",
        ),
    ],
)
def test_describe_near(reference: Reference, tenants: list[Tenant], text: str) -> None:
    assert describe_near(reference, tenants) == text


@pytest.mark.parametrize("state", ["enabled", "disabled", "absent"])
@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("tenant", "solo software", "nothing is called 'solo software', but tenant 'Solo Software' ({solo}) is nearly"),
        ("tenant", "Solo  Software", "is nearly the same: 'Solo Software'. Correct it"),
        ("tenant", "Solo\u00a0Software", r"nothing is called 'Solo\xa0Software', but"),
        ("tenant", "C-3001", "'C-3001' is the external ID of tenant 'Solo Software' ({solo}); give it as customer_id."),
        ("customer_id", "c-3001", "is nearly the same: 'C-3001'"),
        ("customer_id", "Solo Software", "is the name of tenant 'Solo Software' ({solo}); give it as tenant."),
    ],
)
def test_what_is_nearly_found_is_an_error_for_every_state(
    world: World, state: str, option: str, value: str, words: str
) -> None:
    for check_mode in (True, False):
        report = world.run(state, check_mode, **{option: value})
        assert report.failure is not None and words.format(solo=world.id("solo")) in report.failure
        assert [entry["status"] for entry in report.as_result(False)["tenants"]] == ["failed"]
    assert world.writes() == []


def test_a_deletion_spares_what_may_be_meant_by_what_is_nearly_found(world: World) -> None:
    """One that is nearly named in the same task may be this tenant, or lie below it."""
    world.app.platform.interfere(world.id("hospital"), values={"name": "Acme\u00a0Hospital"})
    report = world.run(
        "absent",
        tenants=["Acme Hospital", world.id("contoso"), world.id("solo")],
        delete_descendants=True,
        continue_on_error=True,
    )
    entries = report.as_result(False)["tenants"]
    assert [entry["status"] for entry in entries] == ["failed", "failed", "changed"]
    assert "may be this tenant or one below it" in entries[1]["error"]["message"]
    assert {write[1] for write in world.writes()} == {world.id("solo")}


# -- protection -------------------------------------------------------------------------------------------------------
def protect(world: World, entries: list[str], root: str = "northwind") -> Protection:
    parsed = [ProtectedEntry.parse(entry, "protected_tenants") for entry in entries]
    return resolve_protection(world.api(), parsed, world.id(root))


@pytest.mark.parametrize(
    ("entry", "right"),
    [
        (ID, True),
        (ID.upper(), True),
        ("Fabrikam", True),
        ("FABRI kam", True),
        ("C-1", True),
        ("c-1", True),
        (OTHER, False),
        ("Fabrika", False),
        ("C-10", False),
    ],
)
def test_a_protected_entry_names_by_id_name_and_external_id(entry: str, right: bool) -> None:
    parsed = ProtectedEntry.parse(entry, "protected_tenants")
    other = ProtectedEntry.parse("Nobody", "protected_tenants")
    for entries in ((parsed,), (parsed, other), (other, parsed)):
        assert ProtectedEntries(entries).naming(FABRIKAM) == (parsed if right else None)
        assert ProtectedEntries(entries).naming(Tenant(ID[::-1], 1, "", "customer", True, OTHER)) is None
    assert ProtectedEntries().naming(FABRIKAM) is None
    assert parsed.text == entry


def test_protection_reaches_all_above(world: World) -> None:
    entries = ["Hospital", "C-2001", world.id("bakery_north").upper(), "No Such", ID]
    protection = protect(world, entries)
    for key, entry in {
        "hospital": "Hospital",
        "coral": "C-2001",
        "adventure": "C-2001",
        "bakery": entries[2],
        "branches": entries[2],
    }.items():
        assert protection.reason(world.id(key)) == entry
    for key in ("contoso", "northwind"):
        assert protection.reason(world.id(key)) in entries
    for key in ("ward", "solo", "law", "coral_office"):
        assert protection.reason(world.id(key)) is None
    assert sorted(protection.missing) == sorted(["No Such", ID])


def test_an_entry_with_several_matches_protects_them_all(world: World) -> None:
    protection = protect(world, ["Twin Trading"])
    assert {"contoso", "adventure", "twin_contoso", "twin_adventure"} <= {
        key for key, tenant_id in world.app.platform.well_known.items() if protection.reason(tenant_id)
    }
    assert protection.missing == []


@pytest.mark.parametrize("entry", ["hospital", "HOSPITAL", "Hos pital", "\uff28ospital", "c-1911"])
def test_an_entry_protects_whatever_is_nearly_the_same(world: World, entry: str) -> None:
    protection = protect(world, [entry])
    assert protection.reason(world.id("hospital")) == protection.reason(world.id("contoso")) == entry
    assert (protection.reason(world.id("solo")), protection.missing) == (None, [])


def test_a_deleted_tenant_still_protects_what_is_above_it(world: World) -> None:
    for entry in ("Former Foods", world.id("former"), "C-1004"):
        protection = protect(world, [entry])
        assert (protection.reason(world.id("contoso")), protection.missing) == (entry, [])


def test_an_id_may_be_an_external_id(world: World) -> None:
    world.app.platform.interfere(world.id("solo"), values={"customer_id": ID})
    assert protect(world, [ID]).reason(world.id("solo")) == ID


def test_ids_alone_cost_no_listing(world: World) -> None:
    assert protect(world, [world.id("hospital"), world.id("solo")]).missing == []
    assert not any("subtree_root_id" in entry["query"] for entry in world.app.log)
    world.app.log.clear()
    # Names cost one, however many they are, and so does the second look for IDs that are none.
    protect(world, ["Hospital", "Solo Software", "C-1001", ID])
    assert sum("subtree_root_id" in entry["query"] for entry in world.app.log) == 1


def test_a_protected_tenant_that_was_moved_protects_what_is_above_it_now(world: World) -> None:
    protection = protect(world, ["Hospital", "No Such"])
    platform = world.app.platform
    platform.interfere(world.id("hospital"), values={"parent_id": world.id("adventure")})
    now = renew_protection(world.api(), protection)
    assert now.reason(world.id("adventure")) == "Hospital"
    assert (now.reason(world.id("contoso")), list(now.missing)) == (None, ["No Such"])

# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever text is given, no tenant is written to that it does not name exactly, and a near miss is never green."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.community.acronis.plugins.module_utils._errors import InputError
from ansible_collections.community.acronis.tests.unit.trees import CUSTOMER, tree
from ansible_collections.community.acronis.tests.unit.world import World

# Name and external ID of each customer.
CUSTOMERS = (
    ("Fabrikam Dental", "00123"),
    ("Fabrikam", "C-1001"),
    ("Caf\u00e9 Zo\u00eb", "E 77/4"),
    ("Stra\u00dfe & S\u00f8n A/S", "K\u00d6LN-9"),
    ("\u5317\u4eac \u682a\u5f0f", "83"),
    ("O'Brien \u2013 \u201eHaus\u201c", "1.50"),
    ("A\u030angstro\u0308m", "4711 "),
)
TREE = tree(*((name, CUSTOMER, {"customer_id": customer_id}) for name, customer_id in CUSTOMERS))
NAMES = [name for name, _customer_id in CUSTOMERS]
CUSTOMER_IDS = [customer_id for _name, customer_id in CUSTOMERS]

WHITE_SPACE = (
    " \t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u180b\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202c\u202e\u2060\u2062"
    "\u2066\u2069\u2800\u3164\ufe0f\ufeff\uffa0\U000e0001\U000e0100\x00\x07"
)


def full_width(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


def misread(text: str, encoding: str) -> str:
    """Return the text as one sees it when its UTF-8 is taken for another encoding; as it is where that cannot be."""
    try:
        return text.encode().decode(encoding)
    except UnicodeError:
        return text


@st.composite
def insertions(draw: st.DrawFn, text: str) -> str:
    place = draw(st.integers(0, len(text)))
    return text[:place] + draw(st.text(WHITE_SPACE + UNSEEN, min_size=1, max_size=2)) + text[place:]


SLIPS: tuple[Callable[[str], str], ...] = (
    str.upper,
    str.lower,
    str.title,
    str.swapcase,
    str.casefold,
    *(lambda text, form=form: unicodedata.normalize(form, text) for form in ("NFC", "NFD", "NFKC", "NFKD")),
    full_width,
    lambda text: "".join(text.split()),
    " ".join,
    lambda text: f"00{text}" if text[0].isdigit() else text,
    lambda text: text.lstrip("0") or text,
)
MISREADINGS: tuple[Callable[[str], str], ...] = (
    lambda text: misread(text, "cp1252"),
    lambda text: misread(text, "latin-1"),
    lambda text: text,
)


@st.composite
def near(draw: st.DrawFn, texts: list[str]) -> tuple[str, str]:
    """A text and what has become of it by slips that people and programs make."""
    text = draw(st.sampled_from(texts))
    slipped = text
    for _number in range(draw(st.integers(0, 3))):
        slip = draw(st.sampled_from([*SLIPS, None]))
        slipped = draw(insertions(slipped)) if slip is None else slip(slipped)
    # A misreading is the last one: what is near to its characters is another text.
    return text, draw(st.sampled_from(MISREADINGS))(slipped)


def canonical(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def named(text: str, option: str) -> set[str]:
    """The names of the customers that the text names exactly."""
    column = CUSTOMER_IDS if option == "customer_id" else NAMES
    return {name for name, own in zip(NAMES, column, strict=True) if canonical(own) == canonical(text)}


class Trial:
    """Tasks in one world, which is made afresh when something was written."""

    def __init__(self) -> None:
        self._world = World.of(TREE)

    def __call__(self, state: str | None, **options: Any) -> tuple[bool, set[str]]:
        """Return whether the task succeeds, and the names of the tenants that it writes to."""
        if self._world.writes():
            self._world = World.of(TREE)
        try:
            report = self._world.run(state, **options)
        except InputError:
            succeeds = False
        else:
            succeeds = report.failure is None
        by_id = {self._world.id(name): name for name in NAMES}
        return succeeds, {by_id[tenant_id] for _method, tenant_id, _version in self._world.writes()}


@pytest.fixture(scope="module")
def trial() -> Trial:
    return Trial()


STATES = st.sampled_from(["enabled", "disabled", "absent"])
OPTIONS = st.sampled_from(["tenant", "customer_id"])
NEAR = st.one_of(near(NAMES), near(CUSTOMER_IDS)).map(lambda both: both[1])
WAYS: dict[str, Callable[[str, str], dict[str, Any]]] = {
    "alone": lambda option, text: {option: text},
    "in a list": lambda option, text: (
        {"tenants": [text, NAMES[1]]} if option == "tenant" else {"customer_ids": [text, CUSTOMER_IDS[1]]}
    ),
    "in a mapping": lambda option, text: {"tenants": [{option: text}]},
}


@given(option=OPTIONS, text=st.one_of(NEAR, st.text()), state=STATES, way=st.sampled_from(sorted(WAYS)))
def test_nothing_is_written_but_to_what_is_named(trial: Trial, option: str, text: str, state: str, way: str) -> None:
    allowed = named(text, option) | ({NAMES[1]} if way == "in a list" else set())
    _succeeds, written = trial(state, **WAYS[way](option, text))
    assert written <= allowed


@pytest.mark.parametrize(
    ("option", "texts"),
    [("tenant", NAMES), ("customer_id", CUSTOMER_IDS), ("tenant", CUSTOMER_IDS), ("customer_id", NAMES)],
    ids=["a name", "an external ID", "an external ID as a name", "a name as an external ID"],
)
@pytest.mark.parametrize("way", WAYS)
def test_a_near_miss_is_an_error(trial: Trial, option: str, texts: list[str], way: str) -> None:
    @given(near(texts))
    def check(both: tuple[str, str]) -> None:
        _text, slipped = both
        if not named(slipped, option):
            succeeds, written = trial("absent", **WAYS[way](option, slipped))
            assert not succeeds and not written

    check()


@given(st.one_of(near(NAMES), near(CUSTOMER_IDS)), st.sampled_from(["disabled", "absent"]))
def test_a_near_miss_does_not_lift_a_protection(trial: Trial, both: tuple[str, str], state: str) -> None:
    text, slipped = both
    owner = next(name for name, customer_id in CUSTOMERS if text in (name, customer_id))
    _succeeds, written = trial(state, tenant=owner, protected_tenants=[slipped])
    assert not written


@given(st.sampled_from(CUSTOMERS), st.sampled_from(["NFC", "NFD"]), STATES)
def test_canonically_equivalent_text_is_the_same(
    trial: Trial, customer: tuple[str, str], form: str, state: str
) -> None:
    name, _customer_id = customer
    succeeds, written = trial(state, tenant=unicodedata.normalize(form, name))
    assert succeeds
    assert written == (set() if state == "enabled" else {name})

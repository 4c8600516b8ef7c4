# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from ansible_collections.community.acronis.plugins.module_utils._errors import InputError
from ansible_collections.community.acronis.plugins.module_utils._text import (
    canonical,
    check_keys,
    check_list,
    check_text,
    check_uuid,
    is_uuid,
    loose,
    loose_forms,
    shown,
)

ID = "0a7c1f52-6b3d-4c7e-9d8a-1f2e3d4c5b6a"
NFC, NFD = "Caf\u00e9", "Cafe\u0301"

NO_VALUE = "looks like a variable or a cell without a value"
UNSEEN = "has line breaks or characters that cannot be seen"
NO_UUID = "is not a UUID such as 0a7c1f52-6b3d-4c7e-9d8a-1f2e3d4c5b6a, although it looks like one"
NO_TEXT = "begins like a list or a mapping that has become text"

# What is refused, and with which words; the value is shown with what the eye does not see escaped.
REFUSED: list[tuple[Any, str]] = [
    (None, "it has no value; the variable behind it may be undefined"),
    (83, "'83' is a number, not text"),
    (0, "'0' is a number, not text"),
    (10442.0, "'10442.0' is a number, not text"),
    (float("nan"), "'nan' is a number, not text"),
    (True, "'True' is a boolean, not text"),
    ({"name": "Fabrikam"}, "Fabrikam'}' is a mapping, not text"),
    (["Fabrikam"], "is a list, not text"),
    ((), "'()' is a list, not text"),
    (b"Fabrikam", "is bytes, not text"),
    ("", "it is empty"),
    ("   ", "it is empty"),
    ("\t\n", "it is empty"),
    ("\u00a0\u2003", "it is empty"),
    *(
        (word, f"'{word}' {NO_VALUE}")
        for word in ("None", "NULL", "(null)", "[NULL]", "nil", "undefined", "NaN", "NaT", "<NA>", "n/a", "N/A")
    ),
    *((word, f"'{word}' {NO_VALUE}") for word in ("#N/A", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#DIV/0!", "#NULL!")),
    (" null ", f"' null ' {NO_VALUE}"),
    ("VARIABLE IS NOT DEFINED!", f"'VARIABLE IS NOT DEFINED!' {NO_VALUE}"),
    ("Fabrikam VARIABLE IS NOT DEFINED!", NO_VALUE),
    ("__omit_place_holder__8f2d6c0f7c1b", NO_VALUE),
    (" Fabrikam", "there is white space around ' Fabrikam'; remove it"),
    ("Fabrikam ", "there is white space around 'Fabrikam '"),
    ("Fabrikam\n", r"there is white space around 'Fabrikam\n'"),
    ("\u00a0Fabrikam", r"there is white space around '\xa0Fabrikam'"),
    ("Fabrikam\u3000", r"there is white space around 'Fabrikam\u3000'"),
    (f" {ID}", "there is white space around"),
    ("Fabri\nkam", rf"'Fabri\nkam' {UNSEEN}"),
    ("Fabri\r\nkam", rf"'Fabri\r\nkam' {UNSEEN}"),
    ("Fabri\tkam", rf"'Fabri\tkam' {UNSEEN}"),
    ("Fabri\x00kam", rf"'Fabri\x00kam' {UNSEEN}"),
    ("Fabri\x1b[31mkam", UNSEEN),
    ("Fabri\u2028kam", rf"'Fabri\u2028kam' {UNSEEN}"),
    ("Fabri\u2029kam", UNSEEN),
    ("\ufeffFabrikam", rf"'\ufeffFabrikam' {UNSEEN}"),
    ("Fabrikam\u200b", rf"'Fabrikam\u200b' {UNSEEN}"),
    ("Fabri\u00adkam", rf"'Fabri\xadkam' {UNSEEN}"),
    ("Fabri\u202ekam", UNSEEN),
    ("\u2066Fabrikam\u2069", UNSEEN),
    ("Fabri\ud800kam", rf"'Fabri\ud800kam' {UNSEEN}"),
    ("Fabri\ue000kam", UNSEEN),
    ("\u2800Fabrikam", rf"'\u2800Fabrikam' {UNSEEN}"),
    ("Fabrikam\u3164", rf"'Fabrikam\u3164' {UNSEEN}"),
    ("Fabrikam\ufe0f", rf"'Fabrikam\ufe0f' {UNSEEN}"),
    ("Fabrikam\U000e0100", UNSEEN),
    ("Caf\ufffd", "has a character that was lost in a conversion (U+FFFD)"),
    ("{{ tenant }}", "'{{ tenant }}' is a template that was not filled in"),
    ("Fabrikam {{ number }}", "is a template that was not filled in"),
    ("{% if a %}Fabrikam", "is a template that was not filled in"),
    ("['Fabrikam', 'Contoso']", NO_TEXT),
    ('["Fabrikam"]', NO_TEXT),
    ("[Fabrikam]", NO_TEXT),
    ('{"tenant": "Fabrikam"}', NO_TEXT),
    ("'Fabrikam'", "has quotes around it that are part of the text"),
    ('"Fabrikam"', "has quotes around it that are part of the text"),
    (ID[:-1], f"'{ID[:-1]}' {NO_UUID}"),
    (f"{ID}0", NO_UUID),
    (f"{ID[:-1]}g", NO_UUID),
    (f"{ID[:-1]}\u0430", NO_UUID),
    (ID.replace("-", ""), NO_UUID),
    (ID.replace("-", "", 1), NO_UUID),
    (ID.replace("-", "--", 1), NO_UUID),
    (f"({ID})", NO_UUID),
    (f"urn:uuid:{ID}", NO_UUID),
    (f"{ID},", NO_UUID),
    (f"{ID}, {ID}", NO_UUID),
    (f"{ID};Fabrikam", NO_UUID),
    (f"Fabrikam ({ID})", NO_UUID),
    (f"https://h.example/#/tenant/{ID.upper()}", NO_UUID),
    (f"{{{ID}}}", NO_TEXT),
]


@pytest.mark.parametrize(("value", "words"), REFUSED, ids=[ascii(value) for value, _words in REFUSED])
def test_refused_text(value: Any, words: str) -> None:
    with pytest.raises(InputError) as caught:
        check_text(value, "tenants[3]")
    assert caught.value.message.startswith("tenants[3]: ")
    assert words in caught.value.message
    assert caught.value.message.isprintable() and caught.value.message.endswith(".")


def test_a_number_is_told_how_to_be_written() -> None:
    with pytest.raises(InputError, match=r"YAML and templates convert text such as 00123.* quotes .*string filter"):
        check_text(83, "tenant")


@pytest.mark.parametrize(
    "text",
    [
        ID,
        ID.upper(),
        "Fabrikam",
        "Smith, Jones & Co",
        "Fabrikam, Inc.",
        "00123",
        "1_0",
        "1:30",
        "true",
        "no",
        "~",
        "-",
        "None of us",
        "Nanette",
        "Null & Void",
        "Fabrikam [closed]",
        "Fabrikam {old}",
        "O'Neil",
        "'s-Hertogenbosch",
        '19" Racks',
        "a-b-c-d-e",
        "Nord-Ost-Süd-West-Handel",
        "Fabri\u00a0kam",
        "Fabri  kam",
        NFC,
        NFD,
        "日本",
        "👩‍🚀"[0],
        "C#",
        "#1",
        "=1+1",
        "x" * 500,
    ],
)
def test_text_that_can_name_something_is_not_changed(text: str) -> None:
    assert check_text(text, "tenant") == text


@given(st.text())
def test_any_text_is_taken_as_it_is_or_refused_in_one_line(text: str) -> None:
    try:
        assert check_text(text, "tenant") == text
    except InputError as error:
        assert error.message.isprintable() and error.message.startswith("tenant: ")
    else:
        assert text.strip() == text != ""
        assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") for char in text)


# -- what is shown ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Acme\u200b", r"'Acme\u200b'"),
        ("Acme\u2800", r"'Acme\u2800'"),
        ("A\u00a0B", r"'A\xa0B'"),
        ("A\ud800", r"'A\ud800'"),
        ("A\U000e0100", r"'A\U000e0100'"),
        ("Ä ö", "'Ä ö'"),
        ("x" * 80, f"'{'x' * 80}'"),
        ("x" * 81, f"'{'x' * 79}…'"),
        (83, "'83'"),
    ],
)
def test_shown(value: object, text: str) -> None:
    assert shown(value) == text


@given(st.text() | st.integers())
def test_what_is_shown_is_short_and_has_nothing_unseen(value: object) -> None:
    text = shown(value, 20)
    assert text.isprintable() and text[0] == text[-1] == "'"
    assert len(text) <= 20 * len("\\U000e0100") + 2
    assert not set(text) & set("\u2800\u3164\ufe0f\u034f")


# -- lists and mappings -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("value", [[], ["a, b"], [1, None], (), ("a",)])
def test_a_list_is_passed_on_as_it_is(value: Any) -> None:
    assert check_list(value, "tenants") is value


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("Fabrikam", "it must be a list, but 'Fabrikam' is text"),
        ("Fabrikam, Contoso", "'Fabrikam, Contoso' is text"),
        ("['Fabrikam']", "is text"),
        ('["Fabrikam"]', "use the from_json filter"),
        ("", "'' is text"),
        ({"tenant": "Fabrikam"}, "is a mapping"),
        (7, "'7' is a number"),
        (False, "'False' is a boolean"),
        ({"a"}, "is set"),
    ],
)
def test_text_is_never_split_into_a_list(value: Any, words: str) -> None:
    with pytest.raises(InputError) as caught:
        check_list(value, "tenants")
    assert caught.value.message.startswith("tenants: ") and words in caught.value.message
    assert "INI inventories" in caught.value.message


KNOWN = ["tenant", "customer_id", "state", "expected_name"]


@pytest.mark.parametrize(
    ("key", "escaped", "meant"),
    [
        ("Tenant", "Tenant", "tenant"),
        ("tenant ", "tenant ", "tenant"),
        (" tenant", " tenant", "tenant"),
        ("\ufefftenant", r"\ufefftenant", "tenant"),
        ("ten\u200bant", r"ten\u200bant", "tenant"),
        ("tenant\n", r"tenant\n", "tenant"),
        ("\uff54\uff45\uff4e\uff41\uff4e\uff54", "\uff54\uff45\uff4e\uff41\uff4e\uff54", "tenant"),
        ("tennant", "tennant", "tenant"),
        ("expected-name", "expected-name", "expected_name"),
        ("customerid", "customerid", "customer_id"),
        ("State", "State", "state"),
        (7, "7", None),
        (None, "None", None),
        ("colour", "colour", None),
    ],
)
def test_an_unknown_key_is_shown_with_the_nearest_known_one(key: Any, escaped: str, meant: str | None) -> None:
    with pytest.raises(InputError) as caught:
        check_keys({"state": "disabled", key: "x"}, KNOWN, "tenants[2]")
    assert caught.value.message == (
        f"tenants[2]: it has the unknown key '{escaped}'."
        + (f" Did you mean '{meant}'?" if meant else "")
        + " Known keys are customer_id, expected_name, state, tenant."
    )


def test_known_keys_are_good() -> None:
    check_keys({}, KNOWN, "tenants[0]")
    check_keys(dict.fromkeys(KNOWN), KNOWN, "tenants[0]")


# -- the same, and nearly the same ------------------------------------------------------------------------------------
def test_canonically_equivalent_text_is_the_same() -> None:
    assert NFC != NFD and canonical(NFC) == canonical(NFD) == NFC
    # ... compatibility, case and what cannot be seen are no equivalence.
    assert len({canonical(one) for one in ("Ab", "ab", "\uff21b", "A\u00adb", "A b", "A\u00a0b")}) == 6


NEAR: list[tuple[str, str]] = [
    (NFC, NFD),
    ("Fabrikam", "FABRIKAM"),
    ("Straße", "STRASSE"),
    ("Fabrikam", "\uff26\uff41\uff42\uff52\uff49\uff4b\uff41\uff4d"),
    ("Office", "O\ufb03ce"),
    ("Acme", "Acme\u200b"),
    ("Acme", "\ufeffAcme"),
    ("Acme", "Ac\u00adme"),
    ("Acme", "Ac\u034fme"),
    ("Acme", "Acme\u2800"),
    ("Acme", "Acme\ufe0f"),
    ("Acme", "Ac\ud800me"),
    ("Acme Ltd", "Acme\u00a0Ltd"),
    ("Acme Ltd", "Acme  Ltd"),
    ("Acme Ltd", " Acme Ltd "),
    ("Acme Ltd", "AcmeLtd"),
    ("Acme Ltd", "Acme\tLtd"),
    ("123", "00123"),
    ("10442", "10442.0"),
    ("10442", "1.0442E+04"),
    ("10000", "1E+4"),
    ("123", "\uff11\uff12\uff13"),
    ("0", "000"),
]
DIFFERENT = [
    ("Acme", "Acme2"),
    ("Acme", "Acne"),
    ("123", "1230"),
    ("123", "12.3"),
    ("C-00123", "C-123"),
    ("1.2.3", "1.2.30"),
    ("-1", "1"),
    ("Müller", "Muller"),
    ("Acme", "\u0410cme"),
]


@pytest.mark.parametrize(("one", "other"), NEAR, ids=[ascii(pair) for pair in NEAR])
def test_nearly_the_same(one: str, other: str) -> None:
    assert loose(one) == loose(other)
    assert loose_forms(one) & loose_forms(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT, ids=[ascii(pair) for pair in DIFFERENT])
def test_not_nearly_the_same(one: str, other: str) -> None:
    assert loose(one) != loose(other)
    assert not loose_forms(one) & loose_forms(other)


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        *((name, "cp1252") for name in ("Müller", "Café Zürich", "Smith\u2019s \u2013 Sons")),
        *((name, "latin-1") for name in ("Müller", "Łódź", "Smith\u2019s \u2013 Sons", "\ufb01", "日本", "Ýr")),
    ],
)
def test_text_that_was_read_in_the_wrong_encoding_is_nearly_the_same(name: str, encoding: str) -> None:
    garbled = name.encode().decode(encoding)
    assert garbled != name
    assert loose(name) in loose_forms(garbled)


# Names are made of characters that are assigned, and spoilt by those that cannot be seen.
unseen = st.sampled_from(list(" \t\n\u00a0\u00ad\u200b\u200d\u2060\ufeff\u2003\u3000\u034f\u2800\u3164\ufe0f\ud800"))
names = st.text(st.characters(exclude_categories=["Cn", "Co", "Cs"]), min_size=1, max_size=12)


@given(names, st.lists(st.tuples(st.integers(0, 12), unseen), max_size=4), st.sampled_from(["lower", "upper", "title"]))
@example("Cafe\u0301", [(4, "\u200b")], "upper")
@example("\u1100\u1161", [(1, "\u00ad")], "lower")
def test_case_and_what_cannot_be_seen_make_no_difference(name: str, spoilt: list[tuple[int, str]], case: str) -> None:
    other = getattr(name, case)()
    # There is no way back from the upper case of some letters.
    assume(other.casefold() == name.casefold())
    for place, char in spoilt:
        other = other[:place] + char + other[place:]
    assert loose(other) == loose(name)
    assert loose_forms(name) & loose_forms(other)


@given(names, st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_normalization_makes_no_difference(name: str, form: Any) -> None:
    other = unicodedata.normalize(form, name)
    assert loose(other) == loose(name)
    assert (canonical(other) == canonical(name)) or form in ("NFKC", "NFKD")


@given(st.text())
@example("Cafe\u200b\u0301")
@example("Cafe\u00b4")
def test_a_form_is_its_own_form(text: str) -> None:
    assert loose(loose(text)) == loose(text)
    assert loose(text) in loose_forms(text)
    assert canonical(canonical(text)) == canonical(text)
    assert loose(canonical(text)) == loose(text)


@given(st.integers(0, 10**12), st.integers(0, 5))
def test_numbers_are_the_same_however_they_are_written(number: int, zeros: int) -> None:
    written = ("0" * zeros + str(number), f"{number}.0", f"{number:.15E}", f"{number}.00")
    assert {loose(text) for text in written} == {loose(str(number))}
    assert loose(str(number)) != loose(str(number + 1))


@pytest.mark.parametrize(
    ("text", "right"),
    [(ID, True), (ID.upper(), True), (ID[:-1], False), (f"{ID}\n", False), ("\u0660" + ID[1:], False)],
)
def test_is_uuid(text: str, right: bool) -> None:
    assert is_uuid(text) is right


def test_a_uuid_is_passed_on_as_the_platform_writes_it() -> None:
    assert check_uuid(ID.upper(), "subtree_root_id") == ID


@pytest.mark.parametrize("value", ["", "0a7c1f52", "Contoso Partner", ID.replace("-", ""), f"{ID[:-1]}g", f" {ID}", 83])
def test_what_is_no_uuid_is_refused(value: Any) -> None:
    with pytest.raises(InputError, match=r"^subtree_root_id: .*\.$"):
        check_uuid(value, "subtree_root_id")

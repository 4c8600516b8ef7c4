# Copyright (c) 2026, community.acronis contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where text and lists of a task enter, and where names are compared. No I/O.

What Ansible has converted cannot be told from what was written: YAML reads 00123 as 83, a list in an INI inventory or
in a template can arrive as text, an undefined variable as a word. So nothing is converted or repaired here. Wrong text
is refused, since it might select another tenant, or none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from ansible_collections.community.acronis.plugins.module_utils._errors import InputError

# What templates, spreadsheets and programs write for a missing value.
EMPTY_WORDS = frozenset(
    {"", "none", "null", "(null)", "[null]", "nil", "undefined", "nan", "nat", "<na>", "n/a"}
    | {"#n/a", "#null!", "#ref!", "#value!", "#name?", "#num!", "#div/0!"}
)
# What Ansible writes for a variable that is not defined, and for an option to leave out that it could not leave out.
EMPTY_MARKS = ("variable is not defined", "__omit_place_holder__", "<< error")

# As the platform writes it, and knows it.
UUID_PATTERN = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
SAMPLE_UUID = "0a7c1f52-6b3d-4c7e-9d8a-1f2e3d4c5b6a"
COPY_UUID = "copy the ID from the management portal."
# Something meant as a UUID, so that a slip in one is not looked up as a name.
_ALMOST_UUID = re.compile(r"[{(]?(?:urn:uuid:)?(?:[0-9a-fA-F-]{30,40}|\w{7,9}(?:-\w{3,5}){3}-\w{11,13})[)}]?")

# Characters that show nothing although Unicode does not class them as control, format or space characters: combining
# grapheme joiner, Hangul and Khmer fillers, Mongolian and other variation selectors, the blank Braille pattern.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0") | frozenset(
    chr(code) for code in (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
)

_NUMBER = re.compile(r"[0-9]{1,40}(?:\.[0-9]{1,40})?(?:[eE][+-]?[0-9]{1,2})?")

SHOWN_LIMIT = 80

# How long the platform's field internal_tag is (vendor's OpenAPI document).
TAG_LIMIT = 256


def shown(value: object, limit: int = SHOWN_LIMIT) -> str:
    """Return value in quotes for a message, at most limit characters of it, with all that the eye does not see
    escaped.
    """
    text = value if isinstance(value, str) else str(value)
    cut = text if len(text) <= limit else f"{text[: limit - 1]}…"
    escaped = "".join(
        char if char.isprintable() and char not in _BLANK else char.encode("unicode_escape").decode() for char in cut
    )
    return f"'{escaped}'"


def check_text(value: Any, option: str) -> str:
    """Return value if it is text that can name something, else raise InputError that names the option."""
    text = _check_is_text(value, option)
    reason = _reason_against(text, " If a tenant is really called so, name it by its UUID.") or _reason_against_name(
        text
    )
    if reason:
        raise InputError(f"{option}: {reason}")
    return text


def check_tag(value: Any, option: str) -> str:
    """Return value if it is text for the platform's field internal_tag, else raise InputError that names the option.
    Empty text stands for an empty field.
    """
    text = _check_is_text(value, option)
    reason = _reason_against(text, "") if text else None
    if len(text) > TAG_LIMIT:
        reason = f"it has {len(text)} characters, but the platform's field has {TAG_LIMIT} at most; shorten it."
    if reason:
        raise InputError(f"{option}: {reason}")
    return text


def _check_is_text(value: Any, option: str) -> str:
    if value is None:
        raise InputError(f"{option}: it has no value; the variable behind it may be undefined.")
    if not isinstance(value, str):
        raise InputError(
            f"{option}: {shown(value)} is {_kind(value)}, not text, and may not be what was written, since YAML and "
            "templates convert text such as 00123. Put quotes around it, or use the string filter on data."
        )
    return value


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, Mapping):
        return "a mapping"
    return "a list" if isinstance(value, (list, tuple)) else type(value).__name__


def _reason_against(text: str, otherwise: str) -> str | None:
    """Return why the text cannot be what was meant, or None. otherwise: what to do if it is."""
    bare = text.strip()
    word = bare.casefold()
    if not word:
        return "it is empty; the variable behind it may be undefined."
    if word in EMPTY_WORDS or any(mark in word for mark in EMPTY_MARKS):
        return f"{shown(text)} looks like a variable or a cell without a value.{otherwise}"
    if text != bare:
        return f"there is white space around {shown(text)}; remove it, for example with the trim filter."
    unseen = any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") for char in text)
    if unseen or text[0] in _BLANK or text[-1] in _BLANK:
        return f"{shown(text)} has line breaks or characters that cannot be seen; remove them.{otherwise}"
    if "\ufffd" in text:
        return f"{shown(text)} has a character that was lost in a conversion (U+FFFD); read the source as UTF-8."
    if "{{" in text or "{%" in text:
        return f"{shown(text)} is a template that was not filled in."
    return None


def _reason_against_name(text: str) -> str | None:
    """Return why the text cannot name anything, or None."""
    if text[0] in "[{":
        return (
            f"{shown(text)} begins like a list or a mapping that has become text. Write it in YAML, or use the "
            "from_json filter. If the tenant is really called so, name it by its UUID."
        )
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return f"{shown(text)} has quotes around it that are part of the text; remove them."
    if (_ALMOST_UUID.fullmatch(text) or UUID_PATTERN.search(text.lower())) and not is_uuid(text):
        return f"{shown(text)} is not a UUID such as {SAMPLE_UUID}, although it looks like one; {COPY_UUID}"
    return None


def is_uuid(text: str) -> bool:
    """Whether the text is a UUID, in whichever case."""
    return UUID_PATTERN.fullmatch(text.lower()) is not None


def check_uuid(value: Any, option: str) -> str:
    """Return value as the platform writes a UUID if it is one, else raise InputError that names the option."""
    text = check_text(value, option)
    if not is_uuid(text):
        raise InputError(f"{option}: {shown(text)} is not a UUID such as {SAMPLE_UUID}; {COPY_UUID}")
    return text.lower()


def check_list(value: Any, option: str) -> Sequence[Any]:
    """Return value if it is a list, else raise InputError that names the option. Text is never split into one."""
    if isinstance(value, (list, tuple)):
        return value
    what = "text" if isinstance(value, str) else _kind(value)
    raise InputError(
        f"{option}: it must be a list, but {shown(value)} is {what}. Ansible makes text of lists in INI inventories, "
        "in key=value arguments and in templates around other text; write a YAML list, or use the from_json filter."
    )


def check_keys(entry: Mapping[Any, Any], known: Iterable[str], option: str) -> None:
    """Raise InputError for a key that is not known, with the known one that was perhaps meant."""
    known = sorted(known)
    for key in entry:
        if key not in known:
            near = [one for one in known if isinstance(key, str) and loose(one) == loose(key)]
            near = near or get_close_matches(str(key), known, 1)
            meant = f" Did you mean {shown(near[0])}?" if near else ""
            raise InputError(
                f"{option}: it has the unknown key {shown(key)}.{meant} Known keys are {', '.join(known)}."
            )


def canonical(text: str) -> str:
    """Return the form in which names and external IDs are compared: canonically equivalent text is the same (NFC)."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def loose(text: str) -> str:
    """Return a form that is the same for nearly identical text: without case, white space, and what cannot be seen,
    and after compatibility normalization. Numbers are the same whatever their leading zeros and their notation.
    """
    if text.isascii() and text.isprintable():
        bare = "".join(text.lower().split())
    else:
        # What cannot be seen may keep letters and accents apart, and normalization may bring blanks and accents.
        folded = unicodedata.normalize("NFKC", _seen(text)).casefold()
        bare = unicodedata.normalize("NFKC", _seen(unicodedata.normalize("NFKC", folded)))
    return str(Decimal(bare).normalize()) if _NUMBER.fullmatch(bare) else bare


def _seen(text: str) -> str:
    """Return text without white space and what cannot be seen."""
    return "".join(char for char in text if unicodedata.category(char)[0] not in "CZ" and char not in _BLANK)


def loose_forms(text: str) -> set[str]:
    """Return the loose forms of text: as it is, and read back if it is UTF-8 that was taken for Windows-1252."""
    forms = {loose(text)}
    if text.isascii():
        return forms
    for encoding in ("cp1252", "latin-1"):
        try:
            forms.add(loose(text.encode(encoding).decode()))
        except UnicodeError:
            continue
    return forms

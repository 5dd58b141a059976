from __future__ import annotations

import pytest

from hotline.masks import mask_name, mask_phone


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13900000000", "139****0000"),
        ("0751-0001234", "0751-*****34"),
        ("07510001234", "0751*****34"),
        ("12345", "*****"),
        ("", ""),
    ],
)
def test_a_phone_keeps_only_what_tells_callers_apart(phone: str, shown: str) -> None:
    assert mask_phone(phone) == shown


@pytest.mark.parametrize(("name", "shown"), [("李小明", "李**"), ("李", "*"), ("", "")])
def test_a_name_keeps_its_first_character(name: str, shown: str) -> None:
    assert mask_name(name) == shown

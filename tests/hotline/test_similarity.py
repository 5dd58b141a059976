from __future__ import annotations

import pytest

from hotline.similarity import ALIKE, NEARLY_SAME, likeness, shingles
from tests.hotline.letters import MIXER, WATER


def alike(first: str, second: str) -> float:
    return likeness(shingles(first), shingles(second))


def test_a_touched_up_copy_is_nearly_the_same() -> None:
    text = MIXER[1][1]
    assert alike(text, text) == 1.0
    assert alike(text, f"您好！{text}谢谢") > NEARLY_SAME


def test_punctuation_width_and_script_do_not_matter() -> None:
    assert alike("垃圾没人清理，很臭！", "垃圾沒人清理 很臭") == 1.0


def test_other_matters_are_not_alike() -> None:
    assert alike(MIXER[0][1], WATER[0][1]) < ALIKE


@pytest.mark.parametrize("text", ["", "。", "水"])
def test_very_short_texts_can_be_compared(text: str) -> None:
    assert alike(text, text) == 1.0
    assert alike(text, "完全不同的内容") == 0.0

from __future__ import annotations

import pytest

from hotline import grouping
from hotline.grouping import group
from tests.hotline.letters import MIXER, OTHERS, REFUND, WATER


def grouped(*texts: tuple[str, str]) -> list[set[int]]:
    found = group([title for title, _ in texts], [body for _, body in texts])
    return [set(each.members) for each in found]


def test_texts_on_one_matter_come_together_and_others_stay_apart() -> None:
    found = grouped(*MIXER, *WATER, *REFUND, *OTHERS)
    assert set(range(6)) in found
    assert set(range(6, 10)) in found
    assert set(range(10, 13)) in found
    assert all(max(members) < 13 for members in found)


def test_a_matter_that_most_texts_are_about_is_not_lost_as_common() -> None:
    assert set(range(6)) in grouped(*MIXER, *OTHERS[:3])


def test_another_problem_at_the_same_place_is_another_group() -> None:
    parking = (
        (
            "示例花园停车位月租涨价",
            "停车月租从两百元涨到四百元，物业没有征求业主意见，也没有公示收费依据。",
        ),
        (
            "示例花园物业乱涨停车费",
            "停车月租涨价一倍，物业不公示收费依据，业主要求退还多收的停车费。",
        ),
        ("停车费上涨不合理（示例花园）", "业主不同意停车月租涨到四百元，物业说不交就锁车，收费依据一直不肯公示。"),
    )
    found = grouped(*MIXER, *parking, *OTHERS)
    assert set(range(6)) in found
    assert {6, 7, 8} in found


def test_the_most_typical_text_comes_first() -> None:
    copies = [("样板桥面破损", "样板桥面破损有坑")] * 3
    first = group(
        [title for title, _ in (*copies, ("样板桥面", "坑多"), *OTHERS)],
        [body for _, body in (*copies, ("样板桥面", "坑多"), *OTHERS)],
    )[0]
    assert set(first.members[:3]) == {0, 1, 2}
    assert first.members[-1] == 3
    assert 0.5 < first.closeness <= 1


def test_equal_input_gives_equal_groups() -> None:
    assert grouped(*MIXER, *WATER, *OTHERS) == grouped(*MIXER, *WATER, *OTHERS)


@pytest.mark.parametrize("texts", [[], [("只有一件", "没有别的")], [("", ""), ("", "")], [("啊", ""), ("哦", "")]])
def test_too_little_text_gives_no_group(texts: list[tuple[str, str]]) -> None:
    assert grouped(*texts) == []


def test_titles_and_bodies_must_be_as_many() -> None:
    with pytest.raises(ValueError, match="1 titles for 2 bodies"):
        group(["一"], ["一", "二"])


def test_only_so_many_links_are_held_and_they_are_the_strongest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouping, "MOST_LINKS", 3)
    monkeypatch.setattr(grouping, "BLOCK", 2)
    copies = [("样板桥面破损多日无人修", "样板桥面破损有很多坑")] * 3
    found = grouped(*MIXER, *copies, *OTHERS)
    assert found == [{6, 7, 8}]

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.exchange_cells import Cell, code_of, day_of, guarded, local_text, moment_of, number_of, text_of, unguarded
from hotline.exchange_errors import BadCell

HALF_PAST_NINE = datetime(2025, 3, 4, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2025-03-04 09:30:00",
        "2025-03-04 09:30",
        "2025-03-04T09:30:00+08:00",
        "2025-03-04T01:30:00Z",
        "2025-03-04T01:30:00+0000",
        "2025-03-04 09:30:00.0",
        "2025/3/4 9:30",
        "2025/3/4 上午 9:30:00",
        "2025.3.4 9:30",
        "2025年3月4日 9时30分",
        "2025年3月4日09:30",
        "２０２５-０３-０４ ０９：３０",
        "20250304093000",
        "45720.3958333333",
        datetime(2025, 3, 4, 9, 30),
    ],
)
def test_a_moment_is_read_in_the_forms_in_which_it_is_written(written: Cell) -> None:
    assert moment_of(written, "received_at") == HALF_PAST_NINE


@pytest.mark.parametrize("written", ["2025/3/4 下午 3:05", "2025-3-4 3:05 PM", "2025-3-4 15:05"])
def test_the_afternoon_is_understood(written: str) -> None:
    assert local_text(moment_of(written, "received_at")) == "2025-03-04 15:05:00"


@pytest.mark.parametrize("written", ["2025-03-04", "20250304", "2025年3月4日", date(2025, 3, 4), datetime(2025, 3, 4)])
def test_a_day_alone_is_that_day_in_shanghai(written: Cell) -> None:
    assert day_of(written, "due_on") == date(2025, 3, 4)


@pytest.mark.parametrize("written", ["", None, "-", "/", "无", "  "])
def test_an_empty_cell_is_no_moment(written: Cell) -> None:
    assert moment_of(written, "closed_at") is None


@pytest.mark.parametrize(
    "written", ["昨天下午", "2025-13-04", "2025-02-30", "3/4/2025", "0025-03-04", "1899-12-31", "9" * 30]
)
def test_what_is_no_moment_is_refused_with_its_column(written: str) -> None:
    with pytest.raises(BadCell, match=r"^登记时间："):
        moment_of(written, "received_at")


@pytest.mark.parametrize("spoilt", ["2.50304E+17", "2.50304e17", 250304093000100001.0, 250304093000100001])
def test_a_number_that_a_spreadsheet_spoilt_is_refused(spoilt: Cell) -> None:
    with pytest.raises(BadCell, match="设为文本"):
        number_of(spoilt)


@pytest.mark.parametrize(
    ("cell", "number"),
    [("250304093000100001", "250304093000100001"), (20250304, "20250304"), ('="2503"', "2503"), (" ＷＪ１ ", "WJ1")],
)
def test_a_sound_number_is_kept(cell: Cell, number: str) -> None:
    assert number_of(cell) == number


@pytest.mark.parametrize(("cell", "text"), [(None, ""), (True, "是"), (3.0, "3"), (2.5, "2.5"), (" a ", "a")])
def test_a_cell_is_text_as_people_read_it(cell: Cell, text: str) -> None:
    assert text_of(cell) == text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("非常不满意", "1"),
        ("不满意", "2"),
        ("基本满意（默认）", "3"),
        ("满意", "4"),
        ("非常满意", "5"),
        ("未评价", "0"),
    ],
)
def test_the_five_levels_are_told_apart(text: str, code: str) -> None:
    assert code_of(text, "satisfaction", "satisfaction") == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("行政效能投诉", "complaint"),
        ("消费维权", "complaint"),
        ("经济违法", "report"),
        ("其他", "other"),
        ("投诉举报", "report"),
    ],
)
def test_types_of_other_systems_are_understood(text: str, code: str) -> None:
    assert code_of(text, "type", "types") == code


def test_an_unknown_word_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(BadCell, match="不认识“聊天”，可填：咨询、求助"):
        code_of("聊天", "type", "types")


@pytest.mark.parametrize("text", ["=1+1", "+86 0751", "-1", "@SUM(A1)", "\t=1", "＝1", "'=1", "''-1"])
def test_what_looks_like_a_formula_gets_an_apostrophe(text: str) -> None:
    assert guarded(text) == f"'{text}"


@given(st.text())
def test_guarding_is_undone_exactly(text: str) -> None:
    assert unguarded(guarded(text)) == text


@given(st.text(alphabet="'=+-@＝ \ta1", max_size=6))
def test_nothing_that_was_guarded_begins_like_a_formula(text: str) -> None:
    assert guarded(text)[:1] not in tuple("=+-@＝＋－＠\t")

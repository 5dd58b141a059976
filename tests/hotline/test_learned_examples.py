from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from hotline.learned import Example, Target
from hotline.learned_examples import BadExamples, history_examples, order_text, read_examples
from hotline.routing_rules import TOWN_UNIT
from hotline.rows import insert_order
from hotline.states import State
from storage.engine import transaction
from tests.hotline.factories import TUESDAY_MORNING, make_order


def written(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


def test_the_last_column_is_the_label_and_the_others_are_text(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tsv", "title\tdetail\tunit\n路灯坏\t三天了\t区住建局\n")
    assert read_examples(path) == [Example("路灯坏 三天了", "区住建局")]


def test_columns_can_be_named(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tsv", "unit\ttitle\tid\n区住建局\t路灯坏\t7\n")
    assert read_examples(path, ["title"], "unit") == [Example("路灯坏", "区住建局")]


def test_a_tsv_field_may_hold_quotes_and_odd_line_separators(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tsv", '\ufefftitle\tunit\r\n"坏"了\u2028路灯\t区住建局\r\n\n')
    assert read_examples(path) == [Example('"坏"了\u2028路灯', "区住建局")]


def test_a_csv_field_may_hold_commas_and_line_breaks(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", 'title,unit\n"路灯坏,\n三天了",区住建局\n')
    assert read_examples(path) == [Example("路灯坏,\n三天了", "区住建局")]


def test_rows_without_text_or_label_are_left_out(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tsv", "title\tunit\n路灯坏\t\n\t区住建局\n井盖坏\t区住建局\n")
    assert read_examples(path) == [Example("井盖坏", "区住建局")]


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("a.tsv", "", "empty"),
        ("a.tsv", "title\tunit\n", "no row"),
        ("a.tsv", "title\tunit\n只有一列\n", "line 2: 1 fields"),
        ("a.tsv", "title\ttitle\n甲\t乙\n", "twice"),
        ("a.tsv", "unit\n区住建局\n", "text and label"),
        ("a.csv", 'title,unit\n"没有结束,区住建局\n', "line 2"),
    ],
)
def test_a_faulty_file_is_refused_with_the_place(tmp_path: Path, name: str, content: str, fault: str) -> None:
    with pytest.raises(BadExamples, match=fault):
        read_examples(written(tmp_path / name, content))


def test_an_unknown_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadExamples, match="detail"):
        read_examples(written(tmp_path / "a.tsv", "title\tunit\n路灯坏\t区住建局\n"), ["detail"])


def test_a_missing_file_and_another_encoding_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadExamples, match="cannot read"):
        read_examples(tmp_path / "none.tsv")
    (tmp_path / "a.tsv").write_bytes("标题\t单位".encode("gb18030"))
    with pytest.raises(BadExamples, match="UTF-8"):
        read_examples(tmp_path / "a.tsv")


def put(engine: Engine, place: int, **changes: Any) -> None:
    order = make_order(
        number=f"WJ20250304{place:05d}", draft_id=f"draft-{place}", query_code="000000", title="", **changes
    )
    with transaction(engine) as connection:
        insert_order(connection, order)


def test_closed_orders_are_the_history_the_latest_last(engine: Engine) -> None:
    closed: dict[str, Any] = {"state": State.CLOSED, "category": "城乡建设"}
    put(engine, 1, content="后办结", lead_unit="区住建局", closed_at=TUESDAY_MORNING + timedelta(days=2), **closed)
    put(engine, 2, content="先办结", lead_unit="龙归镇", closed_at=TUESDAY_MORNING + timedelta(days=1), **closed)
    put(engine, 3, content="还在办", lead_unit="区住建局", category="城乡建设")
    put(engine, 4, content="没有单位", closed_at=TUESDAY_MORNING, state=State.CLOSED)
    assert history_examples(engine, Target.UNIT) == [Example("先办结", TOWN_UNIT), Example("后办结", "区住建局")]
    assert history_examples(engine, Target.CATEGORY) == [Example("先办结", "城乡建设"), Example("后办结", "城乡建设")]


def test_made_up_orders_teach_only_when_asked_to(engine: Engine) -> None:
    put(engine, 1, content="示例", lead_unit="区住建局", closed_at=TUESDAY_MORNING, is_fictional=True)
    assert history_examples(engine, Target.UNIT) == []
    assert history_examples(engine, Target.UNIT, with_fictional=True) == [Example("示例", "区住建局")]


@pytest.mark.parametrize(
    ("title", "content", "text"),
    [
        ("路灯坏了三天…", "路灯坏了三天，没人修", "路灯坏了三天，没人修"),
        ("", "没人修", "没人修"),
        ("路灯", "没人修", "路灯 没人修"),
    ],
)
def test_a_title_that_only_begins_the_content_is_not_said_twice(title: str, content: str, text: str) -> None:
    assert order_text(title, content) == text

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from hotline import store
from hotline.deadlines import SHANGHAI
from hotline.exchange_errors import BadTable
from hotline.kpi_period import Period
from hotline.model import Privacy, WorkOrder
from hotline.topic_sources import Material, read_file, read_orders, without_names
from tests.hotline.factories import make_draft

MARCH = Period(date(2025, 3, 1), date(2025, 3, 31))
IN_MARCH = datetime(2025, 3, 20, 9, 0, tzinfo=SHANGHAI)
IN_FEBRUARY = datetime(2025, 2, 20, 9, 0, tzinfo=SHANGHAI)
LONG_AGO = datetime(2024, 6, 1, 9, 0, tzinfo=SHANGHAI)


def submit(engine: Engine, at: datetime, name: str = "draft-1", **changes: Any) -> WorkOrder:
    return store.submit(engine, make_draft(draft_id=name, **changes), now=at)


def orders(engine: Engine, **options: int) -> Material:
    with engine.connect() as connection:
        return read_orders(connection, MARCH, **options)


def write_file(folder: Path, rows: Iterable[tuple[str, str, str]], header: str = "title\ttime\tdetail") -> Path:
    path = folder / "letters.tsv"
    path.write_text("\n".join([header, *("\t".join(row) for row in rows)]), encoding="utf-8")
    return path


def test_orders_of_both_periods_are_read_latest_first(engine: Engine) -> None:
    submit(engine, LONG_AGO, "a")
    before = submit(engine, IN_FEBRUARY, "b")
    now = submit(engine, IN_MARCH, "c")
    submit(engine, IN_MARCH + timedelta(days=30), "d")
    material = orders(engine)
    assert [message.number for message in material.messages] == [now.number, before.number]
    assert material.has_before
    assert not material.is_cut


def test_the_period_before_counts_only_when_records_reach_back(engine: Engine) -> None:
    submit(engine, IN_FEBRUARY, "b")
    submit(engine, IN_MARCH, "c")
    assert not orders(engine).has_before


def test_the_period_before_does_not_count_when_it_is_nearly_empty(engine: Engine) -> None:
    submit(engine, LONG_AGO, "a")
    submit(engine, IN_FEBRUARY, "b")
    for number in range(6):
        submit(engine, IN_MARCH, f"c{number}")
    assert not orders(engine).has_before


def test_more_orders_than_can_be_taken_are_cut_and_it_is_said(engine: Engine) -> None:
    submit(engine, LONG_AGO, "a")
    submit(engine, IN_FEBRUARY, "b")
    latest = submit(engine, IN_MARCH, "c")
    material = orders(engine, most=1)
    assert [message.number for message in material.messages] == [latest.number]
    assert material.is_cut
    assert not material.has_before


def test_who_wrote_tells_orders_apart_but_is_not_in_the_texts(engine: Engine) -> None:
    submit(
        engine,
        IN_MARCH,
        "a",
        title="李小明投诉夜宵摊",
        content="我叫王小示，电话13900000000，摊位占道。",
        location="李小明家楼下",
    )
    submit(engine, IN_MARCH, "b")
    first, second = orders(engine).messages
    assert first.citizen == second.citizen == "13900000000"
    texts = [text for each in (first, second) for text in (each.title, each.content, each.location)]
    assert not any(word in text for word in ("李小明", "王小示", "13900000000") for text in texts)


def test_confidential_and_anonymous_orders_are_private_and_withdrawn_ones_left_out(engine: Engine) -> None:
    for name, privacy in (("a", Privacy.PUBLIC), ("b", Privacy.CONFIDENTIAL), ("c", Privacy.ANONYMOUS)):
        submit(engine, IN_MARCH, name, privacy=privacy)
    assert sorted(message.is_private for message in orders(engine).messages) == [False, True, True]


def test_the_unit_is_the_proposed_one_until_there_is_a_lead_unit(engine: Engine) -> None:
    submit(engine, IN_MARCH)
    assert orders(engine).messages[0].unit == "区城管执法局"


def test_a_file_is_read_with_its_likes_and_bad_rows_are_counted(tmp_path: Path) -> None:
    rows = [
        ("一", "2025/3/20 11:25:05", "内容一", "12"),
        ("二", "2025-02-20", "内容二", "没有"),
        ("三", "某天", "内容三", "0"),
        ("", "2025-03-01", "", ""),
    ]
    path = tmp_path / "letters.tsv"
    text = "\n".join(["标题\t时间\t内容\t点赞数", *("\t".join(row) for row in rows)])
    path.write_text(text, encoding="gb18030")
    material = read_file(path, MARCH)
    assert [(message.title, message.support) for message in material.messages] == [("一", 12), ("二", 0)]
    assert material.messages[0].at == datetime(2025, 3, 20, 11, 25, 5, tzinfo=SHANGHAI)
    assert material.refused == 2
    assert not material.has_before  # nothing from before the period before


def test_equal_texts_of_a_file_count_as_one_writer(tmp_path: Path) -> None:
    path = write_file(tmp_path, [("一", "2025-03-20", "同样的话")] * 2 + [("一", "2025-03-21", "别的话")])
    assert len({message.citizen for message in read_file(path, MARCH).messages}) == 2


def test_of_a_large_file_the_latest_are_kept(tmp_path: Path) -> None:
    path = write_file(tmp_path, [("一", f"2025-03-{day:02}", f"第{day}天") for day in (5, 20, 1, 31, 7)])
    material = read_file(path, MARCH, most=2)
    assert [message.on.day for message in material.messages] == [31, 20]
    assert material.is_cut


def test_a_file_without_the_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadTable, match="缺少列：时间、留言详情"):
        read_file(write_file(tmp_path, [], header="title\twhen\twhat"), MARCH)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("我叫张小示，住在示例路", "我叫张**，住在示例路"),
        ("姓名：欧示例，投诉物业", "姓名：欧**，投诉物业"),
        ("本人王示是示例花园业主", "本人王**是示例花园业主"),
        ("本人多次反映无果", "本人多次反映无果"),
        ("我是业主，张贴广告的人很多", "我是业主，张贴广告的人很多"),
        ("联系13900000000或0751-0001234", "联系139****0000或0751*****34"),
        ("身份证440203199001011234", "身份证****************34"),
    ],
)
def test_names_and_numbers_are_masked(text: str, shown: str) -> None:
    assert without_names(text) == shown

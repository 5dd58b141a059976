from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.engine import Engine

from hotline.holidays import (
    BadHolidayFile,
    Holiday,
    list_holidays,
    parse_day,
    read_holidays,
    remove_holiday,
    set_holidays,
)
from storage.engine import transaction

HEADER = "日期,是否上班,名称,依据\n"
NOTICE = "示例通知〔2099〕1号"
GOOD = f"{HEADER}2099-01-01,否,元旦,{NOTICE}\n2099/1/3,是,元旦,{NOTICE}\n2099年10月1日,否,国庆节,{NOTICE}\n"
DAYS = (
    Holiday(date(2099, 1, 1), False, "元旦", NOTICE),
    Holiday(date(2099, 1, 3), True, "元旦", NOTICE),
    Holiday(date(2099, 10, 1), False, "国庆节", NOTICE),
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_notice_is_read_whatever_excel_made_of_it(encoding: str) -> None:
    assert read_holidays(GOOD.encode(encoding)) == DAYS


def test_columns_may_have_their_database_names_and_any_order() -> None:
    content = f"basis,day,name,is_worked,note\r\n{NOTICE},2099-01-01,元旦,0,x\r\n\r\n"
    assert read_holidays(content.encode()) == DAYS[:1]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("2099-13-01,否,元旦,示例", "日期应为"),
        (",否,元旦,示例", "日期应为"),
        ("2099-01-01,也许,元旦,示例", "应为“是”或“否”"),
        ("2099-01-01,否,元旦,", "缺少依据"),
        ("2099-01-01,否", "缺少依据"),
        ("2099-01-02,是,元旦,示例", "不是周末"),
        (f"2099-01-01,否,{'长' * 201},示例", "超过200字"),
        ("2099-12-31,否,示例,示例", "出现了两次"),
    ],
)
def test_a_line_that_cannot_be_used_is_refused_with_its_number_and_reason(line: str, reason: str) -> None:
    with pytest.raises(BadHolidayFile) as refusal:
        read_holidays(f"{HEADER}2099-12-31,否,示例,示例\n{line}\n".encode())
    (refused,) = refusal.value.refusals
    assert refused.line == 3
    assert reason in refused.reason


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "缺少列：日期"),
        ("日期,名称\n2099-01-01,元旦\n".encode(), "缺少列：是否上班、依据"),
        (b"\x00\xff" * 100, "缺少列"),
        (b"x" * 1_000_001, "文件超过"),
        (HEADER.encode() + b'"' + b"x" * 200_000, "不是 CSV 文件"),
        (HEADER.encode() + b"2099-01-01,x,,\n" * 3_000, "超过2000行"),
    ],
)
def test_a_file_that_is_no_notice_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(BadHolidayFile, match=reason):
        read_holidays(content)


def test_days_are_stored_replaced_listed_and_removed(engine: Engine) -> None:
    moved = Holiday(date(2099, 1, 3), False, "元旦", "示例更正")
    with transaction(engine) as connection:
        assert set_holidays(connection, DAYS) == 3
        assert set_holidays(connection, [moved]) == 1
        assert list_holidays(connection, 2099) == (DAYS[0], moved, DAYS[2])
        assert remove_holiday(connection, date(2099, 1, 3))
        assert not remove_holiday(connection, date(2099, 1, 3))
        assert list_holidays(connection) == (DAYS[0], DAYS[2])
        assert list_holidays(connection, 2098) == ()


def test_what_is_no_date_is_refused() -> None:
    with pytest.raises(ValueError, match="not a date"):
        parse_day("明天")

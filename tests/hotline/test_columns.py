from __future__ import annotations

from enum import StrEnum

import pytest

from hotline.columns import columns, headers, match_headers, meanings, source_name, unknown_headers, words
from hotline.exchange_errors import BadTable
from hotline.model import Handling, OrderType, Privacy, Resolution, Urgency
from tests.hotline.exchange_tables import CITY_HEADERS


def test_headers_begin_with_those_of_the_city_in_its_order() -> None:
    assert list(headers()[: len(CITY_HEADERS)]) == CITY_HEADERS
    assert [column.header for column in columns() if not column.is_ours] == CITY_HEADERS


def test_no_header_or_alias_means_two_columns() -> None:
    names = [name for column in columns() for name in (column.header, *column.aliases)]
    assert len(set(names)) == len(names)


CODES: list[tuple[str, type[StrEnum]]] = [
    ("types", OrderType),
    ("privacy", Privacy),
    ("urgency", Urgency),
    ("resolution", Resolution),
    ("handling", Handling),
]


@pytest.mark.parametrize(("table", "codes"), CODES)
def test_every_code_has_words_and_its_own_label_is_read_back(table: str, codes: type[StrEnum]) -> None:
    assert {code for code, _ in meanings(table)} == {code.value for code in codes}
    for code in codes:
        label = str(getattr(code, "label"))  # noqa: B009
        assert next(found for found, texts in meanings(table) if any(text in label for text in texts)) == code.value


def test_decorated_headers_and_aliases_are_understood() -> None:
    found = match_headers(["工单编号", " 诉求类型* ", "诉求内容（必填）", "受理时间"])
    assert found == {"number": 0, "type": 1, "content": 2, "received_at": 3}


def test_the_exact_header_wins_over_an_alias() -> None:
    found = match_headers(["受理编号", "诉求编号", "诉求类型", "内容", "登记时间"])
    assert found["number"] == 1
    assert unknown_headers(["受理编号", "诉求编号", "诉求类型", "内容", "登记时间"]) == ("受理编号",)


def test_a_missing_required_column_is_named() -> None:
    with pytest.raises(BadTable, match="登记时间"):
        match_headers(["诉求编号", "诉求类型", "内容"])


def test_a_repeated_header_is_refused() -> None:
    with pytest.raises(BadTable, match="表头重复：内容"):
        match_headers(["诉求编号", "诉求类型", "内容", "内容", "登记时间"])


def test_unknown_headers_are_named_and_those_of_refused_rows_are_not() -> None:
    row = ["行号", "拒收原因", "诉求编号", "诉求类型", "内容", "登记时间", "坐席工号", ""]
    assert unknown_headers(row) == ("坐席工号",)


def test_one_channel_under_two_names_is_one_source() -> None:
    assert source_name("民声关注") == source_name("民声热线") == "民声热线"
    assert source_name("电脑网站") == "电脑网站"


def test_kept_columns_exist() -> None:
    assert set(words("kept")) <= {column.key for column in columns()}

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from hotline import exchange_export, store
from hotline.columns import headers
from hotline.exchange import Selection, export_file, import_file
from hotline.model import Privacy
from tests.hotline.exchange_tables import CITY_HEADERS, FINISHED, NOW, OPEN, read_csv, write_csv
from tests.hotline.factories import TUESDAY_MORNING, make_draft


def exported(
    engine: Engine, path: Path, selection: Selection | None = None, *, reveal: bool = False
) -> list[dict[str, str]]:
    export_file(engine, path / "导出.csv", selection, reveal=reveal)
    return read_csv(path / "导出.csv")


def test_the_headers_are_those_of_the_city_with_ours_behind(engine: Engine, tmp_path: Path) -> None:
    export_file(engine, tmp_path / "导出.csv")
    first = (tmp_path / "导出.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    assert first.split(",")[: len(CITY_HEADERS)] == CITY_HEADERS


def test_name_and_phone_are_masked_in_every_column(engine: Engine, tmp_path: Path) -> None:
    content = "我叫李小明，电话13900000000，邻居装修扰民。"
    order = store.submit(engine, make_draft(content=content, title="李小明投诉"), now=TUESDAY_MORNING)
    (row,) = exported(engine, tmp_path)
    assert (row["诉求编号"], row["诉求人"], row["联系电话"]) == (order.number, "李**", "139****0000")
    assert not any("13900000000" in cell or "李小明" in cell for cell in row.values())
    assert order.query_code not in row.values()


def test_reveal_shows_who_it_is_but_never_the_query_code(engine: Engine, tmp_path: Path) -> None:
    order = store.submit(engine, make_draft(), now=TUESDAY_MORNING)
    (row,) = exported(engine, tmp_path, reveal=True)
    assert (row["诉求人"], row["联系电话"]) == ("李小明", "13900000000")
    assert not any(order.query_code in cell for key, cell in row.items() if key not in ("诉求编号", "本系统编号"))


def test_a_confidential_order_shows_nobody(engine: Engine, tmp_path: Path) -> None:
    store.submit(engine, make_draft(privacy=Privacy.CONFIDENTIAL, content="我是李小明"), now=TUESDAY_MORNING)
    (row,) = exported(engine, tmp_path)
    assert (row["诉求人"], row["联系电话"], row["保密要求"]) == ("", "", "保密")
    assert not any("李" in cell for cell in row.values())


def test_texts_that_look_like_formulas_are_guarded(engine: Engine, tmp_path: Path) -> None:
    store.submit(engine, make_draft(content='=HYPERLINK("http://example.invalid")'), now=TUESDAY_MORNING)
    (row,) = exported(engine, tmp_path)
    assert row["内容"].startswith("'=HYPERLINK")


def test_only_the_chosen_days_and_unit_are_exported(engine: Engine, tmp_path: Path) -> None:
    for day, unit in ((3, "区水务局"), (4, "区水务局"), (5, "区教育局")):
        draft = make_draft(draft_id=f"示例{day}", proposed_unit=unit)
        store.submit(engine, draft, now=TUESDAY_MORNING.replace(day=day))
    by_day = exported(engine, tmp_path, Selection(date(2025, 3, 4), date(2025, 3, 5)))
    assert [row["登记时间"][:10] for row in by_day] == ["2025-03-04", "2025-03-05"]
    assert len(exported(engine, tmp_path, Selection(unit="区水务局"))) == 2


def test_orders_go_out_page_by_page_and_none_is_lost(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange_export, "PORTION", 3)
    for number in range(10):  # the same moment: pages must be told apart by number
        store.submit(engine, make_draft(draft_id=f"示例{number}"), now=TUESDAY_MORNING)
    rows = exported(engine, tmp_path)
    assert [row["诉求编号"] for row in rows] == sorted(order.number for order in store.list_orders(engine))


def test_an_imported_order_goes_out_with_the_columns_it_came_with(engine: Engine, tmp_path: Path) -> None:
    special = {
        "事件类型": "市容",
        "性质": "一般",
        "标签": "回头客",
        "城市": "韶关市",
        "区域": "武江区",
        "事发区域": "示例片区",
    }
    more = {
        "退回部门": "示例单位",
        "退回原因": "示例",
        "扬言件类型": "否",
        "办理描述": "示例描述",
        "三级分类": "占道/摆卖",
    }
    came = FINISHED | special | more
    import_file(engine, write_csv(tmp_path / "来.csv", [came, OPEN]), now=NOW)
    finished = next(row for row in exported(engine, tmp_path, reveal=True) if row["诉求编号"] == came["诉求编号"])
    assert finished["事件状态"] == "已归档"
    changed = {key for key, cell in came.items() if finished[key] != cell}
    assert changed == {"事件状态"}


def test_both_kinds_of_file_hold_the_same(engine: Engine, tmp_path: Path) -> None:
    from hotline.exchange_files import open_table

    import_file(engine, write_csv(tmp_path / "来.csv", [OPEN, FINISHED]), now=NOW)
    for suffix in (".csv", ".xlsx"):
        export_file(engine, tmp_path / f"导出{suffix}")
    with open_table(tmp_path / "导出.csv") as one, open_table(tmp_path / "导出.xlsx") as other:
        assert one.headers == other.headers == headers()
        assert [cells for _, cells in one.rows] == [tuple(cell or "" for cell in cells) for _, cells in other.rows]

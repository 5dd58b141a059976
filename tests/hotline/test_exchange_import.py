from __future__ import annotations

import threading
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from hotline import store
from hotline.exchange import BadTable, ImportReport, import_file
from hotline.invariants import broken_invariants
from hotline.model import Card, EventKind, Privacy, Urgency, WorkOrder
from hotline.replies import read_replies
from hotline.rows import read_co_units
from hotline.states import State
from storage.tables import outbox, work_order, work_order_event
from tests.hotline.exchange_tables import FINISHED, NOW, OPEN, read_csv, write_csv


def take(engine: Engine, path: Path, *rows: dict[str, str], **options: Any) -> ImportReport:
    values: dict[str, Any] = {"now": NOW, "source": "网络问政"}
    return import_file(engine, write_csv(path / "示例.csv", rows), **values | options)


def only(engine: Engine) -> WorkOrder:
    (order,) = store.list_orders(engine)
    assert broken(engine, order) == []
    return order


def broken(engine: Engine, order: WorkOrder) -> list[str]:
    with engine.connect() as connection:
        replies, helpers = read_replies(connection, order.number), read_co_units(connection, order.number)
    return broken_invariants(order, store.history(engine, order.number), replies, helpers)


def count(engine: Engine, table: sa.Table) -> int:
    with engine.connect() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def test_an_open_case_enters_as_submitted_and_the_history_says_so(engine: Engine, tmp_path: Path) -> None:
    report = take(engine, tmp_path, OPEN)
    assert (report.added, report.known, report.refused) == (1, 0, 0)
    order = only(engine)
    assert order.state is State.SUBMITTED
    assert order.number == "WJ2025030400001"
    assert (order.source, order.draft_id) == ("网络问政", "250304093000100001")
    assert (order.category, order.town_code) == ("城市管理/市容环境", "440203002000")
    assert (order.proposed_unit, order.lead_unit) == ("区城管执法局", "")
    assert (order.due_on, order.is_official_limit) == (date(2025, 3, 25), True)
    first, last = store.history(engine, order.number)
    assert (first.actor, first.to_state, first.at) == ("导入", State.SUBMITTED, order.received_at)
    assert last.kind is EventKind.NOTE
    assert last.reason == "由文件“示例.csv”第 2 行导入，原编号 250304093000100001，原状态“办理中”"


def test_a_finished_case_enters_archived_over_the_steps_of_the_table(engine: Engine, tmp_path: Path) -> None:
    take(engine, tmp_path, FINISHED)
    order = only(engine)
    assert order.state is State.ARCHIVED
    assert (order.lead_unit, order.reply_text) == ("区城管执法局", FINISHED["答复内容"])
    assert (order.satisfaction, order.is_default_rating, order.rating_text) == (4, False, "谢谢")
    assert (order.dispatched_at, order.signed_at, order.responded_at) == (None, None, None)
    assert order.closed_at is not None
    with engine.connect() as connection:
        assert read_co_units(connection, order.number) == ("市公安局武江分局",)
    reasons = {event.reason for event in store.history(engine, order.number) if event.action in ("accept", "sign")}
    assert reasons == {"导入补记，原系统未提供此步的经办人和时间"}


def test_a_finished_case_without_a_unit_was_answered_directly(engine: Engine, tmp_path: Path) -> None:
    take(engine, tmp_path, FINISHED | {"批转单位": "", "所有办理部门": "", "评价满意度": ""})
    order = only(engine)
    assert (order.state, order.dispatch_count) == (State.ARCHIVED, 0)
    assert (order.satisfaction, order.is_default_rating) == (3, True)


def test_a_bad_rating_from_elsewhere_opens_nothing_here(engine: Engine, tmp_path: Path) -> None:
    take(engine, tmp_path, FINISHED | {"评价满意度": "非常不满意"})
    order = only(engine)
    assert (order.state, order.satisfaction, order.redo_count) == (State.ARCHIVED, 1, 0)


STATES: list[tuple[dict[str, str], State]] = [
    ({"事件状态": "不予受理", "退回原因": "R5 已进入诉讼程序"}, State.ARCHIVED),
    ({"事件状态": "重复并单"}, State.ARCHIVED),
    ({"事件状态": "已取消"}, State.CANCELLED),
    ({"事件状态": "已取消", "扬言件类型": "扬言"}, State.CANCELLED),
    ({"事件状态": "超时未补充，已关闭"}, State.CLOSED_TIMEOUT),
    ({"事件状态": "待办结审核", "答复内容": "示例"}, State.SUBMITTED),
    ({"事件状态": "处置中"}, State.SUBMITTED),
    ({"事件状态": "", "答复内容": "示例", "办理结束时间": "2025-03-12"}, State.ARCHIVED),
]


def test_every_state_elsewhere_has_one_here(engine: Engine, tmp_path: Path) -> None:
    rows = [OPEN | {"诉求编号": f"示例{place:02}"} | changes for place, (changes, _) in enumerate(STATES)]
    assert take(engine, tmp_path, *rows).refused == 0
    orders = sorted(store.list_orders(engine), key=lambda order: order.draft_id)
    assert [order.state for order in orders] == [state for _, state in STATES]
    assert [broken(engine, order) for order in orders] == [[]] * len(STATES)


def test_the_other_systems_date_wins_and_is_said_to_be_its_own(engine: Engine, tmp_path: Path) -> None:
    take(engine, tmp_path, OPEN | {"部门办理截止时间": "2025-03-14 18:00"})
    order = only(engine)
    assert (order.due_on, order.limit_basis, order.is_official_limit) == (
        date(2025, 3, 14),
        "原系统给出的部门办理截止时间",
        False,
    )


def test_a_threat_is_flagged_and_escalated_at_once(engine: Engine, tmp_path: Path) -> None:
    take(engine, tmp_path, OPEN | {"扬言件类型": "个人极端"})
    order = only(engine)
    assert (order.is_threat, order.card) == (True, Card.RED)
    assert count(engine, outbox) == 2


def test_a_denied_threat_is_none(engine: Engine, tmp_path: Path) -> None:
    words = ("", "否", "无", "非扬言件")
    take(engine, tmp_path, *(OPEN | {"诉求编号": f"示例{word}", "扬言件类型": word} for word in words))
    assert [order.is_threat for order in store.list_orders(engine)] == [False] * len(words)
    assert count(engine, outbox) == 0


def test_a_finished_threat_keeps_its_flag_and_alarms_nobody(engine: Engine, tmp_path: Path) -> None:
    take(engine, tmp_path, FINISHED | {"扬言件类型": "扬言"})
    assert only(engine).is_threat is True
    assert count(engine, outbox) == 0


def test_an_anonymous_case_keeps_no_name_and_a_confidential_one_is_marked(engine: Engine, tmp_path: Path) -> None:
    take(engine, tmp_path, OPEN | {"保密要求": "匿名"}, OPEN | {"诉求编号": "2", "性质": "保密、紧急"})
    confidential, anonymous = sorted(store.list_orders(engine), key=lambda order: order.draft_id)
    assert (anonymous.privacy, anonymous.appellant_name, anonymous.appellant_phone) == (Privacy.ANONYMOUS, "", "")
    assert (confidential.privacy, confidential.urgency) == (Privacy.CONFIDENTIAL, Urgency.URGENT)
    assert confidential.appellant_name == "李女士（示例）"


def test_the_same_file_twice_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    take(engine, tmp_path, OPEN, FINISHED)
    before = count(engine, work_order_event)
    report = take(engine, tmp_path, OPEN, FINISHED)
    assert (report.added, report.known, report.refused) == (0, 2, 0)
    assert (count(engine, work_order), count(engine, work_order_event)) == (2, before)


def test_one_channel_under_two_names_is_one_case(engine: Engine, tmp_path: Path) -> None:
    take(engine, tmp_path, OPEN | {"来源": ""}, source="民声关注")
    report = take(engine, tmp_path, OPEN | {"来源": "民声热线"})
    assert (report.added, report.known) == (0, 1)
    assert only(engine).source == "民声热线"


def test_two_imports_at_once_make_every_case_once(engine: Engine, tmp_path: Path) -> None:
    rows = [OPEN | {"诉求编号": f"示例{number}"} for number in range(300)]
    path = write_csv(tmp_path / "示例.csv", rows)
    reports: list[ImportReport] = []

    def run() -> None:
        reports.append(import_file(engine, path, now=NOW))

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(report.added for report in reports) == count(engine, work_order) == 300
    assert sum(report.known for report in reports) == 600
    with engine.connect() as connection:
        numbers = connection.execute(sa.select(work_order.c.number)).scalars().all()
    assert len(set(numbers)) == 300


REFUSED: list[tuple[dict[str, str], str]] = [
    ({"诉求编号": ""}, "诉求编号：为空"),
    ({"诉求编号": "2.50304E+17"}, "设为文本"),
    ({"内容": "  "}, "内容：为空"),
    ({"内容": "长" * 10_001}, "内容：文字过长"),
    ({"诉求类型": ""}, "诉求类型：为空"),
    ({"诉求类型": "聊天"}, "诉求类型：不认识“聊天”"),
    ({"登记时间": ""}, "登记时间：为空"),
    ({"登记时间": "下周"}, "登记时间：看不懂的时间“下周”"),
    ({"登记时间": "2025-06-04"}, "登记时间：晚于现在"),
    ({"办理结束时间": "2025-03-01"}, "办理结束时间：早于登记时间"),
    ({"事件状态": "已办结", "办理结束时间": "2025-03-12"}, "答复内容：已办结的诉求没有答复内容"),
    ({"事件状态": "已办结", "答复内容": "示例"}, "办理结束时间：已办结的诉求没有办理结束时间"),
    ({"事件状态": "不予受理"}, "退回原因：不予受理的诉求请写明情形编号"),
    ({"评价满意度": "凑合"}, "评价满意度：不认识“凑合”"),
    ({"紧急程度": "突发"}, "紧急程度：突发事件应走 110"),
]


def test_each_row_that_cannot_be_an_order_is_refused_with_its_reason(engine: Engine, tmp_path: Path) -> None:
    rows = [OPEN | {"诉求编号": f"示例{place}"} | changes for place, (changes, _) in enumerate(REFUSED)]
    report = take(engine, tmp_path, *rows, FINISHED)
    assert (report.added, report.refused) == (1, len(REFUSED))
    assert [each.row for each in report.examples] == [place + 2 for place in range(len(REFUSED))]
    missed = [
        (reason, each.reason)
        for (_, reason), each in zip(REFUSED, report.examples, strict=True)
        if reason not in each.reason
    ]
    assert missed == []


def test_a_row_needs_a_source_of_its_own_or_of_the_file(engine: Engine, tmp_path: Path) -> None:
    report = take(engine, tmp_path, OPEN | {"来源": ""}, source="")
    assert report.lines() == ["新增 0，已存在 0，拒收 1", "第 2 行：来源：为空，导入时也没有指明来源"]


def test_a_case_twice_in_one_file_is_refused_the_second_time(engine: Engine, tmp_path: Path) -> None:
    report = take(engine, tmp_path, OPEN, FINISHED, OPEN | {"内容": "另一个内容"})
    assert report.lines() == ["新增 2，已存在 0，拒收 1", "第 4 行：诉求编号：与第 2 行重复"]


def test_refused_rows_can_be_mended_and_imported_again(engine: Engine, tmp_path: Path) -> None:
    refused_path = tmp_path / "拒收.csv"
    wrong = OPEN | {"诉求编号": "示例2", "登记时间": "下周", "内容": "=示例，带逗号"}
    take(engine, tmp_path, OPEN, wrong, refused_path=refused_path)
    (refused,) = read_csv(refused_path)
    assert (refused["行号"], refused["诉求编号"]) == ("3", "示例2")
    assert refused["拒收原因"].startswith("登记时间：看不懂的时间")
    mended = refused | {"登记时间": "2025-03-05"}
    write_csv(refused_path, [mended], header=list(mended))
    report = import_file(engine, refused_path, now=NOW, refused_path=tmp_path / "再拒收.csv")
    assert (report.added, report.refused, report.unknown) == (1, 0, ())
    assert {order.content for order in store.list_orders(engine)} == {OPEN["内容"], "=示例，带逗号"}
    assert not (tmp_path / "再拒收.csv").exists()


def test_a_dry_run_tells_the_same_and_stores_nothing(engine: Engine, tmp_path: Path) -> None:
    report = take(engine, tmp_path, OPEN, FINISHED, OPEN | {"诉求编号": ""}, is_dry_run=True)
    assert (report.added, report.refused) == (2, 1)
    assert count(engine, work_order) == count(engine, work_order_event) == 0


def test_a_workbook_with_real_dates_is_imported(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "示例.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["工单编号", "诉求类型", "诉求内容", "受理时间", "镇街"])
    book.active.append(["示例1", "咨询", "怎么办示例证", NOW.replace(tzinfo=None), "龙归"])
    book.save(path)
    assert import_file(engine, path, "民声热线", now=NOW).added == 1
    order = only(engine)
    assert (order.received_at, order.town, order.source) == (NOW, "龙归镇", "民声热线")


def test_unknown_columns_are_named_in_the_report(engine: Engine, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "示例.csv", [OPEN | {"坐席工号": "1"}], header=[*OPEN, "坐席工号"])
    assert import_file(engine, path, now=NOW).lines()[1] == "未识别的列，没有导入：坐席工号"


def test_a_table_without_a_required_column_is_refused_whole(engine: Engine, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "示例.csv", [OPEN], header=["诉求编号", "内容"])
    with pytest.raises(BadTable, match="缺少列“诉求类型”"):
        import_file(engine, path, now=NOW)

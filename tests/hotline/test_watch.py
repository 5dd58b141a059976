from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from hotline import desk, store
from hotline.deadlines import SHANGHAI
from hotline.holidays import Holiday, set_holidays
from hotline.limits import load_calendar
from hotline.model import Card, EventKind, OrderType, WorkOrder, WorkOrderEvent
from hotline.moves import Facts, Move
from hotline.people import CITIZEN, Actor
from hotline.rows import append_event, insert_order
from hotline.states import Role, State
from hotline.watch import WatchReport, run_due_jobs
from hotline.watch_acts import holder
from hotline.watch_due import CLOCKED, due_jobs, numbers_due
from storage.engine import create_engine, migrate, transaction
from storage.outbox import list_messages
from storage.tables import order_reminder
from tests.hotline.factories import TUESDAY_MORNING, make_draft
from tests.hotline.test_deadlines import FIRST_UNKNOWN_YEAR

UNIT = "区城管执法局"
ZHANG = Actor("张受理", Role.ACCEPTANCE)
CHEN = Actor("陈调度", Role.DISPATCHER)
HE = Actor("何审核", Role.AUDITOR)
WANG = Actor("王办理", Role.UNIT, UNIT)
TO_DISPATCH = (
    (Move.ACCEPT, ZHANG, Facts()),
    (Move.PROPOSE, CHEN, Facts(unit=UNIT, opinion="请依法办理")),
    (Move.APPROVE, HE, Facts()),
)
TO_SIGN = (*TO_DISPATCH, (Move.SIGN, WANG, Facts()))
TO_CLOSE = (
    *TO_SIGN,
    (Move.REPLY, WANG, Facts(reply="已劝离并加强巡查。")),
    (Move.APPROVE_REPLY, HE, Facts()),
)
Steps = tuple[tuple[Move, Actor, Facts], ...]


def at(day: str, clock: str = "09:30") -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=SHANGHAI)


def make_order(engine: Engine, steps: Steps = (), now: datetime = TUESDAY_MORNING, **changes: Any) -> WorkOrder:
    """An order filed at this moment and brought through these moves within it."""
    order = store.submit(engine, make_draft(**changes), now=now)
    for move, actor, facts in steps:
        order = desk.act(engine, order.number, move, actor, facts, now=now)
    return order


def run(engine: Engine, day: str, clock: str = "09:30") -> dict[str, int]:
    report = run_due_jobs(engine, now=at(day, clock))
    assert report.failed == ()
    return dict(report.acted)


def lines(engine: Engine, order: WorkOrder, kind: EventKind) -> list[WorkOrderEvent]:
    return [event for event in store.history(engine, order.number) if event.kind is kind]


def notices(engine: Engine, kind: str) -> list[dict[str, Any]]:
    messages = list_messages(engine, target="staff", limit=1_000)
    return [dict(message.payload) for message in messages if message.payload.get("kind") == kind]


def test_nothing_is_due_on_the_day_of_receipt(engine: Engine) -> None:
    make_order(engine)
    assert run(engine, "2025-03-04", "23:59") == {}


def test_the_unit_is_reminded_once_at_half_and_at_four_fifths_of_the_limit(engine: Engine) -> None:
    order = make_order(engine, TO_SIGN)  # 15 working days: 03-25; the 8th begins on 03-14, the 12th on 03-20
    days = [TUESDAY_MORNING.date() + timedelta(days=n) for n in range(22)]
    acted = {day.isoformat(): acts for day in days if (acts := run(engine, day.isoformat()))}
    assert acted == {"2025-03-14": {"half": 1}, "2025-03-20": {"most": 1}}
    reminders = lines(engine, order, EventKind.REMINDER)
    assert [event.reason for event in reminders] == ["办理时限已过一半，请抓紧办理", "办理时限已过八成，请抓紧办理"]
    assert {(event.actor, event.role, event.unit) for event in reminders} == {("system", "system", UNIT)}
    assert store.get(engine, order.number) == order


def test_a_short_limit_is_reminded_of_on_its_first_and_last_day(engine: Engine) -> None:
    make_order(engine, TO_SIGN, type=OrderType.CONSULT)
    assert [run(engine, f"2025-03-0{n}") for n in (4, 5, 6)] == [{}, {"half": 1}, {"most": 1}]


def test_a_reminder_that_came_too_late_is_skipped_for_the_next(engine: Engine) -> None:
    make_order(engine, TO_SIGN)
    assert run(engine, "2025-03-21") == {"most": 1}
    assert run(engine, "2025-03-21") == {}


def test_an_after_hours_order_counts_from_the_next_working_day(engine: Engine) -> None:
    order = make_order(engine, TO_SIGN, at("2025-03-07", "20:00"), type=OrderType.CONSULT)  # Friday evening
    assert order.due_on == date(2025, 3, 12)
    assert [run(engine, f"2025-03-{n}") for n in ("10", "11", "12")] == [{}, {"half": 1}, {"most": 1}]


def test_a_make_up_saturday_counts(engine: Engine) -> None:
    order = make_order(engine, TO_SIGN, at("2025-02-06"), type=OrderType.CONSULT)
    assert order.due_on == date(2025, 2, 8)  # a Saturday that is worked
    assert run(engine, "2025-02-08") == {"most": 1}
    assert run(engine, "2025-02-09") == {"yellow": 1}  # Sunday


def test_a_year_end_order_is_reminded_of_by_the_holidays_of_both_years(engine: Engine) -> None:
    order = make_order(engine, TO_SIGN, at("2024-12-27"), type=OrderType.HELP)  # 2025-01-01 and two weekends are off
    assert order.due_on == date(2025, 1, 13)
    assert [run(engine, day) for day in ("2025-01-03", "2025-01-06")] == [{}, {"half": 1}]


def test_what_an_extension_adds_counts_for_the_next_reminder(engine: Engine) -> None:
    order = make_order(engine, TO_SIGN, type=OrderType.HELP)  # due 03-18
    assert run(engine, "2025-03-14") == {"most": 1}
    desk.act(engine, order.number, Move.REQUEST_EXTENSION, WANG, Facts(reason="待鉴定", days=10), now=at("2025-03-14"))
    extended = desk.act(engine, order.number, Move.GRANT_EXTENSION, CHEN, now=at("2025-03-14"))
    assert extended.due_on == date(2025, 4, 1)
    assert [run(engine, f"2025-03-{n}") for n in ("17", "18", "25", "26")] == [{}, {"half": 1}, {}, {"most": 1}]


def test_an_overdue_order_gets_a_yellow_card_and_later_a_red_one(engine: Engine) -> None:
    order = make_order(engine, TO_SIGN, type=OrderType.CONSULT)  # due 03-06
    acted = [run(engine, f"2025-03-{n:02}") for n in (7, 8, 9, 10, 11, 12)]
    assert acted == [{"yellow": 1}, {}, {}, {}, {"red": 1}, {}]  # 03-11 is the third working day after it
    stored = store.get(engine, order.number)
    assert (stored.card, stored.version, stored.state) == (Card.RED, order.version + 2, State.SIGNED)
    assert [event.reason for event in lines(engine, order, EventKind.CARD)] == [
        "已超期，记黄牌，请立即办理",
        "已严重超期，记红牌，请立即办理",
    ]
    assert [notice["is_urgent"] for kind in ("yellow", "red") for notice in notices(engine, kind)] == [True, True]


def test_an_order_long_overdue_gets_its_red_card_at_once(engine: Engine) -> None:
    make_order(engine, TO_SIGN, type=OrderType.CONSULT)
    assert run(engine, "2025-04-01") == {"red": 1}


def test_a_card_given_by_a_supervisor_is_not_replaced_by_a_lesser_one(engine: Engine) -> None:
    order = make_order(engine, TO_SIGN, type=OrderType.CONSULT)
    supervisor = Actor("孙督办", Role.SUPERVISOR)
    facts = Facts(reason="多次催办", card=Card.RED)
    desk.act(engine, order.number, Move.SUPERVISE, supervisor, facts, now=at("2025-03-06"))
    assert run(engine, "2025-03-07") == {}
    assert store.get(engine, order.number).card is Card.RED


def test_a_supervised_order_that_is_overdue_gets_a_card_too(engine: Engine) -> None:
    order = make_order(engine, TO_SIGN, type=OrderType.CONSULT)
    desk.act(
        engine,
        order.number,
        Move.SUPERVISE,
        Actor("孙督办", Role.SUPERVISOR),
        Facts(reason="多次催办"),
        now=at("2025-03-06"),
    )
    assert run(engine, "2025-03-07") == {"yellow": 1}
    (notice,) = notices(engine, "yellow")
    assert (notice["role"], notice["unit"]) == ("unit", UNIT)


def test_a_finished_order_is_left_alone_by_the_clock(engine: Engine) -> None:
    order = make_order(engine, (*TO_CLOSE, (Move.RATE, CITIZEN, Facts(score=5))), type=OrderType.CONSULT)
    assert run(engine, "2025-03-20") == {}
    assert store.get(engine, order.number).card is Card.NONE


def test_an_order_that_waits_for_the_citizen_gets_neither_reminder_nor_card(engine: Engine) -> None:
    make_order(engine, ((Move.ASK_INFO, ZHANG, Facts(reason="请补充门牌号")),), type=OrderType.CONSULT)
    assert run(engine, "2025-03-07") == {}
    assert State.NEED_INFO not in CLOCKED


@pytest.mark.parametrize(
    ("dispatched", "too_early", "late"),
    [
        (at("2025-03-04"), at("2025-03-05", "09:29"), at("2025-03-05", "09:30")),
        (at("2025-03-07", "16:00"), at("2025-03-10", "15:59"), at("2025-03-10", "16:00")),  # over a weekend
        (at("2025-02-07", "16:00"), at("2025-02-08", "15:59"), at("2025-02-08", "16:00")),  # a make-up Saturday
    ],
)
def test_an_order_unsigned_one_working_day_after_dispatch_is_hurried_once(
    engine: Engine, dispatched: datetime, too_early: datetime, late: datetime
) -> None:
    order = make_order(engine, TO_DISPATCH, dispatched)
    assert "unsigned" not in run_due_jobs(engine, now=too_early).acted
    assert run_due_jobs(engine, now=late).acted["unsigned"] == 1
    assert "unsigned" not in run_due_jobs(engine, now=late + timedelta(days=1)).acted
    (urge,) = lines(engine, order, EventKind.URGE)
    assert (urge.actor, urge.unit, urge.to_state) == ("system", UNIT, State.DISPATCHED)
    assert notices(engine, "unsigned")[0]["unit"] == UNIT


def test_a_new_dispatch_is_hurried_again(engine: Engine) -> None:
    order = make_order(engine, TO_DISPATCH)
    assert run(engine, "2025-03-05", "10:00") == {"unsigned": 1}
    facts = Facts(reason="不属本单位职责", legal_basis="示例“三定”规定")
    desk.act(engine, order.number, Move.RETURN, WANG, facts, now=at("2025-03-05", "10:30"))
    facts = Facts(unit="惠民街道办事处", opinion="请办理")
    desk.act(engine, order.number, Move.ASSIGN, CHEN, facts, now=at("2025-03-05", "11:00"))
    assert run(engine, "2025-03-06", "10:59") == {}
    assert run(engine, "2025-03-06", "11:00") == {"unsigned": 1}


def test_a_signed_order_is_not_hurried(engine: Engine) -> None:
    make_order(engine, TO_SIGN)
    assert run(engine, "2025-03-06") == {}


def test_a_question_unanswered_for_five_working_days_closes_the_order(engine: Engine) -> None:
    order = make_order(engine, ((Move.ASK_INFO, ZHANG, Facts(reason="请补充门牌号")),))
    assert run(engine, "2025-03-11", "09:29") == {}
    assert run(engine, "2025-03-11", "09:30") == {"timeout": 1}
    assert store.get(engine, order.number).state is State.CLOSED_TIMEOUT


def test_a_second_question_has_days_of_its_own(engine: Engine) -> None:
    ask = (Move.ASK_INFO, ZHANG, Facts(reason="请补充门牌号"))
    order = make_order(engine, (ask,))
    desk.act(engine, order.number, Move.SUPPLEMENT, CITIZEN, Facts(text="示例路1号"), now=at("2025-03-10"))
    desk.act(engine, order.number, *ask, now=at("2025-03-10", "10:00"))
    assert run(engine, "2025-03-11", "10:00") == {}
    assert run(engine, "2025-03-17", "10:00") == {"timeout": 1}


def test_a_closed_order_is_visited_rated_by_default_and_archived(engine: Engine) -> None:
    order = make_order(engine, TO_CLOSE)
    assert run(engine, "2025-03-04", "10:00") == {"visit": 1}
    assert run(engine, "2025-03-11", "09:59") == {}
    assert run(engine, "2025-03-11", "10:00") == {"rating": 1}
    rated = store.get(engine, order.number)
    assert (rated.state, rated.satisfaction, rated.is_default_rating) == (State.EVALUATED, 3, True)
    assert run(engine, "2025-04-10", "09:59") == {}
    assert run(engine, "2025-04-10", "10:00") == {"archive": 1}
    assert store.get(engine, order.number).state is State.ARCHIVED


def test_a_rating_in_time_keeps_the_default_away(engine: Engine) -> None:
    order = make_order(engine, TO_CLOSE)
    run(engine, "2025-03-04", "10:00")
    desk.act(engine, order.number, Move.RATE, CITIZEN, Facts(score=5), now=at("2025-03-11", "09:59"))
    assert run(engine, "2025-03-11", "10:00") == {}
    rated = store.get(engine, order.number)
    assert (rated.satisfaction, rated.is_default_rating) == (5, False)


def test_a_refused_order_is_archived_after_thirty_days(engine: Engine) -> None:
    order = make_order(engine, ((Move.REJECT, ZHANG, Facts(reject_reason="R1", reason="不在本市")),))
    assert run(engine, "2025-04-03", "09:29") == {}
    assert run(engine, "2025-04-03", "09:30") == {"archive": 1}
    assert store.get(engine, order.number).state is State.ARCHIVED


def unknown_year_order(engine: Engine) -> WorkOrder:
    order = make_order(engine, TO_SIGN, at(f"{FIRST_UNKNOWN_YEAR}-06-10"), type=OrderType.HELP)
    assert order.is_due_provisional
    return order


def enter_notice(engine: Engine, *days_off: date) -> None:
    days = (date(FIRST_UNKNOWN_YEAR, 1, 1), date(FIRST_UNKNOWN_YEAR, 10, 1), *days_off)
    with transaction(engine) as connection:
        set_holidays(connection, [Holiday(day, False, "示例", "示例通知") for day in days])


def test_a_provisional_date_is_counted_again_when_the_notice_is_entered(engine: Engine) -> None:
    order = unknown_year_order(engine)
    day = order.received_at.astimezone(SHANGHAI).date().isoformat()
    assert run(engine, day, "10:00") == {}
    enter_notice(engine, order.due_on)
    assert run(engine, day, "10:00") == {"settle": 1}
    assert run(engine, day, "10:00") == {}
    settled = store.get(engine, order.number)
    assert settled.due_on > order.due_on and not settled.is_due_provisional
    (note,) = lines(engine, order, EventKind.NOTE)
    assert note.reason.startswith("节假日安排已公布，答复期限由")
    assert notices(engine, "settle")[0]["due_on"] == settled.due_on.isoformat()


def test_a_provisional_date_that_was_right_is_only_confirmed(engine: Engine) -> None:
    order = unknown_year_order(engine)
    enter_notice(engine)
    assert run(engine, order.received_at.astimezone(SHANGHAI).date().isoformat(), "10:00") == {"settle": 1}
    settled = store.get(engine, order.number)
    assert (settled.due_on, settled.is_due_provisional) == (order.due_on, False)
    assert notices(engine, "settle") == []


def test_the_stored_holidays_move_the_reminders(engine: Engine) -> None:
    with transaction(engine) as connection:
        set_holidays(connection, [Holiday(date(2025, 3, 5), False, "示例", "示例通知")])
        calendar = load_calendar(connection)
    order = store.submit(engine, make_draft(type=OrderType.CONSULT), now=TUESDAY_MORNING, calendar=calendar)
    assert order.due_on == date(2025, 3, 7)
    assert [run(engine, f"2025-03-0{n}") for n in (5, 6, 7)] == [{}, {"half": 1}, {"most": 1}]


def test_notices_name_the_unit_and_nothing_of_the_citizen(engine: Engine) -> None:
    order = make_order(engine, TO_SIGN)
    run(engine, "2025-03-14")
    (notice,) = notices(engine, "half")
    text = "（投诉）：办理时限已过一半，请抓紧办理。答复期限：2025年3月25日。请登录工单系统查看。"
    assert notice == {
        "role": "unit",
        "unit": UNIT,
        "number": order.number,
        "kind": "half",
        "state": "signed",
        "text": f"工单 {order.number}{text}",
        "due_on": "2025-03-25",
        "is_urgent": False,
    }


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ((), (Role.ACCEPTANCE, "")),
        (TO_DISPATCH[:1], (Role.DISPATCHER, "")),
        (TO_DISPATCH[:2], (Role.AUDITOR, "")),
        (TO_DISPATCH, (Role.UNIT, UNIT)),
    ],
)
def test_a_notice_goes_to_whoever_has_the_order(engine: Engine, steps: Steps, expected: tuple[Role, str]) -> None:
    assert holder(make_order(engine, steps)) == expected


def test_four_threads_at_once_act_once(engine: Engine) -> None:
    for n in range(6):
        make_order(engine, TO_SIGN, draft_id=f"signed-{n}", type=OrderType.CONSULT)
        make_order(engine, TO_DISPATCH, draft_id=f"dispatched-{n}")
        make_order(engine, TO_CLOSE, draft_id=f"closed-{n}")
    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(lambda _: run_due_jobs(engine, now=at("2025-03-07")), range(4)))
    acted = {kind: sum(report.acted.get(kind, 0) for report in reports) for kind in ("yellow", "unsigned", "visit")}
    assert acted == {"yellow": 6, "unsigned": 6, "visit": 6}
    assert [report.failed for report in reports] == [()] * 4
    assert run_due_jobs(engine, now=at("2025-03-07")) == WatchReport()
    with engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(order_reminder)).scalar_one() == 18
    assert len(notices(engine, "yellow")) == len(notices(engine, "unsigned")) == 6


def test_one_order_that_fails_holds_up_no_other_and_leaves_no_claim(engine: Engine) -> None:
    order = make_order(engine, TO_CLOSE)
    with transaction(engine) as connection:  # the desk finds no order under such a number
        insert_order(connection, replace(order, number="odd", draft_id="odd"))
        append_event(connection, replace(store.history(engine, order.number)[-1], number="odd"))
    assert run_due_jobs(engine, now=at("2025-03-05")) == WatchReport({"visit": 1}, ("odd",))
    assert run_due_jobs(engine, now=at("2025-03-05")) == WatchReport({}, ("odd",))
    assert store.get(engine, order.number).state is State.VISITING


INDEXED = "SEARCH work_order USING INDEX ix_work_order_state_received_at (state=?)"


def test_every_job_finds_its_orders_by_an_index(sqlite_url: str) -> None:
    engine = create_engine(sqlite_url)
    migrate(engine)
    make_order(engine, TO_SIGN)
    plans: list[str] = []
    with engine.connect() as connection:
        jobs = due_jobs(connection, at("2025-03-20"))
        explain: Any = lambda _c, _cu, text, values, *_: (f"EXPLAIN QUERY PLAN {text}", values)  # noqa: E731
        sa.event.listen(engine, "before_cursor_execute", explain, retval=True)
        for due in jobs:
            rows = connection.execute(numbers_due(due, 10)).all()
            plans.append("; ".join(str(row[-1]) for row in rows))
    engine.dispose()
    assert len(plans) == 10
    assert {plan.split(";")[0] for plan in plans} == {INDEXED}
    inner = {step for plan in plans for step in plan.split("; ")[1:] if step.startswith(("SEARCH", "SCAN"))}
    assert inner == {
        "SEARCH order_reminder USING INDEX sqlite_autoindex_order_reminder_1 (number=? AND kind=? AND round=?)",
        "SEARCH work_order_event USING INDEX ix_work_order_event_number_id (number=?)",
    }

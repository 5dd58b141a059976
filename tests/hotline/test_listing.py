from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from hotline.desk import act
from hotline.listing import OrderFilter, count_orders, list_orders
from hotline.model import Card, Privacy, WorkOrder
from hotline.moves import Facts, Move
from hotline.states import OPEN_STATES, State
from storage.engine import create_engine, migrate
from tests.hotline.cast import AUDITOR, DISPATCHER, LEAD, OTHER, PROPOSAL, SUPERVISOR, Office
from tests.hotline.factories import make_draft


@pytest.fixture
def office(engine: Engine) -> Office:
    return Office(engine)


def found(office: Office, **filters: object) -> list[str]:
    return [order.number for order in list_orders(office.engine, OrderFilter(**filters))]  # type: ignore[arg-type]


def test_pages_hold_every_order_once_even_when_all_came_at_the_same_moment(office: Office) -> None:
    numbers = []
    for _ in range(7):
        office.now -= timedelta(minutes=1)
        numbers.append(office.file().number)
    seen: list[WorkOrder] = []
    while page := list_orders(office.engine, limit=3, after=seen[-1].number if seen else ""):
        seen += page
    assert [order.number for order in seen] == sorted(numbers, reverse=True)


def test_a_page_behind_an_unknown_order_is_empty(office: Office) -> None:
    office.file()
    assert list_orders(office.engine, after="WJ2025030499999") == ()
    assert list_orders(office.engine, after="nonsense") == ()


def test_a_unit_finds_what_it_leads_and_where_it_helps_once_it_is_dispatched(office: Office) -> None:
    leads, helps, waits = (
        office.order_in(State.SIGNED),
        office.order_in(State.ACCEPTED),
        office.order_in(State.ACCEPTED),
    )
    facts = Facts(unit=OTHER, opinion="示例", co_units=(LEAD,))
    for order in (helps, waits):
        office.do(order, Move.PROPOSE, DISPATCHER, facts)
    office.do(helps, Move.APPROVE, AUDITOR)
    assert found(office, unit=LEAD) == [helps.number, leads.number]
    assert found(office, lead_unit=LEAD) == [leads.number]


def test_overdue_orders_are_open_and_past_their_day(office: Office) -> None:
    late = office.order_in(State.SIGNED)
    office.order_in(State.CLOSED)
    assert late.due_on == date(2025, 3, 25)
    assert found(office, overdue_on=date(2025, 3, 26)) == [late.number]
    assert found(office, overdue_on=date(2025, 3, 25)) == []


def test_cards_threats_and_phones_narrow_the_list(office: Office) -> None:
    office.file()
    threat = office.file(make_draft(is_threat=True, appellant_phone="0751-0001234"))
    flagged = office.do(office.file(), Move.SUPERVISE, SUPERVISOR, Facts(reason="示例", card=Card.YELLOW))
    assert found(office, cards=(Card.YELLOW,)) == [flagged.number]
    assert found(office, is_threat=True) == found(office, appellant_phone="0751-0001234") == [threat.number]


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("夜宵", True),
        (" 夜宵  示例路1号 ", True),  # words of content and place
        ("夜宵 没有", False),
        ("100%", True),
        ("1%0", False),  # a sign, not a wildcard
        ("_", False),
        ("' OR 1=1 --", False),
        ("字" * 10_000, False),
        ("", True),
    ],
)
def test_words_are_searched_in_title_content_and_place(office: Office, text: str, is_found: bool) -> None:
    order = office.file(make_draft(content="夜宵摊占道，100%影响出行，电话13900000000。"))
    assert found(office, text=text) == ([order.number] if is_found else [])


@pytest.mark.parametrize("privacy", [Privacy.CONFIDENTIAL, Privacy.ANONYMOUS])
@pytest.mark.parametrize("filters", [{"text": "李小明"}, {"text": "0000"}, {"appellant_phone": "13900000000"}])
def test_nobody_learns_by_searching_who_a_citizen_is_that_stays_unknown(
    office: Office, privacy: Privacy, filters: dict[str, str]
) -> None:
    draft = make_draft(content="我是李小明，电话13900000000。")
    public = office.file(draft)
    hidden = office.file(replace(draft, privacy=privacy))
    assert found(office, **filters) == [public.number]
    assert found(office, text=hidden.number) == [hidden.number]
    expected = (
        {public.number, hidden.number} if "text" in filters or privacy is Privacy.CONFIDENTIAL else {public.number}
    )
    assert set(found(office, **filters, finds_hidden=True)) == expected


def test_a_number_finds_its_order(office: Office) -> None:
    order, _ = office.file(), office.file()
    assert found(office, text=f" wj 20250304 {order.number[-5:]}") == [order.number]


def test_counting_ends_where_it_is_told_to(office: Office) -> None:
    for _ in range(4):
        office.file()
    assert count_orders(office.engine) == 4
    assert count_orders(office.engine, up_to=3) == 3
    assert count_orders(office.engine, OrderFilter(states=(State.CLOSED,))) == 0


@pytest.mark.parametrize(
    "filters",
    [
        OrderFilter(),
        OrderFilter(states=(State.SUBMITTED,)),
        OrderFilter(lead_unit=LEAD),
        OrderFilter(lead_unit=LEAD, states=OPEN_STATES),
        OrderFilter(unit=LEAD),
        OrderFilter(appellant_phone="0751-0001234"),
        OrderFilter(overdue_on=date(2025, 3, 26)),
        OrderFilter(conversation_id="conversation-1"),
        OrderFilter(text="WJ2025030400001"),
    ],
)
def test_no_list_reads_the_table_without_an_index(sqlite_url: str, filters: OrderFilter) -> None:
    """On SQLite: PostgreSQL scans small tables whatever indexes they have."""
    office = Office(create_engine(sqlite_url))
    migrate(office.engine)
    plans: list[str] = []

    def explain(connection: sa.engine.Connection, _cursor: object, sql: str, values: object, *_: object) -> None:
        if sql.startswith("SELECT"):
            plans.extend(str(row) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values))

    sa.event.listen(office.engine, "before_cursor_execute", explain)
    list_orders(office.engine, filters)
    assert plans
    assert not [plan for plan in plans if "SCAN work_order" in plan and "INDEX" not in plan]


def test_what_the_desk_changed_is_what_is_listed(office: Office) -> None:
    order = office.order_in(State.ACCEPTED)
    changed = act(office.engine, order.number, Move.PROPOSE, DISPATCHER, PROPOSAL, now=office.tick())
    assert list_orders(office.engine, OrderFilter(states=(State.PENDING_AUDIT,))) == (changed,)

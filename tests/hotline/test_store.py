from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import StatementError

from hotline import store
from hotline.deadlines import SHANGHAI, Limit
from hotline.errors import InvalidOrder, OrderNotFound, OrderNotOpen, TooManyAttempts
from hotline.limits import set_limit
from hotline.model import Card, EventKind, OrderType, WorkOrder
from hotline.people import Actor
from hotline.states import Role, State
from storage.engine import transaction
from storage.tables import holiday, order_lookup, order_sequence, work_order, work_order_event
from tests.hotline.factories import TUESDAY_MORNING, make_draft

NOW = TUESDAY_MORNING


def wrong_code(order: WorkOrder) -> str:
    return f"{(int(order.query_code) + 1) % 1_000_000:06d}"


def count(engine: Engine, table: sa.Table) -> int:
    with engine.connect() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def set_state(engine: Engine, number: str, state: State) -> None:
    with transaction(engine) as connection:
        connection.execute(work_order.update().where(work_order.c.number == number).values(state=state))


def test_a_submitted_order_has_number_code_and_deadline(engine: Engine) -> None:
    order = store.submit(engine, make_draft(), now=NOW)
    assert order.number == "WJ2025030400001"
    assert re.fullmatch(r"[0-9]{6}", order.query_code)
    assert (order.state, order.version) == (State.SUBMITTED, 1)
    assert (order.due_on, order.limit_days, order.is_official_limit) == (date(2025, 3, 25), 15, True)


def test_an_order_comes_back_from_the_database_as_it_was_filed(engine: Engine) -> None:
    order = store.submit(engine, make_draft(), now=NOW)
    assert store.get(engine, order.number) == order
    assert store.get(engine, order.number).received_at.tzinfo is UTC


def test_the_history_begins_with_the_submission(engine: Engine) -> None:
    order = store.submit(engine, make_draft(), now=NOW)
    (event,) = store.history(engine, order.number)
    assert (event.from_state, event.to_state) == (State.DRAFT, State.SUBMITTED)
    assert (event.kind, event.actor, event.at) == (EventKind.TRANSITION, "bot", NOW)


def test_the_same_draft_filed_again_is_the_same_order(engine: Engine) -> None:
    first = store.submit(engine, make_draft(), now=NOW)
    again = store.submit(engine, make_draft(content="改过的内容"), now=NOW + timedelta(days=1))
    assert again == first
    assert (count(engine, work_order), count(engine, work_order_event)) == (1, 1)


def test_the_same_draft_filed_from_many_places_at_once_is_one_order(engine: Engine) -> None:
    with ThreadPoolExecutor(8) as pool:
        orders = list(pool.map(lambda _: store.submit(engine, make_draft(), now=NOW), range(16)))
    assert {order.number for order in orders} == {"WJ2025030400001"}
    assert len({order.query_code for order in orders}) == 1
    assert (count(engine, work_order), count(engine, work_order_event)) == (1, 1)


def test_orders_filed_at_once_get_numbers_without_gap_or_double(engine: Engine) -> None:
    drafts = [make_draft(draft_id=f"draft-{n}") for n in range(40)]
    with ThreadPoolExecutor(8) as pool:
        orders = list(pool.map(lambda draft: store.submit(engine, draft, now=NOW), drafts))
    assert sorted(order.number for order in orders) == [f"WJ20250304{n:05d}" for n in range(1, 41)]


def test_the_day_of_a_number_is_the_day_in_shanghai(engine: Engine) -> None:
    before_midnight_utc = datetime(2025, 3, 4, 16, 30, tzinfo=UTC)
    assert store.submit(engine, make_draft(), now=before_midnight_utc).number == "WJ2025030500001"


def test_the_number_grows_beyond_five_digits(engine: Engine) -> None:
    with transaction(engine) as connection:
        connection.execute(order_sequence.insert(), {"day": date(2025, 3, 4), "last": 99_999})
    order = store.submit(engine, make_draft(), now=NOW)
    assert order.number == "WJ20250304100000"
    assert store.find(engine, order.number, order.query_code, now=NOW) == order


def test_a_refused_draft_uses_up_no_number(engine: Engine) -> None:
    with pytest.raises(InvalidOrder):
        store.submit(engine, make_draft(content=" "), now=NOW)
    assert count(engine, order_sequence) == 0


def test_a_failure_half_way_leaves_nothing_behind(engine: Engine) -> None:
    with pytest.raises(StatementError):
        store.submit(engine, make_draft(nlu={"not json": object()}), now=NOW)
    assert [count(engine, table) for table in (work_order, work_order_event, order_sequence)] == [0, 0, 0]


def test_number_and_query_code_together_find_an_order(engine: Engine) -> None:
    order = store.submit(engine, make_draft(), now=NOW)
    typed = f" ｗｊ2025 0304 {order.number[-5:]}"
    assert store.find(engine, typed, f" {order.query_code} ", now=NOW) == order
    assert count(engine, order_lookup) == 0


def test_a_wrong_code_and_an_unknown_number_get_the_same_answer(engine: Engine) -> None:
    order = store.submit(engine, make_draft(), now=NOW)
    with pytest.raises(OrderNotFound) as with_wrong_code:
        store.find(engine, order.number, wrong_code(order), now=NOW)
    with pytest.raises(OrderNotFound) as with_unknown_number:
        store.find(engine, "WJ2025030499999", order.query_code, now=NOW)
    assert str(with_wrong_code.value) == str(with_unknown_number.value)


@pytest.mark.parametrize("number", ["", "WJ", "WJ20250304", "x" * 100_000, "WJ2025030400001' OR 1=1", "\x00", "💥"])
def test_what_is_no_number_finds_nothing(engine: Engine, number: str) -> None:
    with pytest.raises(OrderNotFound):
        store.find(engine, number, "000000", now=NOW)
    with pytest.raises(OrderNotFound):
        store.get(engine, number)
    assert count(engine, order_lookup) == 0


@pytest.mark.parametrize("code", ["", "no code", "\x00", "１" * 100_000, "\ud800"])
def test_odd_codes_are_only_wrong(engine: Engine, code: str) -> None:
    order = store.submit(engine, make_draft(), now=NOW)
    for number in (order.number, "WJ2025030499999"):
        with pytest.raises(OrderNotFound):
            store.find(engine, number, code, now=NOW)


@pytest.mark.parametrize("exists", [True, False])
def test_after_five_wrong_codes_look_ups_are_refused_for_an_hour(engine: Engine, exists: bool) -> None:
    order = store.submit(engine, make_draft(), now=NOW)
    number = order.number if exists else "WJ2025030499999"
    for minute in range(5):
        with pytest.raises(OrderNotFound):
            store.find(engine, number, wrong_code(order), now=NOW + timedelta(minutes=minute))
    with pytest.raises(TooManyAttempts) as refusal:
        store.find(engine, number, order.query_code, now=NOW + timedelta(minutes=59))
    assert refusal.value.retry_at == NOW + timedelta(hours=1)


def test_after_the_hour_the_right_code_works_again(engine: Engine) -> None:
    order = store.submit(engine, make_draft(), now=NOW)
    for _ in range(5):
        with pytest.raises(OrderNotFound):
            store.find(engine, order.number, wrong_code(order), now=NOW)
    assert store.find(engine, order.number, order.query_code, now=NOW + timedelta(hours=1)) == order


def test_guesses_made_at_once_do_not_get_past_the_limit(engine: Engine) -> None:
    order = store.submit(engine, make_draft(), now=NOW)

    def guess(_: int) -> type[Exception] | None:
        try:
            store.find(engine, order.number, wrong_code(order), now=NOW)
        except (OrderNotFound, TooManyAttempts) as error:
            return type(error)
        return None

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(guess, range(20)))
    assert (answers.count(OrderNotFound), answers.count(TooManyAttempts)) == (5, 15)


def test_old_counters_are_forgotten(engine: Engine) -> None:
    for number, moment in (("WJ2025030499998", NOW), ("WJ2025030499999", NOW + timedelta(hours=2))):
        with pytest.raises(OrderNotFound):
            store.find(engine, number, "000000", now=moment)
    assert count(engine, order_lookup) == 1


def test_hurrying_is_noted_once_a_day(engine: Engine) -> None:
    order = store.submit(engine, make_draft(), now=NOW)
    code = order.query_code
    first = store.urge(engine, order.number, code, now=NOW + timedelta(hours=1), reason="还没有人联系我")
    same = store.urge(engine, order.number, code, now=NOW + timedelta(hours=2))
    next_day = store.urge(engine, order.number, code, now=NOW + timedelta(days=1))
    assert first == same
    assert store.history(engine, order.number)[1:] == (first, next_day)
    assert (first.kind, first.actor, first.to_state) == (EventKind.URGE, "citizen", State.SUBMITTED)


def test_hurrying_at_once_is_noted_once(engine: Engine) -> None:
    order = store.submit(engine, make_draft(), now=NOW)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: store.urge(engine, order.number, order.query_code, now=NOW), range(8)))
    assert len(store.history(engine, order.number)) == 2


def test_hurrying_needs_the_query_code(engine: Engine) -> None:
    order = store.submit(engine, make_draft(), now=NOW)
    with pytest.raises(OrderNotFound):
        store.urge(engine, order.number, wrong_code(order), now=NOW)
    assert len(store.history(engine, order.number)) == 1


def test_a_finished_order_cannot_be_hurried(engine: Engine) -> None:
    order = store.submit(engine, make_draft(), now=NOW)
    set_state(engine, order.number, State.ARCHIVED)
    with pytest.raises(OrderNotOpen):
        store.urge(engine, order.number, order.query_code, now=NOW)


def test_orders_are_listed_latest_first_up_to_the_limit(engine: Engine) -> None:
    for n in range(3):
        store.submit(engine, make_draft(draft_id=f"draft-{n}"), now=NOW + timedelta(minutes=n))
    assert [order.number[-1] for order in store.list_orders(engine, limit=2)] == ["3", "2"]


def test_each_filter_narrows_the_list(engine: Engine) -> None:
    draft = make_draft(type=OrderType.CONSULT, conversation_id="other", town_code="1", proposed_unit="区民政局")
    other = store.submit(engine, draft, now=NOW + timedelta(days=1))
    store.submit(engine, make_draft(), now=NOW)
    for filters in (
        store.OrderFilter(types=(OrderType.CONSULT,)),
        store.OrderFilter(conversation_id="other"),
        store.OrderFilter(town_code="1"),
        store.OrderFilter(proposed_unit="区民政局"),
        store.OrderFilter(received_from=NOW + timedelta(days=1)),
        store.OrderFilter(due_before=date(2025, 3, 10)),
    ):
        assert store.list_orders(engine, filters) == (other,)
    assert len(store.list_orders(engine, store.OrderFilter(received_before=NOW + timedelta(days=1)))) == 1
    assert store.list_orders(engine, store.OrderFilter(states=(State.CLOSED,))) == ()


def test_hostile_text_is_stored_as_text(engine: Engine) -> None:
    content = "'); DROP TABLE work_order; -- <script>alert(1)</script> \u202e💥 \x00"
    order = store.submit(engine, make_draft(content=content), now=NOW)
    assert store.get(engine, order.number).content == content.rstrip("\x00").rstrip()


def test_submission_keeps_the_time_whatever_its_zone(engine: Engine) -> None:
    order = store.submit(engine, make_draft(), now=NOW.astimezone(UTC))
    assert store.get(engine, order.number) == replace(order, received_at=NOW, created_at=NOW, updated_at=NOW)
    assert NOW.tzinfo is SHANGHAI


def test_everything_that_a_draft_tells_is_stored(engine: Engine) -> None:
    draft = make_draft(lat=24.8, lng=113.6, is_fictional=True, public_reply=True, source="网络问政", source_sub="示例")
    order = store.get(engine, store.submit(engine, draft, now=NOW).number)
    assert (order.lat, order.lng, order.is_fictional, order.public_reply) == (24.8, 113.6, True, True)
    assert (order.source, order.source_sub, order.card, order.is_threat) == ("网络问政", "示例", Card.NONE, False)


def test_the_first_line_says_who_filed_it_in_which_role(engine: Engine) -> None:
    by_bot = store.submit(engine, make_draft(), now=NOW)
    by_staff = store.submit(engine, make_draft(draft_id="2"), now=NOW, actor=Actor("示例受理员", Role.ACCEPTANCE))
    lines = [store.history(engine, order.number)[0] for order in (by_bot, by_staff)]
    assert [(line.actor, line.role, line.action) for line in lines] == [
        ("bot", "citizen", "submit"),
        ("示例受理员", "acceptance", "submit"),
    ]


def test_limits_and_holidays_of_the_database_count(engine: Engine) -> None:
    limit = Limit(OrderType.PRAISE, 3, "示例依据", False, date(2025, 1, 1))
    with transaction(engine) as connection:
        set_limit(connection, limit, updated_by="示例", now=NOW)
        connection.execute(holiday.insert(), {"day": date(2025, 3, 5), "is_worked": False})
    order = store.submit(engine, make_draft(type=OrderType.PRAISE), now=NOW)
    assert (order.due_on, order.limit_days, order.limit_basis) == (date(2025, 3, 10), 3, "示例依据")


def test_an_order_filed_in_the_callers_transaction_goes_with_it(engine: Engine) -> None:
    with pytest.raises(RuntimeError), transaction(engine) as connection:
        store.submit_on(connection, make_draft(), now=NOW)
        raise RuntimeError
    assert [count(engine, table) for table in (work_order, work_order_event, order_sequence)] == [0, 0, 0]
    with transaction(engine) as connection:
        first = store.submit_on(connection, make_draft(), now=NOW)
        assert store.submit_on(connection, make_draft(), now=NOW) == first
    assert store.get(engine, first.number) == first

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.engine import Connection, Engine

from hotline.bulk import write_lives
from hotline.deadlines import SHANGHAI, STATE_COUNCIL, due, last_day
from hotline.demo import seed_demo
from hotline.kpi import Line, counts_of, measure, ranking, total
from hotline.kpi_measures import MEASURES, Counts
from hotline.kpi_period import By, Period
from hotline.lives import Life, filed
from hotline.model import Handling, Resolution
from hotline.moves import Facts, Move
from hotline.people import CITIZEN, SYSTEM, Actor
from hotline.rows import ORDERS, order_from
from hotline.states import OPEN_STATES, Role, State
from storage.engine import transaction
from storage.tables import work_order_event
from tests.hotline.factories import TUESDAY_MORNING, make_draft

MARCH = Period.of_month(2025, 3)
LATER = datetime(2025, 12, 31, tzinfo=UTC)


def new_life(number: int, at: datetime = TUESDAY_MORNING, **changes: Any) -> Life:
    draft = make_draft(draft_id=f"示例{number}", **changes).checked()
    filer = Actor("bot", Role.CITIZEN)
    name = f"WJ2025{number:09d}"
    return filed(draft, due(draft.type, at), filer, number=name, query_code="000000", received_at=at, now=at)


def dispatched(life: Life, unit: str = "区城管执法局", hours: float = 1) -> Life:
    at = life.order.received_at + timedelta(hours=hours)
    life.move(Move.ACCEPT, Actor("受理（示例）", Role.ACCEPTANCE), at=at)
    life.move(Move.PROPOSE, Actor("拟办（示例）", Role.DISPATCHER), Facts(unit=unit, opinion="示例"), at=at)
    life.move(Move.APPROVE, Actor("审核（示例）", Role.AUDITOR), at=at)
    return life


def signed(life: Life, days: float = 0, unit: str = "区城管执法局") -> Life:
    assert life.order.dispatched_at is not None
    life.move(Move.SIGN, Actor("王", Role.UNIT, unit), at=life.order.dispatched_at + timedelta(days=days))
    return life


def closed(life: Life, days: float = 2, resolution: Resolution = Resolution.RESOLVED, **facts: Any) -> Life:
    at = life.order.received_at + timedelta(days=days)
    unit = Actor("王", Role.UNIT, life.order.lead_unit)
    life.move(Move.REPLY, unit, Facts(reply="已处理（示例）", resolution=resolution, **facts), at=at)
    life.move(Move.APPROVE_REPLY, Actor("审核（示例）", Role.AUDITOR), at=at)
    return life


def rated(life: Life, score: int = 0) -> Life:
    at = life.events[-1].at + timedelta(hours=1)
    life.move(Move.START_VISIT, SYSTEM, at=at)
    facts = Facts(score=score) if score else Facts(is_default=True)
    life.move(Move.RATE, CITIZEN if score else SYSTEM, facts, at=at)
    return life


def store_all(engine: Engine, *lives: Life) -> None:
    with transaction(engine) as connection:
        write_lives(connection, lives)


def counts(engine: Engine, by: By = By.ALL, key: str = "", now: datetime = LATER) -> Counts:
    with engine.connect() as connection:
        return counts_of(connection, MARCH, by, now=now)[key]


def value(engine: Engine, code: str, by: By = By.ALL, now: datetime = LATER) -> float | None:
    (line,) = measure(engine, MARCH, by, now=now)
    return line.values[code]


def test_without_orders_there_is_no_line(engine: Engine) -> None:
    assert measure(engine, MARCH, now=LATER) == ()


def test_closing_rate_is_of_the_accepted_orders(engine: Engine) -> None:
    open_one, waiting = signed(dispatched(new_life(2))), new_life(3)
    store_all(engine, closed(signed(dispatched(new_life(1)))), open_one, waiting)
    got = counts(engine)
    assert (got.registered, got.accepted, got.dispatched, got.closed) == (3, 2, 2, 1)
    assert value(engine, "closing") == 0.5


def test_rejected_merged_and_withdrawn_orders_are_not_accepted(engine: Engine) -> None:
    rejected, withdrawn, main = new_life(1), new_life(2), dispatched(new_life(3))
    at = TUESDAY_MORNING + timedelta(hours=2)
    reason = Facts(reject_reason="R5", reason="示例")
    rejected.move(Move.REJECT, Actor("受理（示例）", Role.ACCEPTANCE), reason, at=at)
    rejected.move(Move.ARCHIVE, SYSTEM, at=at)
    withdrawn.move(Move.CANCEL, CITIZEN, at=at)
    merged = new_life(4)
    merged.move(Move.MERGE, SYSTEM, Facts(into=main.order.number), at=at, main=main.order)
    store_all(engine, rejected, withdrawn, main, merged)
    got = counts(engine)
    assert (got.registered, got.accepted, got.closed) == (3, 1, 0)  # the withdrawn one does not count at all


def test_on_time_means_by_the_last_day_of_the_limit_in_shanghai(engine: Engine) -> None:
    on_the_last_day = closed(signed(dispatched(new_life(1))), days=21.6)  # 2025-03-25 23:54, due 2025-03-25
    a_minute_late = closed(signed(dispatched(new_life(2))), days=21.61)
    early = closed(signed(dispatched(new_life(3))), days=20.6)
    assert on_the_last_day.order.due_on == date(2025, 3, 25)
    store_all(engine, on_the_last_day, a_minute_late, early)
    got = counts(engine)
    assert (got.closed, got.closed_on_time, got.closed_early, got.overdue) == (3, 2, 1, 1)
    assert value(engine, "overdue") == pytest.approx(1 / 3)


def test_an_open_order_is_overdue_the_day_after_its_limit(engine: Engine) -> None:
    store_all(engine, signed(dispatched(new_life(1))))
    last_moment = datetime(2025, 3, 25, 23, 59, tzinfo=SHANGHAI)
    assert counts(engine, now=last_moment).overdue == 0
    assert counts(engine, now=last_moment + timedelta(minutes=1)).overdue == 1


def test_a_return_counts_for_the_unit_that_returned(engine: Engine) -> None:
    life = dispatched(new_life(1), unit="区水务局")
    at = life.events[-1].at + timedelta(hours=1)
    why = Facts(reason="示例", legal_basis="示例")
    life.move(Move.RETURN, Actor("赵", Role.UNIT, "区水务局"), why, at=at)
    again = Facts(unit="区城管执法局", opinion="示例")
    life.move(Move.ASSIGN, Actor("拟办（示例）", Role.DISPATCHER), again, at=at)
    closed(signed(life))
    store_all(engine, life, closed(signed(dispatched(new_life(2), unit="区水务局"), unit="区水务局")))
    lines = {line.key: line for line in measure(engine, MARCH, By.UNIT, now=LATER)}
    water, city = lines["区水务局"], lines["区城管执法局"]
    assert (water.counts.dispatches, water.counts.returns, water.values["returning"]) == (2, 1, 0.5)
    assert (city.counts.returns, city.values["returning"], city.values["repeating"]) == (0, 0.0, 1.0)
    assert (city.values["at_once"], water.values["at_once"]) == (0.0, 1.0)
    assert value(engine, "repeating") == pytest.approx(1 / 3)


def test_signing_within_one_working_day_skips_the_weekend(engine: Engine) -> None:
    friday = datetime(2025, 3, 7, 10, 0, tzinfo=SHANGHAI)
    monday, tuesday = signed(dispatched(new_life(1, friday)), days=3.4), signed(dispatched(new_life(2, friday)), days=4)
    after_hours = signed(dispatched(new_life(3, friday + timedelta(hours=7))), days=4)  # Friday 18:00 counts as Monday
    store_all(engine, monday, tuesday, after_hours)
    got = counts(engine)
    assert (got.sign_due, got.signed_in_time) == (3, 2)


def test_an_unsigned_order_is_late_once_the_time_is_over(engine: Engine) -> None:
    store_all(engine, dispatched(new_life(1)))
    assert counts(engine, now=TUESDAY_MORNING + timedelta(days=1)).sign_due == 0
    assert counts(engine, now=TUESDAY_MORNING + timedelta(days=2)).sign_due == 1
    assert value(engine, "signing", now=TUESDAY_MORNING + timedelta(days=2)) == 0.0


def test_signing_rule_is_the_one_of_the_deadlines(engine: Engine) -> None:
    """Each hour of the days around a make-up workday and a holiday, against deadlines.last_day."""
    lives, expected = [], 0
    for hour in range(0, 24 * 14, 5):
        at = datetime(2025, 4, 25, tzinfo=SHANGHAI) + timedelta(hours=hour)  # 27 April is worked, 1-5 May are off
        life = signed(dispatched(new_life(hour, at), hours=0), days=(hour % 7) * 0.9)
        assert life.order.signed_at is not None
        ends_on, _ = last_day(at, 1, STATE_COUNCIL)
        expected += life.order.signed_at.astimezone(SHANGHAI).date() <= ends_on
        lives.append(life)
    store_all(engine, *lives)
    with engine.connect() as connection:
        got = counts_of(connection, Period(date(2025, 4, 25), date(2025, 5, 31)), By.ALL, now=LATER)[""]
    assert (got.signed_in_time, got.sign_due) == (expected, len(lives))


def test_first_response_is_the_mean_of_natural_hours(engine: Engine) -> None:
    store_all(engine, closed(signed(dispatched(new_life(1))), days=1), closed(signed(dispatched(new_life(2))), days=3))
    hours = value(engine, "first_response")
    assert hours is not None
    assert abs(hours - 48) < 0.01


def test_both_satisfaction_rates_and_what_is_left_out(engine: Engine) -> None:
    def one(number: int, score: int = 0, **facts: Any) -> Life:
        return rated(closed(signed(dispatched(new_life(number))), **facts), score)

    bad_but_mediated = one(6, 1, handling=Handling.MEDIATION)
    store_all(engine, one(1, 5), one(2, 3), one(3, 2), one(4), one(5), bad_but_mediated)
    got = counts(engine)
    assert (got.visited, got.rated, got.dissatisfied, got.satisfied) == (5, 3, 1, 2)
    assert (got.default_rated, got.left_out) == (2, 1)
    assert value(engine, "satisfaction") == pytest.approx(4 / 5)
    assert value(engine, "satisfaction_rated") == pytest.approx(2 / 3)


def test_resolving_extension_and_first_time_rates(engine: Engine) -> None:
    plain = closed(signed(dispatched(new_life(1))))
    unresolved = closed(signed(dispatched(new_life(2))), resolution=Resolution.UNRESOLVED)
    extended = signed(dispatched(new_life(3)))
    at = extended.events[-1].at + timedelta(days=1)
    asked = Facts(reason="示例", days=5)
    extended.move(Move.REQUEST_EXTENSION, Actor("王", Role.UNIT, "区城管执法局"), asked, at=at)
    extended.move(Move.GRANT_EXTENSION, Actor("拟办（示例）", Role.DISPATCHER), at=at)
    redone = rated(closed(signed(dispatched(new_life(4)))), 1)
    redone = closed(redone, days=5)
    store_all(engine, plain, unresolved, extended, redone)
    assert value(engine, "resolving") == pytest.approx(2 / 3)
    assert value(engine, "extending") == pytest.approx(1 / 4)
    assert value(engine, "at_once") == pytest.approx(2 / 3)


def test_months_are_those_of_shanghai_and_stand_in_order(engine: Engine) -> None:
    midnight = datetime(2025, 4, 1, tzinfo=SHANGHAI)
    store_all(engine, new_life(1, midnight), new_life(2, midnight - timedelta(seconds=1)))
    lines = measure(engine, Period.of_year(2025), By.MONTH, now=LATER)
    assert [(line.key, line.counts.registered) for line in lines] == [("2025-03", 1), ("2025-04", 1)]
    assert counts(engine).registered == 1


@pytest.mark.parametrize("by", list(By))
def test_year_on_year_compares_the_same_days(engine: Engine, by: By) -> None:
    a_year_before = TUESDAY_MORNING.replace(year=2024)
    store_all(engine, new_life(1), new_life(2), new_life(3), new_life(4, a_year_before), new_life(5, a_year_before))
    (line,) = measure(engine, MARCH, by, now=LATER)
    assert (line.counts.registered, line.year_before.registered, line.growth) == (3, 2, 0.5)


def test_growth_from_nothing_is_not_given(engine: Engine) -> None:
    store_all(engine, new_life(1))
    (line,) = measure(engine, MARCH, now=LATER)
    assert line.growth is None


@pytest.mark.parametrize(
    ("period", "before"),
    [
        (Period.of_month(2025, 3), Period.of_month(2024, 3)),
        (Period.of_month(2025, 2), Period.of_month(2024, 2)),
        (Period.of_month(2024, 2), Period.of_month(2023, 2)),
        (Period.of_year(2024), Period.of_year(2023)),
        (Period(date(2024, 2, 29), date(2024, 2, 29)), Period(date(2023, 2, 28), date(2023, 2, 28))),
    ],
)
def test_the_year_before_keeps_whole_months_whole(period: Period, before: Period) -> None:
    assert period.a_year_before() == before


def test_december_ends_with_the_year() -> None:
    assert Period.of_month(2025, 12) == Period(date(2025, 12, 1), date(2025, 12, 31))


def test_units_are_ranked_by_what_people_rated_and_equals_share_a_place(engine: Engine) -> None:
    def one(number: int, unit: str, score: int) -> Life:
        return rated(closed(signed(dispatched(new_life(number), unit=unit), unit=unit)), score)

    store_all(
        engine, one(1, "甲（示例）", 5), one(2, "乙（示例）", 4), one(3, "丙（示例）", 2), one(4, "丁（示例）", 0)
    )
    lines = measure(engine, MARCH, By.UNIT, now=LATER)
    assert ranking(lines) == {"甲（示例）": 1, "乙（示例）": 1, "丙（示例）": 3}


def test_every_measure_has_a_label_and_a_formula_and_no_code_twice() -> None:
    assert len({each.code for each in MEASURES}) == len({each.label for each in MEASURES}) == len(MEASURES)
    assert all(each.formula for each in MEASURES)
    assert {each.value(Counts()) for each in MEASURES} == {None}


@pytest.fixture
def seeded(engine: Engine) -> Iterator[Connection]:
    seed_demo(engine, orders=250, first=date(2025, 1, 1), until=datetime(2025, 6, 30, tzinfo=UTC))
    with engine.connect() as connection:
        yield connection


def test_groups_add_up_to_the_whole(seeded: Connection, engine: Engine) -> None:
    whole = total(measure(engine, Period.of_year(2025), now=LATER)).counts
    for by in (By.TOWN, By.TYPE, By.MONTH):
        assert _plain(total(measure(engine, Period.of_year(2025), by, now=LATER))) == _plain_counts(whole)
    by_unit = total(measure(engine, Period.of_year(2025), By.UNIT, now=LATER)).counts
    for name in ("registered", "accepted", "closed", "returns", "rated", "default_rated", "dispatches"):
        assert getattr(by_unit, name) == getattr(whole, name), name


def test_counts_agree_with_counting_one_by_one(seeded: Connection, engine: Engine) -> None:
    orders = [order_from(row) for row in seeded.execute(ORDERS)]
    filed_orders = [order for order in orders if order.state is not State.CANCELLED]
    (line,) = measure(engine, Period.of_year(2025), now=LATER)
    got = line.counts
    closed_ones = [order for order in filed_orders if order.closed_at]
    late = [order for order in closed_ones if _day(order.closed_at) > order.due_on]
    still_open = [order for order in filed_orders if order.state in OPEN_STATES and not order.closed_at]
    overdue_open = [order for order in still_open if order.due_on < _day(LATER)]
    begun = [o for o in overdue_open if o.dispatch_count or o.state in (State.ACCEPTED, State.PENDING_AUDIT)]
    ranked = [order for order in filed_orders if order.satisfaction and order.handling is Handling.NORMAL]
    assert got.registered == len(filed_orders)
    assert got.closed == len(closed_ones)
    assert got.overdue == len(late) + len(begun)
    assert got.dispatches == sum(order.dispatch_count for order in filed_orders)
    assert got.default_rated == sum(order.is_default_rating for order in ranked)
    assert got.dissatisfied == sum(o.satisfaction <= 2 and not o.is_default_rating for o in ranked)
    returned = work_order_event.select().where(work_order_event.c.action == "return")
    assert got.returns == len(seeded.execute(returned).all())
    assert (got.returns > 0, got.default_rated > 0, got.closed > 100) == (True, True, True)


def _day(moment: datetime | None) -> date:
    assert moment is not None
    return moment.astimezone(SHANGHAI).date()


def _plain(line: Line) -> dict[str, float]:
    return _plain_counts(line.counts)


def _plain_counts(counted: Counts) -> dict[str, float]:
    return {name: round(value, 6) for name, value in vars(counted).items()}

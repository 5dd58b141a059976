from __future__ import annotations

import argparse
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from hotline import cli_demo, desk, store
from hotline.deadlines import SHANGHAI
from hotline.demo import NotForDemo, make_lives, seed_demo
from hotline.demo_drafts import MARK, content
from hotline.invariants import broken_invariants
from hotline.lives import NO_FACTS, Life
from hotline.model import OrderDraft, OrderType, WorkOrder
from hotline.moves import Facts, Move
from hotline.numbers import day_of
from hotline.people import Actor
from hotline.replies import Reply, read_replies
from hotline.routing import TOWN_UNIT, units
from hotline.rows import ORDERS, order_from, read_co_units
from hotline.states import OPEN_STATES, State, may_move
from knowledge_base.places import towns
from storage.engine import create_engine, migrate
from storage.tables import order_reply, order_unit, outbox, work_order, work_order_event
from tests.hotline.factories import TUESDAY_MORNING, make_draft

FIRST, UNTIL = date(2025, 1, 1), datetime(2025, 12, 31, 15, 0, tzinfo=UTC)
LAST_MONTHS = date(2025, 11, 1)


def made(engine: Engine, orders: int, seed: int = 1, first: date = LAST_MONTHS) -> list[Life]:
    """The orders in memory, their numbers given back."""
    with engine.connect() as connection, connection.begin() as holding:
        lives = make_lives(connection, orders, first, UNTIL, seed, f"demo:{seed}:{first}")
        holding.rollback()
    return lives


@pytest.fixture
def lives(tmp_path: Path) -> list[Life]:
    engine = create_engine(f"sqlite:///{tmp_path / 'lives.db'}")
    migrate(engine)
    found = made(engine, 600)
    engine.dispose()
    return found


def test_every_seeded_order_keeps_the_rules_of_the_desk(engine: Engine) -> None:
    seeded = seed_demo(engine, orders=300, first=LAST_MONTHS, until=UNTIL)
    replies: dict[str, list[Reply]] = defaultdict(list)
    with engine.connect() as connection:
        orders = [order_from(row) for row in connection.execute(ORDERS)]
        for order in orders:
            replies[order.number] = list(read_replies(connection, order.number))
        helpers = {order.number: read_co_units(connection, order.number) for order in orders}
    assert len(orders) == seeded.orders == 300
    broken = {
        order.number: faults
        for order in orders
        if (
            faults := broken_invariants(
                order, store.history(engine, order.number), replies[order.number], helpers[order.number]
            )
        )
    }
    assert broken == {}


def test_every_line_of_every_history_is_a_step_of_the_state_table(lives: list[Life]) -> None:
    for life in lives:
        came_from: State | None = None
        for event in life.events:
            moves = event.from_state is not event.to_state
            assert not moves or may_move(event.from_state, event.to_state, came_from), (life.order.number, event)
            came_from = event.from_state if event.to_state is State.SUPERVISED else came_from
        assert [event.at for event in life.events] == sorted(event.at for event in life.events)
        assert life.events[-1].at <= UNTIL


def test_seeded_orders_are_what_the_desk_makes_of_the_same_steps(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every step of some lives is made again at the desk: order, history, replies and units come out the same."""
    steps: dict[str, list[tuple[Move, Actor, Facts, datetime]]] = defaultdict(list)
    plain_move: Callable[..., WorkOrder] = Life.move

    def recorded(
        life: Life, move: Move, actor: Actor, facts: Facts = NO_FACTS, *, at: datetime, **rest: Any
    ) -> WorkOrder:
        after = plain_move(life, move, actor, facts, at=at, **rest)
        steps[life.order.number].append((move, actor, facts, at))
        return after

    monkeypatch.setattr(Life, "move", recorded)
    lives = [life for life in made(engine, 45) if _is_its_own(life)]
    made_again = {move for own in steps.values() for move, *_ in own}
    assert made_again >= {Move.RETURN, Move.REJECT_REPLY, Move.RATE}
    for life in lives:
        draft = OrderDraft(**{name: getattr(life.order, name) for name in OrderDraft.__dataclass_fields__})
        draft = replace(draft, content=draft.content.partition("\n【补充")[0])
        number = store.submit(engine, draft, now=life.order.received_at).number
        for move, actor, facts, at in steps[life.order.number]:
            desk.act(engine, number, move, actor, facts, now=at)
        order = store.get(engine, number)
        assert order == replace(life.order, number=number, query_code=order.query_code)
        assert store.history(engine, number) == tuple(replace(event, number=number) for event in life.events)
        with engine.connect() as connection:
            replies = [replace(reply, id=0) for reply in read_replies(connection, number)]
            assert read_co_units(connection, number) == tuple(sorted(life.co_units))
        assert replies == [replace(reply, number=number) for reply in life.replies]


def _is_its_own(life: Life) -> bool:
    """No other order and no hurrying citizen has to do with it."""
    return all(event.action for event in life.events) and Move.MERGE not in {event.action for event in life.events}


def test_everything_is_visibly_fictional(lives: list[Life]) -> None:
    for life in lives:
        order = life.order
        assert order.is_fictional
        assert order.title.startswith(MARK) and order.content.startswith(MARK)
        assert order.appellant_phone == "" or re.fullmatch(r"0751-000\d{4}", order.appellant_phone)
        assert order.appellant_name == "" or order.appellant_name.endswith("（示例）")
        assert all("示例" in reply.text for reply in life.replies)


def test_a_year_looks_like_one_of_the_district(lives: list[Life]) -> None:
    kinds = Counter(life.order.type for life in lives)
    assert 0.92 <= kinds[OrderType.COMPLAINT] / len(lives) <= 0.98
    weekdays = Counter(life.order.received_at.weekday() for life in lives)
    assert weekdays[0] > weekdays[6]
    night = sum(life.order.received_at.astimezone(SHANGHAI).hour < 6 for life in lives)
    assert night < len(lives) * 0.05
    assert {life.order.town for life in lives} == {town.name for town in towns()}
    actions = {event.action for life in lives for event in life.events}
    assert set(actions) >= {move.value for move in Move if move not in (Move.CLOSE_TIMEOUT, Move.REFUSE_EXTENSION)}
    assert any(life.order.is_default_rating for life in lives)
    assert any(life.order.state in OPEN_STATES for life in lives)


def test_units_of_the_data_file_are_those_that_orders_are_routed_to() -> None:
    known = {unit.name for unit in units()} | {"{town}"}
    named = {topic[key] for topic in content()["topics"] for key in ("unit", "other")}
    assert named <= known
    assert TOWN_UNIT not in named


def test_the_same_seed_gives_the_same_orders_and_another_one_others(engine: Engine) -> None:
    one, again, other = made(engine, 40), made(engine, 40), made(engine, 40, seed=2)
    assert [(life.order, life.events, life.replies) for life in one] == [
        (life.order, life.events, life.replies) for life in again
    ]
    assert [life.order.content for life in one] != [life.order.content for life in other]


def test_nothing_happens_after_the_present(engine: Engine) -> None:
    present = datetime(2025, 11, 20, 9, 0, tzinfo=SHANGHAI)
    seeded = seed_demo(engine, orders=60, first=LAST_MONTHS, until=present)
    with engine.connect() as connection:
        latest = connection.execute(sa.select(sa.func.max(work_order_event.c.at))).scalar_one()
    assert latest is not None
    assert seeded.is_open > 0
    with engine.connect() as connection:
        assert connection.execute(work_order_event.select().where(work_order_event.c.at > present)).first() is None


def test_numbers_go_on_from_those_of_the_day(engine: Engine) -> None:
    seed_demo(engine, orders=30, first=date(2025, 3, 4), until=TUESDAY_MORNING)
    order = store.submit(engine, make_draft(), now=TUESDAY_MORNING)
    assert order.number == "WJ2025030400031"


def test_a_base_with_real_orders_is_left_alone(engine: Engine) -> None:
    store.submit(engine, make_draft(), now=TUESDAY_MORNING)
    with pytest.raises(NotForDemo, match="真实工单"):
        seed_demo(engine, orders=5, first=FIRST, until=UNTIL)
    assert seed_demo(engine, orders=5, first=FIRST, until=UNTIL, beside_real_orders=True).orders == 5


def test_the_same_orders_are_not_written_twice(engine: Engine) -> None:
    seed_demo(engine, orders=5, first=FIRST, until=UNTIL)
    with pytest.raises(NotForDemo, match="已经写入过"):
        seed_demo(engine, orders=5, first=FIRST, until=UNTIL)
    assert seed_demo(engine, orders=5, first=FIRST, until=UNTIL, seed=2).orders == 5


@pytest.mark.parametrize(("orders", "first"), [(0, FIRST), (50_001, FIRST), (5, date(2026, 1, 2))])
def test_an_impossible_count_or_span_is_refused(engine: Engine, orders: int, first: date) -> None:
    with pytest.raises(ValueError, match="must be 1 to 50000"):
        seed_demo(engine, orders=orders, first=first, until=UNTIL)


def test_nobody_is_told_of_made_up_orders(engine: Engine) -> None:
    seed_demo(engine, orders=60, first=LAST_MONTHS, until=UNTIL)
    with engine.connect() as connection:
        assert connection.execute(outbox.select()).first() is None


def test_a_failure_leaves_nothing_behind(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("hotline.demo.write_lives", broken)
    with pytest.raises(RuntimeError):
        seed_demo(engine, orders=5, first=FIRST, until=UNTIL)
    with engine.connect() as connection:
        assert [connection.execute(table.select()).first() for table in (work_order, order_reply, order_unit)] == [
            None
        ] * 3


def run(engine: Engine, *words: str) -> int:
    parser = argparse.ArgumentParser()
    cli_demo.add_commands(parser.add_subparsers(required=True))
    args = parser.parse_args(["seed-demo", *words])
    status: int = args.run(args, engine)
    return status


def test_seed_demo_of_a_year_stays_in_it(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(engine, "--orders", "20", "--year", "2025") == 0
    assert "已写入 20 件示例工单" in capsys.readouterr().out
    assert {order.received_at.astimezone(SHANGHAI).year for order in store.list_orders(engine)} == {2025}
    assert run(engine, "--orders", "20", "--year", "2025") == 2
    assert "not_for_demo" in capsys.readouterr().err


def test_seed_demo_without_a_year_ends_now(engine: Engine) -> None:
    assert run(engine, "--orders", "40") == 0
    days = sorted(day_of(order.received_at) for order in store.list_orders(engine))
    today = day_of(datetime.now(UTC))
    assert today - timedelta(days=365) < days[0] and days[-1] <= today


def test_a_year_to_come_is_refused(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(engine, "--year", "2099") == 2
    assert "2099 年还没有到" in capsys.readouterr().err

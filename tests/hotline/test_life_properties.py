"""Random lives: whoever tries whatever, in whatever order, an order stays sound and nothing of its history is lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.engine import Connection, Engine

from hotline import store
from hotline.desk import act, merged_orders, possible
from hotline.errors import IllegalMove, InvalidOrder, MissingFact, OrderNotOpen, StaleOrder
from hotline.invariants import broken_invariants
from hotline.model import Card, EventKind, Handling, Resolution, WorkOrder, WorkOrderEvent
from hotline.moves import Facts, Move
from hotline.people import Actor
from hotline.remarks import contact
from hotline.replies import read_replies
from hotline.rows import read_co_units, read_history, read_order
from hotline.states import Role, State
from storage.engine import transaction
from tests.hotline.cast import CAST, LEAD, OTHER, PATHS, Office
from tests.hotline.factories import make_draft

LIVES, STEPS = 25, 40  # of two orders each, on either engine
BEGINNINGS = [state for state in PATHS if any(state in move.sources for move in Move)] + [State.SUBMITTED] * 5
RARE = {Move.REJECT, Move.MERGE, Move.CANCEL, Move.CLOSE_TIMEOUT, Move.ARCHIVE, Move.SUPERVISE}
WANTED = (*[set(Move) - RARE] * 4, RARE, {Move.MERGE, Move.REQUEST_EXTENSION, Move.GRANT_EXTENSION, Move.RETURN})
SAME_NAMES = tuple(Actor("示例多面手", role, LEAD if role is Role.UNIT else "") for role in Role)
PEOPLE = (*CAST, *SAME_NAMES)
UNIT_OF = {actor.name: actor.unit for actor in PEOPLE if actor.role is Role.UNIT}
UNITS = ("", LEAD, OTHER, "所在镇街", "惠民街道")
people = st.sampled_from(PEOPLE)
texts = st.sampled_from(("", "  ", "示例理由", "第二个理由\x00", "'); DROP TABLE work_order; --", "字" * 1_001))
facts = st.builds(
    Facts,
    reason=texts,
    unit=st.sampled_from(UNITS),
    co_units=st.lists(st.sampled_from(UNITS), max_size=2).map(tuple),
    opinion=texts,
    reply=texts,
    public_reply=st.sampled_from((None, True, False)),
    resolution=st.sampled_from(Resolution),
    is_factual=st.sampled_from((None, True, False)),
    handling=st.sampled_from((None, *Handling)),
    legal_basis=texts,
    reject_reason=st.sampled_from(("", "R1", "R5", "R10", "R11")),
    days=st.integers(-1, 20),
    score=st.integers(-1, 6),
    is_default=st.booleans(),
    text=texts,
    card=st.sampled_from(Card),
)
sensible = st.sampled_from(
    [
        Facts(
            reason="示例理由",
            unit=unit,
            co_units=co_units,
            opinion="示例意见",
            reply=f"示例答复{days}",
            legal_basis="示例依据",
            reject_reason="R5",
            days=days,
            score=score,
            text="示例补充",
        )
        for unit, co_units, days, score in product((LEAD, OTHER), ((), (OTHER,), ("惠民街道",)), (1, 5), range(1, 6))
    ]
)


class Life(RuleBasedStateMachine):
    """Two orders, one of them perhaps a threat, and everybody who can reach them."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.office = Office(engine)
        self.engine = engine
        self.numbers: list[str] = []
        self.seen: dict[str, tuple[WorkOrder, Sequence[WorkOrderEvent]]] = {}

    @initialize(first=st.sampled_from(BEGINNINGS), second=st.sampled_from(BEGINNINGS), is_threat=st.booleans())
    def begin(self, first: State, second: State, is_threat: bool) -> None:
        self.numbers = [self.new_order(first), self.new_order(second, is_threat)]

    def new_order(self, state: State, is_threat: bool = False) -> str:
        order = self.office.file(make_draft(is_threat=is_threat))
        return self.office.bring(order, state).number

    @rule(which=st.integers(0, 1), move=st.sampled_from(Move), actor=people, told=facts)
    def try_anything(self, which: int, move: Move, actor: Actor, told: Facts) -> None:
        order, history = self.read(which)
        told = Facts(**vars(told) | {"into": self.numbers[1 - which]})
        is_possible = move in possible(order, actor)
        try:
            after = self.office.do(order, move, actor, told)
        except IllegalMove:
            assert self.read(which) == (order, history)
        except InvalidOrder:
            assert self.read(which) == (order, history)
        except MissingFact:
            assert is_possible
            assert self.read(which) == (order, history)
        else:
            assert is_possible
            assert after == store.get(self.engine, order.number)
            assert after.version > order.version

    @rule(which=st.integers(0, 1), data=st.data())
    def go_on(self, which: int, data: st.DataObject) -> None:
        """Somebody does what the page offers, some times in a row; only people and the clock may forbid it."""
        for _ in range(data.draw(st.integers(1, 5))):
            order, history = self.read(which)
            offered = {move for actor in PEOPLE for move in possible(order, actor)}
            moves = sorted(offered & data.draw(st.sampled_from(WANTED)) or offered - RARE)
            if not moves:
                continue
            move = data.draw(st.sampled_from(moves))
            actor = data.draw(st.sampled_from([actor for actor in PEOPLE if move in possible(order, actor)]))
            told, into = data.draw(sensible), self.numbers[1 - which]
            told = Facts(**vars(told) | {"into": into, "is_default": actor.role is Role.SYSTEM})
            try:
                self.office.do(order, move, actor, told)
            except IllegalMove:
                assert self.read(which) == (order, history)

    @rule(which=st.integers(0, 1), data=st.data())
    def disturb(self, which: int, data: st.DataObject) -> None:
        """Something around the order happens; nobody is stopped by it, and it stops nobody."""
        what = (self.wait, self.remark, self.urge, self.act_on_an_old_page, self.begin_anew, self.begin_anew)
        data.draw(st.sampled_from(what))(which, data)

    def begin_anew(self, which: int, data: st.DataObject) -> None:
        self.numbers[which] = self.new_order(data.draw(st.sampled_from(BEGINNINGS)))

    def wait(self, which: int, data: st.DataObject) -> None:
        self.office.now += timedelta(hours=data.draw(st.sampled_from((1, 2, 20, 24 * 3, 24 * 20))))

    def remark(self, which: int, data: st.DataObject) -> None:
        with transaction(self.engine) as connection:
            contact(connection, self.numbers[which], data.draw(people), "示例联系", self.office.tick())

    def urge(self, which: int, data: st.DataObject) -> None:
        order, _ = self.read(which)
        try:
            store.urge(self.engine, order.number, order.query_code, now=self.office.tick())
        except OrderNotOpen:
            assert not order.state.is_open

    def act_on_an_old_page(self, which: int, data: st.DataObject) -> None:
        order, history = self.read(which)
        move, actor, told = data.draw(st.sampled_from(Move)), data.draw(people), data.draw(sensible)
        with pytest.raises(StaleOrder):
            act(self.engine, order.number, move, actor, told, version=order.version - 1, now=self.office.tick())
        assert self.read(which) == (order, history)

    @invariant()
    def every_order_is_sound_and_nothing_of_its_history_is_lost(self) -> None:
        with self.engine.connect() as connection:
            for number in self.numbers:
                self.check(connection, number)

    def check(self, connection: Connection, number: str) -> None:
        order, history = read_order(connection, number), read_history(connection, number)
        replies, co_units = read_replies(connection, number), read_co_units(connection, number)
        assert order is not None
        assert broken_invariants(order, history, replies, co_units) == []
        by_units = [event for event in history if event.role == Role.UNIT and event.kind is EventKind.TRANSITION]
        assert [event.unit for event in by_units] == [UNIT_OF[event.actor] for event in by_units]
        before, told = self.seen.get(number, (order, ()))
        assert history[: len(told)] == tuple(told)
        assert order.version >= before.version
        assert len(replies) == sum(event.action == Move.REPLY for event in history)
        duplicates = (
            {one.number for one in merged_orders(connection, order.merged_into)} if order.merged_into else {number}
        )
        assert number in duplicates
        self.seen[number] = (order, history)

    def read(self, which: int) -> tuple[WorkOrder, Sequence[WorkOrderEvent]]:
        number = self.numbers[which]
        return store.get(self.engine, number), store.history(self.engine, number)


def test_no_life_breaks_an_order(engine: Engine) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        lambda: Life(engine),
        settings=settings(
            max_examples=LIVES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            suppress_health_check=tuple(HealthCheck),
        ),
    )


def test_the_invariants_notice_a_broken_order(engine: Engine) -> None:
    order = Office(engine).order_in(State.CLOSED)
    history = store.history(engine, order.number)
    with engine.connect() as connection:
        replies = read_replies(connection, order.number)
    broken: dict[str, dict[str, Any]] = {
        "without a lead unit": {"lead_unit": ""},
        "without a reply": {"reply_text": ""},
        "time of closing": {"closed_at": None},
        "version": {"version": order.version + 1},
        "came from": {"came_from": "signed"},
        "merged": {"merged_into": "WJ1"},
        "dispatch_count": {"dispatch_count": 2},
        "state of the order": {"state": State.SIGNED},
    }
    for words, changes in broken.items():
        complaints = broken_invariants(WorkOrder(**vars(order) | changes), history, replies)
        assert any(words in complaint for complaint in complaints), words
    assert any("gap" in complaint for complaint in broken_invariants(order, history[:2] + history[3:], replies))
    assert any("helps itself" in complaint for complaint in broken_invariants(order, history, replies, (LEAD,)))

from __future__ import annotations

import threading
from datetime import date, datetime

import pytest
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from hotline import store
from hotline.bulk import numbered, reserve_numbers, write_lives
from hotline.deadlines import due
from hotline.lives import Life, filed
from hotline.people import Actor
from hotline.states import Role
from storage.engine import transaction
from tests.hotline.factories import TUESDAY_MORNING, make_draft

DAY, NEXT_DAY = date(2025, 3, 4), date(2025, 3, 5)
FILER = Actor("bot", Role.CITIZEN)


def make_life(number: str, draft_id: str, at: datetime = TUESDAY_MORNING) -> Life:
    draft = make_draft(draft_id=draft_id).checked()
    return filed(draft, due(draft.type, at), FILER, number=number, query_code="000000", received_at=at, now=at)


def test_reserved_numbers_follow_those_given_one_by_one(engine: Engine) -> None:
    store.submit(engine, make_draft(), now=TUESDAY_MORNING)
    with transaction(engine) as connection:
        assert reserve_numbers(connection, {DAY: 3, NEXT_DAY: 2}) == {DAY: 2, NEXT_DAY: 1}
    order = store.submit(engine, make_draft(draft_id="draft-2"), now=TUESDAY_MORNING)
    assert order.number == numbered(DAY, 5) == "WJ2025030400005"


def test_no_number_is_reserved_twice_by_several_at_once(engine: Engine) -> None:
    taken: list[int] = []

    def take() -> None:
        for _ in range(10):
            with transaction(engine) as connection:
                first = reserve_numbers(connection, {DAY: 3})[DAY]
            taken.extend(range(first, first + 3))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(1, 121))


def test_a_filed_life_is_what_submit_stores(engine: Engine) -> None:
    for is_threat in (False, True):
        draft = make_draft(draft_id=f"草稿{is_threat}", is_threat=is_threat)
        stored = store.submit(engine, draft, now=TUESDAY_MORNING)
        made = filed(
            draft.checked(),
            due(draft.type, TUESDAY_MORNING),
            store.BOT,
            number=stored.number,
            query_code=stored.query_code,
            received_at=TUESDAY_MORNING,
            now=TUESDAY_MORNING,
        )
        assert (made.order, tuple(made.events)) == (stored, store.history(engine, stored.number))


def test_lives_are_written_and_read_back(engine: Engine) -> None:
    lives = [make_life("WJ2025030400001", "甲"), make_life("WJ2025030400002", "乙")]
    with transaction(engine) as connection:
        write_lives(connection, lives)
    for life in lives:
        assert store.get(engine, life.order.number) == life.order
        assert store.history(engine, life.order.number) == tuple(life.events)


def test_a_draft_that_is_there_already_writes_nothing(engine: Engine) -> None:
    with transaction(engine) as connection:
        write_lives(connection, [make_life("WJ2025030400001", "甲")])
    with pytest.raises(IntegrityError), transaction(engine) as connection:
        write_lives(connection, [make_life("WJ2025030400002", "乙"), make_life("WJ2025030400003", "甲")])
    assert [order.number for order in store.list_orders(engine)] == ["WJ2025030400001"]

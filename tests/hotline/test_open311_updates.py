"""A word from the system that filed an order."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.engine import Engine

from hotline import store
from hotline.errors import OrderNotFound
from hotline.model import EventKind
from hotline.open311_updates import add_update
from hotline.publication import PUBLIC, Reader
from tests.hotline.cast import Office
from tests.hotline.factories import TUESDAY_MORNING, make_draft

CITY = Reader("Open311", "city")


def test_the_same_update_is_noted_once_however_many_bring_it(engine: Engine) -> None:
    order = Office(engine).file(make_draft(source="Open311", source_sub="city"))

    def add(update_id: str) -> bool:
        return add_update(engine, order.number, CITY, update_id, "市民再次来电。", now=TUESDAY_MORNING)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(add, ["u-1"] * 4)) == [False, False, False, True]
    assert add("u-2")
    notes = [event for event in store.history(engine, order.number) if event.kind is EventKind.NOTE]
    assert [note.reason for note in notes] == [f"对方补充：市民再次来电。（更新编号 u-{count}）" for count in (1, 2)]
    assert {note.to_state for note in notes} == {order.state}


@pytest.mark.parametrize("sender", [PUBLIC, Reader("Open311", "app"), Reader("智能客服", "")])
def test_nobody_else_may_add_a_word(engine: Engine, sender: Reader) -> None:
    order = Office(engine).file(make_draft(source="Open311", source_sub="city"))
    with pytest.raises(OrderNotFound):
        add_update(engine, order.number, sender, "u-1", "插嘴", now=TUESDAY_MORNING)

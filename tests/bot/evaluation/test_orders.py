from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.engine import Engine

from bot.evaluation.orders import QUERY_CODE, put_orders
from hotline.states import State
from hotline.store import find, history

NOW = datetime(2026, 3, 5, tzinfo=UTC)


def test_prepared_orders_can_be_looked_up_and_are_put_only_once(engine: Engine) -> None:
    put_orders(engine)
    put_orders(engine)
    still_open = find(engine, "WJ2025031200018", QUERY_CODE, now=NOW)
    closed = find(engine, "WJ2025042900007", QUERY_CODE, now=NOW)
    assert still_open.state.is_open
    assert closed.state is State.CLOSED and closed.reply_text
    assert [event.to_state for event in history(engine, closed.number)][-1] is State.CLOSED
    assert len(history(engine, still_open.number)) == 5

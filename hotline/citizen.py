"""What a citizen does with an order that was filed: rate it, answer a question about it, take it back.

Who may: the conversation that filed it, or whoever knows its number and query code (`owned`). The moves themselves are
the desk's.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.engine import Connection, Engine

from hotline import store
from hotline.desk import act, act_on
from hotline.errors import HotlineError, OrderNotFound
from hotline.model import EventKind, WorkOrder, WorkOrderEvent, storable
from hotline.moves import RATABLE, Facts, Move
from hotline.people import CITIZEN
from hotline.remarks import note
from hotline.rows import read_history, read_order
from hotline.states import State
from hotline.store import OrderFilter
from storage.engine import transaction

CLOSING = (Move.APPROVE_REPLY, Move.ANSWER_DIRECTLY)
LONGEST_TEXT = 2000  # characters of a supplement or of words to a rating that are kept


class NotRatable(HotlineError):
    """There is nothing to rate: not closed yet, rated before, or closed anew since. `was_rated` tells which."""

    code = "not_ratable"

    def __init__(self, message: str, *, was_rated: bool) -> None:
        super().__init__(message)
        self.was_rated = was_rated


def owned(engine: Engine, number: str, *, conversation_id: str = "", query_code: str = "", now: datetime) -> WorkOrder:
    """The order, when the conversation filed it or the query code is its own.

    Raises OrderNotFound otherwise, the same as for a number that does not exist, and TooManyAttempts as `store.find`.
    """
    if query_code:
        return store.find(engine, number, query_code, now=now)
    order = store.get(engine, number)
    if not conversation_id or order.conversation_id != conversation_id:
        raise OrderNotFound("no such order in this conversation")
    return order


def orders_of(
    engine: Engine, conversation_id: str, states: tuple[State, ...], limit: int = 20
) -> tuple[WorkOrder, ...]:
    """Orders that this conversation filed and that are in one of these states, the latest change first."""
    if not conversation_id:
        return ()
    orders = store.list_orders(engine, OrderFilter(states=states, conversation_id=conversation_id), limit=limit)
    return tuple(sorted(orders, key=lambda order: order.updated_at, reverse=True))


def rate(engine: Engine, number: str, score: int, *, now: datetime, text: str = "", closing: str = "") -> WorkOrder:
    """Rate the result of an order, 1 to 5, once per closing; the desk sends it back to be redone for the lowest two.

    `closing` is the moment (ISO, UTC) of the closing that was shown; a later one is not rated by mistake. The same
    score again changes nothing. Raises NotRatable, and as the desk.
    """
    with transaction(engine) as connection:
        order = read_order(connection, number, for_update=True)
        if order is None:
            raise OrderNotFound(f"no order {number!r}")
        closed, rated = _last_closing(connection, number)
        if closed is None or (closing and closed.at != datetime.fromisoformat(closing)):
            raise NotRatable(f"order {number} is not closed, or closed anew", was_rated=False)
        if rated:
            if order.satisfaction == score and not order.is_default_rating:
                return order  # sent twice
            raise NotRatable(f"order {number} was rated before", was_rated=True)
        if order.state not in RATABLE:
            raise NotRatable(f"order {number} is {order.state.value}", was_rated=False)
        facts = Facts(score=score, text=storable(text)[:LONGEST_TEXT])
        return act_on(connection, number, Move.RATE, CITIZEN, facts, now=now)


def supplement(engine: Engine, number: str, text: str, *, now: datetime) -> WorkOrder:
    """Answer what the staff asked; the order goes back to be accepted. Raises as the desk."""
    return act(engine, number, Move.SUPPLEMENT, CITIZEN, Facts(text=storable(text)[:LONGEST_TEXT]), now=now)


def cancel(engine: Engine, number: str, *, now: datetime, reason: str = "") -> WorkOrder:
    """Take an order back, as long as nobody accepted it. Raises as the desk."""
    return act(engine, number, Move.CANCEL, CITIZEN, Facts(reason=storable(reason)[:LONGEST_TEXT]), now=now)


def add_words(engine: Engine, number: str, text: str, *, now: datetime) -> None:
    """Note what the citizen says about an order, such as the reason of a low rating; its state stays.

    Raises OrderNotFound, and MissingFact when nothing is said.
    """
    with transaction(engine) as connection:
        note(connection, number, CITIZEN, text, now)


def _last_closing(connection: Connection, number: str) -> tuple[WorkOrderEvent | None, bool]:
    """The event that closed the order last, and whether it was rated since."""
    closed: WorkOrderEvent | None = None
    is_rated = False
    for event in read_history(connection, number):
        if event.kind is not EventKind.TRANSITION:
            continue
        if event.action in CLOSING:
            closed, is_rated = event, False
        elif event.action == Move.RATE:
            is_rated = True
    return closed, is_rated

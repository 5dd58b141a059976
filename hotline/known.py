"""Read what a move needs to know beside the order, and nothing for the moves that need nothing."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from hotline.limits import load_calendar
from hotline.merging import merged_orders
from hotline.model import WorkOrder
from hotline.moves import LOW_SCORES, Facts, Move
from hotline.numbers import normal_number
from hotline.reasons import asked_days
from hotline.replies import pending_reply
from hotline.rows import last_event, read_co_units, read_order
from hotline.step import Known

NOTHING = Known()


def read_known(connection: Connection, order: WorkOrder, move: Move, facts: Facts) -> Known:
    """What `refusals` and `effects` ask for; at most two queries."""
    match move:
        case Move.APPROVE | Move.SEND_BACK:
            proposal = last_event(connection, order.number, Move.PROPOSE)
            co_units = read_co_units(connection, order.number)
            return Known(proposer=proposal.actor if proposal else "", co_units=co_units)
        case Move.APPROVE_REPLY | Move.REJECT_REPLY:
            return Known(reply=pending_reply(connection, order.number))
        case Move.MERGE:
            return Known(main=read_order(connection, normal_number(facts.into), for_update=True))
        case Move.CANCEL:
            return Known(has_merged=bool(merged_orders(connection, order.number)))
        case Move.GRANT_EXTENSION:
            request = last_event(connection, order.number, Move.REQUEST_EXTENSION)
            days = asked_days(request.reason) if request else 0
            return Known(asked_days=days, calendar=load_calendar(connection))
        case Move.RETURN | Move.REDO:
            return Known(calendar=load_calendar(connection))
        case Move.RATE if facts.score in LOW_SCORES:
            return Known(calendar=load_calendar(connection))
    return NOTHING

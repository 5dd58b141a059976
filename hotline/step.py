"""One move as somebody tries it, with what is known around the order. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hotline.deadlines import STATE_COUNCIL, Calendar
from hotline.model import WorkOrder, WorkOrderEvent
from hotline.moves import Facts, Move
from hotline.people import Actor
from hotline.replies import Reply


@dataclass(frozen=True)
class Known:
    """What a move needs to know beside the order; read only for the moves that ask for it."""

    proposer: str = ""  # who proposed the dispatch that is under audit
    reply: Reply | None = None  # under audit
    main: WorkOrder | None = None  # to merge into
    asked_days: int = 0  # of the extension under decision
    co_units: tuple[str, ...] = ()  # asked to help with the dispatch that is under audit
    has_merged: bool = False  # do other citizens' orders depend on this one?
    calendar: Calendar = STATE_COUNCIL


@dataclass(frozen=True)
class Step:
    """Who does what, with which facts and knowledge, when."""

    move: Move
    actor: Actor
    facts: Facts
    known: Known
    now: datetime


@dataclass(frozen=True)
class Change:
    """What a step did to an order, its line in the history, and what was told with it."""

    before: WorkOrder
    after: WorkOrder
    event: WorkOrderEvent
    facts: Facts

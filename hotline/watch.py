"""The clock's part in a work order: reminders, cards, 催办, closing, default ratings, archiving.

Any number of processes may run it at once and as often as they like: each act is claimed by a row in order_reminder,
written in the transaction of the act itself, so it happens once and never half.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.engine import Engine

from hotline.errors import HotlineError
from hotline.rows import read_order
from hotline.watch_acts import ACTS, Task
from hotline.watch_due import RULES, Due, Rules, due_jobs, numbers_due, round_due
from storage.engine import insert, transaction
from storage.tables import order_reminder

BATCH = 200  # orders that are looked up at a time

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WatchReport:
    """How many orders each job acted on, and the numbers of those that it could not."""

    acted: Mapping[str, int] = field(default_factory=dict)
    failed: tuple[str, ...] = ()


def run_due_jobs(engine: Engine, *, now: datetime, rules: Rules = RULES) -> WatchReport:
    """Do everything that is due at this moment. What fails for one order is logged and holds up no other."""
    with engine.connect() as connection:
        jobs = due_jobs(connection, now, rules)
    acted: Counter[str] = Counter()
    failed: list[str] = []
    for due in jobs:
        count, refused = _run(engine, due, now)
        acted[due.kind] += count
        failed += refused
    return WatchReport({kind: count for kind, count in acted.items() if count}, tuple(failed))


def _run(engine: Engine, due: Due, now: datetime) -> tuple[int, tuple[str, ...]]:
    """Act on each order that is due for one job; other workers take theirs at the same time."""
    acted, failed, has_progress = 0, (), True
    while has_progress:
        with engine.connect() as connection:
            numbers = connection.execute(numbers_due(due, BATCH, failed)).scalars().all()
        outcomes = {number: _try(engine, due, number, now) for number in numbers}
        refused = tuple(number for number, outcome in outcomes.items() if outcome is None)
        acted, failed = acted + sum(map(bool, outcomes.values())), (*failed, *refused)
        has_progress = any(outcome is not False for outcome in outcomes.values())
    return acted, failed


def _try(engine: Engine, due: Due, number: str, now: datetime) -> bool | None:
    """Claim the order and act: True. False: somebody else did, or it is not due any more. None: it cannot be done."""
    try:
        with transaction(engine) as connection:
            order = read_order(connection, number, for_update=True)  # from here on nobody else changes it
            round_ = connection.execute(round_due(due, number)).scalar_one_or_none()
            if order is None or round_ is None:
                return False
            claim = insert(connection, order_reminder).values(number=number, kind=due.kind, round=round_, at=now)
            if connection.execute(claim.on_conflict_do_nothing()).rowcount != 1:
                return False
            ACTS[due.kind](Task(connection, order, due.kind, round_, now))
            return True
    except HotlineError as error:
        log.error("timed job %s failed on order %s: %s", due.kind, number, error)
        return None

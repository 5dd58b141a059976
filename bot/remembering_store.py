"""Rasa's SQL store of conversations, which neither reads back nor compares what it wrote itself.

Stock Rasa reads a conversation's events from the database at every turn and rebuilds the tracker from them, which
takes longer the longer one talks, and asks the database again how many events it holds before it adds the new ones.
Here the trackers of recent conversations stay in memory. The database decides whether one still holds: if another
process has added an event, its highest id is another one, and the conversation is read as usual.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass
from itertools import islice
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.events import Event, SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import sessionmaker

REMEMBERED = 200  # conversations; some ten to hundred kB each

_EVENTS = SQLTrackerStore.SQLEvent.__table__
_HIGHEST_ID = sa.select(sa.func.max(_EVENTS.c.id)).where(_EVENTS.c.sender_id == sa.bindparam("sender"))
_INSERT = _EVENTS.insert()


@dataclass
class _Remembered:
    """A conversation as the database held it: how many events of the tracker are stored, and the highest id."""

    tracker: DialogueStateTracker | None  # None: the database holds nothing of it
    stored: int
    highest_id: int | None
    in_use: bool  # a turn works on the tracker; if it fails, the tracker is worth nothing


class RememberingTrackerStore(SQLTrackerStore):
    """Keeps recent trackers in memory for as long as nobody else writes to their conversations.

    Like Rasa's, it relies on Rasa's lock: one conversation has one turn at a time. To be used from one thread.
    """

    _remembered: OrderedDict[str, _Remembered]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._remembered = OrderedDict()

    def use_engine(self, engine: Engine) -> None:
        """Work on another engine of the same database."""
        self.engine = engine
        self.sessionmaker = sessionmaker(bind=engine)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The tracker of the latest session; the remembered one when the database still holds the same events."""
        with self.engine.connect() as connection:
            highest_id = _highest_id(connection, sender_id)
        known = self._remembered.get(sender_id)
        if known is None or known.in_use or known.highest_id != highest_id or known.tracker is None:
            tracker = None if highest_id is None else await super().retrieve(sender_id)
            known = _Remembered(tracker, len(tracker.events) if tracker else 0, highest_id, in_use=True)
        known.in_use = True
        self._remember(sender_id, known)
        return known.tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Add the events that are not stored yet."""
        stored = self._stored_events(tracker)
        if stored is None:
            self._remembered.pop(tracker.sender_id, None)
            await super().save(tracker)
            return
        await self.stream_events(tracker)
        fresh = list(islice(tracker.events, stored, None))
        if not fresh:
            return
        with self.engine.begin() as connection:
            connection.execute(_INSERT, [_row(tracker.sender_id, event) for event in fresh])
            highest_id = _highest_id(connection, tracker.sender_id)
        if any(isinstance(event, SessionStarted) for event in fresh):
            del self._remembered[tracker.sender_id]  # the next turn reads the new session only, as Rasa does
        else:
            self._remember(tracker.sender_id, _Remembered(tracker, len(tracker.events), highest_id, in_use=False))

    def _stored_events(self, tracker: DialogueStateTracker) -> int | None:
        """How many events of this very tracker the database holds; None when it did not come from here."""
        known = self._remembered.get(tracker.sender_id)
        if known is None:
            return None
        if known.tracker is None and known.highest_id is None:
            known.tracker = tracker  # a new conversation: Rasa made its tracker after it found none here
        return known.stored if known.tracker is tracker else None

    def _remember(self, sender_id: str, known: _Remembered) -> None:
        self._remembered[sender_id] = known
        self._remembered.move_to_end(sender_id)
        if len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)


def _highest_id(connection: Connection, sender_id: str) -> int | None:
    highest: int | None = connection.execute(_HIGHEST_ID, {"sender": sender_id}).scalar()
    return highest


def _row(sender_id: str, event: Event) -> dict[str, Any]:
    """One row of Rasa's table, as Rasa fills it."""
    data = event.as_dict()
    return {
        "sender_id": sender_id,
        "type_name": event.type_name,
        "timestamp": data.get("timestamp"),
        "intent_name": data.get("parse_data", {}).get("intent", {}).get("name"),
        "action_name": data.get("name"),
        "data": json.dumps(data),
    }

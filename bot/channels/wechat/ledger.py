"""What arrived from WeChat and how each message was answered: once, by exactly one way.

A message is `open` until one way takes it by a conditional update; nobody else can then:

    open → passive                      handed out in reply to the request; its retries get the same
    passive → open                      WeChat had hung up before the reply was written, and did not ask again yet
    open → promised → sending → sent    the request got `success`; the answer goes by customer-service message
    open → deferred → kept              the request got a word of patience; the answer waits for the next contact
    promised, sending → kept            could not be sent, or nobody knows whether it was
    kept → shown                        put in front of a later answer

Notices of orders enter as `promised`, and may end as `subscribed`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row

from bot.channels.wechat import people
from bot.channels.wechat.errors import SignatureRefused
from bot.channels.wechat.signature import OLDEST, REFUSED, Signed
from bot.channels.wechat.texts import Answer, choice_block, fit
from bot.channels.wechat.wording import words
from hotline.errors import HotlineError
from hotline.people import SYSTEM
from hotline.remarks import note
from storage.engine import insert, transaction
from storage.tables import wechat_message, wechat_signature

LEASE = timedelta(minutes=2)  # of a claim; longer than a turn and a sending take
KEPT_DAYS = 60  # how long an answer waits for its citizen
SETTLED_DAYS = 7  # how long the rest is remembered
_message = wechat_message.c


class State(StrEnum):
    OPEN = "open"
    PASSIVE = "passive"
    PROMISED = "promised"
    SENDING = "sending"
    DEFERRED = "deferred"
    SENT = "sent"
    SUBSCRIBED = "subscribed"
    KEPT = "kept"
    SHOWN = "shown"


UNSETTLED = (State.OPEN, State.PROMISED, State.SENDING, State.DEFERRED)
NOTICE = "notice"  # kind of what is told unasked


@dataclass(frozen=True)
class Entry:
    """A message as stored."""

    key: str
    person_id: str
    kind: str
    number: str
    state: State
    tries: int
    asked: str
    answer: Answer | None
    handed: str
    received_at: datetime
    is_new: bool = False


def use_signature(connection: Connection, signed: Signed, key: str, now: datetime) -> None:
    """Bind a signature to the first message it came with. Raises SignatureRefused when it came with another."""
    row = {"signature": signed.digest, "message_key": key, "at": now}
    if connection.execute(insert(connection, wechat_signature).values(row).on_conflict_do_nothing()).rowcount:
        return
    query = sa.select(wechat_signature.c.message_key).where(wechat_signature.c.signature == signed.digest)
    if connection.execute(query).scalar() != key:
        raise SignatureRefused(REFUSED)


def receive(connection: Connection, *, key: str, person_id: str, kind: str, asked: str, now: datetime) -> Entry:
    """Store a message, or count one more try of it."""
    row = {"key": key, "person_id": person_id, "kind": kind, "asked": asked, "state": State.OPEN.value}
    statement = insert(connection, wechat_message).values(**row, answer={}, received_at=now)
    if connection.execute(statement.on_conflict_do_nothing(index_elements=["key"])).rowcount:
        return Entry(key, person_id, kind, "", State.OPEN, 1, asked, None, "", now, is_new=True)
    again = wechat_message.update().where(_message.key == key).values(tries=_message.tries + 1)
    connection.execute(again)
    return _entry(_row(connection, key))


def read(engine: Engine, key: str) -> Entry | None:
    with engine.connect() as connection:
        row = connection.execute(sa.select(wechat_message).where(_message.key == key)).first()
        return None if row is None else _entry(row)


def hand_out(engine: Engine, key: str, answer: Answer, request_at: datetime, now: datetime) -> str | None:
    """Take an open message for the passive reply: the whole text, with what was kept in front.

    When it was taken before: what its request got, "" for `success`. `request_at` is the time in the request: a newer
    one tells that the reply before it did not arrive, the same one came twice, and an older one (None) is past.
    """
    with transaction(engine) as connection:
        row = _row(connection, key, for_update=True)
        if row.state == State.PASSIVE:
            if request_at < row.given_at:
                return None
            given = row.given + 1 if request_at == row.given_at else 1
            _change(connection, key, given=given, given_at=request_at)
        if row.state != State.OPEN:
            return str(row.handed)
        answer = Answer.from_json(row.answer) if row.answer else answer
        text, rest = fit(_with_kept(connection, row.person_id, answer, now), answer.choices)
        people.remember_shown(connection, row.person_id, rest, answer.choices)
        values = {"state": State.PASSIVE, "handed": text, "given": 1, "given_at": request_at}
        _change(connection, key, **values, answer={}, asked="", settled_at=now)
        return text


def take_back(engine: Engine, key: str, request_at: datetime) -> Answer | None:
    """This request hung up before its reply was written. When no other may have got it, the message is open again."""
    with transaction(engine) as connection:
        row = _row(connection, key, for_update=True)
        if row.state != State.PASSIVE or row.given_at != request_at:
            return None
        if row.given > 1:
            _change(connection, key, given=row.given - 1)
            return None
        choices = people.choices_shown(connection, row.person_id)
        answer = Answer(row.handed.removesuffix(choice_block(choices)), choices)
        _change(connection, key, state=State.OPEN, handed="", given=0, answer=answer.to_json(), settled_at=None)
        return answer


def promise(engine: Engine, key: str) -> bool:
    """Take an open message for a customer-service message."""
    with transaction(engine) as connection:
        return _move(connection, key, (State.OPEN,), State.PROMISED)


def defer(engine: Engine, key: str, notice: str) -> str:
    """Take an open message for the next contact; returns what its request is to get."""
    with transaction(engine) as connection:
        if not _move(connection, key, (State.OPEN,), State.DEFERRED, handed=notice):
            return str(_row(connection, key).handed)
        return notice


def store_answer(engine: Engine, key: str, answer: Answer) -> Entry:
    """Note the answer of a message that is not settled, unless it has one; returns the message as it is then."""
    with transaction(engine) as connection:
        row = _row(connection, key, for_update=True)
        if row.state in UNSETTLED and not row.answer:
            _change(connection, key, answer=answer.to_json(), asked="")
            row = _row(connection, key)
        return _entry(row)


def begin_sending(engine: Engine, key: str) -> bool:
    """Promised → sending, for one worker only."""
    with transaction(engine) as connection:
        return _move(connection, key, (State.PROMISED,), State.SENDING)


def settle(
    engine: Engine, key: str, state: State, now: datetime, *, shown: tuple[str, Sequence[str]] | None = None,
    reason: str = "", number: str = "", remark: str = "",
) -> bool:  # fmt: skip
    """The end of what was sent or kept; `shown` is what 更多 and numbers mean then. Noted on the order, if any."""
    is_over = state is not State.KEPT
    with transaction(engine) as connection:
        values: dict[str, Any] = {"reason": reason, "settled_at": now, "claimed_until": None}
        if is_over:
            values |= {"answer": {}, "asked": ""}
        if not _move(connection, key, UNSETTLED, state, **values):
            return False
        if shown is not None:
            people.remember_shown(connection, _row(connection, key).person_id, *shown)
        if number and remark:
            _note(connection, number, remark, now)
        return True


def enter_notice(engine: Engine, *, key: str, person_id: str, number: str, answer: Answer, now: datetime) -> Entry:
    """A notice of an order, ready to be sent. Entered before: as it is now; one that was kept may be sent again."""
    row = {"key": key, "person_id": person_id, "kind": NOTICE, "number": number, "answer": answer.to_json()}
    with transaction(engine) as connection:
        statement = insert(connection, wechat_message).values(**row, state=State.PROMISED.value, received_at=now)
        connection.execute(statement.on_conflict_do_nothing(index_elements=["key"]))
        return _entry(_row(connection, key))


def retake(engine: Engine, key: str, reasons: Sequence[str]) -> bool:
    """Kept → promised, to be sent after all, when it was kept for one of these reasons."""
    where = (_message.key == key, _message.state == State.KEPT, _message.reason.in_(reasons))
    with transaction(engine) as connection:
        return bool(connection.execute(wechat_message.update().where(*where).values(state=State.PROMISED)).rowcount)


def left_behind(engine: Engine, older_than: datetime, now: datetime, limit: int = 20) -> list[Entry]:
    """Messages that a worker left unsettled, claimed for the caller. Notices are looked after by the outbox."""
    is_free = sa.or_(_message.claimed_until.is_(None), _message.claimed_until <= now)
    due = (_message.state.in_(UNSETTLED), _message.kind != NOTICE, _message.received_at < older_than, is_free)
    with transaction(engine) as connection:
        rows = connection.execute(sa.select(wechat_message).where(*due).order_by(_message.id).limit(limit)).all()
        claim = wechat_message.update().values(claimed_until=now + LEASE)
        return [_entry(row) for row in rows if connection.execute(claim.where(_message.id == row.id, *due)).rowcount]


def tidy(engine: Engine, now: datetime) -> None:
    """Forget what is not needed any more."""
    is_kept = _message.state.in_((*UNSETTLED, State.KEPT))
    old, very_old = now - timedelta(days=SETTLED_DAYS), now - timedelta(days=KEPT_DAYS)
    with transaction(engine) as connection:
        connection.execute(
            wechat_signature.delete().where(wechat_signature.c.at < now - 2 * OLDEST - timedelta(minutes=1))
        )
        connection.execute(wechat_message.delete().where(_message.received_at < old, ~is_kept))
        connection.execute(wechat_message.delete().where(_message.received_at < very_old))


def _with_kept(connection: Connection, person_id: str, answer: Answer, now: datetime) -> str:
    """The answer behind what was kept for its citizen, which is shown with it; an alarm stands alone."""
    if answer.is_urgent:
        return answer.text
    is_kept = (_message.person_id == person_id, _message.state == State.KEPT)
    query = sa.select(wechat_message).where(*is_kept).order_by(_message.id).with_for_update()
    parts = []
    for row in connection.execute(query).all():
        parts.append(words(_kept_as(row), text=row.answer["text"]))
        _change(connection, row.key, state=State.SHOWN, answer={}, settled_at=now)
        if row.number:
            _note(connection, row.number, words("note_shown"), now)
    return "\n\n".join([*parts, f"{words('kept_end')}\n{answer.text}"]) if parts else answer.text


def _kept_as(row: Row) -> str:
    if row.kind == NOTICE:
        return "kept_notice"
    return "kept_maybe" if row.reason == words("reason_unknown") else "kept_answer"


def _note(connection: Connection, number: str, remark: str, now: datetime) -> None:
    try:
        note(connection, number, SYSTEM, remark, now)
    except HotlineError:  # the order is gone; what was told stays told
        return


def _move(connection: Connection, key: str, before: Sequence[State], after: State, **values: Any) -> bool:
    where = (_message.key == key, _message.state.in_(before))
    return bool(connection.execute(wechat_message.update().where(*where).values(state=after.value, **values)).rowcount)


def _change(connection: Connection, key: str, **values: Any) -> None:
    connection.execute(wechat_message.update().where(_message.key == key).values(values))


def _row(connection: Connection, key: str, for_update: bool = False) -> Row:
    query = sa.select(wechat_message).where(_message.key == key)
    return connection.execute(query.with_for_update() if for_update else query).one()


def _entry(row: Row) -> Entry:
    answer = Answer.from_json(row.answer) if row.answer else None
    state = State(row.state)
    return Entry(
        row.key, row.person_id, row.kind, row.number, state, row.tries, row.asked, answer, row.handed, row.received_at
    )

"""Export orders with the headers of the city's table, and a few columns of ours behind them. Read in portions.

Without `reveal` names and phones are masked, also inside texts; a confidential or anonymous order shows neither. Query
codes are never exported. An imported order keeps the number and the columns that it came with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from tqdm import tqdm

from hotline.columns import columns, headers, words
from hotline.deadlines import SHANGHAI
from hotline.exchange_cells import local_text
from hotline.exchange_files import create_table
from hotline.exchange_reading import DOOR, FICTIONAL
from hotline.masks import hide_text, mask_text, masked, seen_by
from hotline.model import Privacy, WorkOrder
from hotline.moves import Move
from hotline.people import Actor
from hotline.reasons import SCORE_LABELS
from hotline.rows import ORDERS, order_from
from hotline.states import Role, State
from storage.tables import order_unit, work_order, work_order_event

PORTION = 500  # orders in memory at a time
TEXTS = ("tags", "handling_note", "return_reason")  # beside those that masks.py covers
READER = Actor("导出", Role.SUPERVISOR)  # of a confidential order sees nobody


@dataclass(frozen=True)
class Selection:
    """Which orders to export, by day of registration (Asia/Shanghai, both included) and 主办 or 拟办单位."""

    first: date | None = None
    last: date | None = None
    unit: str = ""


def export_file(
    engine: Engine,
    path: Path,
    selection: Selection | None = None,
    *,
    reveal: bool = False,
    progress: bool = False,
) -> int:
    """Write a .csv or .xlsx file, oldest order first; gives the number of orders. Raises BadTable."""
    conditions = tuple(_conditions(selection or Selection()))
    count = 0
    with create_table(path) as writer, engine.connect() as connection:
        query = sa.select(sa.func.count()).select_from(work_order).where(*conditions)
        bar = tqdm(total=connection.execute(query).scalar_one(), desc="导出", unit="件", disable=not progress)
        writer.write(headers())
        for portion in _portions(connection, conditions):
            for cells in rows_of(connection, portion, reveal=reveal):
                writer.write(cells)
            count += len(portion)
            bar.update(len(portion))
        bar.close()
    return count


def rows_of(connection: Connection, orders: Sequence[WorkOrder], *, reveal: bool) -> Iterator[tuple[str, ...]]:
    """The cells of each order, in the order of the columns."""
    numbers = [order.number for order in orders]
    helpers, returns = _helpers(connection, numbers), _returns(connection, numbers)
    for order in orders:
        cells = cells_of(order, helpers.get(order.number, ()), returns.get(order.number, ("", "")), reveal=reveal)
        yield tuple(cells.get(column.key, "") for column in columns())


def cells_of(order: WorkOrder, co_units: Sequence[str], returned: tuple[str, str], *, reveal: bool) -> dict[str, str]:
    """The cells of one order by key of the column; `returned` is the last returning unit and why, or the refusal."""
    shown = order if reveal else _without_person(order)
    levels = [*order.category.split("/", 2), "", ""][:3]
    is_imported = order.conversation_id.startswith(DOOR)
    own = {
        "city": "韶关市",
        "district": "武江区",
        "area": f"武江区{order.town}",
        "archived_at": local_text(order.updated_at) if order.state is State.ARCHIVED else "",
        "units": "、".join(filter(None, (order.lead_unit, *co_units))),
        "returned_by": returned[0],
        "return_reason": returned[1],
        "tags": FICTIONAL if order.is_fictional else "",
        "threat": "扬言件" if order.is_threat else "",
        "nature": order.urgency.label,
    }
    kept = order.nlu.get("imported", {}) if is_imported else own
    foreign = {key: str(kept.get(key, "")) for key in words("kept")}
    foreign["return_reason"] = foreign["return_reason"] or returned[1]  # rejected here, or on import
    if not reveal:
        mask = mask_text if order.privacy is Privacy.PUBLIC else hide_text
        foreign |= {key: mask(foreign[key], order.appellant_name) for key in TEXTS}
    return {
        **foreign,
        **_shown_cells(shown),
        "number": order.draft_id if is_imported else order.number,
        "ours": order.number,
        "category_1": levels[0],
        "category_2": levels[1],
        "category_3": levels[2],
        "state": _state(order),
        "unit": order.lead_unit or ("" if order.closed_at else order.proposed_unit),
        "satisfaction": _rating(order),
    }


def _shown_cells(order: WorkOrder) -> dict[str, str]:
    return {
        "source": order.source,
        "source_sub": order.source_sub,
        "type": order.type.label,
        "title": order.title,
        "content": order.content,
        "received_at": local_text(order.received_at),
        "town": order.town,
        "location": order.location,
        "incident_time": order.incident_time,
        "reply": order.reply_text,
        "rating_text": order.rating_text,
        "due_on": order.due_on.isoformat(),
        "closed_at": local_text(order.closed_at),
        "name": order.appellant_name,
        "phone": order.appellant_phone,
        "privacy": order.privacy.label,
        "public_reply": "是" if order.public_reply else "否",
        "urgency": order.urgency.label,
        "proposed_unit": order.proposed_unit,
        "resolution": order.resolution.label,
        "handling": order.handling.label,
    }


def _state(order: WorkOrder) -> str:
    """The state as people call it; an archived order that was never answered says why."""
    if order.state is not State.ARCHIVED or order.closed_at is not None:
        return order.state.label
    ended = State.MERGED if order.merged_into else State.REJECTED
    return f"{ended.label}（{order.state.label}）"


def _rating(order: WorkOrder) -> str:
    label = SCORE_LABELS.get(order.satisfaction, "")
    return f"{label}（默认）" if order.is_default_rating else label


def _without_person(order: WorkOrder) -> WorkOrder:
    return masked(order) if order.privacy is Privacy.PUBLIC else seen_by(order, READER)


def _conditions(selection: Selection) -> Iterator[Any]:
    column = work_order.c
    yield column.state != State.DRAFT.value
    if selection.first is not None:
        yield column.received_at >= datetime.combine(selection.first, time(), SHANGHAI)
    if selection.last is not None:
        yield column.received_at < datetime.combine(selection.last + timedelta(days=1), time(), SHANGHAI)
    if selection.unit:
        yield sa.or_(column.lead_unit == selection.unit, column.proposed_unit == selection.unit)


def _portions(connection: Connection, conditions: Sequence[Any]) -> Iterator[list[WorkOrder]]:
    """Page by page along the index of received_at; no more than one page is held."""
    column = work_order.c
    place = sa.tuple_(column.received_at, column.number)
    query = ORDERS.where(*conditions).order_by(column.received_at, column.number).limit(PORTION)
    page = query
    while rows := connection.execute(page).all():
        yield [order_from(row) for row in rows]
        last = (
            sa.literal(rows[-1].received_at, column.received_at.type),
            sa.literal(rows[-1].number, column.number.type),
        )
        page = query.where(place > sa.tuple_(*last))


def _helpers(connection: Connection, numbers: Sequence[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    query = sa.select(order_unit.c.number, order_unit.c.unit).where(order_unit.c.number.in_(numbers))
    for number, unit in connection.execute(query.order_by(order_unit.c.number, order_unit.c.unit)):
        found[number] = (*found.get(number, ()), unit)
    return found


def _returns(connection: Connection, numbers: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Of each order the last unit that returned it and why, or why it was not accepted."""
    event = work_order_event.c
    actions = (Move.RETURN.value, Move.REJECT.value)
    query = sa.select(event.number, event.unit, event.reason).where(
        event.number.in_(numbers), event.action.in_(actions)
    )
    return {number: (unit, reason) for number, unit, reason in connection.execute(query.order_by(event.id))}

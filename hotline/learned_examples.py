"""Where examples come from: a TSV or CSV file, or the closed orders of the database."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from hotline.errors import HotlineError
from hotline.learned import Example, Target
from hotline.routing_rules import TOWN_UNIT
from knowledge_base.places import towns
from storage.tables import work_order

MOST_ORDERS = 20_000  # the latest that are read; the model takes fewer different texts
LONGEST_FIELD = 1_000_000  # characters

COLUMNS = {Target.UNIT: work_order.c.lead_unit, Target.CATEGORY: work_order.c.category}


class BadExamples(HotlineError):
    """A file that cannot be learnt from; the message names file, line or column and the fault."""

    code = "bad_examples"


def read_examples(path: Path, text: Sequence[str] = (), label: str = "") -> list[Example]:
    """Examples of a UTF-8 file with a header: `.csv` with quoting, anything else tab-separated without.

    `text` names the columns that are joined, `label` the column to learn. Without them the last column is the label
    and all others are text. Rows without text or label are left out. Raises BadExamples.
    """
    header, rows = _table(path)
    label = label or header[-1]
    texts = tuple(text) or tuple(name for name in header if name != label)
    if missing := [name for name in (*texts, label) if name not in header]:
        raise BadExamples(f"{path.name}: no column {', '.join(missing)}; there are {', '.join(header)}")
    if label in texts or not texts:
        raise BadExamples(f"{path.name}: the column {label} cannot be text and label at once")
    places, place = [header.index(name) for name in texts], header.index(label)
    examples = [Example(_joined(row[each] for each in places), row[place].strip()) for row in rows]
    examples = [example for example in examples if example.text and example.label]
    if not examples:
        raise BadExamples(f"{path.name}: no row has both text and label")
    return examples


def history_examples(engine: Engine, target: Target, *, with_fictional: bool = False) -> list[Example]:
    """Closed orders, the latest last: title and content, and the unit that handled them or their category.

    The towns count as one unit (所在镇街): which of them it is, the place tells, not the words.
    """
    label = COLUMNS[target]
    query = sa.select(work_order.c.title, work_order.c.content, label.label("label"))
    query = query.where(work_order.c.closed_at.isnot(None), label != "")
    if not with_fictional:
        query = query.where(work_order.c.is_fictional.is_(False))
    query = query.order_by(work_order.c.closed_at.desc(), work_order.c.number.desc()).limit(MOST_ORDERS)
    names = {town.name for town in towns()} if target is Target.UNIT else set()
    with engine.connect() as connection:
        examples = [
            Example(order_text(row.title, row.content), TOWN_UNIT if row.label in names else row.label)
            for row in connection.execute(query)
        ]
    return examples[::-1]


def order_text(title: str, content: str) -> str:
    """What an order says: content alone when the title is only its beginning."""
    return content if content.startswith(title.rstrip("…")) else f"{title} {content}"


def _joined(fields: Iterator[str]) -> str:
    return " ".join(filter(None, (field.strip() for field in fields)))


def _table(path: Path) -> tuple[list[str], list[list[str]]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise BadExamples(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadExamples(f"{path.name} is not UTF-8: {error}") from error
    numbered = _csv_rows(text, path.name) if path.suffix.lower() == ".csv" else _tsv_rows(text)
    lines = [(number, row) for number, row in numbered if any(field.strip() for field in row)]
    if not lines:
        raise BadExamples(f"{path.name} is empty")
    header = [name.strip() for name in lines[0][1]]
    if len(set(header)) != len(header):
        raise BadExamples(f"{path.name}: a column stands twice: {', '.join(header)}")
    for number, row in lines[1:]:
        if len(row) != len(header):
            raise BadExamples(f"{path.name}, line {number}: {len(row)} fields instead of {len(header)}")
    return header, [row for _, row in lines[1:]]


def _tsv_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Only line feeds end a line: a message may hold U+2028."""
    for number, line in enumerate(text.split("\n"), start=1):
        yield number, line.removesuffix("\r").split("\t")


def _csv_rows(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(LONGEST_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise BadExamples(f"{name}, line {reader.line_num}: {error}") from error

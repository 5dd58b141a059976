"""Days, months and spans of time inside SQL, the same on SQLite and PostgreSQL; days are those of Asia/Shanghai.

SQLite keeps UTC wall times as text and has no time zones; Shanghai has had no summer time since 1991: +8 hours.
"""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from hotline.deadlines import OFFICE_CLOSES

# Added to a moment, it makes the first second after hours the next day.
AFTER_HOURS = 86_399 - (OFFICE_CLOSES.hour * 3600 + OFFICE_CLOSES.minute * 60)


class local_day(FunctionElement):  # type: ignore[misc]  # SQLAlchemy 1.4 ships no annotations
    """The day of a moment."""

    type = sa.Date()
    inherit_cache = True


class office_day(FunctionElement):  # type: ignore[misc]
    """The day on which a moment counts as received: after hours it is the next one, worked or not."""

    type = sa.Date()
    inherit_cache = True


class local_month(FunctionElement):  # type: ignore[misc]
    """The month of a moment as `2025-03`."""

    type = sa.String()
    inherit_cache = True


class days_between(FunctionElement):  # type: ignore[misc]
    """Whole days from the first day to the second."""

    type = sa.Integer()
    inherit_cache = True


class hours_between(FunctionElement):  # type: ignore[misc]
    """Hours from the first moment to the second."""

    type = sa.Float()
    inherit_cache = True


class within_a_day(FunctionElement):  # type: ignore[misc]
    """Is the second moment at most 24 hours after the first? To the second; the first is not the later one."""

    type = sa.Boolean()
    inherit_cache = True


# SQLite's date functions are slow: before 16:00 UTC the day in Shanghai is the one that is written.
FORMS: dict[tuple[type, str], str] = {
    (local_day, "sqlite"): "CASE WHEN substr({0}, 12, 2) < '16' THEN substr({0}, 1, 10) ELSE date({0}, '+8 hours') END",
    (local_day, "postgresql"): "(({0}) AT TIME ZONE 'Asia/Shanghai')::date",
    (office_day, "sqlite"): f"date({{0}}, '+8 hours', '+{AFTER_HOURS} seconds')",
    (office_day, "postgresql"): f"(({{0}}) AT TIME ZONE 'Asia/Shanghai' + interval '{AFTER_HOURS} seconds')::date",
    (local_month, "sqlite"): (
        "CASE WHEN substr({0}, 12, 2) < '16' THEN substr({0}, 1, 7) ELSE strftime('%Y-%m', {0}, '+8 hours') END"
    ),
    (local_month, "postgresql"): "to_char(({0}) AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM')",
    (days_between, "sqlite"): "CAST(julianday({1}) - julianday({0}) AS INTEGER)",
    (days_between, "postgresql"): "(({1}) - ({0}))",
    (hours_between, "sqlite"): "((julianday({1}) - julianday({0})) * 24.0)",
    (hours_between, "postgresql"): "(EXTRACT(EPOCH FROM (({1}) - ({0})))::float8 / 3600.0)",
    (within_a_day, "sqlite"): "(substr({0}, 1, 10) = substr({1}, 1, 10) OR {1} <= datetime({0}, '+1 day'))",
    (within_a_day, "postgresql"): "(({1}) <= ({0}) + interval '24 hours')",
}


def _register(element_class: type, dialect: str, form: str) -> None:
    @compiles(element_class, dialect)  # type: ignore[untyped-decorator]
    def render(element: Any, compiler: Any, **options: Any) -> str:
        clauses = list(element.clauses)

        # Compiled where it stands: SQLite's parameters have no names, only their order in the text.
        def clause(match: re.Match[str]) -> str:
            return str(compiler.process(clauses[int(match.group(1))], **options))

        return re.sub(r"\{(\d)\}", clause, form)


for (_class, _dialect), _form in FORMS.items():
    _register(_class, _dialect, _form)

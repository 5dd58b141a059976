"""One cell of an exchanged table: read it in the forms in which people and programmes write it, and write it safely.

Times without a zone are Asia/Shanghai. Every reader raises BadCell with a reason in Chinese.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, timedelta

from hotline.columns import header_of, meanings
from hotline.deadlines import SHANGHAI
from hotline.exchange_errors import BadCell

Cell = str | int | float | bool | datetime | date | time | timedelta | None  # as openpyxl gives them; csv gives str

EARLIEST, LATEST = 2000, 2100  # years that an order may have been registered in
EXCEL_EPOCH = datetime(1899, 12, 30)  # day 0 of a serial number in a workbook of the 1900 date system
EXACT_DIGITS = 15  # a number of a workbook keeps this many; the rest of a longer 诉求编号 is lost

_DATE = r"(?P<y>\d{4})[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?"
_HALF = r"上午|下午|[AaPp][Mm]"
_TIME = (
    rf"(?P<half>{_HALF})?\s*(?P<H>\d{{1,2}})[:时点](?P<M>\d{{1,2}})?分?(?::?(?P<S>\d{{1,2}})秒?)?(?:\.\d+)?"
    rf"\s*(?P<late>{_HALF})?"
)
_ZONE = r"(?P<zone>Z|[+-]\d{2}:?\d{2})?"
_MOMENT = re.compile(rf"{_DATE}(?:[T\s]*{_TIME}{_ZONE})?")
_COMPACT = re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?:(?P<H>\d{2})(?P<M>\d{2})(?P<S>\d{2})?)?")
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+?\d{2}")

# A cell that a spreadsheet would take for a formula (OWASP, CSV injection), full-width forms included.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_GUARDED = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")


def text_of(cell: Cell) -> str:
    """The cell as text; whole numbers without “.0”, times as people write them."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}"
    return unguarded(str(cell)).strip()


def number_of(cell: Cell) -> str:
    """诉求编号, which a spreadsheet may have spoilt: then it is refused rather than guessed."""
    is_spoilt = isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) >= 10**EXACT_DIGITS
    text = re.sub(r'^="(.*)"$', r"\1", unicodedata.normalize("NFKC", text_of(cell)))
    if is_spoilt or _SCIENTIFIC.fullmatch(text):
        raise BadCell(header_of("number"), f"“{text}”已被表格软件改成数字，末几位可能丢失，请把该列设为文本后重新导出")
    if not text:
        raise BadCell(header_of("number"), "为空")
    return text


def moment_of(cell: Cell, key: str) -> datetime | None:
    """A moment in UTC-aware form, or None for an empty cell; a day alone is its midnight in Shanghai."""
    if isinstance(cell, datetime):
        return _plausible(cell, key, str(cell))
    if isinstance(cell, date):
        return _plausible(datetime.combine(cell, time()), key, str(cell))
    text = unicodedata.normalize("NFKC", text_of(cell)).strip()
    if not text or text in ("-", "/", "无", "null", "NULL"):
        return None
    if _SERIAL.fullmatch(text):
        return _plausible(EXCEL_EPOCH + timedelta(seconds=round(float(text) * 86_400)), key, text)
    match = _MOMENT.fullmatch(text) or _COMPACT.fullmatch(text)
    if match is None:
        raise BadCell(header_of(key), f"看不懂的时间“{text[:40]}”，请写成 2025-03-04 09:30")
    return _plausible(_matched(match.groupdict(), key, text), key, text)


def day_of(cell: Cell, key: str) -> date | None:
    """The day in Shanghai of a moment, or None for an empty cell."""
    moment = moment_of(cell, key)
    return None if moment is None else moment.astimezone(SHANGHAI).date()


def code_of(cell: Cell, key: str, table: str, empty: str | None = None) -> str:
    """The code that a word of this cell stands for in a table of columns.yml.

    `empty` is for an empty cell; without it an empty cell is refused.
    """
    text = text_of(cell)
    if not text:
        if empty is None:
            raise BadCell(header_of(key), "为空")
        return empty
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    for code, texts in meanings(table):
        if any(word in plain for word in texts):
            return code
    known = "、".join(texts[0] for _, texts in meanings(table))
    raise BadCell(header_of(key), f"不认识“{text[:40]}”，可填：{known}")


def guarded(text: str) -> str:
    """The text as it may stand in a spreadsheet: what looks like a formula gets an apostrophe in front."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """The opposite of `guarded`."""
    return text[1:] if _GUARDED.match(text) else text


def local_text(moment: datetime | None) -> str:
    """`2025-03-04 09:30:00` in Shanghai; empty for None."""
    return "" if moment is None else f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


def _matched(parts: dict[str, str | None], key: str, text: str) -> datetime:
    year, month, day, hour, minute, second = (int(parts.get(name) or 0) for name in ("y", "m", "d", "H", "M", "S"))
    half = (parts.get("half") or parts.get("late") or "").upper()
    if half in ("下午", "PM") and hour < 12:
        hour += 12
    elif half in ("上午", "AM") and hour == 12:
        hour = 0
    zone = parts.get("zone") or "+08:00"
    offset = "+00:00" if zone == "Z" else zone if ":" in zone else f"{zone[:3]}:{zone[3:]}"
    try:
        return datetime.fromisoformat(f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{offset}")
    except ValueError as error:
        raise BadCell(header_of(key), f"没有这样的时间“{text[:40]}”") from error


def _plausible(moment: datetime, key: str, text: str) -> datetime:
    if not EARLIEST <= moment.year <= LATEST:
        raise BadCell(header_of(key), f"年份不合理“{text[:40]}”")
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=SHANGHAI)

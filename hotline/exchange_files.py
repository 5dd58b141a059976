"""Tables of orders as CSV or Excel files, read and written row by row so that a large file never stands in memory."""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import openpyxl  # type: ignore[import-untyped]
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE  # type: ignore[import-untyped]
from openpyxl.utils.exceptions import InvalidFileException  # type: ignore[import-untyped]

from hotline.columns import words
from hotline.exchange_cells import Cell, guarded
from hotline.exchange_errors import BadTable

ENCODINGS = ("utf-8-sig", "gb18030")
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
UNREADABLE = (zipfile.BadZipFile, InvalidFileException, EOFError, KeyError, SyntaxError, TypeError, ValueError)
LARGEST_FILE = 200_000_000  # bytes
LARGEST_WORKBOOK = 1_000_000_000  # bytes of a workbook unpacked: it is a zip, and may be a bomb
LARGEST_CELL = 200_000  # characters; what is too long for a field is refused with its row later
EXCEL_CELL = 32_767  # characters that Excel holds in one cell
DETECTED_AT_ONCE = 1 << 20  # bytes


@dataclass(frozen=True)
class Table:
    """An open file: its header row, and its other rows with their number in the file (the header is row 1)."""

    headers: tuple[str, ...]
    rows: Iterator[tuple[int, tuple[Cell, ...]]]
    total: int | None  # rows below the header, for a progress bar; None when the file does not tell


class Writer(Protocol):
    """Where rows go; the first one is the header."""

    def write(self, cells: Sequence[str]) -> None: ...


@contextmanager
def open_table(path: Path) -> Iterator[Table]:
    """Open a .csv, .txt, .tsv or .xlsx file; raises BadTable (Chinese) when it is not one."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise BadTable(f"文件超过 {LARGEST_FILE // 1_000_000} MB，请分成几个文件")
        with _open_workbook(path) if path.suffix.lower() == ".xlsx" else _open_csv(path) as table:
            yield table
    except OSError as error:
        raise BadTable(f"打不开文件 {path.name}：{error.strerror}") from error


@contextmanager
def create_table(path: Path) -> Iterator[Writer]:
    """Write a .csv (UTF-8 with BOM, which Excel needs) or .xlsx file; raises BadTable for another ending.

    The file appears when it is complete.
    """
    if path.suffix.lower() not in (".csv", ".xlsx"):
        raise BadTable(f"不能写 {path.suffix or '没有扩展名的文件'}，请用 .csv 或 .xlsx")
    part = path.with_name(f"{path.name}.part")
    try:
        if path.suffix.lower() == ".xlsx":
            book = _Workbook(part)
            yield book
            book.save()
        else:
            with part.open("w", encoding="utf-8-sig", newline="") as file:
                yield _Csv(file)
        part.replace(path)
    except OSError as error:
        raise BadTable(f"写不了文件 {path.name}：{error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)


def detect_encoding(path: Path) -> str:
    """UTF-8 (with or without BOM), UTF-16 with BOM, or GB18030; raises BadTable for anything else."""
    with path.open("rb") as file:
        if file.read(2) in UTF_16:
            return "utf-16"
    for encoding in ENCODINGS:
        if _decodes(path, encoding):
            return encoding
    raise BadTable(f"{path.name} 既不是 UTF-8 也不是 GB18030 文本")


class _Csv:
    def __init__(self, file: io.TextIOBase) -> None:
        self._writer = csv.writer(file)

    def write(self, cells: Sequence[str]) -> None:
        self._writer.writerow([guarded(cell) for cell in cells])


class _Workbook:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._book = openpyxl.Workbook(write_only=True)
        self._sheet = self._book.create_sheet("工单")
        self._sheet.freeze_panes = "B2"

    def write(self, cells: Sequence[str]) -> None:
        self._sheet.append([excel_text(cell) for cell in cells])

    def save(self) -> None:
        self._book.save(self._path)


def excel_text(text: str) -> str:
    """The text as a cell of a workbook may hold it."""
    return str(ILLEGAL_CHARACTERS_RE.sub("", guarded(text)))[:EXCEL_CELL]


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while block := file.read(DETECTED_AT_ONCE):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


@contextmanager
def _open_csv(path: Path) -> Iterator[Table]:
    csv.field_size_limit(LARGEST_CELL)
    encoding = detect_encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        delimiter = "\t" if "\t" in file.readline() else ","
        file.seek(0)
        total = sum(chunk.count("\n") for chunk in iter(lambda: file.read(DETECTED_AT_ONCE), "")) - 1
        file.seek(0)
        rows = _filled(_records(csv.reader(file, delimiter=delimiter, strict=True)))
        yield Table(_headers(rows, path), rows, max(total, 0))


def _records(reader: Any) -> Iterator[tuple[int, Sequence[Cell]]]:
    """The records with their number; a quote that is never closed would swallow the rest, so it ends the reading."""
    number = 0
    try:
        for number, record in enumerate(reader, start=1):
            yield number, record
    except csv.Error as error:
        raise BadTable(f"第 {number + 1} 行起不是完整的 CSV（引号不成对或内容过长）；之前的行已处理") from error


@contextmanager
def _open_workbook(path: Path) -> Iterator[Table]:
    broken = f"{path.name} 不是完好的 Excel 表格（.xlsx）"
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > LARGEST_WORKBOOK:
                raise BadTable("表格解压后过大")
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except UNREADABLE as error:
        raise BadTable(broken) from error
    try:
        sheet = book.worksheets[0]
        total = sheet.max_row - 1 if sheet.max_row and sheet.max_row > 1 else None
        sheet.reset_dimensions()  # some programmes write a wrong size, which would hide rows
        rows = _filled(_sheet_rows(sheet, broken))
        yield Table(_headers(rows, path), rows, total)
    finally:
        book.close()


def _sheet_rows(sheet: Any, broken: str) -> Iterator[tuple[int, Sequence[Cell]]]:
    rows = enumerate(sheet.iter_rows(values_only=True), start=1)
    while True:
        try:
            row = next(rows, None)
        except UNREADABLE as error:
            raise BadTable(broken) from error
        if row is None:
            return
        yield row


def _filled(rows: Iterator[tuple[int, Sequence[Cell]]]) -> Iterator[tuple[int, tuple[Cell, ...]]]:
    """Rows that hold anything."""
    return ((number, tuple(row)) for number, row in rows if any(cell not in (None, "") for cell in row))


def _headers(rows: Iterator[tuple[int, tuple[Cell, ...]]], path: Path) -> tuple[str, ...]:
    _, cells = next(rows, (0, ()))
    if not cells:
        raise BadTable(f"{path.name} 是空的")
    return tuple("" if cell is None else str(cell) for cell in cells)


def refusal_headers(headers: Sequence[str]) -> tuple[str, ...]:
    """The header row of a table of refused rows: two columns that are read over on import, then those of the file."""
    number, reason = words("ignored")[:2]
    kept = tuple(cell for cell in headers if cell not in words("ignored"))
    return (number, reason, *kept)

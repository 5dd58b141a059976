"""What can be wrong with a file of orders. The messages are Chinese: they are read by whoever mends the file."""

from __future__ import annotations

from hotline.errors import HotlineError


class BadTable(HotlineError):
    """The file as a whole cannot be read or has no usable header row."""

    code = "bad_table"


class BadCell(HotlineError):
    """One row cannot become an order; `header` names the column."""

    code = "bad_cell"

    def __init__(self, header: str, reason: str) -> None:
        super().__init__(f"{header}：{reason}")
        self.header = header

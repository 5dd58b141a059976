"""WeChat's error codes as data: api_errors.yml."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import yaml

TABLE = Path(__file__).with_name("api_errors.yml")


class Act(StrEnum):
    """What is done about an error; api_errors.yml says it in words."""

    RENEW = "renew"
    AGAIN = "again"
    WINDOW = "window"
    PERMISSION = "permission"
    GONE = "gone"
    OPERATOR = "operator"


@dataclass(frozen=True)
class ErrorRow:
    act: Act
    means: str  # Chinese, for operators


@cache
def error_table() -> dict[int, ErrorRow]:
    rows = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return {int(code): ErrorRow(Act(row["act"]), row["means"]) for code, row in rows.items()}


def explain(errcode: int) -> ErrorRow:
    """A code that is not in the table is for the operator."""
    return error_table().get(errcode) or ErrorRow(Act.OPERATOR, f"微信返回错误 {errcode}")

"""Read the facts of a complaint, request or report out of one message of a citizen.

Pure: no clock, no database. The words themselves are kept ("昨天下午", "龙归市场后门"); a handler reads them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from hotline.intake_control import Control, order_type_of, read_control
from hotline.intake_phone import read_phone
from hotline.intake_place import read_location, read_towns
from hotline.intake_privacy import read_privacy
from hotline.intake_time import read_time
from hotline.model import Privacy
from knowledge_base.text import normalise

__all__ = ["Control", "Facts", "order_type_of", "read_control", "read_facts"]

LONGEST_TEXT = 2_000  # characters that are looked at

_NAME = re.compile(
    r"(?:我叫|我的名字(?:叫|是)|我名叫|姓名(?:是|:)?|名字(?:是|叫|:)|联系人(?:是"
    r"|:)?)[ :]?([\u4e00-\u9fff]{2,4}?)(?=[,。!?;、 (\d的]|电话|手机|$)"
    r"|我姓([\u4e00-\u9fff])(?=[,。!?;、 \d]|$|电话|叫)|(?:^|[,。!?;、 是叫])((?:欧阳|司徒|上官"
    r"|[\u4e00-\u9fff])(?:先生|女士|小姐|太太|阿姨|大姐))(?=[,。!?;、 \d(]|$)"
)
_NOT_NAMES = re.compile(r"不|唔|保密|匿名|什么|公开|隐|留|随便|这|那|的")


@dataclass(frozen=True)
class Facts:
    """What one message says; None or empty where it says nothing.

    `towns` are official names in the order named; `invalid_phone` is a number that cannot be one, as typed.
    """

    phone: str | None = None
    towns: tuple[str, ...] = ()
    location: str | None = None
    incident_time: str | None = None
    privacy: Privacy | None = None
    refuses_phone: bool = False
    invalid_phone: str | None = None
    name: str | None = None

    @property
    def town(self) -> str:
        """The towns in one field, joined by "|"; empty when none is named."""
        return "|".join(self.towns)


def read_facts(text: str, today: date) -> Facts:
    """Read every fact of a message; `today` is the citizen's date, so that a year to come is not taken for a time."""
    message = normalise(text[:LONGEST_TEXT])
    phone = read_phone(message)
    return Facts(
        phone=phone.phone,
        towns=read_towns(message),
        location=read_location(message),
        incident_time=read_time(message, today),
        privacy=read_privacy(message),
        refuses_phone=phone.is_refused,
        invalid_phone=phone.invalid,
        name=_read_name(message),
    )


def _read_name(message: str) -> str | None:
    match = _NAME.search(message)
    if match is None:
        return None
    name = next(group for group in match.groups() if group)
    return None if _NOT_NAMES.search(name) else name

"""Hide who a citizen is, where the reader does not need to know."""

from __future__ import annotations

import re
from dataclasses import replace

from hotline.model import WorkOrder

AREA_CODE = re.compile(r"^(0\d{2,3}-?)?(.*)$", re.DOTALL)


def mask_phone(phone: str) -> str:
    """`13900000000` → `139****0000`; a land line keeps its area code and last two digits."""
    if re.fullmatch(r"1\d{10}", phone):
        return f"{phone[:3]}****{phone[-4:]}"
    match = AREA_CODE.match(phone)
    area, rest = (match.group(1) or "", match.group(2)) if match else ("", phone)
    kept = rest[-2:] if len(rest) >= 7 else ""
    return area + "*" * (len(rest) - len(kept)) + kept


def mask_name(name: str) -> str:
    """`李小明` → `李**`."""
    return name[:1] + "*" * (len(name) - 1) if len(name) > 1 else "*" * len(name)


def masked(order: WorkOrder) -> WorkOrder:
    """The order with name and phone masked; for lists, logs and exports."""
    return replace(
        order, appellant_name=mask_name(order.appellant_name), appellant_phone=mask_phone(order.appellant_phone)
    )

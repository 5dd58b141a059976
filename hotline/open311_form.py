"""A work order as the form that GeoReport v2 takes (POST Service Request). No I/O."""

from __future__ import annotations

from hotline.model import Privacy, WorkOrder
from hotline.open311_requests import LONGEST_DESCRIPTION

NO_PLACE = "未提供"  # the standard wants a location; an order without one says so
REST = "……（内容较长，全文请向提交单位索取）"


def order_form(order: WorkOrder, service_code: str, key: str) -> dict[str, str]:
    """Field → text. Name and phone only of an order without confidentiality: whoever handles it must not see them."""
    place = order.location or order.town.replace("|", "/") or NO_PLACE
    form = {
        "service_code": service_code,
        "description": _description(order),
        "address_string": place,
        "attribute[town]": order.town_code,
        "attribute[incident_time]": order.incident_time,
        "attribute[privacy]": order.privacy.value,
        "attribute[public_reply]": "true" if order.public_reply else "false",
        "attribute[idempotency_key]": key,
    }
    if order.lat is not None and order.lng is not None:
        form |= {"lat": f"{order.lat:.7f}", "long": f"{order.lng:.7f}"}
    if order.privacy is Privacy.PUBLIC:
        form |= {"last_name": order.appellant_name, "phone": order.appellant_phone}
    return {name: text for name, text in form.items() if text}


def _description(order: WorkOrder) -> str:
    """Title and content within the standard's limit; a title that only repeats the content is left out."""
    repeats = order.content.startswith(order.title.rstrip("…"))
    text = order.content if repeats else f"{order.title}\n{order.content}"
    return text if len(text) <= LONGEST_DESCRIPTION else text[: LONGEST_DESCRIPTION - len(REST)] + REST

"""What the table of halls knows of a place in an answer: address, hours, telephone. Empty fields stay unsaid."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge_base.model import Confidence, Hall, Level, Place, Statement

_DISTRICT = "武江"  # a guide may say “区政务服务中心” for “武江区政务服务中心”


def hall_of_town(town: str, halls: Sequence[Hall]) -> Hall | None:
    """The counter hall of a town, when the table holds more than its name."""
    return next((hall for hall in halls if hall.level is Level.TOWN and hall.town == town and is_known(hall)), None)


def hall_of_place(place: Place, halls: Sequence[Hall]) -> Hall | None:
    """The hall in which a place stands: the one it names by `hall_id`, else the one whose name begins its own."""
    if place.hall_id:
        named = [hall for hall in halls if hall.code == place.hall_id]
    else:
        named = [hall for hall in halls if place.name.startswith((hall.name, hall.name.removeprefix(_DISTRICT)))]
    known = [hall for hall in named if is_known(hall)]
    return max(known, key=lambda hall: len(hall.name), default=None)


def is_known(hall: Hall) -> bool:
    """Does the table hold something to quote beside the name?"""
    return hall.confidence is not Confidence.UNCERTAIN and any((hall.address, hall.hours, hall.phone))


def hall_text(hall: Hall) -> str:
    """Name, address, hours and telephone, as far as they are known."""
    return _joined(hall.name, hall.address, hall.hours, hall.phone)


def place_statement(place: Place, halls: Sequence[Hall] = ()) -> Statement:
    """A place with what is known of it; what its own row leaves open is filled in from its hall."""
    hall = None if place.address and place.hours and place.phone else hall_of_place(place, halls)
    if hall is None:
        text = _joined(place.name, place.address, place.hours, place.phone)
        return Statement(text=text, confidence=place.confidence, source=place.source)
    text = _joined(place.name, place.address or hall.address, place.hours or hall.hours, place.phone or hall.phone)
    is_general = Confidence.GENERAL in (place.confidence, hall.confidence)
    return Statement(
        text=text,
        confidence=Confidence.GENERAL if is_general else place.confidence,
        source="、".join(dict.fromkeys(filter(None, (place.source, hall.source)))),
    )


def _joined(name: str, address: str, hours: str, phone: str) -> str:
    return "，".join(part for part in (name, address, hours, f"电话 {phone}" if phone else "") if part)

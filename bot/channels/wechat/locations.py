"""From a position on the map to the town of an order and to the nearest counter, as far as that is known."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from bot.channels.wechat.messages import Incoming
from bot.channels.wechat.wording import words
from knowledge_base.model import Hall
from knowledge_base.places import other_region_asked, towns_in

COUNTERS = Path(__file__).with_name("counters.yml")
EARTH = 6_371_000.0  # metres
FARTHEST = 30_000.0  # metres; whoever is farther from every counter is not in the district
MOST_HALLS = 3

Point = tuple[float, float]  # latitude and longitude, GCJ-02 degrees


@dataclass(frozen=True)
class Place:
    """What a location message says. `point` is None when its numbers make no sense."""

    label: str
    point: Point | None


def place_of(incoming: Incoming) -> Place:
    label = " ".join(part for part in (incoming.get("Label"), incoming.get("Poiname")) if part)
    try:
        lat, lng = float(incoming.get("Location_X")), float(incoming.get("Location_Y"))
    except ValueError:
        return Place(label, None)
    is_on_earth = abs(lat) <= 90 and abs(lng) <= 180  # false for NaN as well
    return Place(label, (lat, lng) if is_on_earth else None)


def town_at(place: Place, halls: Sequence[Hall], counters: Mapping[str, Point]) -> str:
    """The town that the address names, else that of the nearest counter, else ""."""
    if named := towns_in(place.label):
        return named[0]
    found = nearest(place, halls, counters)
    return found[0].town if found else ""


def nearest(place: Place, halls: Sequence[Hall], counters: Mapping[str, Point]) -> tuple[Hall, float] | None:
    """The nearest hall whose position is known, with its distance in metres."""
    if place.point is None:
        return None
    near = [(distance(place.point, counters[hall.code]), hall) for hall in halls if hall.code in counters]
    metres, hall = min(near, key=lambda pair: pair[0], default=(math.inf, None))
    return (hall, metres) if hall is not None and metres <= FARTHEST else None


def counters_text(place: Place, halls: Sequence[Hall], counters: Mapping[str, Point]) -> str:
    """What a citizen is told who sends a position and fills in no order."""
    town = town_at(place, halls, counters)
    if not town:
        return words("place_elsewhere" if other_region_asked(place.label) else "place_unclear")
    lines = [words("place_in_town", town=town)]
    if found := nearest(place, halls, counters):
        hall, metres = found
        lines += [words("place_nearest", distance=_distance_text(metres)), _hall_text(hall)]
    else:
        mine = [hall for hall in halls if hall.town == town and hall.level == "town"]
        mine = mine or [hall for hall in halls if hall.level == "district"]
        if mine:
            lines += [words("place_counters"), *(_hall_text(hall) for hall in mine[:MOST_HALLS])]
    return "\n".join([*lines, words("place_confirm")])


def distance(one: Point, other: Point) -> float:
    """Metres along the surface (haversine)."""
    (lat, lng), (lat2, lng2) = (tuple(map(math.radians, point)) for point in (one, other))
    inner = math.sin((lat2 - lat) / 2) ** 2 + math.cos(lat) * math.cos(lat2) * math.sin((lng2 - lng) / 2) ** 2
    return 2 * EARTH * math.asin(math.sqrt(inner))


@cache
def shipped_counters() -> dict[str, Point]:
    rows = yaml.safe_load(COUNTERS.read_text(encoding="utf-8")) or {}
    return {code: (float(row["lat"]), float(row["lng"])) for code, row in rows.items()}


def _hall_text(hall: Hall) -> str:
    values = {name: getattr(hall, name) or words("place_to_fill") for name in ("address", "hours", "phone")}
    return words("place_counter", name=hall.name, **values)


def _distance_text(metres: float) -> str:
    return f"{metres / 1000:.1f}公里" if metres >= 1000 else f"{round(metres, -1):.0f}米"

"""The services of Open311: what can be filed, and which service an order belongs to. Data: services.yml.

An order belongs to the service of its type and category, and to the type's rest (empty category) when there is none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal, get_args

import sqlalchemy as sa
import yaml

from hotline.model import OrderType
from storage.tables import work_order

SERVICES_FILE = Path(__file__).with_name("services.yml")
Answer = Literal["realtime", "batch"]


@dataclass(frozen=True)
class Service:
    """One line of the service list. `category` is written on the order; empty: the rest of its type."""

    code: str
    name: str
    description: str
    group: str
    type: OrderType
    category: str
    needs_place: bool
    answer: Answer
    keywords: tuple[str, ...]


@dataclass(frozen=True)
class Catalogue:
    """The whole list, in the order of the file. `changeset` changes with it."""

    changeset: str  # a moment with zone, ISO 8601
    services: tuple[Service, ...]

    def get(self, code: str) -> Service | None:
        return next((service for service in self.services if service.code == code), None)

    def of(self, order_type: OrderType, category: str) -> Service:
        """The service that an order of this type and category belongs to."""
        return self._by_meaning.get((order_type, category)) or self._by_meaning[order_type, ""]

    def condition(self, services: Iterable[Service]) -> Any:
        """SQL: the order belongs to one of these services."""
        return sa.or_(*(self._condition(service) for service in services))

    @cached_property
    def _by_meaning(self) -> dict[tuple[OrderType, str], Service]:
        return {(service.type, service.category): service for service in self.services}

    def _condition(self, service: Service) -> Any:
        is_type = work_order.c.type == service.type
        if service.category:
            return sa.and_(is_type, work_order.c.category == service.category)
        named = [other.category for other in self.services if other.type is service.type and other.category]
        return sa.and_(is_type, work_order.c.category.not_in(named))


@cache
def load_catalogue(path: Path = SERVICES_FILE) -> Catalogue:
    """The service list of a file. Raises ValueError when it contradicts itself."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    catalogue = Catalogue(content["changeset"], tuple(_service(row) for row in content["services"]))
    _check(catalogue)
    return catalogue


def _service(row: dict[str, Any]) -> Service:
    place, answer = row.get("place", "required"), row.get("answer", "realtime")
    if place not in ("required", "optional") or answer not in get_args(Answer):
        raise ValueError(f"service {row['code']}: place is required or optional, answer is realtime or batch")
    return Service(
        code=row["code"],
        name=row["name"],
        description=row["description"],
        group=row["group"],
        type=OrderType(row["type"]),
        category=row["category"],
        needs_place=place == "required",
        answer=answer,
        keywords=tuple(row["keywords"]),
    )


def _check(catalogue: Catalogue) -> None:
    if datetime.fromisoformat(catalogue.changeset).tzinfo is None:
        raise ValueError("changeset needs a zone")
    codes = [service.code for service in catalogue.services]
    meanings = [(service.type, service.category) for service in catalogue.services]
    if len(set(codes)) < len(codes) or len(set(meanings)) < len(meanings):
        raise ValueError("a code, or a type with its category, stands there twice")
    if missing := [kind.value for kind in OrderType if (kind, "") not in meanings]:
        raise ValueError(f"no service for the rest of {', '.join(missing)}")

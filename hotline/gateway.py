"""The hotline of another system, such as the city's: what this system asks of it, whatever it speaks.

The built-in desk is the default: an order is handled where it is, so there is nothing to send. The first remote one is
open311_client.py. gateway_delivery.py brings messages of the outbox to a gateway, gateway_poll.py asks it for news.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from hotline.errors import HotlineError
from hotline.model import WorkOrder

DESK = "desk"


@dataclass(frozen=True)
class Receipt:
    """What the other system gave for an order: its number, or a token that is exchanged for it later, or neither."""

    number: str = ""
    token: str = ""


@dataclass(frozen=True)
class RemoteOrder:
    """An order as the other system sees it. `state` is one line for people; a closed one is not asked for again."""

    number: str
    state: str
    is_closed: bool


class GatewayError(HotlineError):
    """The other system did not do it. `retry` says whether trying again can help; no personal data in the message."""

    code = "gateway_error"
    retry = False


class GatewayUnavailable(GatewayError):
    """Not reachable, too slow, too busy, or broken."""

    code = "gateway_unavailable"
    retry = True


class GatewayRefused(GatewayError):
    """It answered that it will not, or with something that cannot be understood."""

    code = "gateway_refused"


class HotlineGateway(Protocol):
    """All methods raise GatewayError. What carries a `key` may be sent again: the receiver acts on a key once."""

    @property
    def name(self) -> str:
        """Stands in order_link.gateway."""

    async def push(self, order: WorkOrder, key: str) -> Receipt:
        """Hand the order over."""

    async def exchange(self, token: str) -> str:
        """The number that a token stands for, empty while there is none."""

    async def poll(self, numbers: Sequence[str]) -> tuple[RemoteOrder, ...]:
        """The orders with these numbers there; those it does not know are missing."""

    async def update(self, number: str, text: str, key: str) -> None:
        """Say something about an order that was handed over."""


class BuiltInDesk:
    """The gateway to ourselves: the order already lies where it is handled."""

    name = DESK

    async def push(self, order: WorkOrder, key: str) -> Receipt:
        return Receipt(number=order.number)

    async def exchange(self, token: str) -> str:
        return ""

    async def poll(self, numbers: Sequence[str]) -> tuple[RemoteOrder, ...]:
        return ()

    async def update(self, number: str, text: str, key: str) -> None:
        return None

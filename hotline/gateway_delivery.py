"""From the outbox to a gateway: hand an order over, or say what became of it.

Target `gateway`, payload: `gateway` (its name) and either `action: push`, or the words of an update in `sentence`,
with `reply` behind it. The order is read when it is sent, so that no personal data stands in the outbox.

Handed over once: what was sent has an order_link, and the key is made of the order's number alone, so a worker that
dies between sending and noting it sends the same key again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.engine import Connection, Engine

from hotline import store
from hotline.errors import OrderNotFound
from hotline.gateway import GatewayError, HotlineGateway, Receipt
from hotline.gateway_links import Link, read_link, save_receipt
from storage.delivery import DeliveryFailed, OutboxMessage
from storage.outbox import post

TARGET = "gateway"
PUSH = "push"


def post_push(connection: Connection, number: str, gateway: str, *, now: datetime) -> None:
    """Have the order handed over to this gateway; asking twice does it once."""
    payload = {"gateway": gateway, "action": PUSH}
    post(connection, key=f"{number}:{PUSH}:{gateway}", target=TARGET, subject=number, payload=payload, now=now)


class GatewayDeliverer:
    """Deliverer of the target `gateway`."""

    def __init__(self, engine: Engine, gateways: Iterable[HotlineGateway]) -> None:
        self._engine = engine
        self._gateways = {gateway.name: gateway for gateway in gateways}

    async def deliver(self, message: OutboxMessage) -> None:
        gateway = self._gateways.get(str(message.payload.get("gateway", "")))
        if gateway is None:
            raise DeliveryFailed(f"no gateway {message.payload.get('gateway')!r} is set up", retry=False)
        try:
            if message.payload.get("action") == PUSH:
                await push(self._engine, gateway, message.subject)
            else:
                await self._update(gateway, message)
        except GatewayError as error:
            raise DeliveryFailed(str(error), retry=error.retry) from error
        except OrderNotFound as error:
            raise DeliveryFailed(f"no order {message.subject}", retry=False) from error

    async def _update(self, gateway: HotlineGateway, message: OutboxMessage) -> None:
        link = await asyncio.to_thread(_read, self._engine, message.subject, gateway.name)
        if link is None or not link.is_sent:
            raise DeliveryFailed(f"{message.subject} was not handed over to {gateway.name}", retry=False)
        if not (number := link.remote_number) and link.token:
            number = await settle(self._engine, gateway, link)
            if not number:
                raise DeliveryFailed(f"{gateway.name} has no number for {message.subject} yet", retry=True)
        if not number:
            return  # taken without a number: there is nothing to speak of
        text = "\n".join(str(part) for part in map(message.payload.get, ("sentence", "reply")) if part)
        if text:
            await gateway.update(number, text, message.key)


async def push(engine: Engine, gateway: HotlineGateway, number: str) -> None:
    """Hand the order over unless it was. Raises GatewayError, OrderNotFound."""
    order = await asyncio.to_thread(store.get, engine, number)
    link = await asyncio.to_thread(_read, engine, number, gateway.name)
    if link is not None and link.is_sent:
        return
    receipt = await gateway.push(order, f"{PUSH}:{number}")
    await asyncio.to_thread(save_receipt, engine, number, gateway.name, receipt)


async def settle(engine: Engine, gateway: HotlineGateway, link: Link) -> str:
    """Exchange the link's token for the number there, and keep it; empty while there is none. Raises GatewayError."""
    number = await gateway.exchange(link.token)
    if number:
        await asyncio.to_thread(save_receipt, engine, link.number, link.gateway, Receipt(number=number))
    return number


def _read(engine: Engine, number: str, gateway: str) -> Link | None:
    with engine.connect() as connection:
        return read_link(connection, number, gateway)

"""Ask another system what became of the orders that it was given, and keep what changed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.engine import Engine

from hotline.gateway import GatewayError, HotlineGateway
from hotline.gateway_delivery import settle
from hotline.gateway_links import Link, claim_due, record

LOG = logging.getLogger(__name__)
EVERY = timedelta(minutes=10)  # a default of this system: how often an open order is asked about
AT_ONCE = 50  # orders in one question


async def poll(
    engine: Engine, gateway: HotlineGateway, *, now: datetime, every: timedelta = EVERY, limit: int = AT_ONCE
) -> int:
    """Ask about the orders that are due, and return how many changed; any number of workers may do it.

    What cannot be answered now is due again after `every`. Raises GatewayError when the gateway does not answer.
    """
    links = await asyncio.to_thread(claim_due, engine, gateway.name, now=now, every=every, limit=limit)
    numbered = {link.remote_number: link for link in links if link.remote_number}
    for link in links:
        if link.token and not link.remote_number:
            await _settle(engine, gateway, link)
    changed = 0
    for remote in await gateway.poll(tuple(numbered)) if numbered else ():
        if remote.number in numbered:
            changed += await asyncio.to_thread(record, engine, numbered[remote.number], remote, now=now)
    return changed


async def watch(
    engine: Engine, gateway: HotlineGateway, clock: Callable[[], datetime], every_seconds: float = 60.0
) -> None:
    """Poll for ever; an error is logged, and the next round comes all the same."""
    while True:
        try:
            await poll(engine, gateway, now=clock())
        except GatewayError as error:
            LOG.warning("%s", error)
        except Exception:
            LOG.exception("the orders at %s could not be polled", gateway.name)
        await asyncio.sleep(every_seconds)


async def _settle(engine: Engine, gateway: HotlineGateway, link: Link) -> None:
    """One token that cannot be exchanged does not stand in the way of the others."""
    try:
        await settle(engine, gateway, link)
    except GatewayError as error:
        LOG.warning("the token of %s could not be exchanged at %s: %s", link.number, gateway.name, error)

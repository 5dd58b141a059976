"""What leaves the building: staff notices by webhook and e-mail, and orders that go to another hotline."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import datetime

import aiohttp
from sqlalchemy.engine import Engine

from bot.settings import BadSetting, Settings
from hotline import gateway_poll
from hotline.gateway import BuiltInDesk, HotlineGateway
from hotline.gateway_delivery import GatewayDeliverer
from hotline.open311_client import Open311Remote, open_gateway, parse_service_codes
from hotline.staff_notices import EMAIL, STAFF, WECOM, MailNotices, MailServer, StaffNotices, WeComNotices
from storage.delivery import Deliverer


def check(settings: Settings) -> None:
    """Raises BadSetting for options that do not fit together; nothing is opened."""
    _remote(settings)
    if settings.smtp_host and not (settings.mail_from and settings.mail_to):
        raise BadSetting("设了 SMTP_HOST，就要同时设 MAIL_FROM 和 MAIL_TO")
    if settings.wecom_units and not settings.wecom_webhook:
        raise BadSetting("设了 WECOM_UNITS，就要同时设 WECOM_WEBHOOK（没有自己群的单位由它接收）")


@asynccontextmanager
async def open_outward(
    settings: Settings, engine: Engine, now: Callable[[], datetime]
) -> AsyncIterator[dict[str, Deliverer]]:
    """The deliverers of the outbox by target, with connections of their own; closed at the end. Raises BadSetting."""
    check(settings)
    async with AsyncExitStack() as stack:
        deliverers: dict[str, Deliverer] = {}
        if settings.wecom_webhook:
            session = await stack.enter_async_context(aiohttp.ClientSession())
            deliverers[WECOM] = WeComNotices(session, settings.wecom_webhook, settings.wecom_units)
        if settings.smtp_host:
            deliverers[EMAIL] = _mail(settings)
        gateways: list[HotlineGateway] = [BuiltInDesk()]
        if (remote := _remote(settings)) is not None:
            gateways.append(await stack.enter_async_context(open_gateway(remote)))
            polling = asyncio.create_task(gateway_poll.watch(engine, gateways[-1], now))
            stack.push_async_callback(_stop, polling)
        yield {
            **deliverers,
            STAFF: StaffNotices(engine, list(deliverers)),
            "gateway": GatewayDeliverer(engine, gateways),
        }


def _mail(settings: Settings) -> MailNotices:
    server = MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=settings.mail_from,
        security=settings.smtp_security,
        user=settings.smtp_user,
        password=settings.smtp_password,
    )
    return MailNotices(server, settings.mail_to, {unit: (address,) for unit, address in settings.mail_units.items()})


def _remote(settings: Settings) -> Open311Remote | None:
    if not settings.open311_endpoint:
        return None
    try:
        return Open311Remote(
            settings.open311_endpoint,
            settings.open311_key,
            settings.open311_remote_jurisdiction,
            "json" if settings.open311_format == "json" else "xml",
            parse_service_codes(settings.open311_service_codes),
        )
    except ValueError as error:
        raise BadSetting(f"OPEN311_ENDPOINT、OPEN311_KEY 或 OPEN311_SERVICE_CODES 无效：{error}") from error


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task

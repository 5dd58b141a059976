from __future__ import annotations

import asyncio
import email
import email.policy
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword
from sqlalchemy.engine import Engine

from hotline.staff_notices import (
    EMAIL,
    STAFF,
    WECOM,
    WECOM_BYTES,
    MailNotices,
    MailServer,
    StaffNotices,
    WeComNotices,
    header_key,
)
from storage import outbox
from storage.engine import transaction
from storage.outbox import DeliveryFailed, OutboxMessage, list_messages

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # the test's mail server

NOW = datetime(2025, 3, 4, 1, 30, tzinfo=UTC)
UNIT = "区城管执法局"
TEXT = "工单 WJ2025030400001（投诉）：已超期，记黄牌，请立即办理。"
PAYLOAD = {"unit": UNIT, "number": "WJ2025030400001", "kind": "yellow", "text": TEXT, "is_urgent": True}
MESSAGE = OutboxMessage(1, "watch:yellow:k1", STAFF, "WJ2025030400001", PAYLOAD, NOW, NOW, 0, "waiting", None, "")


@dataclass
class Webhook:
    """A local receiver that speaks like a WeCom group webhook; `answer` is what it says next."""

    status: int = 200
    answer: Any = field(default_factory=lambda: {"errcode": 0, "errmsg": "ok"})
    calls: list[tuple[str, str, Any]] = field(default_factory=list)
    url: str = ""

    async def handle(self, request: web.Request) -> web.Response:
        self.calls.append((request.query["key"], request.headers["Idempotency-Key"], await request.json()))
        if isinstance(self.answer, dict):
            return web.json_response(self.answer, status=self.status)
        return web.Response(text=self.answer, status=self.status)


@pytest.fixture
async def webhook() -> AsyncIterator[Webhook]:
    hook, app = Webhook(), web.Application()
    app.router.add_post("/cgi-bin/webhook/send", hook.handle)
    async with TestServer(app) as server:
        hook.url = str(server.make_url("/cgi-bin/webhook/send"))
        yield hook


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def wecom(session: aiohttp.ClientSession, webhook: Webhook) -> WeComNotices:
    return WeComNotices(session, f"{webhook.url}?key=desk", {UNIT: f"{webhook.url}?key=unit"})


async def failure_of(deliverer: outbox.Deliverer, message: OutboxMessage = MESSAGE) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as failure:
        await deliverer.deliver(message)
    return failure.value


async def test_a_notice_reaches_the_webhook_of_its_unit(webhook: Webhook, session: aiohttp.ClientSession) -> None:
    await wecom(session, webhook).deliver(MESSAGE)
    content = {"content": f"【{UNIT}】{TEXT}"}
    assert webhook.calls == [("unit", "watch:yellow:k1", {"msgtype": "text", "text": content})]


@pytest.mark.parametrize("unit", ["", "没有配置的单位"])
async def test_the_desk_hears_what_has_no_webhook_of_its_own(
    webhook: Webhook, session: aiohttp.ClientSession, unit: str
) -> None:
    await wecom(session, webhook).deliver(replace(MESSAGE, payload={"unit": unit, "text": TEXT}))
    assert webhook.calls[0][0] == "desk"
    assert unit in webhook.calls[0][2]["text"]["content"]


async def test_a_long_text_is_cut_between_characters(webhook: Webhook, session: aiohttp.ClientSession) -> None:
    await wecom(session, webhook).deliver(replace(MESSAGE, payload={"unit": "", "text": "长" * 5_000}))
    content = webhook.calls[0][2]["text"]["content"]
    assert len(content.encode()) <= WECOM_BYTES
    assert set(content) == {"长", "…"}


@pytest.mark.parametrize(
    ("status", "answer", "text", "retry"),
    [
        (200, {"errcode": 45009, "errmsg": "api freq out of limit"}, "errcode 45009", True),
        (200, {"errcode": -1, "errmsg": "system busy"}, "errcode -1", True),
        (200, {"errcode": 93000, "errmsg": "invalid webhook url"}, "errcode 93000", False),
        (200, "<html>请先登录</html>", "errcode None", True),
        (500, "", "answered 500", True),
        (429, "", "answered 429", True),
        (404, "", "answered 404", False),
        (302, "", "answered 302", False),
    ],
)
async def test_what_the_webhook_refuses_is_a_failure(
    webhook: Webhook, session: aiohttp.ClientSession, status: int, answer: Any, text: str, retry: bool
) -> None:
    webhook.status, webhook.answer = status, answer
    failure = await failure_of(wecom(session, webhook))
    assert text in str(failure)
    assert failure.retry is retry


@pytest.mark.parametrize("address", ["http://127.0.0.1:{port}/?key=secret", "not an address secret"])
async def test_a_webhook_that_cannot_be_reached_is_tried_again_and_its_address_not_told(
    session: aiohttp.ClientSession, address: str
) -> None:
    failure = await failure_of(WeComNotices(session, address.format(port=free_port())))
    assert failure.retry
    assert "secret" not in str(failure)


@pytest.mark.parametrize("payload", [{}, {"text": ""}, {"text": 1}, {"unit": None, "text": "x"}])
async def test_a_notice_without_text_is_dead(session: aiohttp.ClientSession, payload: dict[str, Any]) -> None:
    for deliverer in (WeComNotices(session, ""), MailNotices(MailServer("", 1, ""), [])):
        assert not (await failure_of(deliverer, replace(MESSAGE, payload=payload))).retry


def test_a_key_with_a_chinese_name_fits_into_a_header() -> None:
    assert header_key("WJ1:3:staff:区") == "WJ1:3:staff:%E5%8C%BA"
    assert header_key("a\r\nb") == "a%0D%0Ab"


class Mailbox:
    """A local mail server that keeps what it gets, or refuses its receivers."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.refusal = ""

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: Any) -> str:
        if self.refusal:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:
        self.envelopes.append(envelope)
        return "250 OK"

    def mail(self) -> EmailMessage:
        content = self.envelopes[-1].content
        assert isinstance(content, bytes)
        mail = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        return mail


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def only_password(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: LoginPassword) -> AuthResult:
    return AuthResult(success=data.password == b"correct")


@dataclass
class Mail:
    box: Mailbox
    server: MailServer


@pytest.fixture
def mail() -> Iterator[Mail]:
    box, port = Mailbox(), free_port()
    controller = Controller(
        box, hostname="127.0.0.1", port=port, authenticator=only_password, auth_required=True, auth_require_tls=False
    )
    controller.start()
    server = MailServer("127.0.0.1", port, "工单系统 <desk@example.gov.cn>", "none", "desk", "correct")
    yield Mail(box, server)
    controller.stop()


def mailer(server: MailServer) -> MailNotices:
    return MailNotices(server, ["desk@example.gov.cn"], {UNIT: ["wang@example.gov.cn", "zhao@example.gov.cn"]})


async def test_a_notice_reaches_the_mail_of_its_unit(mail: Mail) -> None:
    await mailer(mail.server).deliver(MESSAGE)
    assert mail.box.envelopes[0].rcpt_tos == ["wang@example.gov.cn", "zhao@example.gov.cn"]
    received = mail.box.mail()
    assert received["Subject"] == f"【紧急】工单提醒 WJ2025030400001 {UNIT}"
    assert received["Idempotency-Key"] == "watch:yellow:k1"
    assert received["From"].addresses[0].addr_spec == "desk@example.gov.cn"
    assert received.get_content().strip() == TEXT


async def test_the_same_notice_sent_again_has_the_same_message_id(mail: Mail) -> None:
    await mailer(mail.server).deliver(MESSAGE)
    first = mail.box.mail()["Message-ID"]
    await mailer(mail.server).deliver(MESSAGE)
    assert mail.box.mail()["Message-ID"] == first
    await mailer(mail.server).deliver(replace(MESSAGE, key="k2"))
    assert mail.box.mail()["Message-ID"] != first


async def test_the_desk_gets_the_mail_of_a_unit_without_address(mail: Mail) -> None:
    await mailer(mail.server).deliver(replace(MESSAGE, payload={"unit": "其他单位", "text": TEXT}))
    assert mail.box.envelopes[0].rcpt_tos == ["desk@example.gov.cn"]


async def test_a_line_break_cannot_add_a_header(mail: Mail) -> None:
    payload = {"unit": "x\r\nBcc: spy@example.com", "number": "1\nX: y", "text": TEXT}
    await mailer(mail.server).deliver(replace(MESSAGE, payload=payload))
    received = mail.box.mail()
    assert received["Bcc"] is None and received["X"] is None
    assert mail.box.envelopes[0].rcpt_tos == ["desk@example.gov.cn"]


@pytest.mark.parametrize(
    ("refusal", "retry"), [("550 no such mailbox", False), ("450 mailbox busy", True), ("451 try later", True)]
)
async def test_refused_receivers_are_a_failure(mail: Mail, refusal: str, retry: bool) -> None:
    mail.box.refusal = refusal
    failure = await failure_of(mailer(mail.server))
    assert refusal[:3] in str(failure)
    assert failure.retry is retry


async def test_a_wrong_password_is_tried_again_until_somebody_mends_it(mail: Mail) -> None:
    failure = await failure_of(mailer(replace(mail.server, password="wrong")))
    assert failure.retry
    assert "wrong" not in str(failure) + repr(replace(mail.server, password="wrong"))


async def test_a_mail_server_that_is_down_is_tried_again() -> None:
    failure = await failure_of(mailer(MailServer("127.0.0.1", free_port(), "desk@example.gov.cn")))
    assert failure.retry
    assert str(failure).startswith("mail not sent: SMTPConnectError")


async def test_a_server_without_encryption_is_not_told_the_password(mail: Mail) -> None:
    failure = await failure_of(mailer(replace(mail.server, security="starttls")))
    assert failure.retry
    assert mail.box.envelopes == []


def test_a_notice_goes_to_each_channel_and_one_that_is_down_holds_up_no_other(engine: Engine, mail: Mail) -> None:
    with transaction(engine) as connection:
        outbox.post(connection, key="k1", target=STAFF, subject="WJ1", payload=PAYLOAD, now=NOW)

    async def deliver_all() -> None:
        async with aiohttp.ClientSession() as session:
            deliverers: dict[str, outbox.Deliverer] = {
                STAFF: StaffNotices(engine, [WECOM, EMAIL]),
                WECOM: WeComNotices(session, f"http://127.0.0.1:{free_port()}/"),
                EMAIL: mailer(mail.server),
            }
            while (await outbox.deliver(engine, deliverers, now=NOW)).total:
                pass

    asyncio.run(deliver_all())
    asyncio.run(StaffNotices(engine, [WECOM, EMAIL]).deliver(list_messages(engine, states=("delivered",))[0]))
    states = {message.key: message.state for message in list_messages(engine, states=("waiting", "delivered", "dead"))}
    assert states == {"k1": "delivered", "k1#wecom": "waiting", "k1#email": "delivered"}
    assert len(mail.box.envelopes) == 1

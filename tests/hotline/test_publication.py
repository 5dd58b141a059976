"""What the public sees of an order, and what the system that filed it sees: the rule, in Python and in SQL alike."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from hotline import store
from hotline.model import Privacy
from hotline.publication import NOT_PUBLIC, PUBLIC, Reader, is_visible, publish, redacted, visible_to
from hotline.states import State
from storage.tables import work_order
from tests.hotline.cast import Office
from tests.hotline.factories import TUESDAY_MORNING, make_draft

CITY = Reader("Open311", "city")
READERS = (PUBLIC, CITY, Reader("Open311", "app"), Reader("", "city"))


def test_sql_and_python_agree_on_who_may_know_of_an_order(engine: Engine) -> None:
    cases = product(Privacy, (True, False), (("Open311", "city"), ("智能客服", ""), ("智能客服", "city")))
    for count, (privacy, is_threat, (source, client)) in enumerate(cases):
        draft = make_draft(draft_id=f"{count}", privacy=privacy, is_threat=is_threat, source=source, source_sub=client)
        store.submit(engine, draft, now=TUESDAY_MORNING)
    orders = store.list_orders(engine)
    for reader in READERS:
        with engine.connect() as connection:
            found = set(connection.execute(sa.select(work_order.c.number).where(visible_to(reader))).scalars())
        assert found == {order.number for order in orders if is_visible(order, reader)}
        assert 0 < len(found) < len(orders)


def test_without_consent_only_the_town_is_shown(engine: Engine) -> None:
    order = Office(engine).file(make_draft(lat=24.8, lng=113.6))
    shown = publish(order, PUBLIC)
    assert (shown.words, shown.place, shown.point, shown.reply) == (NOT_PUBLIC, "惠民街道", None, "")


def test_with_consent_words_place_and_point_are_shown(engine: Engine) -> None:
    order = Office(engine).file(make_draft(public_reply=True, lat=24.8, lng=113.6))
    shown = publish(order, PUBLIC)
    assert (shown.words, shown.place, shown.point) == (order.content, "示例路1号, 惠民街道", (24.8, 113.6))


def test_consent_does_not_publish_a_confidential_order(engine: Engine) -> None:
    order = Office(engine).file(make_draft(public_reply=True, privacy=Privacy.CONFIDENTIAL))
    assert publish(order, PUBLIC).words == NOT_PUBLIC


@pytest.mark.parametrize("state", [State.SIGNED, State.REPLIED, State.REDO])
def test_a_reply_that_nobody_approved_is_shown_to_nobody(engine: Engine, state: State) -> None:
    office = Office(engine)
    draft = make_draft(public_reply=True, source="Open311", source_sub="city")
    order = office.bring(office.file(draft), state)
    assert {publish(order, reader).reply for reader in READERS} == {""}


def test_an_approved_reply_is_shown(engine: Engine) -> None:
    office = Office(engine)
    order = office.bring(office.file(make_draft(public_reply=True)), State.CLOSED)
    assert publish(order, PUBLIC).reply == "已清理占道摊位。"
    assert publish(replace(order, public_reply=False), PUBLIC).reply == ""


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("请打13900000000找李小明", "请打***找***"),
        ("电话 0751-0000000，邮箱 a.b@example.org", "电话 ***，邮箱 ***"),
        ("身份证44020319900101001X", "身份证***"),
        ("2025-03-04 21:30 在示例路1号3栋", "2025-03-04 21:30 在示例路1号3栋"),
        ("微信 abc", "微信 abc"),
    ],
)
def test_what_tells_who_somebody_is_goes(engine: Engine, text: str, wanted: str) -> None:
    order = Office(engine).file()
    assert redacted(text, order) == wanted

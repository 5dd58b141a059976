"""5 within 48 hours of a message, 3 within a minute of a click; counted once however many workers send."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.engine import Engine

from bot.channels.wechat import people, quota
from bot.channels.wechat.messages import Incoming
from bot.channels.wechat.quota import EVENT, MESSAGE
from bot.channels.wechat.sealing import Sealer
from storage.engine import create_engine, migrate, transaction

NOW = datetime(2026, 3, 5, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def person(engine: Engine, sealer: Sealer) -> str:
    with transaction(engine) as connection:
        return people.meet(connection, sealer, "openid-of-li-0001", NOW)


def renew(engine: Engine, person: str, allowance: quota.Allowance, at: datetime = NOW) -> None:
    with transaction(engine) as connection:
        quota.renew(connection, person, allowance, at)


def take(engine: Engine, person: str, at: datetime = NOW) -> quota.Allowance | None:
    with transaction(engine) as connection:
        return quota.take(connection, person, at)


def test_who_never_wrote_is_sent_nothing(engine: Engine, person: str) -> None:
    assert take(engine, person) is None


def test_five_messages_follow_a_message_and_a_new_one_opens_five_more(engine: Engine, person: str) -> None:
    renew(engine, person, MESSAGE)
    assert [take(engine, person, NOW + HOUR) for _ in range(6)] == [MESSAGE] * 5 + [None]
    renew(engine, person, MESSAGE, NOW + 2 * HOUR)
    assert take(engine, person, NOW + 2 * HOUR) is MESSAGE


def test_after_48_hours_the_window_is_closed(engine: Engine, person: str) -> None:
    renew(engine, person, MESSAGE)
    assert take(engine, person, NOW + 47 * HOUR) is MESSAGE
    assert take(engine, person, NOW + 48 * HOUR) is None


def test_a_click_opens_three_for_a_minute_which_are_used_first(engine: Engine, person: str) -> None:
    renew(engine, person, MESSAGE)
    renew(engine, person, EVENT)
    assert [take(engine, person) for _ in range(4)] == [EVENT, EVENT, EVENT, MESSAGE]
    renew(engine, person, EVENT)
    assert take(engine, person, NOW + timedelta(minutes=1)) is MESSAGE


def test_what_was_not_sent_is_given_back_and_a_refusal_closes(engine: Engine, person: str) -> None:
    renew(engine, person, MESSAGE)
    with transaction(engine) as connection:
        for _ in range(5):
            quota.take(connection, person, NOW)
        quota.give_back(connection, person, MESSAGE)
        assert quota.has_room(connection, person, NOW)
        quota.close(connection, person)
        assert not quota.has_room(connection, person, NOW)


@pytest.mark.parametrize(
    ("type_", "fields", "opened"),
    [
        ("text", {}, MESSAGE),
        ("image", {}, MESSAGE),
        ("text", {"bizmsgmenuid": "1"}, EVENT),
        ("event", {"Event": "CLICK"}, EVENT),
        ("event", {"Event": "subscribe"}, EVENT),
        ("event", {"Event": "SCAN"}, EVENT),
        ("event", {"Event": "VIEW"}, None),
        ("event", {"Event": "LOCATION"}, None),
    ],
)
def test_what_opens_which_allowance(type_: str, fields: dict[str, str], opened: quota.Allowance | None) -> None:
    assert quota.allowance_of(Incoming("o", "a", 1, type_, "", fields)) is opened


def test_workers_that_send_at_once_share_the_five_on_postgresql(postgres_url: str, sealer: Sealer) -> None:
    engine = create_engine(postgres_url)
    migrate(engine)
    with transaction(engine) as connection:
        person = people.meet(connection, sealer, "openid-of-li-0001", NOW)
    renew(engine, person, MESSAGE)
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda _: take(engine, person), range(12)))
    engine.dispose()
    assert taken.count(MESSAGE) == 5

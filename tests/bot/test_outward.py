"""What leaves the building is set up from the settings, or refused before anything is opened."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy.engine import Engine

from bot.outward import check, open_outward
from bot.settings import BadSetting, Settings

NOW = datetime(2025, 3, 4, 2, 0, tzinfo=UTC)
MAIL = {"SMTP_HOST": "127.0.0.1", "MAIL_FROM": "bot@example.cn", "MAIL_TO": "desk@example.cn"}
REMOTE = {"OPEN311_ENDPOINT": "http://127.0.0.1:9/v2", "OPEN311_KEY": "a key of the other hotline"}


@pytest.mark.parametrize(
    ("env", "targets"),
    [
        ({}, {"staff", "gateway"}),
        (MAIL, {"staff", "gateway", "email"}),
        ({"WECOM_WEBHOOK": "http://127.0.0.1:9/send?key=1"}, {"staff", "gateway", "wecom"}),
        (REMOTE, {"staff", "gateway"}),
    ],
)
async def test_each_channel_that_is_set_up_has_a_deliverer(
    engine: Engine, env: dict[str, str], targets: set[str]
) -> None:
    async with open_outward(Settings.from_env(env), engine, lambda: NOW) as deliverers:
        assert set(deliverers) == targets


@pytest.mark.parametrize(
    ("env", "named"),
    [
        ({"SMTP_HOST": "127.0.0.1"}, "MAIL_FROM"),
        ({"WECOM_UNITS": "区民政局=http://127.0.0.1:9/"}, "WECOM_WEBHOOK"),
        ({"OPEN311_ENDPOINT": "http://127.0.0.1:9/v2"}, "OPEN311_KEY"),
        (REMOTE | {"OPEN311_ENDPOINT": "somewhere"}, "OPEN311_ENDPOINT"),
        (REMOTE | {"OPEN311_SERVICE_CODES": "nothing=1"}, "OPEN311_SERVICE_CODES"),
    ],
)
def test_options_that_do_not_fit_together_are_named(env: dict[str, str], named: str) -> None:
    with pytest.raises(BadSetting, match=named):
        check(Settings.from_env(env))

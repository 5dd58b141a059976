"""Each channel gets its part of the settings, or the start is refused with the option that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.channel_settings import open311_settings_of, wechat_settings_of
from bot.settings import BadSetting, Settings

WECHAT = {"WECHAT_APPID": "wx0123456789abcdef", "WECHAT_TOKEN": "token0123456789"}


def test_open311_takes_the_keys_and_the_contact() -> None:
    env = {"OPEN311_API_KEYS": "city:key-of-twenty-characters", "OPEN311_CONTACT": "区政务服务数据管理局（示例）"}
    settings = open311_settings_of(Settings.from_env(env))
    assert dict(settings.api_keys) == {"city": "key-of-twenty-characters"}
    assert settings.contact == "区政务服务数据管理局（示例）"


def test_a_short_open311_key_is_refused_without_repeating_it() -> None:
    with pytest.raises(BadSetting, match="OPEN311_API_KEYS") as refusal:
        open311_settings_of(Settings.from_env({"OPEN311_API_KEYS": "city:hunter2"}))
    assert "hunter2" not in str(refusal.value)


def test_without_an_appid_wechat_stays_closed() -> None:
    assert wechat_settings_of(Settings.from_env({})) is None


def test_wechat_is_set_up_from_the_settings(tmp_path: Path) -> None:
    settings = wechat_settings_of(Settings.from_env(WECHAT | {"DATA_DIR": str(tmp_path), "WECHAT_MAY_SEND": "no"}))
    assert settings is not None
    assert (settings.appid, settings.may_send) == ("wx0123456789abcdef", False)


def test_secure_mode_without_a_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="AES"):
        wechat_settings_of(Settings.from_env(WECHAT | {"DATA_DIR": str(tmp_path), "WECHAT_MODE": "secure"}))

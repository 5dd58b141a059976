"""API keys: read from a setting, compared, and never repeated in an error."""

from __future__ import annotations

import pytest

from bot.channels.open311.errors import KeyRefused
from bot.channels.open311.settings import Open311Settings
from bot.channels.open311.signature import ApiKeys, parse_keys
from tests.bot.channels.open311.conftest import KEY, KEYS, OTHER_KEY


def test_keys_are_read_from_one_setting() -> None:
    assert parse_keys(f" city:{KEY}, app : {OTHER_KEY} ,") == KEYS
    assert parse_keys("") == {}


@pytest.mark.parametrize(
    "text", [KEY, "city:short", f"city:{KEY},city:{OTHER_KEY}", f"city:{KEY},app:{KEY}", f"市:{KEY}", f":{KEY}"]
)
def test_bad_keys_are_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(ValueError, match=r"CLIENT:KEY|client|key") as error:
        parse_keys(text)
    assert KEY not in str(error.value)


@pytest.mark.parametrize("key", ["", "wrong", KEY[:-1], KEY + " ", KEY.upper(), "键" * 30, "\ud800"])
def test_only_the_key_itself_opens(key: str) -> None:
    with pytest.raises(KeyRefused):
        ApiKeys(KEYS).client_of(key)


def test_a_key_names_its_client() -> None:
    assert ApiKeys(KEYS).client_of(OTHER_KEY) == "app"


def test_settings_do_not_print_keys() -> None:
    assert KEY not in repr(Open311Settings(api_keys=KEYS))


@pytest.mark.parametrize(
    "changes",
    [
        {"public_url": "https://example.gov.cn/path"},
        {"trusted_proxies": -1},
        {"address_burst": 0},
        {"client_per_minute": 0},
        {"api_keys": {"city": "short"}},
    ],
)
def test_bad_settings_stop_the_start(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must"):
        Open311Settings(**changes)  # type: ignore[arg-type]

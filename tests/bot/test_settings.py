"""Options are read once, checked, and documented wherever an operator looks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.settings import OPTIONS, ROOT, BadSetting, Settings

SECRET = "示例密钥" * 8


def test_nothing_has_to_be_set() -> None:
    settings = Settings.from_env({})
    assert settings.port == 8080
    assert settings.host == "127.0.0.1"
    assert settings.database_url == f"sqlite:///{ROOT / 'var' / 'wujiang.db'}"
    assert settings.allowed_origins == ()


def test_an_empty_value_means_the_default() -> None:
    assert Settings.from_env({option.name: "" for option in OPTIONS}) == Settings.from_env({})


def test_a_given_value_is_taken(tmp_path: Path) -> None:
    settings = Settings.from_env(
        {
            "DATA_DIR": str(tmp_path),
            "PORT": " 9000 ",
            "PUBLIC_URL": "https://bot.example.gov.cn/",
            "ALLOWED_ORIGINS": "https://a.example.cn, https://b.example.cn,",
            "SECRET_KEY": SECRET,
        }
    )
    assert settings.database_url == f"sqlite:///{tmp_path / 'wujiang.db'}"
    assert settings.port == 9000
    assert settings.public_url == "https://bot.example.gov.cn"
    assert settings.allowed_origins == ("https://a.example.cn", "https://b.example.cn")
    assert settings.secret_key == SECRET


@pytest.mark.parametrize("name", ["DATA_DIR", "MODEL_DIR"])
def test_a_relative_folder_is_taken_from_the_project(name: str) -> None:
    assert getattr(Settings.from_env({name: "elsewhere"}), name.lower()) == ROOT / "elsewhere"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "-1"),
        ("PORT", "65536"),
        ("PORT", "80.5"),
        ("PORT", "²"),
        ("MESSAGES_PER_MINUTE", "0"),
        ("MESSAGES_PER_MINUTE_PER_ADDRESS", "many"),
        ("TRUSTED_PROXIES", "11"),
        ("CONVERSATION_DAYS", "0"),
        ("CONVERSATION_DAYS", "366"),
    ],
)
def test_a_bad_value_is_refused_with_its_name_and_value(name: str, value: str) -> None:
    with pytest.raises(BadSetting) as refused:
        Settings.from_env({name: value})
    assert name in str(refused.value)
    assert value in str(refused.value)
    assert refused.value.code == "bad_setting"


@pytest.mark.parametrize("name", ["SECRET_KEY", "PREVIOUS_SECRET_KEY"])
def test_a_short_key_is_refused_without_being_repeated(name: str) -> None:
    with pytest.raises(BadSetting, match=name) as refused:
        Settings.from_env({name: "letmein"})
    assert "letmein" not in str(refused.value)


def test_a_key_can_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(f"{SECRET}\n", encoding="utf-8")
    assert Settings.from_env({"SECRET_KEY_FILE": str(path)}).secret_key == SECRET


def test_a_key_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "missing"
    with pytest.raises(BadSetting, match=r"SECRET_KEY_FILE.*missing"):
        Settings.from_env({"SECRET_KEY_FILE": str(path)})


def test_every_field_has_an_option_and_every_option_a_field() -> None:
    assert {option.name.lower() for option in OPTIONS} == set(Settings.__dataclass_fields__)


def test_every_option_is_explained() -> None:
    assert [option.name for option in OPTIONS if not option.help] == []


@pytest.mark.parametrize("file", ["README.md", ".env.example"])
def test_every_option_is_documented(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    assert [option.name for option in OPTIONS if re.search(rf"\b{option.name}\b", text) is None] == []


def test_the_example_names_no_option_that_does_not_exist() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    named = {found.group(1) for line in lines if (found := re.match(r"#?\s?([A-Z][A-Z0-9_]+)=", line))}
    known = {option.name for option in OPTIONS}
    assert {name for name in named if name.removesuffix("_FILE") not in known} == set()


@pytest.mark.parametrize(
    ("name", "value"),
    [("OPEN311_FORMAT", "yaml"), ("SMTP_SECURITY", "ssl"), ("SMTP_PORT", "0"), ("MAIL_UNITS", "区城管执法局")],
)
def test_an_outward_option_that_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=name):
        Settings.from_env({name: value})


def test_pairs_may_hold_signs_of_equality() -> None:
    settings = Settings.from_env(
        {"WECOM_UNITS": "区民政局=https://w.example.cn/send?key=1, 区人社局=https://x.cn/?k=2"}
    )
    assert settings.wecom_units == {
        "区民政局": "https://w.example.cn/send?key=1",
        "区人社局": "https://x.cn/?k=2",
    }


def test_secrets_do_not_stand_in_the_text_of_the_settings() -> None:
    secrets = {
        "SECRET_KEY": SECRET,
        "PREVIOUS_SECRET_KEY": SECRET,
        "OPEN311_API_KEYS": "city:hidden-a",
        "OPEN311_KEY": "hidden-b",
        "WECOM_WEBHOOK": "https://w.example.cn/?key=hidden-c",
        "WECOM_UNITS": "甲=https://w.example.cn/?key=hidden-d",
        "SMTP_PASSWORD": "hidden-e",
    }
    text = repr(Settings.from_env(secrets))
    assert "hidden" not in text and SECRET not in text

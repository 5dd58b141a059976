"""What each channel needs of the settings, checked before anything is loaded. Imports no Rasa."""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path

from bot.channels.open311.settings import Open311Settings
from bot.channels.open311.signature import parse_keys
from bot.channels.web.settings import WebSettings
from bot.channels.wechat.settings import Mode, WeChatSettings
from bot.settings import BadSetting, Settings
from storage.private import private_folder


def web_settings_of(settings: Settings) -> WebSettings:
    """The part of the settings that the citizen channels need; raises BadSetting for one they refuse."""
    keys = (settings.secret_key or stored_secret(settings.data_dir), settings.previous_secret_key)
    try:
        return WebSettings(
            secret_keys=tuple(key for key in keys if key),
            public_url=settings.public_url,
            embed_origins=settings.allowed_origins,
            trusted_proxies=settings.trusted_proxies,
            conversation_days=settings.conversation_days,
            conversation_per_minute=float(settings.messages_per_minute),
            address_per_minute=float(settings.messages_per_minute_per_address),
        )
    except ValueError as error:
        raise BadSetting(f"PUBLIC_URL 或 ALLOWED_ORIGINS 无效：{error}") from error


def open311_settings_of(settings: Settings) -> Open311Settings:
    """The part of the settings that Open311 needs; raises BadSetting for one it refuses, never naming a key."""
    try:
        given = Open311Settings(
            api_keys=parse_keys(settings.open311_api_keys),
            jurisdiction=settings.open311_jurisdiction,
            public_url=settings.public_url,
            trusted_proxies=settings.trusted_proxies,
            address_per_minute=float(settings.messages_per_minute_per_address),
        )
    except ValueError as error:
        raise BadSetting(f"PUBLIC_URL 或 OPEN311_API_KEYS 无效：{error}") from error
    return replace(given, contact=settings.open311_contact) if settings.open311_contact else given


def wechat_settings_of(settings: Settings) -> WeChatSettings | None:
    """The part of the settings that WeChat needs; None without WECHAT_APPID: the channel stays closed.

    Raises BadSetting for one it refuses.
    """
    if not settings.wechat_appid:
        return None
    keys = (settings.secret_key or stored_secret(settings.data_dir), settings.previous_secret_key)
    try:
        return WeChatSettings(
            appid=settings.wechat_appid,
            token=settings.wechat_token,
            secret_keys=tuple(key for key in keys if key),
            data_dir=settings.data_dir,
            app_secret=settings.wechat_app_secret,
            aes_key=settings.wechat_aes_key,
            previous_aes_key=settings.wechat_previous_aes_key,
            mode=Mode(settings.wechat_mode),
            may_send=settings.wechat_may_send,
            order_template=settings.wechat_order_template,
            order_fields=settings.wechat_order_fields,
            public_url=settings.public_url,
            api_url=settings.wechat_api_url,
            message_per_minute=float(settings.messages_per_minute),
        )
    except ValueError as error:
        raise BadSetting(str(error)) from error


def stored_secret(data_dir: Path) -> str:
    """The signing key of this installation: made once, readable by its owner only."""
    path = data_dir / "secret_key"
    private_folder(data_dir)
    try:
        with path.open("x", encoding="utf-8") as file:
            path.chmod(0o600)
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass  # made at an earlier start
    return path.read_text(encoding="utf-8").strip()

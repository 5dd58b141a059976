"""What the WeChat channel refuses, and what WeChat's servers refuse us."""

from __future__ import annotations

from bot.channels import errors


class SignatureRefused(errors.Unauthorized):
    """Not signed by WeChat with our token, too old, or a signature used for another message."""

    code = "signature_refused"


class DecryptionRefused(errors.Unauthorized):
    """Not encrypted for us with one of our keys. Says never which check failed."""

    code = "decryption_refused"


HTTP_STATUS: dict[type[errors.ChannelError], int] = {
    SignatureRefused: 403,
    DecryptionRefused: 403,
    errors.MalformedRequest: 400,
    errors.BodyTooLarge: 413,
}


class WeChatError(Exception):
    """Base of what can go wrong with WeChat's servers. `str(error)` is for the log and for operators."""

    code = "wechat_error"


class Unreachable(WeChatError):
    """Nothing was sent: no connection. Trying again helps and does no harm."""

    code = "wechat_unreachable"


class Unknown(WeChatError):
    """Sent, but no answer came that could be read: it may have happened or not."""

    code = "wechat_unknown"


class Refused(WeChatError):
    """WeChat answered with an error code; `errcode` is looked up in api_errors.yml."""

    code = "wechat_refused"

    def __init__(self, errcode: int, message: str) -> None:
        super().__init__(f"{errcode}: {message}")
        self.errcode = errcode


class NotConfigured(WeChatError):
    """The call needs WECHAT_APP_SECRET."""

    code = "wechat_not_configured"


class BadMenu(WeChatError):
    """menu.yml breaks a rule of WeChat's menus."""

    code = "bad_menu"

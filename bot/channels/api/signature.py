"""Bearer tokens of the JSON API: one per conversation, good for that conversation only."""

from __future__ import annotations

from datetime import datetime

from aiohttp import web

from bot.channels.errors import Unauthorized
from bot.channels.web.signature import Signer, bearer_token


def authorize(request: web.Request, signer: Signer, now: datetime) -> str:
    """The conversation of the path, once the token proves that it is the sender's. Raises Unauthorized."""
    identity = signer.verify(bearer_token(request), "api", now)
    if identity.conversation_id != request.match_info["conversation_id"]:
        raise Unauthorized("会话凭证与会话不符。")
    return identity.conversation_id

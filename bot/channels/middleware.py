"""The HTTP edge of the citizen channels: errors become JSON in one place, every response gets its security headers."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.channels import errors

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

JSON_PREFIXES = ("/chat/", "/api/")

HTTP_STATUS: dict[type[errors.ChannelError], int] = {
    errors.MalformedRequest: 400,
    errors.EmptyText: 400,
    errors.TextTooLong: 400,
    errors.Unauthorized: 401,
    errors.OriginRefused: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.BodyTooLarge: 413,
    errors.RateLimited: 429,
    errors.QueueFull: 429,
}

HTTP_MESSAGES = {
    404: ("not_found", "没有这个地址。"),
    405: ("method_not_allowed", "这个地址不支持该操作。"),
    413: ("body_too_large", "内容太大，请缩短后再发送。"),
}

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
)

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
NOT_IN_FRAMES = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY.format(ancestors="'none'"),
    "X-Frame-Options": "DENY",
}


def error_body(error: errors.ChannelError) -> dict[str, object]:
    body: dict[str, object] = {"code": error.code, "message": str(error)}
    if error.retry_after_seconds is not None:
        body["retry_after_seconds"] = round(error.retry_after_seconds, 1)
    return body


def error_response(error: errors.ChannelError) -> web.Response:
    response = web.json_response({"error": error_body(error)}, status=HTTP_STATUS.get(type(error), 400))
    if error.retry_after_seconds is not None:
        response.headers["Retry-After"] = str(math.ceil(error.retry_after_seconds))
    if isinstance(error, errors.Unauthorized):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


@web.middleware
async def errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """ChannelError everywhere, and every HTTP error or crash below /chat/ and /api/, as {"error": {code, message}}."""
    try:
        return await handler(request)
    except errors.ChannelError as error:
        return error_response(error)
    except web.HTTPException as error:
        if error.status < 400 or not request.path.startswith(JSON_PREFIXES):
            raise
        code, message = HTTP_MESSAGES.get(error.status, ("bad_request", "请求无法处理。"))
        body = json.dumps({"error": {"code": code, "message": message}}, ensure_ascii=False)
        headers = {name: error.headers[name] for name in ("Allow",) if name in error.headers}
        return web.Response(text=body, status=error.status, content_type="application/json", headers=headers)
    except Exception:
        if not request.path.startswith(JSON_PREFIXES):
            raise
        log.exception("request to %s failed", request.path)
        message = "系统暂时出了点问题，请稍后再试，或拨打 12345。"
        return web.json_response({"error": {"code": "internal_error", "message": message}}, status=500)


async def add_security_headers(request: web.Request, response: web.StreamResponse) -> None:
    """`on_response_prepare` signal: sets what the handler did not set itself."""
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    if "Content-Security-Policy" not in response.headers:
        response.headers.update(NOT_IN_FRAMES)
    if request.path.startswith(JSON_PREFIXES):
        response.headers.setdefault("Cache-Control", "no-store")


def install(app: web.Application) -> None:
    """Put both on the application once, however many channels ask for it."""
    if errors_as_json not in app.middlewares:
        app.middlewares.append(errors_as_json)
        app.on_response_prepare.append(add_security_headers)

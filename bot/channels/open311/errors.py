"""What the Open311 channel refuses, with the HTTP status that GeoReport v2 gives it. Clients show the sentences."""

from __future__ import annotations

from bot.channels import errors


class Open311Error(errors.ChannelError):
    """400: the request cannot be fulfilled as it is."""

    code = "bad_request"
    status = 400


class KeyRefused(Open311Error):
    """No api_key where one is needed, or one that nobody has."""

    code = "api_key_refused"
    status = 403


class ResourceNotFound(Open311Error):
    """No such service, request, token, jurisdiction or address, or none that the sender may know of."""

    code = "not_found"
    status = 404


HTTP_STATUS: dict[type[errors.ChannelError], int] = {
    errors.BodyTooLarge: 413,
    errors.RateLimited: 429,
}


def status_of(error: errors.ChannelError) -> int:
    return error.status if isinstance(error, Open311Error) else HTTP_STATUS.get(type(error), 400)

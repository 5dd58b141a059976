"""Errors a channel can answer with. The messages are read by citizens, so they are in Chinese and calm."""

from __future__ import annotations


class ChannelError(Exception):
    """Base of everything a channel refuses. `code` is stable; `str(error)` is the sentence to show."""

    code = "channel_error"
    retry_after_seconds: float | None = None


class MalformedRequest(ChannelError):
    """The body is not what the route takes: bad JSON, a wrong type, a missing field."""

    code = "malformed_request"


class BodyTooLarge(ChannelError):
    code = "body_too_large"


class EmptyText(ChannelError):
    code = "empty_text"


class TextTooLong(ChannelError):
    code = "text_too_long"


class Unauthorized(ChannelError):
    """No identity, or one whose signature or age does not hold."""

    code = "unauthorized"


class OriginRefused(ChannelError):
    """A browser sent this from a page that is not on the list."""

    code = "origin_refused"


class NotFound(ChannelError):
    code = "not_found"


class Conflict(ChannelError):
    """What is asked for does not fit what has happened meanwhile."""

    code = "conflict"


class RateLimited(ChannelError):
    """Too many requests; `retry_after_seconds` says when the next one is taken."""

    code = "rate_limited"

    def __init__(self, message: str, retry_after_seconds: float) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class QueueFull(RateLimited):
    """This conversation already has as many messages waiting as it may have."""

    code = "queue_full"

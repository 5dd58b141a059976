"""What can go wrong with a work order. Messages are for logs and staff; citizens get a calm sentence."""

from __future__ import annotations

from datetime import datetime


class HotlineError(Exception):
    """Base of all work-order errors; `code` is stable."""

    code = "hotline_error"


class InvalidOrder(HotlineError):
    """A draft that cannot be filed; `field` names what is wrong with it."""

    code = "invalid_order"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field


class OrderNotFound(HotlineError):
    """No such order, or not with this query code. Which of the two is never told."""

    code = "order_not_found"


class TooManyAttempts(HotlineError):
    """Too many wrong query codes for one number; look-ups of it are refused until `retry_at`."""

    code = "too_many_attempts"

    def __init__(self, number: str, retry_at: datetime) -> None:
        super().__init__(f"look-ups of {number} are refused until {retry_at.isoformat()}")
        self.retry_at = retry_at


class OrderNotOpen(HotlineError):
    """The order is finished, so there is nothing to hurry."""

    code = "order_not_open"


class RefusedMove(HotlineError):
    """A move that was not made; `reason` tells staff why (Chinese)."""

    code = "refused_move"

    def __init__(self, number: str, move: str, reason: str) -> None:
        super().__init__(f"{move} of {number}: {reason}")
        self.number = number
        self.move = move
        self.reason = reason


class IllegalMove(RefusedMove):
    """State, role, unit, person, time or value forbid it."""

    code = "illegal_move"


class MissingFact(RefusedMove):
    """Something that the move needs was not told; `field` names it as in Facts."""

    code = "missing_fact"

    def __init__(self, number: str, move: str, field: str, reason: str) -> None:
        super().__init__(number, move, reason)
        self.field = field


class StaleOrder(HotlineError):
    """Somebody else changed the order since it was read."""

    code = "stale_order"
    reason = "这件工单刚被其他人修改，请刷新后再办理。"

    def __init__(self, number: str, version: int) -> None:
        super().__init__(f"order {number} is no longer at version {version}")
        self.number = number
        self.version = version

"""A hotline that remembers what it was sent and answers what it is told to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hotline.gateway import GatewayError, Receipt, RemoteOrder
from hotline.model import WorkOrder


@dataclass
class GatewayDouble:
    """Takes each key once, like a receiver that keeps to the rule. `error` is raised instead of answering."""

    name: str = "city"
    receipt: Receipt = field(default_factory=lambda: Receipt(number="C-1"))
    number_of_token: str = ""
    answers: tuple[RemoteOrder, ...] = ()
    error: GatewayError | None = None
    pushed: dict[str, str] = field(default_factory=dict)  # key → our number
    said: dict[str, tuple[str, str]] = field(default_factory=dict)  # key → number there, text
    asked: list[tuple[str, ...]] = field(default_factory=list)

    async def push(self, order: WorkOrder, key: str) -> Receipt:
        self._fail()
        self.pushed.setdefault(key, order.number)
        return self.receipt

    async def exchange(self, token: str) -> str:
        self._fail()
        return self.number_of_token

    async def poll(self, numbers: Sequence[str]) -> tuple[RemoteOrder, ...]:
        self.asked.append(tuple(numbers))
        self._fail()
        return self.answers

    async def update(self, number: str, text: str, key: str) -> None:
        self._fail()
        self.said.setdefault(key, (number, text))

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error

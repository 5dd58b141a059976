"""Let a made-up order live: steps at office hours, by made-up people, through the rules of the desk (lives.py)."""

from __future__ import annotations

import random
from datetime import datetime, time, timedelta
from typing import TypeVar

from hotline.deadlines import SHANGHAI, Calendar
from hotline.demo_drafts import Topic, content
from hotline.lives import Life
from hotline.model import Card, EventKind, Handling, OrderType, Resolution
from hotline.moves import Facts, Move
from hotline.numbers import day_of
from hotline.people import CITIZEN, SYSTEM, Actor
from hotline.states import Role, State

Value = TypeVar("Value")

OPENS, CLOSES = time(8, 30), time(17, 30)
STAFF = 6  # made-up people of each role
RATING_DAYS = 7  # natural days after which the system stores its default rating
SCORES = {5: 62, 4: 18, 3: 9, 2: 7, 1: 4}
RESOLUTIONS = {Resolution.RESOLVED: 78, Resolution.PARTLY: 14, Resolution.UNRESOLVED: 8}
HANDLINGS = {Handling.NORMAL: 93, Handling.ENFORCEMENT: 5, Handling.MEDIATION: 2}


class NotYet(Exception):
    """The next step lies in the future: the order stays where it is."""


class Story:
    """One order on its way. `until` is the present: no step is later."""

    def __init__(self, life: Life, topic: Topic, rng: random.Random, until: datetime, calendar: Calendar) -> None:
        self.life, self.topic, self.rng, self.until, self.calendar = life, topic, rng, until, calendar
        self.at = life.order.received_at

    def tell(self) -> None:
        """Live until the end or the present."""
        try:
            self._begin()
        except NotYet:
            return

    def _begin(self) -> None:
        rng, fate = self.rng, self.rng.random()
        is_consult = self.life.order.type is OrderType.CONSULT
        if fate < 0.008 and not self.life.order.is_threat:
            self._do(Move.CANCEL, CITIZEN, Facts(text="已自行解决（示例）"), minutes=(10, 120), office=False)
        elif fate < 0.025:
            reason = Facts(reject_reason="R5", reason="此类事项请通过诉讼或仲裁途径解决（示例）。")
            self._do(Move.REJECT, self._staff(Role.ACCEPTANCE), reason, minutes=(20, 200))
            self._do(Move.ARCHIVE, SYSTEM, minutes=(1, 2), office=False)
        elif fate < 0.035:
            self._ask_for_more()
        elif fate < 0.05 or (is_consult and fate < 0.7):
            reply = Facts(reply=content()["direct_reply"], resolution=Resolution.RESOLVED)
            self._do(Move.ANSWER_DIRECTLY, self._staff(Role.ACCEPTANCE), reply, minutes=(10, 180))
            self._visit(is_second=False)
        else:
            self._dispatch()
            self._handle(is_second=False)
        if rng.random() < 0.06:
            self._urge()

    def _ask_for_more(self) -> None:
        self._do(Move.ASK_INFO, self._staff(Role.ACCEPTANCE), Facts(reason="请补充具体位置（示例）"), minutes=(20, 200))
        if self.rng.random() < 0.3:
            self._do(Move.CLOSE_TIMEOUT, SYSTEM, minutes=(5 * 1440, 6 * 1440), office=False)
            return
        self._do(Move.SUPPLEMENT, CITIZEN, Facts(text="在示例路口（示例）"), minutes=(30, 900), office=False)
        self._dispatch()
        self._handle(is_second=False)

    def _dispatch(self) -> None:
        """受理 → 拟办 → 审核 → 签收; now and then sent back, returned, discussed."""
        is_wrong = self.rng.random() < 0.06
        self._do(Move.ACCEPT, self._staff(Role.ACCEPTANCE), minutes=(5, 150))
        self._propose(self.topic.other if is_wrong else self.topic.unit)
        self._sign()
        if is_wrong:
            self._return()
            self._sign()

    def _propose(self, unit: str) -> None:
        helps = self.topic.other if unit == self.topic.unit and self.rng.random() < 0.08 else ""
        facts = Facts(unit=unit, co_units=(helps,) if helps and helps != unit else (), opinion="建议按职责办理（示例）")
        self._do(Move.PROPOSE, self._staff(Role.DISPATCHER), facts, minutes=(10, 180))
        if self.rng.random() < 0.03:
            reason = Facts(reason="请补充拟办理由（示例）")
            self._do(Move.SEND_BACK, self._staff(Role.AUDITOR), reason, minutes=(10, 100))
            self._do(Move.PROPOSE, self._staff(Role.DISPATCHER), facts, minutes=(10, 100))
        self._do(Move.APPROVE, self._staff(Role.AUDITOR), minutes=(10, 120))

    def _sign(self) -> None:
        minutes = (15, 400) if self.rng.random() < 0.93 else (2 * 1440, 4 * 1440)
        self._do(Move.SIGN, self._unit(), minutes=minutes)

    def _return(self) -> None:
        why = Facts(reason="不属于本单位职责（示例）", legal_basis="本单位权责清单（示例）")
        self._do(Move.RETURN, self._unit(), why, minutes=(20, 150))
        again = Facts(unit=self.topic.unit, opinion="改派（示例）")
        if (way := self.rng.random()) < 0.5:
            self._propose(self.topic.unit)
        else:
            dispatcher = self._staff(Role.DISPATCHER)
            if way < 0.65:
                self._do(Move.COORDINATE, dispatcher, Facts(reason="职责交叉，需会商（示例）"), minutes=(20, 150))
            self._do(Move.ASSIGN, dispatcher, again, minutes=(20, 300))

    def _handle(self, *, is_second: bool) -> None:
        """Handled → replied → audited → closed → visited."""
        limit = self.life.order.limit_days
        if not is_second and limit >= 10 and self.rng.random() < 0.05:
            self._extend(limit)
        is_late = not is_second and self.rng.random() < 0.04
        days = limit + self.rng.uniform(1, 6) if is_late else self.rng.triangular(0.2, limit * 0.75, limit * 0.3)
        if is_late and self.life.order.state is State.SIGNED:
            self._work(limit + 0.5)
            facts = Facts(reason="超过办理期限（示例）", card=Card.YELLOW)
            self._do(Move.SUPERVISE, self._staff(Role.SUPERVISOR), facts)
            self._do(Move.RELEASE, self._staff(Role.SUPERVISOR), minutes=(30, 200))
            days -= limit
        self._reply(days)
        if self.rng.random() < 0.06:
            reason = Facts(reason="请写明处理结果（示例）")
            self._do(Move.REJECT_REPLY, self._staff(Role.AUDITOR), reason, minutes=(20, 300))
            self._reply(self.rng.uniform(0.1, 1))
        self._do(Move.APPROVE_REPLY, self._staff(Role.AUDITOR), minutes=(20, 400))
        self._visit(is_second=is_second)

    def _extend(self, limit: int) -> None:
        self._work(self.rng.uniform(1, limit * 0.4))
        if day_of(self.at) >= self.life.order.due_on:
            return
        asked = Facts(reason="需现场施工（示例）", days=self.rng.randint(3, 10))
        self._do(Move.REQUEST_EXTENSION, self._unit(), asked)
        if self.rng.random() < 0.8:
            self._do(Move.GRANT_EXTENSION, self._staff(Role.DISPATCHER), minutes=(20, 200))
        else:
            self._do(Move.REFUSE_EXTENSION, self._staff(Role.DISPATCHER), Facts(reason="理由不充分（示例）"))

    def _reply(self, days: float) -> None:
        self._work(days)
        text = content()["reply"].format(unit=self.life.order.lead_unit, place=self.topic.place)
        facts = Facts(
            reply=text,
            resolution=self._one_of(RESOLUTIONS),
            handling=self._one_of(HANDLINGS),
            is_factual=self.rng.random() < 0.9,
        )
        self._do(Move.REPLY, self._unit(), facts)

    def _visit(self, *, is_second: bool) -> None:
        self._do(Move.START_VISIT, SYSTEM, minutes=(1, 2), office=False)
        if self.rng.random() < 0.42:
            score = self._one_of(SCORES) if not is_second else self.rng.choice((3, 4, 5))
            rated = Facts(score=score, text="（示例评价）" if self.rng.random() < 0.3 else "")
            self._do(Move.RATE, CITIZEN, rated, minutes=(5, 4 * 1440), office=False)
            if self.life.order.state is State.ACCEPTED:
                self._dispatch_again()
            if self.life.order.state is not State.EVALUATED:
                self._handle(is_second=True)
                return
        else:
            late = RATING_DAYS * 1440 + 1
            self._do(Move.RATE, SYSTEM, Facts(is_default=True), minutes=(late, late + 60), office=False)
        self._do(Move.ARCHIVE, SYSTEM, minutes=(1440, 1500), office=False)

    def _dispatch_again(self) -> None:
        self._propose(self.topic.unit)
        self._sign()

    def _urge(self) -> None:
        """The citizen hurries somewhere on the way, while the order is open."""
        begun, ended = self.life.order.received_at, self.life.order.closed_at or self.at
        at = begun + (ended - begun) * self.rng.uniform(0.3, 0.9)
        if self.life.state_at(at).is_open:
            self.life.note(EventKind.URGE, CITIZEN, "请尽快处理（示例）", at=at)

    def _do(
        self,
        move: Move,
        actor: Actor,
        facts: Facts | None = None,
        *,
        minutes: tuple[int, int] = (20, 200),
        office: bool = True,
    ) -> None:
        at = self.at + timedelta(minutes=self.rng.randint(*minutes))
        at = self._office_hour(at) if office else at
        if at > self.until:
            raise NotYet
        self.life.move(move, actor, facts or Facts(), at=at)
        self.at = at

    def _work(self, days: float) -> None:
        """Let so many working days go by."""
        whole, part = divmod(days, 1)
        for _ in range(int(whole)):
            self.at = self._office_hour(self.at + timedelta(days=1))
        self.at = self._office_hour(self.at + timedelta(hours=9 * part))

    def _office_hour(self, at: datetime) -> datetime:
        """The moment itself when the office is open, else some time after it opens next."""
        local = at.astimezone(SHANGHAI)
        if self.calendar.is_working_day(local.date()) and OPENS <= local.time() <= CLOSES:
            return at
        day = local.date() if local.time() < OPENS else local.date() + timedelta(days=1)
        while not self.calendar.is_working_day(day):
            day += timedelta(days=1)
        return datetime.combine(day, OPENS, SHANGHAI) + timedelta(minutes=self.rng.randint(0, 150))

    def _staff(self, role: Role) -> Actor:
        return Actor(f"{role.label}{self.rng.randint(1, STAFF)}（示例）", role)

    def _unit(self) -> Actor:
        unit = self.life.order.lead_unit
        return Actor(f"{unit}经办人（示例）", Role.UNIT, unit)

    def _one_of(self, shares: dict[Value, int]) -> Value:
        return self.rng.choices(list(shares), weights=list(shares.values()))[0]

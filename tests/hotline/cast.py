"""Made-up staff, and how they bring an order to a state. 王 works in the lead unit, 赵 in another one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count

from sqlalchemy.engine import Engine

from hotline import store
from hotline.desk import act
from hotline.model import OrderDraft, WorkOrder
from hotline.moves import Facts, Move
from hotline.people import CITIZEN, SYSTEM, Actor
from hotline.states import Role, State
from tests.hotline.factories import TUESDAY_MORNING, make_draft

LEAD, OTHER = "区城管执法局", "区住建局"
ACCEPTANCE = Actor("示例受理员", Role.ACCEPTANCE)
DISPATCHER = Actor("示例调度员", Role.DISPATCHER)
AUDITOR = Actor("示例审核员", Role.AUDITOR)
WANG = Actor("王示例", Role.UNIT, LEAD)
ZHAO = Actor("赵示例", Role.UNIT, OTHER)
VISITOR = Actor("示例回访员", Role.VISITOR)
SUPERVISOR = Actor("示例督办员", Role.SUPERVISOR)
CAST = (CITIZEN, SYSTEM, ACCEPTANCE, DISPATCHER, AUDITOR, WANG, ZHAO, VISITOR, SUPERVISOR)

DRAFTS = count()
M = Move
PROPOSAL = Facts(unit=LEAD, opinion="属城市管理职责")
ANSWER = Facts(reply="已清理占道摊位。")
Made = tuple[Move, Actor, Facts]
TO_ACCEPTED: tuple[Made, ...] = ((M.ACCEPT, ACCEPTANCE, Facts()),)
TO_AUDIT: tuple[Made, ...] = (*TO_ACCEPTED, (M.PROPOSE, DISPATCHER, PROPOSAL))
TO_DISPATCHED: tuple[Made, ...] = (*TO_AUDIT, (M.APPROVE, AUDITOR, Facts()))
TO_SIGNED: tuple[Made, ...] = (*TO_DISPATCHED, (M.SIGN, WANG, Facts()))
TO_RETURNED: tuple[Made, ...] = (
    *TO_SIGNED,
    (M.RETURN, WANG, Facts(reason="不属本单位", legal_basis="三定规定（示例）")),
)
TO_REPLIED: tuple[Made, ...] = (*TO_SIGNED, (M.REPLY, WANG, ANSWER))
TO_CLOSED: tuple[Made, ...] = (*TO_REPLIED, (M.APPROVE_REPLY, AUDITOR, Facts()))
TO_VISITING: tuple[Made, ...] = (*TO_CLOSED, (M.START_VISIT, SYSTEM, Facts()))
TO_EVALUATED: tuple[Made, ...] = (*TO_VISITING, (M.RATE, CITIZEN, Facts(score=5)))
PATHS: dict[State, tuple[Made, ...]] = {
    State.SUBMITTED: (),
    State.NEED_INFO: ((M.ASK_INFO, ACCEPTANCE, Facts(reason="具体在哪里？")),),
    State.REJECTED: ((M.REJECT, ACCEPTANCE, Facts(reject_reason="R5")),),
    State.ANSWERED_DIRECTLY: ((M.ANSWER_DIRECTLY, ACCEPTANCE, ANSWER),),
    State.ACCEPTED: TO_ACCEPTED,
    State.PENDING_AUDIT: TO_AUDIT,
    State.DISPATCHED: TO_DISPATCHED,
    State.SIGNED: TO_SIGNED,
    State.RETURNED: TO_RETURNED,
    State.COORDINATING: (*TO_RETURNED, (M.COORDINATE, DISPATCHER, Facts(reason="职责交叉"))),
    State.EXTENSION_REQ: (*TO_SIGNED, (M.REQUEST_EXTENSION, WANG, Facts(reason="需要鉴定", days=5))),
    State.REPLIED: TO_REPLIED,
    State.REDO: (*TO_REPLIED, (M.REJECT_REPLY, AUDITOR, Facts(reason="没有回应诉求"))),
    State.CLOSED: TO_CLOSED,
    State.VISITING: TO_VISITING,
    State.EVALUATED: TO_EVALUATED,
    State.SUPERVISED: (*TO_SIGNED, (M.SUPERVISE, SUPERVISOR, Facts(reason="群众反映强烈"))),
    State.ARCHIVED: (*TO_EVALUATED, (M.ARCHIVE, SYSTEM, Facts())),
    State.CLOSED_TIMEOUT: (
        (M.ASK_INFO, ACCEPTANCE, Facts(reason="具体在哪里？")),
        (M.CLOSE_TIMEOUT, SYSTEM, Facts()),
    ),
    State.CANCELLED: ((M.CANCEL, CITIZEN, Facts()),),
}


@dataclass
class Office:
    """An engine with a clock that goes on a minute with each move."""

    engine: Engine
    now: datetime = TUESDAY_MORNING

    def file(self, draft: OrderDraft | None = None) -> WorkOrder:
        """File a new order, whatever the draft calls itself."""
        draft = replace(draft or make_draft(), draft_id=f"draft-{next(DRAFTS)}")
        return store.submit(self.engine, draft, now=self.tick())

    def do(self, order: WorkOrder, move: Move, actor: Actor, facts: Facts | None = None) -> WorkOrder:
        return act(self.engine, order.number, move, actor, facts or Facts(), now=self.tick())

    def bring(self, order: WorkOrder, state: State) -> WorkOrder:
        """Take a new order to a state by the shortest way."""
        for move, actor, facts in PATHS[state]:
            order = self.do(order, move, actor, facts)
        return order

    def order_in(self, state: State) -> WorkOrder:
        return self.bring(self.file(), state)

    def tick(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now

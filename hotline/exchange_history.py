"""What becomes of an imported case here, and the history that says so. A state is never invented:

- what is still open elsewhere enters as 待受理, whatever step it had reached there: our desk takes every step itself;
- what is finished enters as 已归档, over the steps that the state table asks for, each marked as written afterwards.
  Without a rating the system's default rating is stored, as after seven silent days, and reported apart;
- what was rejected or was a duplicate enters as 已归档 over 不予受理; 已取消 and 超时未补充 as what they are.

The other system does not tell when it dispatched, signed and first answered: those times stay empty, so that such
orders count for no figure that needs them. A line of the history says when and from where the order was imported.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from hotline.columns import header_of
from hotline.deadlines import Calendar, Deadline, Limit, due
from hotline.errors import InvalidOrder, RefusedMove
from hotline.exchange_errors import BadCell
from hotline.exchange_reading import Case, Fate
from hotline.lives import Life, filed
from hotline.model import EventKind
from hotline.moves import DEFAULT_SCORE, Facts, Move
from hotline.people import CITIZEN, SYSTEM, Actor
from hotline.scope import refusal_of
from hotline.states import Role

AFTERWARDS = "导入补记，原系统未提供此步的经办人和时间"
DUE_ELSEWHERE = "原系统给出的部门办理截止时间"
LONGEST_REASON = 900  # characters
_CODE_IN_FRONT = re.compile(r"^R\d+[^：]*：")
IMPORTER = Actor("导入", Role.SYSTEM)
ACCEPTANCE = Actor("原系统受理", Role.ACCEPTANCE)
DISPATCHER = Actor("原系统拟办", Role.DISPATCHER)
AUDITOR = Actor("原系统审核", Role.AUDITOR)
VISITOR = Actor("原系统回访", Role.VISITOR)


def life_of(
    case: Case,
    number: str,
    query_code: str,
    *,
    origin: str,
    now: datetime,
    calendar: Calendar,
    limits: tuple[Limit, ...],
) -> Life:
    """The order of a case with its history; `origin` names file and row. Raises BadCell when it cannot be one."""
    is_open = case.fate is Fate.OPEN
    life = filed(
        case.draft if is_open else replace(case.draft, is_threat=False),  # only what is open is escalated
        _deadline(case, calendar, limits),
        IMPORTER,
        number=number,
        query_code=query_code,
        received_at=case.received_at,
        now=now,
        calendar=calendar,
    )
    try:
        ENDINGS[case.fate](life, case)
    except RefusedMove as error:
        raise BadCell(header_of("state"), error.reason) from error
    except InvalidOrder as error:
        raise BadCell(header_of("reply"), "文字过长") from error
    state = f"，原状态“{case.state_text}”" if case.state_text else ""
    life.note(
        EventKind.NOTE,
        IMPORTER,
        f"由{origin}导入，原编号 {case.draft.draft_id}{state}",
        at=max(now, life.events[-1].at),
    )
    life.order = replace(life.order, updated_at=now, is_threat=case.draft.is_threat)
    return life


def _deadline(case: Case, calendar: Calendar, limits: tuple[Limit, ...]) -> Deadline:
    """The limit of our own rules, or the last day that the other system set."""
    own = due(case.draft.type, case.received_at, calendar, limits)
    if case.due_on is None or case.due_on == own.on:
        return own
    return replace(own, on=case.due_on, basis=DUE_ELSEWHERE, is_official=False, is_provisional=False)


def _leave_open(life: Life, case: Case) -> None:
    """Our desk decides from here on."""


def _finish(life: Life, case: Case) -> None:
    assert case.closed_at is not None  # BadCell otherwise
    at, facts = case.closed_at, _answer(case)
    if case.unit:
        unit = Actor("原系统承办", Role.UNIT, case.unit)
        proposal = Facts(reason=AFTERWARDS, unit=case.unit, co_units=case.co_units, opinion=AFTERWARDS)
        life.move_only(Move.ACCEPT, ACCEPTANCE, Facts(reason=AFTERWARDS), at=at)
        life.move_only(Move.PROPOSE, DISPATCHER, proposal, at=at)
        life.move_only(Move.APPROVE, AUDITOR, Facts(reason=AFTERWARDS), at=at)
        life.move_only(Move.SIGN, unit, Facts(reason=AFTERWARDS), at=at)
        life.move_only(Move.REPLY, unit, facts, at=at)
        life.move_only(Move.APPROVE_REPLY, AUDITOR, Facts(reason=AFTERWARDS), at=at)
    else:
        life.move_only(Move.ANSWER_DIRECTLY, ACCEPTANCE, facts, at=at)
    life.move_only(Move.START_VISIT, SYSTEM, Facts(reason=AFTERWARDS), at=at)
    _rate(life, case, at)
    life.move_only(Move.ARCHIVE, SYSTEM, at=max(at, case.archived_at or at))
    life.order = replace(
        life.order,
        dispatched_at=None,
        signed_at=None,
        responded_at=None,
        opinion="",
        proposed_unit=case.draft.proposed_unit,
    )


def _answer(case: Case) -> Facts:
    return Facts(
        reason=AFTERWARDS,
        reply=case.reply,
        public_reply=case.draft.public_reply,
        resolution=case.resolution,
        handling=case.handling,
    )


def _rate(life: Life, case: Case, at: datetime) -> None:
    if case.satisfaction and not case.is_default_rating:
        told = Facts(reason=AFTERWARDS, score=case.satisfaction, text=case.rating_text)
        life.move_only(Move.RATE, VISITOR, told, at=at)
    else:
        score = case.satisfaction or DEFAULT_SCORE
        life.move_only(Move.RATE, SYSTEM, Facts(score=score, is_default=True, text=case.rating_text), at=at)


def _reject(life: Life, case: Case) -> None:
    if not case.reject_code:
        raise BadCell(header_of("return_reason"), "不予受理的诉求请写明情形编号（R1 至 R10）和理由")
    at = case.closed_at or case.received_at
    facts = Facts(reject_reason=case.reject_code, reason=_own_words(case), reply=case.reply)
    life.move_only(Move.REJECT, ACCEPTANCE, facts, at=at)
    life.move_only(Move.ARCHIVE, SYSTEM, at=at)
    life.order = replace(life.order, responded_at=None)


def _own_words(case: Case) -> str:
    """Why, without what our own history puts around it: code and title in front, the right channel behind."""
    known = refusal_of(case.reject_code)
    reason = _CODE_IN_FRONT.sub("", case.reason).removesuffix(known.channel if known else "")
    return reason or case.reply[:LONGEST_REASON] or "重复件"


def _cancel(life: Life, case: Case) -> None:
    life.move_only(Move.CANCEL, CITIZEN, Facts(reason=AFTERWARDS), at=case.closed_at or case.received_at)


def _time_out(life: Life, case: Case) -> None:
    at = case.closed_at or case.received_at
    life.move_only(Move.ASK_INFO, ACCEPTANCE, Facts(reason=AFTERWARDS), at=at)
    life.move_only(Move.CLOSE_TIMEOUT, SYSTEM, at=at)
    life.order = replace(life.order, responded_at=None)


ENDINGS: dict[Fate, Callable[[Life, Case], None]] = {
    Fate.OPEN: _leave_open,
    Fate.FINISHED: _finish,
    Fate.REJECTED: _reject,
    Fate.CANCELLED: _cancel,
    Fate.TIMED_OUT: _time_out,
}

"""Why a move is refused, as a sentence for staff (Chinese); empty when nothing speaks against it. No I/O."""

from __future__ import annotations

from collections.abc import Callable

from hotline import scope
from hotline.model import WorkOrder
from hotline.moves import FACT_LABELS, MOVES, Facts, Move
from hotline.numbers import day_of
from hotline.people import Actor
from hotline.routing import TOWN_UNIT
from hotline.states import Role, State
from hotline.step import Step
from hotline.windows import most_extension, return_ends_on


def standing_refusal(order: WorkOrder, move: Move, actor: Actor) -> str:
    """What state, role and unit say, before any fact is told."""
    row = MOVES[move]
    if order.state not in row.sources:
        return f"工单现在是“{order.state.label}”，不能{row.label}。"
    if actor.role not in row.roles:
        who = "、".join(role.label for role in row.roles)
        return f"{row.label}由{who}办理，{actor.role.label}不能办理。"
    if actor.role is Role.UNIT and (not actor.unit or actor.unit != order.lead_unit):
        return f"只有主办单位（{order.lead_unit or '未定'}）可以{row.label}。"
    if move is Move.SUPERVISE and actor.role is Role.VISITOR and order.state is not State.VISITING:
        return "回访员只能在回访时提请督办。"
    if move is Move.CANCEL and order.is_threat:
        return "涉及扬言或自伤风险的工单须由工作人员核实，不能撤回。"
    if move is Move.REQUEST_EXTENSION and order.extended_days:
        return "每件工单只能延期一次（本系统默认规则）。"
    return ""


def missing_fact(move: Move, facts: Facts) -> str:
    """Name of the first fact that the move needs and nobody told."""
    return next((name for name in MOVES[move].needs if not getattr(facts, name)), "")


def missing_sentence(move: Move, name: str) -> str:
    return f"{move.label}需要填写{FACT_LABELS[name]}。"


def particular_refusal(order: WorkOrder, step: Step) -> str:
    """What the facts, the people before and the clock say."""
    rule = RULES.get(step.move)
    return rule(order, step) if rule else ""


def _second_person(order: WorkOrder, step: Step) -> str:
    if not order.proposed_unit:
        return "还没有拟办单位，不能审核。"
    return "拟办和审核须由不同的人办理。" if step.known.proposer == step.actor.name else ""


def _second_reader(order: WorkOrder, step: Step) -> str:
    if step.known.reply is None:
        return "没有待审核的答复。"
    return "答复人不能审核自己的答复。" if step.known.reply.author == step.actor.name else ""


def _reason_known(order: WorkOrder, step: Step) -> str:
    code = step.facts.reject_reason
    return "" if scope.refusal_of(code) else f"没有“{code}”这种不予受理的情形。"


def _mergeable(order: WorkOrder, step: Step) -> str:
    main = step.known.main
    if main is None:
        return f"没有工单{step.facts.into}。"
    if main.number == order.number:
        return "工单不能并入自己。"
    if main.state is State.MERGED:
        return f"工单{main.number}已并入{main.merged_into}，请直接并入那一件。"
    return "" if main.state.is_open else f"工单{main.number}已办结，只能并入正在办理的工单。"


def _units(order: WorkOrder, step: Step) -> str:
    if step.facts.unit in step.facts.co_units:
        return "主办单位不能同时是协办单位。"
    if TOWN_UNIT in (step.facts.unit, *step.facts.co_units):
        return f"请写明是哪个镇街，不能只写“{TOWN_UNIT}”。"
    return ""


def _nobody_depends(order: WorkOrder, step: Step) -> str:
    return "已有其他市民的工单并入本单，不能撤回。" if step.known.has_merged else ""


def _in_return_window(order: WorkOrder, step: Step) -> str:
    end = return_ends_on(order, step.known.calendar)
    if end is None or day_of(step.now) <= end:
        return ""
    return f"退单期限（{end:%Y-%m-%d}，本系统默认为1个工作日）已过，不能退单。"


def _extension_asked(order: WorkOrder, step: Step) -> str:
    if day_of(step.now) > order.due_on:
        return f"办理期限（{order.due_on:%Y-%m-%d}）已过，不能再申请延期（本系统默认规则）。"
    return _extension_size(order, step.facts.days)


def _extension_granted(order: WorkOrder, step: Step) -> str:
    return _extension_size(order, step.facts.days or step.known.asked_days)


def _extension_size(order: WorkOrder, days: int) -> str:
    most = most_extension(order)
    return "" if 1 <= days <= most else f"延期只能是1至{most}个工作日（不超过原时限，本系统默认规则）。"


def _rating(order: WorkOrder, step: Step) -> str:
    if not 1 <= step.facts.score <= 5:
        return "评价只能是1至5分。"
    is_system = step.actor.role is Role.SYSTEM
    return "" if is_system is step.facts.is_default else "默认评价只由系统存入，系统也只存默认评价。"


RULES: dict[Move, Callable[[WorkOrder, Step], str]] = {
    Move.CANCEL: _nobody_depends,
    Move.REJECT: _reason_known,
    Move.MERGE: _mergeable,
    Move.PROPOSE: _units,
    Move.ASSIGN: _units,
    Move.APPROVE: _second_person,
    Move.SEND_BACK: _second_person,
    Move.RETURN: _in_return_window,
    Move.REQUEST_EXTENSION: _extension_asked,
    Move.GRANT_EXTENSION: _extension_granted,
    Move.APPROVE_REPLY: _second_reader,
    Move.REJECT_REPLY: _second_reader,
    Move.RATE: _rating,
}

"""`python -m bot orders …`: look at work orders from the shell. Names and phones are masked unless asked for."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Engine

from hotline import (
    cli_demo,
    cli_desk,
    cli_exchange,
    cli_gateway,
    cli_kpi,
    cli_learn,
    cli_limits,
    cli_outbox,
    cli_phone,
    cli_topics,
    store,
)
from hotline.deadlines import SHANGHAI
from hotline.errors import OrderNotFound
from hotline.masks import masked
from hotline.model import EventKind, OrderType, WorkOrder, WorkOrderEvent
from hotline.states import State

TOPICS = (
    cli_desk,
    cli_phone,
    cli_exchange,
    cli_topics,
    cli_learn,
    cli_kpi,
    cli_limits,
    cli_outbox,
    cli_gateway,
    cli_demo,
)


def add_commands(subparsers: Any) -> None:
    """Add `orders list`, `orders show NUMBER` and the commands of every topic.

    Each sets `run`, a function of the parsed arguments and a migrated engine that returns the exit status.
    """
    orders = subparsers.add_parser("orders", help="work orders (工单)")
    commands = orders.add_subparsers(dest="orders_command", required=True, metavar="COMMAND")
    listing = commands.add_parser("list", help="the latest orders, one a line")
    listing.add_argument("--state", choices=[state.value for state in State], action="append", default=[])
    listing.add_argument("--type", choices=[kind.value for kind in OrderType], action="append", default=[])
    listing.add_argument("--unit", default="", help="proposed unit, such as 区人社局")
    listing.add_argument("--limit", type=_positive, default=20, help="at most this many (default: 20)")
    listing.set_defaults(run=run_list)
    showing = commands.add_parser("show", help="one order with its history")
    showing.add_argument("number", help="such as WJ2025030400001")
    showing.set_defaults(run=run_show)
    for parser in (listing, showing):
        parser.add_argument("--reveal", action="store_true", help="show names, phones and query codes in full")
    for topic in TOPICS:
        topic.add_commands(commands)


def run_list(args: argparse.Namespace, engine: Engine) -> int:
    """Print the latest orders."""
    filters = store.OrderFilter(
        states=tuple(State(value) for value in args.state),
        types=tuple(OrderType(value) for value in args.type),
        proposed_unit=args.unit,
    )
    orders = store.list_orders(engine, filters, limit=args.limit)
    for order in orders:
        print(_line(order if args.reveal else masked(order)))
    if not orders:
        print("没有符合条件的工单。")
    return 0


def run_show(args: argparse.Namespace, engine: Engine) -> int:
    """Print one order; exit status 1 when it does not exist."""
    try:
        order = store.get(engine, args.number)
    except OrderNotFound:
        print(f"没有工单 {args.number}。", file=sys.stderr)
        return 1
    for label, value in _fields(order if args.reveal else masked(order), args.reveal):
        print(f"{label}：{value or '—'}")
    print("办理记录：")
    for event in store.history(engine, order.number):
        print(f"  {_local(event.at)}  {event.actor}  {_what(event)}")
    return 0


def _line(order: WorkOrder) -> str:
    cells = (
        order.number,
        _local(order.received_at),
        order.type.label,
        order.state.label,
        f"限{order.due_on:%m-%d}",
        order.town or "—",
        order.proposed_unit or "待定单位",
        f"{order.appellant_name} {order.appellant_phone}".strip() or order.privacy.label,
        order.title,
    )
    return "  ".join(cells)


def _fields(order: WorkOrder, with_code: bool) -> Iterable[tuple[str, str]]:
    official = "" if order.is_official_limit else "（非官方时限）"
    provisional = "（暂定）" if order.is_due_provisional else ""
    yield "工单编号", order.number
    yield "查询码", order.query_code if with_code else "******"
    yield "状态", order.state.label
    yield "诉求类型", order.type.label
    yield "紧急程度", order.urgency.label
    yield "保密要求", order.privacy.label
    yield "来源", "/".join(filter(None, (order.source, order.source_sub)))
    yield "标题", order.title
    yield "诉求内容", order.content
    yield "事发地点", " ".join(filter(None, (order.town, order.location)))
    yield "事发时间", order.incident_time
    yield "诉求人", order.appellant_name
    yield "联系电话", order.appellant_phone
    yield "拟办单位", order.proposed_unit
    yield "拟办说明", order.routing_explanation
    yield "拟办意见", order.opinion
    yield "主办单位", order.lead_unit
    yield "督办牌", order.card.label
    yield "收到时间", _local(order.received_at)
    yield "办理期限", f"{order.due_on}{provisional}，{order.limit_days}个工作日{official}"
    yield "时限依据", order.limit_basis
    yield "答复内容", order.reply_text
    default = "（逾期未评，默认）" if order.is_default_rating else ""
    yield "满意度", f"{order.satisfaction} 分{default}" if order.satisfaction else ""


def _what(event: WorkOrderEvent) -> str:
    is_move = event.kind is EventKind.TRANSITION
    move = f"{event.from_state.label} → {event.to_state.label}" if is_move else event.kind.label
    return f"{move}  {event.reason}".rstrip()


def _local(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number

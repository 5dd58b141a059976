"""`python -m bot orders take`: enter a phone call from the shell, by options or by answering questions."""

from __future__ import annotations

import argparse
import sys
import uuid
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy.engine import Engine

from hotline.model import OrderType, Privacy, Urgency
from hotline.people import Actor
from hotline.phone_intake import FIELD_LABELS, Call, InvalidCall, take_call
from hotline.states import Role

Value = TypeVar("Value")

ASKED = ("content", "town", "location", "incident_time", "name", "phone")
TYPES = {kind.label: kind for kind in OrderType}
PRIVACIES = {privacy.label: privacy for privacy in Privacy}


def add_commands(subparsers: Any) -> None:
    """Add `take`; it sets `run`, a function of the parsed arguments and a migrated engine."""
    taking = subparsers.add_parser("take", help="登记一个来电；不带 --content 时逐项询问")
    taking.add_argument("--operator", required=True, help="坐席姓名，记入办理记录")
    taking.add_argument("--type", choices=list(TYPES), default=OrderType.COMPLAINT.label, help="缺省：投诉")
    taking.add_argument("--privacy", choices=list(PRIVACIES), default=Privacy.PUBLIC.label, help="缺省：公开")
    for name in (*ASKED, "title", "category"):
        taking.add_argument(f"--{name.replace('_', '-')}", default="", help=FIELD_LABELS[name])
    taking.add_argument("--call-id", default="", help="来电编号；同一编号只登记一次，缺省随机")
    taking.add_argument("--urgent", action="store_true", help="紧急")
    taking.add_argument("--threat", action="store_true", help="扬言或自伤，立即升级")
    taking.add_argument("--public-reply", action="store_true", help="市民同意公开答复")
    taking.set_defaults(run=run_take)


def run_take(args: argparse.Namespace, engine: Engine) -> int:
    """File the call and print the receipt; exit status 1 when something is missing or wrong."""
    noted = {name: getattr(args, name) for name in ASKED}
    kind, privacy = TYPES[args.type], PRIVACIES[args.privacy]
    if not args.content:
        kind, privacy = _choose("诉求类型", TYPES, kind), _choose("保密要求", PRIVACIES, privacy)
        noted = {name: _ask(FIELD_LABELS[name]) or noted[name] for name in ASKED}
    call = Call(
        call_id=args.call_id or uuid.uuid4().hex,
        type=kind,
        privacy=privacy,
        title=args.title,
        category=args.category,
        urgency=Urgency.URGENT if args.urgent else Urgency.NORMAL,
        public_reply=args.public_reply,
        is_threat=args.threat,
        **noted,
    )
    try:
        order = take_call(engine, call, Actor(args.operator, Role.ACCEPTANCE), now=datetime.now(UTC))
    except InvalidCall as error:
        for problem in error.problems:
            print(f"{FIELD_LABELS[problem.field]}：{problem.reason}", file=sys.stderr)
        return 1
    print(f"已登记 {order.number}，查询码 {order.query_code}，办理期限 {order.due_on}。")
    print(f"建议承办单位：{order.proposed_unit or '未定'}。{order.routing_explanation}")
    return 0


def _ask(label: str) -> str:
    print(f"{label}：", end="", flush=True)
    return sys.stdin.readline().strip()


def _choose(label: str, values: dict[str, Value], default: Value) -> Value:
    """Ask until one of the labels, or nothing for the default, is given; at the end of input the default."""
    while True:
        print(f"{label}（{'、'.join(values)}）：", end="", flush=True)
        line = sys.stdin.readline()
        if not line.strip():
            return default
        if line.strip() in values:
            return values[line.strip()]

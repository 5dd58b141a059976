"""`python -m bot orders move`: the work-order desk from the shell, for scripts and until a page does it.

Who acts is taken from the options: the shell belongs to the operator of the machine, who answers for it.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.engine import Engine

from hotline import desk, store
from hotline.errors import InvalidOrder, OrderNotFound, RefusedMove, StaleOrder
from hotline.model import Handling, Resolution
from hotline.moves import MOVES, Facts, Move
from hotline.people import Actor
from hotline.states import Role

TEXTS = {
    "reason": "理由",
    "unit": "主办单位（拟办、改派）",
    "opinion": "拟办意见",
    "reply": "答复内容",
    "into": "并入的工单编号",
    "legal_basis": "退单的法定依据",
    "reject_reason": "不予受理的情形，R1 至 R10",
    "text": "补充内容",
}


def add_commands(commands: Any) -> None:
    """Add `orders move NUMBER MOVE` and `orders moves NUMBER`."""
    moving = commands.add_parser("move", help="办理一步：受理、拟办、审核派单、签收、退单、答复 …")
    moving.add_argument("number")
    moving.add_argument("move", choices=[move.value for move in Move], metavar="MOVE", help=_choices())
    _add_actor(moving)
    for name, meaning in TEXTS.items():
        moving.add_argument(f"--{name.replace('_', '-')}", default="", help=meaning)
    moving.add_argument("--co-unit", action="append", default=[], help="协办单位，可多次")
    moving.add_argument("--days", type=int, default=0, help="延期的工作日数")
    moving.add_argument("--score", type=int, default=0, help="评价，1 至 5")
    moving.add_argument("--resolution", choices=[each.value for each in Resolution], default=Resolution.UNKNOWN.value)
    moving.add_argument("--handling", choices=[each.value for each in Handling], default=Handling.NORMAL.value)
    moving.add_argument("--version", type=int, help="所见的版本号；工单已被他人改动时拒绝")
    moving.set_defaults(run=run_move)
    asking = commands.add_parser("moves", help="某人此刻对一件工单可以办理的步骤")
    asking.add_argument("number")
    _add_actor(asking)
    asking.set_defaults(run=run_moves)


def run_move(args: argparse.Namespace, engine: Engine) -> int:
    """Make one move; exit status 1 with the reason when it is refused."""
    facts = Facts(
        **{name: getattr(args, name) for name in TEXTS},
        co_units=tuple(args.co_unit),
        days=args.days,
        score=args.score,
        resolution=Resolution(args.resolution),
        handling=Handling(args.handling),
    )
    try:
        order = desk.act(
            engine, args.number, Move(args.move), _actor(args), facts, version=args.version, now=datetime.now(UTC)
        )
    except OrderNotFound:
        return _refuse(f"没有工单 {args.number}。")
    except (RefusedMove, StaleOrder) as error:
        return _refuse(error.reason)
    except InvalidOrder as error:
        return _refuse(f"填写有误：{error}")
    print(f"{order.number}：{MOVES[Move(args.move)].label}，现为“{order.state.label}”，版本 {order.version}。")
    return 0


def run_moves(args: argparse.Namespace, engine: Engine) -> int:
    """Print what this person may do now; exit status 1 when the order does not exist."""
    try:
        order = store.get(engine, args.number)
    except OrderNotFound:
        return _refuse(f"没有工单 {args.number}。")
    moves = desk.possible(order, _actor(args))
    for move in moves:
        print(f"{move.value:20} {MOVES[move].label}")
    if not moves:
        print(f"工单在“{order.state.label}”，这个角色此刻没有可办理的步骤。")
    return 0


def _add_actor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--staff", required=True, help="办理人，记入办理记录")
    parser.add_argument("--role", required=True, choices=[role.value for role in Role if role is not Role.CITIZEN])
    parser.add_argument("--of", default="", metavar="UNIT", help="办理人所在的承办单位")


def _actor(args: argparse.Namespace) -> Actor:
    return Actor(args.staff, Role(args.role), args.of)


def _choices() -> str:
    return "，".join(f"{move.value} {row.label}" for move, row in MOVES.items())


def _refuse(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 1

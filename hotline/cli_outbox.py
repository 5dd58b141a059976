"""`python -m bot orders outbox …`: messages to other systems that did not arrive. Their contents are not shown."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.engine import Engine

from hotline.deadlines import SHANGHAI
from storage.outbox import OutboxMessage, count_messages, list_messages, resend

STATE_LABELS = {"waiting": "待发送", "delivered": "已送达", "dead": "已放弃"}


def add_commands(orders_commands: Any) -> None:
    """Add `outbox list` and `outbox resend` to the commands of `orders`."""
    parser = orders_commands.add_parser("outbox", help="发给其他系统和工作人员的消息：查看没有送达的，重新发送")
    commands = parser.add_subparsers(dest="outbox_command", required=True, metavar="COMMAND")
    listing = commands.add_parser("list", help="待发送和已放弃的消息，先旧后新")
    listing.add_argument("--state", choices=list(STATE_LABELS), action="append", help="缺省为 waiting 和 dead")
    listing.add_argument("--target", default="", help="只看一个去向，如 gateway、staff、wecom、email")
    listing.add_argument("--limit", type=int, default=50, help="最多几条（缺省 50）")
    listing.set_defaults(run=run_list)
    sending = commands.add_parser("resend", help="把已放弃的消息重新排队，由运行中的服务发送")
    which = sending.add_mutually_exclusive_group(required=True)
    which.add_argument("keys", nargs="*", default=[], metavar="KEY", help="消息的键，见 outbox list")
    which.add_argument("--all", action="store_true", help="全部已放弃的消息")
    sending.set_defaults(run=run_resend)


def run_list(args: argparse.Namespace, engine: Engine) -> int:
    """Print messages, one a line, and how many there are in each state."""
    states = tuple(args.state or ("waiting", "dead"))
    for message in list_messages(engine, states=states, target=args.target, limit=max(args.limit, 1)):
        print(_line(message))
    counts = count_messages(engine)
    print("合计：" + "，".join(f"{label} {counts[state]}" for state, label in STATE_LABELS.items()))
    return 0


def run_resend(args: argparse.Namespace, engine: Engine) -> int:
    """Put dead messages back into the queue; exit status 1 when one of the keys is not a dead message."""
    keys = None if args.all else tuple(dict.fromkeys(args.keys))
    count = resend(engine, keys=keys, now=datetime.now(UTC))
    print(f"重新排队 {count} 条。")
    return 0 if keys is None or count == len(keys) else 1


def _line(message: OutboxMessage) -> str:
    when = message.finished_at or message.next_try_at
    cells = (
        STATE_LABELS[message.state],
        f"{when.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
        message.target,
        message.subject,
        f"已试{message.attempts}次",
        message.key,
        message.last_error,
    )
    return "  ".join(cell for cell in cells if cell)

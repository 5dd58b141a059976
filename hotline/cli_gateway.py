"""`python -m bot orders forward|links`: hand orders over to another hotline, and see what it says of them."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.engine import Engine

from hotline import store
from hotline.deadlines import SHANGHAI
from hotline.errors import OrderNotFound
from hotline.gateway_delivery import post_push
from hotline.gateway_links import latest_links
from storage.engine import transaction


def add_commands(commands: Any) -> None:
    """Add the two to the subparsers of `orders`."""
    forward = commands.add_parser("forward", help="hand orders over to another hotline, by way of the outbox")
    forward.add_argument("numbers", nargs="+", metavar="NUMBER")
    forward.add_argument("--gateway", default="open311", help="name of the gateway (default: open311)")
    forward.set_defaults(run=run_forward)
    links = commands.add_parser("links", help="orders in other systems: number and state there")
    links.add_argument("--gateway", default="", help="only this gateway")
    links.add_argument("--limit", type=int, default=50, help="at most this many (default: 50)")
    links.set_defaults(run=run_links)


def run_forward(args: argparse.Namespace, engine: Engine) -> int:
    """Leave one message for each order; exit status 1 when one does not exist."""
    status = 0
    for number in args.numbers:
        try:
            order = store.get(engine, number)
        except OrderNotFound:
            print(f"没有工单 {number}。", file=sys.stderr)
            status = 1
            continue
        with transaction(engine) as connection:
            post_push(connection, order.number, args.gateway, now=datetime.now(UTC))
        print(f"{order.number} 已排队，将转交 {args.gateway}。")
    return status


def run_links(args: argparse.Namespace, engine: Engine) -> int:
    """Print the links, the last checked first."""
    with engine.connect() as connection:
        links = latest_links(connection, args.gateway, args.limit)
    for link in links:
        checked = f"{link.checked_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if link.checked_at else "尚未查询"
        print("  ".join((link.number, link.gateway, link.remote_number or "—", checked, link.remote_state)))
    if not links:
        print("没有转交给其他系统的工单。")
    return 0

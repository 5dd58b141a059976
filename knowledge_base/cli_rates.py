"""`python -m bot kb rates`: 网上可办率, 最多跑一次率 and 一窗受理率 of the published guides."""

from __future__ import annotations

import argparse
from typing import Any

from sqlalchemy.engine import Engine

from knowledge_base.rates import rates


def add_commands(subparsers: Any) -> None:
    """Add `rates` to the commands of `kb`; it sets `run`, a function of the arguments and a migrated engine."""
    showing = subparsers.add_parser("rates", help="网上可办率、最多跑一次率、一窗受理率")
    showing.set_defaults(run=run_rates)


def run_rates(_: argparse.Namespace, engine: Engine) -> int:
    """Print each rate with what it was computed from."""
    for rate in rates(engine):
        value = "—" if rate.value is None else f"{rate.value:.1%}"
        print(f"{rate.label}：{value}（{rate.fulfilled}/{rate.known}；另有 {rate.unknown} 项没有写明）")
        print(f"    {rate.formula}")
    return 0

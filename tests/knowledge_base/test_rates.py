from __future__ import annotations

import argparse
from datetime import UTC, datetime

import pytest
from sqlalchemy.engine import Engine

from knowledge_base import cli_rates, store
from knowledge_base.model import ChannelUse, Confidence, Guide, Level, Place, Record, State
from knowledge_base.rates import is_online, rates_of, takes_one_window, visits
from tests.knowledge_base.factories import make_guide, make_statement


def channel(depth: str, confidence: Confidence = Confidence.GENERAL) -> ChannelUse:
    return ChannelUse.model_validate({"channel": "yss", "depth": depth, "confidence": confidence})


def place(name: str) -> Place:
    return Place(name=name, level=Level.DISTRICT, confidence=Confidence.GENERAL)


@pytest.mark.parametrize(
    ("guide", "expected"),
    [
        (make_guide(channels=(channel("咨询"), channel("申请"))), True),
        (make_guide(channels=(channel("全程网办"),)), True),
        (make_guide(channels=(channel("查询"),)), False),
        (make_guide(channels=(channel("申请", Confidence.UNCERTAIN),)), None),
        (make_guide(online=(make_statement("网上办理：是（办理平台：示例）"),)), True),
        (make_guide(online=(make_statement("网上办理：否"),)), False),
        (make_guide(), None),
    ],
)
def test_online_means_that_one_can_apply_there(guide: Guide, expected: bool | None) -> None:
    assert is_online(guide) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("到办事现场次数：0次", 0),
        ("到办事现场次数：10次", 10),
        ("到办事现场次数：1次", 1),
        ("网上办理不用跑；窗口办理去一次。", 1),
        ("至少去两次：一次申请，一次期满后领证。", 2),
        ("全程网办，不用跑。", 0),
        ("以窗口答复为准。", None),
    ],
)
def test_visits_are_the_most_that_the_guide_speaks_of(text: str, expected: int | None) -> None:
    assert visits(make_guide(visits=(make_statement(text),))) == expected


def test_what_is_uncertain_counts_as_nothing() -> None:
    assert visits(make_guide(visits=(make_statement("1次", confidence=Confidence.UNCERTAIN),))) is None


def test_one_window_is_judged_by_the_counters_name() -> None:
    assert takes_one_window(make_guide(places=(place("示例大厅综合窗口"),))) is True
    assert takes_one_window(make_guide(places=(place("示例派出所户籍窗口"),))) is False
    assert takes_one_window(make_guide()) is None


def test_unknown_guides_are_left_out_of_the_rate_and_counted_beside_it() -> None:
    guides = [
        make_guide("T01", visits=(make_statement("1次"),)),
        make_guide("T02", visits=(make_statement("2次"),)),
        make_guide("T03"),
    ]
    once = next(rate for rate in rates_of(guides) if rate.code == "once")
    assert (once.fulfilled, once.known, once.unknown, once.value) == (1, 2, 1, 0.5)


def test_no_guide_gives_no_rate() -> None:
    assert [rate.value for rate in rates_of([])] == [None, None, None]


def test_command_prints_published_guides_only(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    now = datetime(2025, 3, 4, tzinfo=UTC)
    published: list[Record] = [make_guide("T01", visits=(make_statement("0次"),))]
    store.save(engine, published, author="李", reason="", now=now)
    draft: list[Record] = [make_guide("T02", visits=(make_statement("9次"),))]
    store.save(engine, draft, author="李", reason="", now=now, state=State.DRAFT)
    parser = argparse.ArgumentParser()
    cli_rates.add_commands(parser.add_subparsers(required=True))
    args = parser.parse_args(["rates"])
    assert args.run(args, engine) == 0
    assert "最多跑一次率：100.0%（1/1；另有 0 项没有写明）" in capsys.readouterr().out

"""The knowledge base swaps whole pictures: only when something published changed, and then at once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy.engine import Engine

from knowledge_base.base import KnowledgeBase
from knowledge_base.errors import EmptyBase
from knowledge_base.model import Aspect, Record, State
from knowledge_base.search import Found
from knowledge_base.store import fingerprint, save
from tests.knowledge_base.factories import CountingEmbedder, make_channel, make_guide, make_small_base

NOW = datetime(2025, 3, 3, 1, 0, tzinfo=UTC)


def publish(engine: Engine, *records: Record, state: State = State.PUBLISHED) -> None:
    save(engine, records, author="李", reason="测试", now=NOW, state=state)


@pytest.fixture
def model() -> CountingEmbedder:
    return CountingEmbedder()


@pytest.fixture
def base(engine: Engine, model: CountingEmbedder) -> KnowledgeBase:
    publish(engine, *make_small_base(), make_channel())
    return KnowledgeBase(engine, model)


def test_a_reload_without_a_published_change_keeps_the_picture(engine: Engine, base: KnowledgeBase) -> None:
    before = base.reload()
    publish(engine, *make_small_base())
    publish(engine, make_guide("T09", "还在起草的事项"), state=State.DRAFT)
    assert base.reload() is before
    assert base.picture is before


def test_a_published_change_is_live_after_the_reload(engine: Engine, base: KnowledgeBase) -> None:
    before = base.reload()
    assert base.entry("T09") is None
    publish(engine, make_guide("T09", "临时占道施工备案"))
    after = base.reload()
    assert after is not before
    assert after.version == fingerprint(engine) != before.version
    result = base.search("臨時佔道施工備案")
    assert (result.found, result.first.code) == (Found.ANSWER, "T09")
    assert base.entry("T09") == make_guide("T09", "临时占道施工备案")


def test_a_retired_entry_is_gone_after_the_reload(engine: Engine, base: KnowledgeBase) -> None:
    base.reload()
    publish(engine, make_small_base()[3], state=State.RETIRED)
    base.reload()
    assert base.entry("S04") is None
    assert base.search("居住证办理").first.code != "S04"


def test_a_change_embeds_only_what_is_new(engine: Engine, base: KnowledgeBase, model: CountingEmbedder) -> None:
    base.reload()
    model.asked.clear()
    publish(engine, make_guide("T09", "临时占道施工备案"))
    base.reload()
    assert model.asked and all(text.startswith("临时占道施工备案") for text in model.asked)


def test_a_restart_embeds_nothing(engine: Engine, base: KnowledgeBase) -> None:
    base.reload()
    restarted = CountingEmbedder()
    KnowledgeBase(engine, restarted).reload()
    assert restarted.asked == []


def test_the_picture_is_loaded_at_first_use_and_holds_the_channels(base: KnowledgeBase) -> None:
    assert base.picture.channels.keys() == {"yss"}
    assert len(base.picture.index.entries) == 8


def test_an_empty_base_says_what_to_run(engine: Engine, model: CountingEmbedder) -> None:
    publish(engine, make_channel())
    with pytest.raises(EmptyBase, match="python -m bot prepare"):
        KnowledgeBase(engine, model).reload()


def test_readers_go_on_with_the_old_picture_while_a_new_one_is_built(engine: Engine, base: KnowledgeBase) -> None:
    old = base.reload()
    publish(engine, make_guide("T09", "临时占道施工备案"))
    threads = [threading.Thread(target=base.reload) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert base.picture.version in {old.version, fingerprint(engine)}
    for thread in threads:
        thread.join()
    assert base.picture.version == fingerprint(engine)
    assert old.index.by_code.keys() == {f"S{number:02}" for number in range(1, 9)}


def test_choosing_among_given_entries_orders_them_and_leaves_out_unknown_ones(base: KnowledgeBase) -> None:
    chosen = base.choose("居住证办理", ["S05", "none", "S04"])
    assert [entry.code for entry, _ in chosen] == ["S04", "S05"]
    assert sum(share for _, share in chosen) == pytest.approx(1.0)
    assert base.choose("居住证办理", ["none"]) == []


def test_the_aspect_of_a_message_is_told_with_the_entries_of_the_same_picture(base: KnowledgeBase) -> None:
    assert base.aspect_of("要多少钱") is Aspect.FEE

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from hotline import duplicates, store
from hotline.duplicates import Candidate, Kind, find_duplicates
from hotline.errors import OrderNotFound
from hotline.model import Privacy, WorkOrder
from hotline.states import State
from storage.engine import create_engine, migrate, transaction
from storage.tables import work_order
from tests.hotline.factories import TUESDAY_MORNING, make_draft
from tests.hotline.letters import MIXER, WATER

OWN = MIXER[1][1]
SPOT = "示例花园东侧"
A_WEEK_LATER = TUESDAY_MORNING + timedelta(days=7)


def submit(engine: Engine, name: str, at: datetime = TUESDAY_MORNING, **changes: Any) -> WorkOrder:
    usual = {"content": OWN, "location": SPOT, "appellant_phone": "13900000001"}
    return store.submit(engine, make_draft(draft_id=name, **usual | changes), now=at)


def found(engine: Engine, order: WorkOrder, **options: Any) -> dict[str, Candidate]:
    return {each.number: each for each in find_duplicates(engine, order.number, **options)}


def test_the_same_citizen_who_asks_again_in_other_words_is_found(engine: Engine) -> None:
    order = submit(engine, "a")
    again = submit(engine, "b", A_WEEK_LATER, content="上周反映的搅拌站到现在都没有人来看。")
    (candidate,) = found(engine, order).values()
    assert candidate.number == again.number
    assert candidate.kind is Kind.SAME_CITIZEN
    assert candidate.reason == "同一电话、同一地点、同类事项（区城管执法局）、相隔7天"
    assert candidate.score > 0.65
    assert not candidate.tells_identity


def test_a_neighbour_who_complains_about_the_same_is_found(engine: Engine) -> None:
    order = submit(engine, "a")
    neighbour = submit(engine, "b", A_WEEK_LATER, content=MIXER[2][1], appellant_phone="13900000002")
    candidate = found(engine, order)[neighbour.number]
    assert candidate.kind is Kind.SAME_MATTER
    assert "同一地点" in candidate.reason
    assert "同一电话" not in candidate.reason


def test_a_copied_text_is_found_without_phone_and_place(engine: Engine) -> None:
    order = submit(engine, "a", privacy=Privacy.ANONYMOUS, location="", town="", town_code="", proposed_unit="")
    copy = submit(
        engine, "b", TUESDAY_MORNING + timedelta(days=2), content=f"{OWN}谢谢", location="", town="", town_code=""
    )
    candidate = found(engine, order)[copy.number]
    assert candidate.kind is Kind.SAME_MATTER
    assert candidate.reason.startswith("内容几乎相同（9")


def test_another_matter_of_the_same_citizen_elsewhere_is_not_found(engine: Engine) -> None:
    order = submit(engine, "a")
    submit(
        engine,
        "b",
        content=WATER[0][1],
        location="样板新村",
        town="西河镇",
        town_code="440203101000",
        proposed_unit="供水企业",
    )
    assert found(engine, order) == {}


def test_alike_complaints_in_different_towns_are_not_found(engine: Engine) -> None:
    order = submit(engine, "a")
    submit(engine, "b", content=MIXER[2][1], town="西河镇", town_code="440203101000", appellant_phone="13900000002")
    assert found(engine, order) == {}


def test_another_house_of_the_same_road_is_another_place(engine: Engine) -> None:
    order = submit(engine, "a", location="示例路12号")
    same = submit(engine, "b", location="示例路12号门口", content=MIXER[2][1], appellant_phone="13900000002")
    copy = submit(engine, "c", location="示例路21号", appellant_phone="13900000003")
    submit(engine, "d", location="示例路21号", content=MIXER[2][1], appellant_phone="13900000004")
    candidates = found(engine, order)
    assert set(candidates) == {same.number, copy.number}
    assert "同一地点" in candidates[same.number].reason
    assert "地点不同" in candidates[copy.number].reason


@pytest.mark.parametrize(("days", "is_found"), [(30, True), (31, False)])
def test_the_window_reaches_both_ways_and_ends(engine: Engine, days: int, is_found: bool) -> None:
    earlier = submit(engine, "a")
    later = submit(engine, "b", TUESDAY_MORNING + timedelta(days=days))
    assert (later.number in found(engine, earlier)) is is_found
    assert (earlier.number in found(engine, later)) is is_found
    assert (later.number in found(engine, earlier, within=timedelta(days=40))) is True


@pytest.mark.parametrize("state", [State.MERGED, State.CANCELLED])
def test_what_was_merged_or_withdrawn_is_left_out(engine: Engine, state: State) -> None:
    order, other = submit(engine, "a"), submit(engine, "b")
    with transaction(engine) as connection:
        this = work_order.c.number == other.number
        connection.execute(work_order.update().where(this).values(state=state.value))
    assert found(engine, order) == {}


def test_made_up_orders_are_no_duplicates_of_real_ones(engine: Engine) -> None:
    order = submit(engine, "a")
    submit(engine, "b", is_fictional=True)
    assert found(engine, order) == {}


def test_a_phone_that_ties_a_confidential_order_to_a_public_one_is_flagged(engine: Engine) -> None:
    order = submit(engine, "a")
    hidden = submit(engine, "b", privacy=Privacy.CONFIDENTIAL)
    assert found(engine, order)[hidden.number].tells_identity
    assert found(engine, hidden)[order.number].tells_identity


def test_points_decide_about_the_place_when_both_have_one(engine: Engine) -> None:
    order = submit(engine, "a", lat=24.81, lng=113.59)
    near = submit(engine, "b", A_WEEK_LATER, lat=24.811, lng=113.59, location="桥头", appellant_phone="")
    far = submit(engine, "c", A_WEEK_LATER, lat=24.83, lng=113.59, content=MIXER[2][1], appellant_phone="")
    candidates = found(engine, order)
    assert "同一地点" in candidates[near.number].reason
    assert far.number not in candidates


def test_the_likeliest_come_first_and_only_so_many(engine: Engine) -> None:
    order = submit(engine, "a")
    submit(engine, "b", content=MIXER[2][1], appellant_phone="13900000002")
    copy = submit(engine, "c")
    assert next(iter(found(engine, order))) == copy.number
    assert list(found(engine, order, limit=1)) == [copy.number]


def test_an_unknown_number_is_refused(engine: Engine) -> None:
    with pytest.raises(OrderNotFound):
        find_duplicates(engine, "WJ2025030499999")


def test_every_query_uses_an_index_and_is_limited(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = create_engine(sqlite_url)
    migrate(engine)
    order = submit(engine, "a")
    submit(engine, "b")
    asked: list[tuple[str, Any]] = []
    listener = lambda connection, cursor, statement, values, *_: asked.append((statement, values))  # noqa: E731
    sa.event.listen(engine, "before_cursor_execute", listener)
    monkeypatch.setattr(duplicates, "MOST_FETCHED", 1)
    find_duplicates(engine, order.number)
    sa.event.remove(engine, "before_cursor_execute", listener)
    searches = [(statement, values) for statement, values in asked if statement.startswith("SELECT")]
    assert len(searches) == 6  # the order itself and five searches
    with engine.connect() as connection:
        for statement, values in searches:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
            assert all("SEARCH work_order USING INDEX" in row[-1] or "USE TEMP" in row[-1] for row in plan), plan
    assert all("LIMIT" in statement for statement, _ in searches[1:])
    engine.dispose()


def test_a_candidate_holds_no_phone() -> None:
    assert {field.name for field in dataclasses.fields(Candidate)}.isdisjoint({"appellant_phone", "appellant_name"})

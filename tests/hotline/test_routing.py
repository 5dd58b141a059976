from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hotline.learned import Target, embedded_text
from hotline.learned_file import path_of, save
from hotline.routing import TOWN_UNIT, Proposal, propose
from hotline.routing_rules import find_unit
from knowledge_base.embedding import load_embedder
from tests.hotline.demands import CATEGORIES, learnt

CLEAR = "示例大道公司拖欠三个月工资"  # for rules and model alike
LEARNT_ONLY = "示例广场名额怎么分"  # no word of the rules


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {"DATA_DIR": str(tmp_path)}


def learn(env: dict[str, str], target: Target = Target.UNIT, threshold: float = 0.8, **names: str) -> None:
    """Put the small model in use, with this threshold and with labels renamed."""
    model = learnt(target)
    labels = tuple(names.get(label, label) for label in model.labels)
    save(replace(model, labels=labels, card=replace(model.card, threshold=threshold)), path_of(target, env))


def test_without_a_model_the_rules_speak_alone(env: dict[str, str]) -> None:
    finding = find_unit(CLEAR)
    assert propose(CLEAR, env=env) == Proposal(finding.unit, finding.explanation, finding.score)


def test_both_agree(env: dict[str, str]) -> None:
    learn(env)
    proposal = propose(CLEAR, env=env)
    assert proposal.unit == "区人社局"
    assert proposal.explanation.startswith(find_unit(CLEAR).explanation)
    assert "历史工单也指向区人社局" in proposal.explanation


def test_the_model_fills_what_the_rules_leave_empty(env: dict[str, str]) -> None:
    assert find_unit(LEARNT_ONLY).unit is None
    learn(env)
    proposal = propose(LEARNT_ONLY, env=env)
    assert proposal.unit == "区教育局"
    assert "按历史工单建议由区教育局承办" in proposal.explanation
    assert "名额" in proposal.explanation
    assert 0.8 <= proposal.score <= 1


def test_when_both_are_sure_and_differ_it_stays_empty_and_both_are_named(env: dict[str, str]) -> None:
    learn(env, 区人社局="区民政局")
    proposal = propose(CLEAR, env=env)
    assert proposal.unit is None
    assert "规则指向区人社局" in proposal.explanation
    assert "历史工单指向区民政局" in proposal.explanation
    assert 0 <= proposal.score < 0.5


def test_an_unsure_model_changes_no_unit_but_tells(env: dict[str, str]) -> None:
    learn(env, threshold=2.0)
    proposal = propose(CLEAR, env=env)
    assert proposal.unit == "区人社局"
    assert "历史工单也不足以判断" in proposal.explanation


def test_the_learnt_category_is_filled_in(env: dict[str, str]) -> None:
    learn(env, Target.CATEGORY)
    proposal = propose(CLEAR, env=env)
    assert proposal.category == CATEGORIES["区人社局"]
    assert "事项分类按历史工单为劳动和社会保障" in proposal.explanation


def test_an_unsure_category_stays_empty(env: dict[str, str]) -> None:
    learn(env, Target.CATEGORY, threshold=2.0)
    proposal = propose(CLEAR, env=env)
    assert proposal.category == ""
    assert "事项分类未定" in proposal.explanation


def test_an_order_learnt_for_the_towns_names_the_town(env: dict[str, str]) -> None:
    learn(env, 区教育局=TOWN_UNIT)
    proposal = propose(LEARNT_ONLY, "龙归镇", env=env)
    assert proposal.unit == TOWN_UNIT
    assert "所在镇街（龙归镇）" in proposal.explanation


def test_a_vector_that_is_passed_in_is_used(env: dict[str, str]) -> None:
    learn(env)
    vector = load_embedder().embed([embedded_text(CLEAR)])[0]
    assert propose(CLEAR, vector=vector, env=env) == propose(CLEAR, env=env)
    assert propose(CLEAR, vector=-vector, env=env) != propose(CLEAR, env=env)


def test_a_model_made_with_another_embedder_is_not_used(env: dict[str, str]) -> None:
    model = learnt()
    save(replace(model, card=replace(model.card, embedder="another")), path_of(Target.UNIT, env))
    assert propose(CLEAR, env=env).explanation == find_unit(CLEAR).explanation


def test_the_matter_of_the_message_counts(env: dict[str, str]) -> None:
    assert propose("办了好久没下来", matter_unit="区民政局", env=env).unit == "区民政局"


@pytest.mark.parametrize("text", ["", "我要投诉", "😀", "\ud800", "x" * 10_000])
def test_without_evidence_unit_and_category_stay_empty(env: dict[str, str], text: str) -> None:
    learn(env)
    learn(env, Target.CATEGORY)
    proposal = propose(text, env=env)
    assert (proposal.unit, proposal.category) == (None, "")
    assert len(proposal.explanation) < 2_000

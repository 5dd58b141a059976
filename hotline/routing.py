"""Propose unit and category for a new order. A hint for the dispatcher: when unsure it stays empty.

Two witnesses: the rules (`routing_rules`) and what the order history taught (`learned`), if anything was learnt. The
unit is the rules' when they are sure, else the learnt one when that is sure; if both are and differ, it stays empty.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hotline.learned import ALIKE, Guess, Learned, Target, embedded_text, predict
from hotline.learned_file import current
from hotline.routing_rules import TOWN_UNIT, Finding, Unit, find_unit, units
from knowledge_base.embedding import load_embedder

__all__ = ["TOWN_UNIT", "Proposal", "Unit", "propose", "units"]

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Proposal:
    """拟办单位, or None, and 事项分类, or empty; `score` is 0–1, `explanation` is for staff (Chinese)."""

    unit: str | None
    explanation: str
    score: float
    category: str = ""


def propose(
    text: str,
    town: str = "",
    *,
    matter_unit: str = "",
    vector: Floats | None = None,
    env: Mapping[str, str] = os.environ,
) -> Proposal:
    """Unit and category for a normalised text. `town` and `matter_unit` as in `find_unit`.

    `vector` is the embedding of `embedded_text(text)`; without it the text is embedded here if there is a model that
    needs it, which costs nothing for a message that this conversation has embedded already. The models stand below
    DATA_DIR, which is taken from `env`.
    """
    finding = find_unit(text, town, matter_unit)
    models = {target: model for target in Target if (model := _usable(target, env)) is not None}
    if not models:
        return Proposal(finding.unit, finding.explanation, finding.score)
    if vector is None:
        vector = load_embedder().embed([embedded_text(text)])[0]
    guesses = {target: predict(model, text, vector) for target, model in models.items()}
    return _with_category(_with_unit(finding, guesses.get(Target.UNIT), town), guesses.get(Target.CATEGORY))


def _usable(target: Target, env: Mapping[str, str]) -> Learned | None:
    """The model in use, unless another embedder made its vectors; an unloaded embedder is loaded only for a model."""
    model = current(target, env)
    return model if model is not None and model.card.embedder == load_embedder().name else None


def _with_unit(finding: Finding, guess: Guess | None, town: str) -> Proposal:
    ruled = Proposal(finding.unit, finding.explanation, finding.score)
    if guess is None:
        return ruled
    if not guess.is_sure:
        return replace(ruled, explanation=f"{ruled.explanation}历史工单也不足以判断（最接近{_grounds(guess)}）。")
    where = f"（{town}）" if guess.label == TOWN_UNIT and town else ""
    if finding.unit is None:
        learnt = f"按历史工单建议由{guess.label}{where}承办（{_grounds(guess)}）。"
        return Proposal(guess.label, f"{learnt}规则：{finding.explanation}", guess.confidence)
    if finding.unit == guess.label:
        return replace(ruled, explanation=f"{ruled.explanation}历史工单也指向{_grounds(guess)}。")
    doubt = f"规则指向{finding.unit}（{finding.words}），历史工单指向{_grounds(guess)}；两者不一致，请调度员指定。"
    return Proposal(None, doubt, min(finding.score, 1 - guess.confidence))


def _with_category(proposal: Proposal, guess: Guess | None) -> Proposal:
    if guess is None:
        return proposal
    if not guess.is_sure:
        return replace(proposal, explanation=f"{proposal.explanation}事项分类未定：最接近{_grounds(guess)}。")
    note = f"事项分类按历史工单为{_grounds(guess)}。"
    return replace(proposal, explanation=proposal.explanation + note, category=guess.label)


def _grounds(guess: Guess) -> str:
    words = f"，词语{'、'.join(f'“{word}”' for word in guess.words)}" if guess.words else ""
    return f"{guess.label}，把握{_percent(guess.confidence)}{words}，最相近的{ALIKE}件中{guess.alike}件如此"


def _percent(share: float) -> str:
    """Never 100 %: nothing that was learnt is certain."""
    return f"{min(share, 0.99):.0%}"

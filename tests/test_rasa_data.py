"""The Rasa project holds together: what `rasa data validate --fail-on-warnings` lets pass is asserted here."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa_sdk.executor import ActionExecutor

from bot.gazetteer import LABELS
from knowledge_base.text import normalise

ROOT = Path(__file__).resolve().parent.parent
LEAST_EXAMPLES = 15
LONGEST_STORY = 10  # steps

# Intents that no rule names, each with the place that reads them.
READ_ELSEWHERE: dict[str, str] = {}


@cache
def importer() -> TrainingDataImporter:
    return TrainingDataImporter.load_from_config(
        str(ROOT / "config.yml"), str(ROOT / "domain.yml"), [str(ROOT / "data")]
    )


@cache
def domain() -> Domain:
    return importer().get_domain()


@cache
def nlu() -> TrainingData:
    return importer().get_nlu_data()


@cache
def stories() -> StoryGraph:
    return importer().get_stories()


def events_of(kind: type) -> list[Any]:
    return [event for step in stories().story_steps for event in step.events if isinstance(event, kind)]


def python_text() -> str:
    return "\n".join(
        path.read_text(encoding="utf-8") for room in ("actions", "bot") for path in ROOT.glob(f"{room}/**/*.py")
    )


def written_intents() -> set[str]:
    """Intents of domain.yml, without those that Rasa adds."""
    return set(yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["intents"])


def test_every_intent_has_enough_examples() -> None:
    counted = Counter(example.get(INTENT) for example in nlu().intent_examples)
    assert {intent: counted[intent] for intent in written_intents() if counted[intent] < LEAST_EXAMPLES} == {}


def test_examples_and_domain_name_the_same_intents() -> None:
    assert nlu().intents - {DEFAULT_NLU_FALLBACK_INTENT_NAME} == written_intents()


def test_every_intent_leads_somewhere() -> None:
    named = {event.intent_name for event in events_of(UserUttered)}
    assert written_intents() - named - READ_ELSEWHERE.keys() == set()


def test_rules_name_no_intent_that_does_not_exist() -> None:
    named = {event.intent_name for event in events_of(UserUttered)} - {None}
    assert named - written_intents() - {DEFAULT_NLU_FALLBACK_INTENT_NAME} == set()


def test_no_sentence_stands_under_two_intents_or_twice() -> None:
    owners: dict[str, list[str]] = {}
    for example in nlu().intent_examples:
        owners.setdefault(normalise(example.get(TEXT)), []).append(example.get(INTENT))
    assert {text: intents for text, intents in owners.items() if len(intents) > 1} == {}


def test_every_response_is_used() -> None:
    executed = {event.action_name for event in events_of(ActionExecuted)}
    asked = {f"utter_ask_{slot}" for form in domain().forms.values() for slot in form["required_slots"]}
    asked |= {f"utter_ask_{form}_{slot}" for form, about in domain().forms.items() for slot in about["required_slots"]}
    in_python = set(re.findall(r"utter_\w+", python_text()))
    assert domain().responses.keys() - executed - asked - in_python == set()


def test_every_response_that_rules_name_exists() -> None:
    executed = {str(event.action_name) for event in events_of(ActionExecuted)}
    assert {name for name in executed if name.startswith("utter_")} - domain().responses.keys() == set()


def test_actions_of_the_domain_and_of_the_code_are_the_same() -> None:
    executor = ActionExecutor()
    executor.register_package("actions")
    written = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["actions"]
    assert set(executor.actions) == {name for name in written if name.startswith(("action_", "validate_"))}


def test_every_entity_that_the_gazetteer_finds_is_in_the_domain() -> None:
    assert set(LABELS) <= set(domain().entities)


def test_stories_are_short() -> None:
    long = {step.block_name: len(step.events) for step in stories().story_steps if len(step.events) > LONGEST_STORY}
    assert long == {}


@pytest.mark.parametrize("path", sorted(ROOT.glob("data/nlu/*.yml")), ids=lambda path: path.name)
def test_an_nlu_file_holds_examples_only(path: Path) -> None:
    assert set(yaml.safe_load(path.read_text(encoding="utf-8"))) == {"version", "nlu"}

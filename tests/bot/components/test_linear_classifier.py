"""The intent classifier, trained on a handful of sentences with the embedder that ships."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.fallback_classifier import FallbackClassifier
from rasa.nlu.constants import FEATURIZER_CLASS_ALIAS
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.linear_classifier import LinearIntentClassifier, TooFewIntents
from bot.components.linear_model import ARRAYS_FILE, LinearModel
from bot.components.sentence_embedding import SentenceEmbeddingFeaturizer

EXAMPLES = {
    "ask_guide": ["身份证丢了怎么补", "办居住证要带什么", "社保卡在哪里办", "护照多少钱"],
    "complain": ["我要投诉隔壁工地", "楼上太吵没人管", "垃圾堆了一个月没人清", "店家乱收费"],
    "greet": ["你好", "在吗", "早上好", "您好"],
}

Trained = Callable[[dict[str, list[str]]], LinearIntentClassifier]


def featurized(rows: list[tuple[str, str]]) -> list[Message]:
    messages = [Message({TEXT: text, INTENT: intent}) for text, intent in rows]
    config = {**SentenceEmbeddingFeaturizer.get_default_config(), FEATURIZER_CLASS_ALIAS: "embedding"}
    return SentenceEmbeddingFeaturizer(config, "embedding").process(messages)


@pytest.fixture
def train(model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext) -> Trained:
    def train_on(examples: dict[str, list[str]]) -> LinearIntentClassifier:
        config = LinearIntentClassifier.get_default_config()
        classifier = LinearIntentClassifier.create(config, model_storage, resource, execution_context)
        rows = [(text, intent) for intent, texts in examples.items() for text in texts]
        classifier.train(TrainingData(featurized(rows)))
        return classifier

    return train_on


def classify(classifier: LinearIntentClassifier, text: str) -> Message:
    return classifier.process(featurized([(text, "")]))[0]


@pytest.mark.parametrize(
    ("text", "intent"),
    [("補辦社保卡要帶咩", "ask_guide"), ("楼下烧烤店吵死了", "complain"), ("您好在吗", "greet")],
)
def test_an_unseen_sentence_is_understood(train: Trained, text: str, intent: str) -> None:
    assert classify(train(EXAMPLES), text).get("intent")["name"] == intent


def test_the_ranking_holds_all_intents_and_sums_to_one(train: Trained) -> None:
    ranking = classify(train(EXAMPLES), "护照丢了").get("intent_ranking")
    assert {row["name"] for row in ranking} == EXAMPLES.keys()
    assert sum(row["confidence"] for row in ranking) == pytest.approx(1, abs=1e-5)
    assert ranking == sorted(ranking, key=lambda row: -row["confidence"])


def test_an_empty_text_gets_no_intent_and_falls_back(train: Trained) -> None:
    message = classify(train(EXAMPLES), "")
    assert message.get("intent") == {"name": None, "confidence": 0.0}
    assert message.get("intent_ranking") == []
    FallbackClassifier({"threshold": 0.3, "ambiguity_threshold": 0.0}).process([message])
    assert message.get("intent")["name"] == "nlu_fallback"


def test_two_intents_are_enough(train: Trained) -> None:
    two = {name: EXAMPLES[name] for name in ("ask_guide", "complain")}
    assert classify(train(two), "工地半夜施工吵").get("intent")["name"] == "complain"


def test_one_intent_is_refused(train: Trained) -> None:
    with pytest.raises(TooFewIntents, match="greet"):
        train({"greet": EXAMPLES["greet"]})


def test_a_loaded_model_answers_as_the_trained_one(
    train: Trained, model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
) -> None:
    trained = train(EXAMPLES)
    config = LinearIntentClassifier.get_default_config()
    loaded = LinearIntentClassifier.load(config, model_storage, resource, execution_context)
    text = "医保卡怎么激活"
    assert classify(loaded, text).get("intent_ranking") == classify(trained, text).get("intent_ranking")


def test_training_twice_gives_the_same_weights(train: Trained) -> None:
    text = "工资被拖欠了"
    assert classify(train(EXAMPLES), text).get("intent_ranking") == classify(train(EXAMPLES), text).get(
        "intent_ranking"
    )


def test_pickled_weights_are_refused(
    train: Trained, model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
) -> None:
    train(EXAMPLES)
    with model_storage.write_to(resource) as folder:
        np.savez(folder / ARRAYS_FILE, idf=np.asarray([object()], dtype=object))
        with pytest.raises(ValueError, match="allow_pickle"):
            LinearModel.load(folder)

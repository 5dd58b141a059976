"""The tokenizer: the citizen's spelling and offsets, a normalised lemma, no white space."""

from __future__ import annotations

import pytest
from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.chinese_tokenizer import ChineseTokenizer


@pytest.fixture
def tokenizer(model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext) -> ChineseTokenizer:
    config = ChineseTokenizer.get_default_config()
    return ChineseTokenizer.create(config, model_storage, resource, execution_context)


def tokens_of(tokenizer: ChineseTokenizer, text: str) -> list[Token]:
    return tokenizer.tokenize(Message({TEXT: text}), TEXT)


def test_traditional_text_keeps_its_spelling_and_gets_a_simplified_lemma(tokenizer: ChineseTokenizer) -> None:
    tokens = tokens_of(tokenizer, "我想補辦身份證")
    assert "".join(token.text for token in tokens) == "我想補辦身份證"
    assert "".join(token.lemma for token in tokens) == "我想补办身份证"


@pytest.mark.parametrize(
    "text", ["龍歸鎮喺邊度辦居住證", "ＷＪ２０２６ 查詢", "①办证㎡", "😀社保卡👨‍👩‍👧", "e\u0301办证"]
)
def test_offsets_point_into_the_text_as_written(tokenizer: ChineseTokenizer, text: str) -> None:
    assert all(text[token.start : token.end] == token.text for token in tokens_of(tokenizer, text))


def test_white_space_gives_no_token(tokenizer: ChineseTokenizer) -> None:
    tokens = tokens_of(tokenizer, " 社保卡 \n\u3000 丢了 ")
    assert [token.text for token in tokens] == ["社保卡", "丢", "了"]


def test_full_width_letters_become_half_width_lower_case_lemmas(tokenizer: ChineseTokenizer) -> None:
    assert [token.lemma for token in tokens_of(tokenizer, "ＡＰＰ")] == ["app"]


def test_a_matter_of_the_knowledge_base_is_one_word(tokenizer: ChineseTokenizer) -> None:
    assert "居住证" in [token.lemma for token in tokens_of(tokenizer, "想辦居住證")]


def test_a_loaded_tokenizer_segments_as_the_trained_one(
    tokenizer: ChineseTokenizer,
    model_storage: ModelStorage,
    resource: Resource,
    execution_context: ExecutionContext,
) -> None:
    tokenizer.train(TrainingData())
    config = ChineseTokenizer.get_default_config()
    loaded = ChineseTokenizer.load(config, model_storage, resource, execution_context)
    text = "在西联镇补办老年优待证"
    assert tokens_of(loaded, text) == tokens_of(tokenizer, text)

"""The Chinese spaCy pipeline: jieba words, then an entity ruler over the gazetteer. No downloaded model, no vectors.

spaCy's own jieba segmenter uses jieba's global dictionary, which does not know the names that the ruler looks for
and may cut them in two; here the segmenter is our private one with exactly those names as words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import spacy
import srsly
from spacy.lang.zh import ChineseTokenizer
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import get_words_and_spaces, load_model_from_path, registry

from bot.components.segmenter import domain_words, load_segmenter
from bot.gazetteer import Pattern, words_of

TOKENIZER = "wujiang.DomainTokenizer.v1"
WORDS_FILE = "words.json"


class DomainTokenizer(ChineseTokenizer):
    """spaCy's Chinese tokenizer over the process-wide private jieba dictionary; its words are saved with it."""

    def __init__(self, vocab: Any, words: tuple[str, ...] = ()) -> None:
        super().__init__(vocab)
        self.words = words

    def __call__(self, text: str) -> Doc:
        cut = [word for word in load_segmenter(self.words).cut(text) if word]
        words, spaces = get_words_and_spaces(cut, text)
        return Doc(self.vocab, words=words, spaces=spaces)

    def to_disk(self, path: str | Path, **kwargs: Any) -> None:
        Path(path).mkdir(parents=True, exist_ok=True)
        srsly.write_json(Path(path) / WORDS_FILE, list(self.words))

    def from_disk(self, path: str | Path, **kwargs: Any) -> DomainTokenizer:
        self.words = tuple(srsly.read_json(Path(path) / WORDS_FILE))
        return self


@registry.tokenizers(TOKENIZER)
def create_domain_tokenizer(segmenter: str = "jieba") -> Callable[[Language], DomainTokenizer]:
    """What `@tokenizers` in the saved config.cfg refers to; spaCy's defaults for Chinese add `segmenter`."""
    return lambda nlp: DomainTokenizer(nlp.vocab)


def build_pipeline(patterns: Iterable[Pattern]) -> Language:
    """Make the pipeline; an entity's `ent_id_` is the pattern's value. Longer names win over shorter ones."""
    known = list(patterns)
    nlp = spacy.blank("zh", config={"nlp": {"tokenizer": {"@tokenizers": TOKENIZER, "segmenter": "jieba"}}})
    nlp.tokenizer = DomainTokenizer(nlp.vocab, domain_words(words_of(known)))
    ruler: Any = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": each.label, "pattern": each.text, "id": each.value} for each in known])
    return nlp


def load_pipeline(path: Path) -> Language:
    """Read a pipeline that was written by `to_disk`."""
    return load_model_from_path(path)

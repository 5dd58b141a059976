"""One private jieba dictionary for the whole process: jieba's own words and those of the district.

jieba's module-level functions share one global dictionary, so that words added by one model leak into the next;
a dictionary of our own cannot. It costs about 0.5 s and 100 MB, hence one for all who use the same words.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import lru_cache

import jieba

LEAST_FREQUENCY = 1000  # in jieba's corpus of 60 million words; with jieba's own guess "西联办" is cut "西/联办"
WORD_LENGTHS = range(2, 13)  # longer names are phrases of several words


def domain_words(phrases: Iterable[str]) -> tuple[str, ...]:
    """Those phrases that can be one word, sorted, so that equal knowledge gives an equal dictionary."""
    return tuple(sorted({phrase for phrase in phrases if len(phrase) in WORD_LENGTHS and phrase.isalnum()}))


@lru_cache(maxsize=2)
def load_segmenter(words: tuple[str, ...]) -> jieba.Tokenizer:
    """A jieba tokenizer that knows `words` (simplified, as `knowledge_base.text.align` writes them)."""
    jieba.setLogLevel(logging.WARNING)
    segmenter = jieba.Tokenizer()
    segmenter.initialize()
    for word in words:
        segmenter.add_word(word, max(LEAST_FREQUENCY, segmenter.suggest_freq(word)))
    return segmenter

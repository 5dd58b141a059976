"""One private jieba dictionary for the whole process: jieba's own words and those of the district.

jieba's module-level functions share one global dictionary, so that words added by one model leak into the next;
a dictionary of our own cannot. It costs 100 MB, hence one for all who use the same words. A trained model holds it
ready-made, because jieba takes a second to make it, and keeps what it made in a file that other users may write.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from pathlib import Path

import jieba
import numpy as np

LEAST_FREQUENCY = 1000  # in jieba's corpus of 60 million words; with jieba's own guess "西联办" is cut "西/联办"
WORD_LENGTHS = range(2, 13)  # longer names are phrases of several words
MOST_SHARED = 2  # dictionaries at the same time
WORDS_FILE = "words.json"  # the words of the district
DICTIONARY_FILE = "dictionary.txt"  # every word, and every beginning of one, a line each
FREQUENCIES_FILE = "frequencies.npy"  # in the same order; 0 for what is only a beginning

_shared: dict[tuple[str, ...], jieba.Tokenizer] = {}


def domain_words(phrases: Iterable[str]) -> tuple[str, ...]:
    """Those phrases that can be one word, sorted, so that equal knowledge gives an equal dictionary."""
    return tuple(sorted({phrase for phrase in phrases if len(phrase) in WORD_LENGTHS and phrase.isalnum()}))


def load_segmenter(words: tuple[str, ...]) -> jieba.Tokenizer:
    """The jieba tokenizer that knows `words` (simplified, as `knowledge_base.text.align` writes them)."""
    if words not in _shared:
        segmenter = _with_frequencies(jieba.Tokenizer.gen_pfdict(jieba.dt.get_dict_file())[0])
        for word in words:
            segmenter.add_word(word, max(LEAST_FREQUENCY, segmenter.suggest_freq(word)))
        _share(words, segmenter)
    return _shared[words]


def write_segmenter(words: tuple[str, ...], folder: Path) -> None:
    """Write `words` and the whole dictionary that knows them."""
    frequencies = load_segmenter(words).FREQ
    (folder / WORDS_FILE).write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")
    (folder / DICTIONARY_FILE).write_text("\n".join(frequencies), encoding="utf-8", newline="\n")
    np.save(folder / FREQUENCIES_FILE, np.fromiter(frequencies.values(), np.int32), allow_pickle=False)


def read_segmenter(folder: Path) -> tuple[str, ...]:
    """Read what `write_segmenter` wrote; returns the words, which `load_segmenter` then knows at once."""
    words = tuple(json.loads((folder / WORDS_FILE).read_text(encoding="utf-8")))
    if words not in _shared:
        names = (folder / DICTIONARY_FILE).read_bytes().decode().split("\n")
        frequencies = np.load(folder / FREQUENCIES_FILE, allow_pickle=False).tolist()
        _share(words, _with_frequencies(dict(zip(names, frequencies, strict=True))))
    return words


def _with_frequencies(frequencies: dict[str, int]) -> jieba.Tokenizer:
    jieba.setLogLevel(logging.WARNING)
    segmenter = jieba.Tokenizer()
    segmenter.FREQ, segmenter.total, segmenter.initialized = frequencies, sum(frequencies.values()), True
    return segmenter


def _share(words: tuple[str, ...], segmenter: jieba.Tokenizer) -> None:
    while len(_shared) >= MOST_SHARED:
        del _shared[next(iter(_shared))]
    segmenter.total = sum(segmenter.FREQ.values())  # jieba counts the old frequency of a word on, too
    _shared[words] = segmenter

"""Turn what people type into one written form: simplified, half-width, without hidden characters.

`align` keeps one character for one character, so that offsets into the original text stay right; `normalise`
also drops what carries no meaning; `mandarin` then rewrites Cantonese and regional words, for search only.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

import yaml
from opencc import OpenCC

LEXICON = Path(__file__).with_name("lexicon.yml")

_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
_SPACES = re.compile(r"\s+")
# 点 is “how” in Cantonese, but a point or an hour after these (网点领取, 几点开门).
_NOT_A_POINT = "(?<![几网理相售地站试终起重特早晚有缺优热焦观差半整零一二两三四五六七八九十0-9])"
# Look-alikes and variants that OpenCC leaves as they are.
_EXTRA = str.maketrans({"囗": "口", "亊": "事", "銭": "钱"})


@cache
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


@cache
def _align_char(char: str) -> str:
    if unicodedata.category(char) == "Cs":  # half of a broken pair: OpenCC cannot encode it
        return char
    narrow = unicodedata.normalize("NFKC", char)
    if len(narrow) != 1:
        narrow = char
    simple = str(_simplifier().convert(narrow))
    simple = simple if len(simple) == 1 else narrow
    return simple.translate(_EXTRA).lower() if len(simple.lower()) == 1 else simple


def align(text: str) -> str:
    """Return `text` simplified, half-width and lower-case, exactly as long as it was."""
    return "".join(_align_char(char) for char in text)


def visible(text: str) -> str:
    """Drop control, zero-width, private and unassigned characters; line breaks become spaces."""
    kept = (" " if char in "\n\r\t\v\f\u2028\u2029" else char for char in text)
    return "".join(char for char in kept if char == " " or unicodedata.category(char) not in _INVISIBLE)


def normalise(text: str) -> str:
    """The written form that every reader of a message works on (length may change)."""
    whole = unicodedata.normalize("NFKC", visible(text))
    return _SPACES.sub(" ", align(whole)).strip()


@cache
def _lexicon() -> tuple[re.Pattern[str], dict[str, str]]:
    tables: dict[str, dict[str, str]] = yaml.safe_load(LEXICON.read_text(encoding="utf-8"))
    words = {align(word): meaning for table in tables.values() for word, meaning in table.items()}
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile("|".join(map(_word_pattern, longest_first))), words


def _word_pattern(word: str) -> str:
    return (_NOT_A_POINT if word.startswith("点") else "") + re.escape(word)


def mandarin(text: str) -> str:
    """Rewrite Cantonese, Hong Kong and Taiwan words and frequent typos into standard Mandarin (for search)."""
    pattern, words = _lexicon()
    return pattern.sub(lambda found: words[found.group()], normalise(text))

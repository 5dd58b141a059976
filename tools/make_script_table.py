"""Write bot/widget/traditional.json: what the chat page needs to show its texts in traditional characters.

Usage: python tools/make_script_table.py DICTIONARIES

DICTIONARIES is the folder with the text dictionaries of OpenCC (Apache-2.0): `opencc/dictionary` of the package
opencc-python-reimplemented 0.1.7, unpacked anywhere. Used are STCharacters and STPhrases, then HKVariants, because
readers in Guangdong know the Hong Kong forms (為, 裏) best. Phrases that come out right character by character are left
out, so that the table stays small. The page replaces the longest phrase first.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "bot" / "widget" / "traditional.json"
LONGEST_PHRASE = 4  # characters; longer ones are idioms that a service desk does not use


def read(path: Path) -> dict[str, str]:
    """One OpenCC dictionary; of several targets the first is the usual one."""
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = (line.split("\t") for line in lines if "\t" in line)
    return {source: targets.split(" ")[0] for source, targets in pairs}


def build(dictionaries: Path) -> dict[str, str]:
    """`characters`: pairs one after the other; `phrases`: source and target, one after the other, split by spaces."""
    variants = read(dictionaries / "HKVariants.txt")

    def to_local(text: str) -> str:
        return "".join(variants.get(character, character) for character in text)

    characters = {source: to_local(target) for source, target in read(dictionaries / "STCharacters.txt").items()}
    characters |= {source: target for source, target in variants.items() if source not in characters}
    characters = {source: target for source, target in characters.items() if source != target}

    def by_character(text: str) -> str:
        return "".join(characters.get(character, character) for character in text)

    phrases: dict[str, str] = {}
    for source, target in sorted(read(dictionaries / "STPhrases.txt").items(), key=lambda pair: len(pair[0])):
        target = to_local(target)
        if len(source) <= LONGEST_PHRASE and target != convert(source, phrases, by_character):
            phrases[source] = target
    return {
        "characters": "".join(source + target for source, target in sorted(characters.items())),
        "phrases": " ".join(f"{source} {target}" for source, target in sorted(phrases.items())),
    }


def convert(text: str, phrases: dict[str, str], by_character: Callable[[str], str]) -> str:
    """What the page would make of `text` with the phrases found so far."""
    result, position = "", 0
    while position < len(text):
        for length in range(min(LONGEST_PHRASE, len(text) - position), 0, -1):
            piece = text[position : position + length]
            if length == 1 or piece in phrases:
                result += phrases.get(piece) or by_character(piece)
                position += length
                break
    return result


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    table = build(Path(sys.argv[1]))
    TARGET.write_text(json.dumps(table, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{TARGET.name}: {TARGET.stat().st_size // 1024} KiB")

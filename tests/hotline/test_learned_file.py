from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hotline.learned import Target, embedded_text, predict
from hotline.learned_file import BadModel, current, load, path_of, save
from knowledge_base.embedding import load_embedder
from tests.hotline.demands import demands, learnt

TEXT = "示例大道公司拖欠工资"


def env(folder: Path) -> dict[str, str]:
    return {"DATA_DIR": str(folder)}


def test_a_model_read_back_guesses_the_same(tmp_path: Path) -> None:
    save(learnt(), tmp_path / "unit.npz")
    back = load(tmp_path / "unit.npz")
    assert (back.card, back.labels, back.lexicon.terms) == (learnt().card, learnt().labels, learnt().lexicon.terms)
    vector = load_embedder().embed([embedded_text(TEXT)])[0]
    before, after = predict(learnt(), TEXT, vector), predict(back, TEXT, vector)
    assert (after.label, after.words, after.alike) == (before.label, before.words, before.alike)
    assert after.confidence == pytest.approx(before.confidence, abs=0.01)


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    path = path_of(Target.UNIT, env(tmp_path / "data"))
    save(learnt(), path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_no_text_of_a_citizen_is_kept(tmp_path: Path) -> None:
    save(learnt(), tmp_path / "unit.npz")
    with np.load(tmp_path / "unit.npz", allow_pickle=False) as file:
        held = b"".join(file[name].tobytes() for name in file.files).decode("utf-8", "ignore")
    assert not [text for text, _ in demands() if text in held]


def test_a_failed_save_leaves_the_old_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "unit.npz"
    save(learnt(), path)
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        save(learnt(), path)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["unit.npz"]


def broken(folder: Path, **changes: NDArray[Any]) -> Path:
    save(learnt(), folder / "good.npz")
    with np.load(folder / "good.npz", allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files} | changes
    np.savez(folder / "broken.npz", **arrays)
    return folder / "broken.npz"


def test_a_file_of_another_format_is_refused(tmp_path: Path) -> None:
    card = np.frombuffer(b'{"format": 99}', np.uint8)
    with pytest.raises(BadModel, match="format"):
        load(broken(tmp_path, card=card))


def test_arrays_that_do_not_fit_together_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match="alphas"):
        load(broken(tmp_path, alphas=np.zeros((2, 2), np.float16)))


def test_pickled_objects_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadModel):
        load(broken(tmp_path, idf=np.asarray([{"a": 1}], dtype=object)))


@pytest.mark.parametrize("content", [b"", b"not a model", b"PK\x03\x04 cut off"])
def test_garbage_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "unit.npz").write_bytes(content)
    with pytest.raises(BadModel):
        load(tmp_path / "unit.npz")


def test_without_a_file_there_is_no_model(tmp_path: Path) -> None:
    assert current(Target.UNIT, env(tmp_path)) is None


def test_the_model_in_use_is_read_once_and_again_when_it_changed(tmp_path: Path) -> None:
    path = path_of(Target.UNIT, env(tmp_path))
    save(learnt(), path)
    first = current(Target.UNIT, env(tmp_path))
    assert first is not None
    assert current(Target.UNIT, env(tmp_path)) is first
    save(replace(learnt(), card=replace(learnt().card, accuracy=0.5)), path)
    second = current(Target.UNIT, env(tmp_path))
    assert second is not None
    assert second.card.accuracy == 0.5
    path.unlink()
    assert current(Target.UNIT, env(tmp_path)) is None


def test_a_broken_model_is_logged_and_not_used(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = path_of(Target.UNIT, env(tmp_path))
    path.parent.mkdir()
    path.write_bytes(b"not a model")
    assert current(Target.UNIT, env(tmp_path)) is None
    assert current(Target.UNIT, env(tmp_path)) is None
    assert [record.getMessage() for record in caplog.records if str(path) in record.getMessage()] == [
        caplog.records[0].getMessage()
    ]


def test_a_relative_data_dir_counts_from_the_project() -> None:
    path = path_of(Target.CATEGORY, {"DATA_DIR": "elsewhere"})
    assert path.is_absolute()
    assert path.parts[-3:] == ("elsewhere", "learned", "category.npz")
    assert path_of(Target.CATEGORY, {}).parts[-3] == "var"
    assert os.path.commonpath([path, path_of(Target.UNIT, {})]) == str(path.parents[2])

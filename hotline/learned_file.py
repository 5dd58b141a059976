"""Keep a routing model on disk and have it at hand: one .npz of plain arrays, replaced in one step, no pickle."""

from __future__ import annotations

import json
import logging
import os
import tempfile
import threading
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hotline.errors import HotlineError
from hotline.learned import Card, Learned, Target
from hotline.learned_calibration import Calibration
from hotline.learned_text import Lexicon
from storage.private import ROOT, private_folder

FORMAT = 1
FOLDER = "learned"  # below DATA_DIR
HALVED = ("term_weights", "vectors", "alphas")  # kept with 16 bits: the scores stay right to three digits

log = logging.getLogger(__name__)
Stamp = tuple[int, int, int]  # inode, change in ns, bytes
_lock = threading.Lock()
_loaded: dict[Path, tuple[Stamp, Learned | None]] = {}


class BadModel(HotlineError):
    """A file that is no routing model of this version; the message names it and the fault."""

    code = "bad_model"


def path_of(target: Target, env: Mapping[str, str] = os.environ) -> Path:
    """Where the model of this target stands; a relative DATA_DIR counts from the project folder."""
    return (ROOT / (env.get("DATA_DIR", "").strip() or "var")).resolve() / FOLDER / f"{target}.npz"


def save(model: Learned, path: Path) -> None:
    """Write the model beside `path`, then put it in its place; readers see the old one or the new one, whole."""
    private_folder(path.parent)
    card = asdict(model.card) | {"trained_at": model.card.trained_at.isoformat(), "format": FORMAT}
    arrays = {name: getattr(model, name) for name in ("term_weights", "centre", "vectors", "alphas", "gold")}
    arrays |= {name: arrays[name].astype(np.float16) for name in HALVED}
    handle, name = tempfile.mkstemp(prefix=f"{path.stem}-", suffix=".part", dir=path.parent)  # 0600
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez_compressed(
                file,
                card=_bytes(json.dumps(card, ensure_ascii=False)),
                labels=_bytes(json.dumps(model.labels, ensure_ascii=False)),
                terms=_bytes(json.dumps(model.lexicon.terms, ensure_ascii=False)),
                idf=model.lexicon.idf,
                calibration=model.calibration.weights,
                bias=model.calibration.bias,
                **arrays,
            )
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def load(path: Path) -> Learned:
    """Read a model. Raises BadModel, and FileNotFoundError when there is none."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        return _model(arrays)
    except (zipfile.BadZipFile, EOFError, KeyError, TypeError, ValueError) as error:
        raise BadModel(f"{path}: {error}") from error


def current(target: Target, env: Mapping[str, str] = os.environ) -> Learned | None:
    """The model in use, read again when the file changed; None without one, or with one that cannot be read."""
    path = path_of(target, env)
    try:
        found = path.stat()
    except OSError:
        return None
    stamp = (found.st_ino, found.st_mtime_ns, found.st_size)
    with _lock:
        if path not in _loaded or _loaded[path][0] != stamp:
            _loaded[path] = (stamp, _load_or_log(path))
        return _loaded[path][1]


def _load_or_log(path: Path) -> Learned | None:
    """A broken file must not stop orders from being filed: the rules go on alone, and the log tells."""
    try:
        return load(path)
    except (BadModel, OSError) as error:
        log.error("routing model not used: %s", error)
        return None


def _model(arrays: Mapping[str, NDArray[Any]]) -> Learned:
    card = json.loads(arrays["card"].tobytes())
    if card.pop("format", None) != FORMAT:
        raise ValueError(f"not of format {FORMAT}")
    card |= {"target": Target(card["target"]), "trained_at": datetime.fromisoformat(card["trained_at"])}
    labels = tuple(json.loads(arrays["labels"].tobytes()))
    terms = tuple(json.loads(arrays["terms"].tobytes()))
    wide = {name: arrays[name].astype(np.float32) for name in HALVED}
    model = Learned(
        Card(**card),
        labels,
        Lexicon.of(terms, arrays["idf"]),
        wide["term_weights"],
        arrays["centre"],
        wide["vectors"],
        wide["alphas"],
        arrays["gold"],
        Calibration(arrays["calibration"], arrays["bias"]),
    )
    _check_shapes(model)
    return model


def _check_shapes(model: Learned) -> None:
    labels, examples, terms = len(model.labels), len(model.vectors), len(model.lexicon.terms)
    wanted: dict[str, tuple[NDArray[Any], tuple[int, ...]]] = {
        "idf": (model.lexicon.idf, (terms,)),
        "term_weights": (model.term_weights, (terms, labels)),
        "vectors": (model.vectors, (examples, len(model.centre))),
        "alphas": (model.alphas, (examples, labels)),
        "gold": (model.gold, (examples,)),
        "calibration": (model.calibration.weights, (labels, labels)),
        "bias": (model.calibration.bias, (labels,)),
    }
    for name, (array, shape) in wanted.items():
        if array.shape != shape:
            raise ValueError(f"{name} has the shape {array.shape} instead of {shape}")


def _bytes(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode("utf-8"), dtype=np.uint8)

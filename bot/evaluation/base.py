"""The base that an evaluation asks: exactly one knowledge file, two known orders, nothing else.

The knowledge is prepared once for each content (a folder named by its hash under `DATA_DIR/evaluation`), with its
sentence vectors; every run works on a copy that is thrown away, so a second run starts in seconds and no run sees
what an earlier one left behind.
"""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.engine.url import make_url

import knowledge_base
from bot.evaluation.errors import EvaluationError, WrongKnowledge
from bot.evaluation.orders import put_orders
from bot.settings import Settings
from knowledge_base.base import KnowledgeBase
from knowledge_base.content import CONTENT
from knowledge_base.embedding import Embedder, load_embedder
from knowledge_base.importer import import_file, import_shipped
from knowledge_base.store import fingerprint
from storage.engine import create_engine, migrate
from storage.private import private_folder

READERS = ("content.py", "importer.py", "model.py", "portal.py", "store.py", "text.py")  # their change is a new base
KEPT_FOLDERS = 4  # prepared bases that stay on disk; the oldest ones go
READY = "ready"  # file that says that a base was prepared to its end


@dataclass(frozen=True)
class TemporaryBase:
    """Settings whose database is the temporary one, and the version of the knowledge that was put in."""

    settings: Settings
    version: str

    def check_untouched(self) -> None:
        """Raises WrongKnowledge when something else was published meanwhile, such as by the assistant's start."""
        engine = create_engine(self.settings.database_url)
        version = fingerprint(engine)
        engine.dispose()
        if version != self.version:
            raise WrongKnowledge(f"the knowledge changed while it was measured: {self.version} became {version}")


@contextmanager
def temporary_base(
    settings: Settings, knowledge: Path | None = None, embedder: Embedder | None = None
) -> Iterator[TemporaryBase]:
    """A base with only this knowledge (without a file: the shipped one) and the known orders; deleted at the end."""
    prepared = prepare(settings, knowledge, embedder)
    with TemporaryDirectory(prefix="run-", dir=prepared.parent) as folder:
        database = Path(folder) / "base.db"
        _copy(prepared, database)
        url = f"sqlite:///{database}"
        engine = create_engine(url)
        put_orders(engine)
        version = fingerprint(engine)
        engine.dispose()
        try:
            yield TemporaryBase(replace(settings, database_url=url), version)
        finally:
            take_embeddings(database, prepared)


def prepare(settings: Settings, knowledge: Path | None = None, embedder: Embedder | None = None) -> Path:
    """The database file with this knowledge and its vectors; made if it is not there yet. Progress on stderr.

    Raises EvaluationError when there is no such file, and KnowledgeError when it cannot be read.
    """
    if knowledge is not None and not knowledge.is_file():
        raise EvaluationError(f"there is no knowledge file {knowledge}")
    home = settings.data_dir / "evaluation"
    folder = home / _hash(knowledge)
    database = folder / "knowledge.db"
    private_folder(folder)
    engine = create_engine(f"sqlite:///{database}")
    migrate(engine)
    if not (folder / READY).exists():
        now = datetime.now(UTC)
        if knowledge is None:
            report = import_shipped(engine, now=now, progress=True)
        else:
            report = import_file(engine, knowledge, author="评测", now=now, progress=True)
        print(report.lines()[0], file=sys.stderr)
        for source in _sources_of_vectors(settings, home, database):
            take_embeddings(source, database)
        KnowledgeBase(engine, embedder or load_embedder()).reload(progress=True)
        (folder / READY).touch()
        _forget_old(home, folder)
    engine.dispose()
    return database


def take_embeddings(source: Path, target: Path) -> None:
    """Copy sentence vectors that `target` lacks; a source without the table gives none."""
    with closing(sqlite3.connect(target, timeout=30)) as connection:
        connection.execute("ATTACH DATABASE ? AS source", (str(source),))
        if not connection.execute("SELECT 1 FROM source.sqlite_master WHERE name = 'embedding'").fetchone():
            return
        with connection:
            connection.execute(
                "INSERT OR IGNORE INTO main.embedding (text_hash, model, vector)"
                " SELECT text_hash, model, vector FROM source.embedding"
            )


def _copy(source: Path, target: Path) -> None:
    """A consistent copy, whatever is still in the write-ahead log."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def _hash(knowledge: Path | None) -> str:
    files = sorted(CONTENT.glob("*.yml")) if knowledge is None else [knowledge]
    readers = Path(knowledge_base.__path__[0])
    digest = hashlib.sha256()
    for path in (*files, *(readers / name for name in READERS)):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _sources_of_vectors(settings: Settings, home: Path, database: Path) -> list[Path]:
    """Databases of this machine that may hold vectors already: the working one and bases prepared before."""
    url = make_url(settings.database_url)
    working = [Path(url.database)] if url.get_backend_name() == "sqlite" and url.database else []
    earlier = sorted(home.glob("*/knowledge.db"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [path for path in (*working, *earlier) if path != database and path.is_file()]


def _forget_old(home: Path, current: Path) -> None:
    folders = sorted((path.parent for path in home.glob(f"*/{READY}")), key=lambda path: path.stat().st_mtime)
    for folder in folders[:-KEPT_FOLDERS]:
        if folder != current:
            shutil.rmtree(folder, ignore_errors=True)

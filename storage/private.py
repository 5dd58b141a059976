"""Folders and files that only the owner of the process may read, and where the database stands by default."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER_MODE, FILE_MODE = 0o700, 0o600


def private_folder(path: Path) -> Path:
    """The folder, made 0700 together with every missing one above it, whatever the umask; one that exists stays."""
    for folder in (*reversed(path.parents), path):
        try:
            folder.mkdir(mode=FOLDER_MODE)
        except OSError:  # it is there already, or a folder above it is read-only: the last mkdir tells
            continue
        folder.chmod(FOLDER_MODE)
    path.mkdir(exist_ok=True)
    return path


def private_file(path: Path) -> Path:
    """The file, made empty if it is not there, and 0600 from the first moment; an older one of ours is closed too.

    SQLite gives its `-wal` and `-shm` files the rights of the database file. A file that exists is never opened here:
    closing it would end the locks that SQLite holds on it in this process (POSIX), and another process would then
    take the database for unused and remove the log that is being written (sqlite.org/howtocorrupt.html, 2.2).
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDONLY | os.O_CREAT | os.O_EXCL, FILE_MODE))
    if path.stat().st_mode & 0o777 != FILE_MODE and path.stat().st_uid == os.getuid():
        path.chmod(FILE_MODE)
    return path


def default_database_url(env: Mapping[str, str]) -> str:
    """DATABASE_URL, else the SQLite file in DATA_DIR; a relative DATA_DIR counts from the project folder."""
    if url := env.get("DATABASE_URL", "").strip():
        return url
    return f"sqlite:///{(ROOT / (env.get('DATA_DIR', '').strip() or 'var')).resolve() / 'wujiang.db'}"

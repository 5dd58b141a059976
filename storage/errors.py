"""What can go wrong between the program and its database."""

from __future__ import annotations


class StorageError(Exception):
    """Base of all storage errors; `code` is stable and safe to show."""

    code = "storage_error"


class BadDatabaseUrl(StorageError):
    """The database address cannot be used. The message never repeats the address: it may hold a password."""

    code = "bad_database_url"

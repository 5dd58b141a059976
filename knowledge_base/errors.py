"""What can go wrong in the knowledge base."""

from __future__ import annotations


class KnowledgeError(Exception):
    """Base of this package's errors; `code` is stable, the message names the thing and the value."""

    code = "knowledge_error"


class BadFile(KnowledgeError):
    """The file cannot be read as knowledge at all."""

    code = "bad_file"


class BadRow(KnowledgeError):
    """One row of a file is refused; the message is the reason, in Chinese, for the person who imports."""

    code = "bad_row"


class EmptyBase(KnowledgeError):
    """Nothing is published: the assistant could answer nothing."""

    code = "empty_base"

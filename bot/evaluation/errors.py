"""What can go wrong in an evaluation run."""

from __future__ import annotations


class EvaluationError(Exception):
    """Base of this package's errors; `code` is stable."""

    code = "evaluation_error"


class BadQuestionFile(EvaluationError):
    """The file does not follow its format; the message names the file, the line and the fault."""

    code = "bad_question_file"


class WrongKnowledge(EvaluationError):
    """The assistant does not stand on the knowledge that was to be measured."""

    code = "wrong_knowledge"

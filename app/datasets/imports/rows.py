"""A row of a source, and the reasons for which a row is left out."""

from typing import Any, NamedTuple

from app.core.text import N_
from app.datasets.imports.parts import word
from app.datasets.lines import MAX_LINE_BYTES
from app.datasets.parsing import MAX_DEPTH
from app.datasets.rules import Rule

Values = dict[str, Any]


class Reason(NamedTuple):
    """`sentence` is a msgid, `params` its values. A reason that is no problem was asked for."""

    id: str
    sentence: str
    params: tuple[tuple[str, str], ...] = ()
    is_problem: bool = True

    @property
    def message(self) -> str:
        return word(self.sentence, dict(self.params))

    def about(self, **params: str) -> "Reason":
        return self._replace(params=tuple(params.items()))


class SourceRow(NamedTuple):
    """`number` counts rows of data, `line` is where the row starts in the file or the sheet.

    `values` is None where `reason` says why; `text` then shows what stands there, shortened.
    """

    number: int
    line: int
    values: Values | None
    reason: Reason | None = None
    text: str = ""


class LeftOut(Exception):
    """Raised while a row is rendered."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.message)
        self.reason = reason


SHOWN_TEXT = 1_000

BLANK_ROW = Reason("blank_row", N_("The row is blank."), is_problem=False)
DUPLICATE = Reason("duplicate", N_("The same stands in another row."), is_problem=False)
NOT_AN_OBJECT = Reason("not_an_object", N_("The row is not an object with named fields."))
ROW_TOO_LONG = Reason("row_too_long", N_("The row is longer than is read."))
DAMAGED_TEXT = Reason("damaged_text", N_("The row has bytes that are no letters in its encoding."))
TOO_MANY_CELLS = Reason("too_many_cells", N_("The row has more cells than the header."))
UNCLOSED_QUOTE = Reason(
    "unclosed_quote", N_("A quotation mark is opened and never closed; the rest is in this cell.")
)
CUT_OFF = Reason("cut_off", N_("The file ends in the middle of this row."))
NO_ANSWER_BELOW = Reason("no_answer", N_("The question has no answer."))
NO_QUESTION_ABOVE = Reason("no_question", N_("The answer has no question."))
EMPTY_PART = Reason("empty_part", N_("The part “{part}” is empty."))
NOT_NUMERIC = Reason("not_numeric", N_("The column “{column}” does not hold a number."))
NOT_WHOLE = Reason("not_whole", N_("The column “{column}” does not hold a whole number."))
NOT_BOOLEAN = Reason("not_boolean", N_("The column “{column}” does not hold yes or no."))
NO_TURNS = Reason("no_turns", N_("The row has no turns."))
WRONG_TURN = Reason("wrong_turn", N_("A turn is not made of a speaker and a text."))
UNKNOWN_SPEAKER = Reason("unknown_speaker", N_("The speaker “{speaker}” is not known."))
WRONG_CALL = Reason("wrong_call", N_("A tool call is not made of a name and arguments."))
ANSWER_WITHOUT_CALL = Reason("answer_without_call", N_("A tool answers that was not called."))
WRONG_TOOLS = Reason("wrong_tools", N_("The tools are not a list of functions."))
WRONG_HISTORY = Reason("wrong_history", N_("The history is not a list of questions and answers."))
NO_QUESTIONS = Reason("no_questions", N_("The part holds no texts with questions."))


def reason_of(rule: Rule) -> Reason:
    """A row that breaks a rule of JSON lines is left out with the rule's words."""
    limit = {"line_too_long": f"{MAX_LINE_BYTES:,}", "nested_too_deep": str(MAX_DEPTH)}
    params = (("limit", limit[rule.id]),) if rule.id in limit else ()
    return Reason(rule.id, rule.sentence, params)

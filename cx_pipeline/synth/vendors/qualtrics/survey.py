"""What a survey asks, and the columns its export has for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property


class Kind(StrEnum):
    """How a question is answered."""

    NPS = "nps"  # 0 to 10, and a column with the group
    CSAT = "csat"  # 1 to 5
    MATRIX = "matrix"  # 1 to 5 for each row
    MANY = "many"  # any of the rows
    TEXT = "text"  # in the respondent's own words


AGREEMENT = ("Strongly disagree", "Disagree", "Neither", "Agree", "Strongly agree")
CONTENT = ("Very dissatisfied", "Dissatisfied", "Neither", "Satisfied", "Very satisfied")
GROUPS = ("Detractor", "Passive", "Promoter")


@dataclass(frozen=True)
class Question:
    """One question.

    Attributes:
        number: as in `Q3` and `QID3`.
        text: as it is asked.
        rows: what a matrix or a choice of many asks about, in order; their numbers count from 1.
        tag: export tag, by default `Q<number>`; another question may have the same.
        declined: share of a matrix's answers that are "not applicable", written as -1.
        sometimes: asked only of those who are not content, and of some others.
    """

    number: int
    kind: Kind
    text: str
    rows: tuple[str, ...] = ()
    tag: str = ""
    declined: float = 0.0
    sometimes: bool = False


@dataclass(frozen=True)
class AnswerColumn:
    """One column of answers.

    Attributes:
        tag: its name in the first header row, which another column may have too.
        sub: what stands behind `QIDn_` in the import id; None where nothing does.
        row: position among the question's rows.
    """

    question: Question
    place: int
    tag: str
    sub: str | None
    label: str
    row: int = 0
    is_group: bool = False

    @property
    def question_key(self) -> str:
        return f"QID{self.question.number}"

    @property
    def import_id(self) -> str:
        return f"{self.question_key}_{self.sub}" if self.sub else self.question_key


def _columns_of(question: Question, place: int) -> list[AnswerColumn]:
    tag = question.tag or f"Q{question.number}"
    match question.kind:
        case Kind.NPS:
            group = AnswerColumn(question, place, f"{tag}_NPS_GROUP", "NPS_GROUP", f"{question.text} - Group", is_group=True)
            return [group, AnswerColumn(question, place, tag, None, question.text)]
        case Kind.CSAT:
            return [AnswerColumn(question, place, tag, None, question.text)]
        case Kind.TEXT:
            return [AnswerColumn(question, place, f"{tag}_TEXT", "TEXT", question.text)]
        case _:
            return [
                AnswerColumn(question, place, f"{tag}_{at + 1}", str(at + 1), f"{question.text} - {row}", at)
                for at, row in enumerate(question.rows)
            ]


@dataclass(frozen=True)
class Survey:
    """One survey and how its answers are exported.

    Attributes:
        key: its short name; the id is made from it.
        number: keeps its draws apart from those of other surveys.
        weight: share of the responses of customers whose language has no survey of its own.
        reach_days: how far an export reaches back behind the one before.
        legacy: two header rows, `V1` to `V10`, a byte order mark and an empty last column.
        german: the second header row in the language of the account.
        choice_texts: choices as their texts, and blank where nothing was chosen.
        embedded: name of the embedded data column.
        packed: exported as a zip.
        remarks: what is said in own words, where it is not what customers say.
    """

    key: str
    number: int
    weight: int
    questions: tuple[Question, ...]
    reach_days: int = 0
    legacy: bool = False
    german: bool = False
    choice_texts: bool = False
    embedded: str = "order_ref"
    packed: bool = False
    remarks: tuple[str, ...] = ()

    @cached_property
    def columns(self) -> tuple[AnswerColumn, ...]:
        return tuple(column for place, question in enumerate(self.questions) for column in _columns_of(question, place))

    @cached_property
    def reading(self) -> int:
        """Seconds that it takes to read what is asked: 300 ms a word (Zhang and Conrad, "Speeding in Web Surveys", 2014)."""
        rows = (row for question in self.questions for row in (question.text, *question.rows))
        return sum(len(row.split()) for row in rows) * 3 // 10 + 1

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What tells each answer column from all others: its tag, and where another has the same, the import id too."""
        tags = [column.tag for column in self.columns]
        return tuple(
            tag if tags.count(tag) == 1 else f"{tag} ({column.import_id})" for tag, column in zip(tags, self.columns, strict=True)
        )

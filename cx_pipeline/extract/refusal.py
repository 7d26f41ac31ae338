"""The error of a file that cannot be read at all."""

from __future__ import annotations

from cx_pipeline.errors import DataError


class FileRefused(DataError):
    """A whole file is quarantined; `rule` says why, such as `container.truncated`.

    Records that are damaged one by one never raise this: they come out as rejects.
    """

    def __init__(self, rule: str, what: str, *, where: str = "", expected: str = "", next_step: str = "") -> None:
        super().__init__(
            what, rule=rule, where=where, expected=expected, happened="no record of the file was read", next_step=next_step
        )

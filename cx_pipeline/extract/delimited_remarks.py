"""Lines among the records that were written for people: comments, totals, who made the file and when.

They are asked about only where a line is no good record anyhow, so nothing is lost by calling it what it is.
"""

from __future__ import annotations

import re

REMARK = "csv.remark"
DETAIL = "a comment, a total or a note on the file"
_LONGEST = 1_000
_COMMENT = r"\#|//|--|;;|%%|\*{2,}|={3,}|_{3,}|<!--"
_TOTAL = r"(?:grand\s|sub)?-?totals?\b|gesamt|summe\b|(?:number|count)\sof\s|(?:row|record|line)\s?(?:s|count)?\s*[:=]"
_COUNT = r"\(?\s*[0-9][0-9.,]*\s+(?:rows?|records?|entries|lines|results)\b"
_MADE = r"(?:this\s(?:report|file)\s(?:was\s)?)?(?:generated|created|exported|printed|downloaded|produced|erstellt)\b"
_REPORT = r"(?:report|export|data)\s(?:generated|created|date|run|as\sof|from|of)\b|as\sof\s|stand:"
_END = r"end\sof\s(?:the\s)?(?:report|file|data|export|list|table)|eof\b|page\s[0-9]+\s?(?:of|/)|seite\s[0-9]+"
_RIGHTS = r"copyright\b|©|\(c\)\s|confidential\b|all\srights\sreserved"
_PATTERN = rf"""^[\s"']*(?:{"|".join((_COMMENT, _TOTAL, _COUNT, _MADE, _REPORT, _END, _RIGHTS))})"""
_REMARK = re.compile(_PATTERN.encode(), re.IGNORECASE)


def is_remark(line: bytes) -> bool:
    """Does this line, which is no record, speak to people?"""
    text = line.strip(b"\r\n")
    return len(text) <= _LONGEST and b"\n" not in text and _REMARK.match(text) is not None

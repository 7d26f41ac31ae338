"""Named points at which a test may kill the process, to prove that a crash there leaves old or new data whole.

`CX_FAULT=publish.before_replace` kills the process with SIGKILL the first time it reaches that point; `CX_FAULT=name@3`
the third time. Without the variable a point costs one look at the environment and does nothing. A point is named
`room.place`; killing tests find the names of a room with `grep -rn 'faults.point('`.
"""

from __future__ import annotations

import os
import signal
from collections import Counter

VARIABLE = "CX_FAULT"
_reached: Counter[str] = Counter()


def point(name: str) -> None:
    """Die here, without any clean-up, when the environment asks for it."""
    wanted = os.environ.get(VARIABLE)
    if not wanted:
        return
    target, _, turn = wanted.partition("@")
    if target != name:
        return
    _reached[name] += 1
    if _reached[name] == int(turn or 1):
        os.kill(os.getpid(), signal.SIGKILL)

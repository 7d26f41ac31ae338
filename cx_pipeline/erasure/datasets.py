"""The dataset for models without a person: cut anew from the published file that they are no longer in.

A file of a version is never changed in place, for its card, its manifest and its checksums tell of every byte. Whoever built on a
version learns from the number that something was taken out, and from `cx-pipeline ai diff` that it was erased.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable

from cx_pipeline.ai.versions import ERASED, REMOVED, versions
from cx_pipeline.errors import AuditBlocked
from cx_pipeline.layout import Layout
from cx_pipeline.settings import Settings
from cx_pipeline.stages import ai_versions
from cx_pipeline.stages.ai_dataset import build_dataset
from cx_pipeline.stages.run import Run


def cut_anew(settings: Settings, layout: Layout, run: Run, progress: Callable[[str], None] = lambda _: None) -> int:
    """Make the version without the person, and remove all that hold them; how many records left.

    Where the person is in no version, nothing changes. Where none can be cut now, all versions go: the next run makes one.
    """
    shutil.rmtree(layout.state / "ai", ignore_errors=True)  # sentiment by the hash of texts, the person's among them
    before = versions(layout.ai)
    if not before:
        return 0
    if not layout.published.exists():
        ai_versions.remove(layout, before)
        return 0
    try:
        made = build_dataset(settings, layout, run, progress, gone=ERASED)
    except AuditBlocked:
        # No version is better than one that holds somebody who asked to be forgotten.
        ai_versions.remove(layout, versions(layout.ai))
        return 0
    return int(made.changes.filter(change=REMOVED)["records"].sum())

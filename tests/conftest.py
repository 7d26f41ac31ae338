"""What every room's tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from cx_pipeline.privacy.tokens import Tokeniser

if TYPE_CHECKING:
    from tests.stages.pipeline import Pipeline
    from tests.stages.shop import Shop

# Machines that build are shared: a slow example is no failure. `print_blob` lets a failure be replayed elsewhere.
settings.register_profile("project", deadline=None, max_examples=60, print_blob=True)
settings.load_profile("project")


@pytest.fixture
def tokeniser() -> Tokeniser:
    return Tokeniser(bytes(range(32)))


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Two nights of a small shop's deliveries."""
    from tests.stages.shop import write_shop  # noqa: PLC0415 - rooms that need no shop do not pay for it

    return write_shop(tmp_path_factory.mktemp("shop") / "raw")


@pytest.fixture(scope="session")
def published(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """The shop, published once. To be looked at only: a test that runs anything works on a copy of the data folder."""
    from tests.stages.pipeline import Pipeline  # noqa: PLC0415

    pipeline = Pipeline(shop.raw, tmp_path_factory.mktemp("published") / "data")
    pipeline.publish("run1")
    return pipeline

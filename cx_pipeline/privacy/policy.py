"""What happens to each kind of personal data that was found, by the purpose the text is for.

Purposes are named as in fideslang's taxonomy of data uses, so that they are the same words as in consents.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from cx_pipeline.errors import ConfigError
from cx_pipeline.privacy.entity import Entity


class Action(StrEnum):
    """What becomes of a span in `text_masked`."""

    KEEP = "keep"  # stays readable
    KEEP_IMPERSONAL = "keep_impersonal"  # a link stays readable where nothing in it is about a person, else it is masked
    MASK = "mask"  # [EMAIL]
    TOKENISE = "tokenise"  # [ORDER:k1_…], where there is a tokeniser; else masked
    DROP = "drop"  # nothing is left


ORDER_BY_CUE = "order.cue"


@dataclass(frozen=True)
class Policy:
    """Entity by entity, what is done.

    Attributes:
        actions: what differs from `otherwise`.
        otherwise: for all other entities.
        off: ids of detectors that are not run at all; `own_record` and `typos` name the two of known values.
    """

    actions: Mapping[Entity, Action] = field(default_factory=dict)
    otherwise: Action = Action.MASK
    off: frozenset[str] = frozenset({ORDER_BY_CUE})

    def action(self, entity: Entity) -> Action:
        return self.actions.get(entity, self.otherwise)

    def without(self, *detectors: str) -> Policy:
        """The same with detectors switched off, which a test of the leak gate needs: it must turn red.

        Raises:
            ConfigError: a name is no detector's.
        """
        from cx_pipeline.privacy.catalogue import switches  # noqa: PLC0415  # the catalogue imports detectors, they import this

        unknown = sorted(set(detectors) - set(switches()))
        if unknown:
            raise ConfigError("there is no such detector", where=", ".join(unknown), expected=", ".join(switches()))
        return replace(self, off=self.off | set(detectors))


#: Order numbers are published as they are, as keys of `orders`; only the customer's own are taken out of texts.
DEFAULT = Policy({Entity.ORDER: Action.TOKENISE})
#: Everything, order numbers after a cue too.
STRICT = Policy(off=frozenset())

PURPOSES: dict[str, Policy] = {
    "analytics": DEFAULT,
    "train_ai_system": STRICT,
    "functional.service.improve": Policy({Entity.ORDER: Action.TOKENISE, Entity.URL: Action.KEEP_IMPERSONAL}),
    "essential.service.operations.support": Policy(
        {Entity.ORDER: Action.KEEP, Entity.URL: Action.KEEP_IMPERSONAL, Entity.AGENT_NAME: Action.KEEP}
    ),
}


def for_purpose(purpose: str) -> Policy:
    """The policy of a purpose.

    Raises:
        ConfigError: the purpose has none.
    """
    if purpose not in PURPOSES:
        raise ConfigError("there is no policy for this purpose", where=purpose, expected=", ".join(PURPOSES))
    return PURPOSES[purpose]

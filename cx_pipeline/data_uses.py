"""What personal data may be used for: the data uses of the public fideslang taxonomy, by their keys.

A key names its parents: `marketing.communications.email` is a kind of `marketing.communications`, that of `marketing`.
Retired keys of the taxonomy are left out. See https://ethyca.github.io/fideslang/.
"""

from __future__ import annotations

_KINDS: dict[str, str] = {
    "analytics": """
        reporting reporting.ad_performance reporting.content_performance reporting.campaign_insights reporting.system
        reporting.system.performance""",
    "collect": "",
    "employment": "recruitment",
    "essential": """
        fraud_detection legal_obligation service service.authentication service.notifications service.notifications.email
        service.notifications.sms service.operations service.operations.improve service.operations.support
        service.payment_processing service.security service.upgrades""",
    "finance": "",
    "functional": "service service.improve storage storage.privacy_preferences",
    "marketing": """
        advertising advertising.first_party advertising.first_party.contextual advertising.first_party.targeted
        advertising.frequency_capping advertising.negative_targeting advertising.profiling advertising.serving
        advertising.third_party advertising.third_party.targeted communications communications.email communications.sms""",
    "operations": "",
    "personalize": "content content.limited content.profiled content.profiling system",
    "sales": "",
    "third_party_sharing": "legal_obligation",
    "train_ai_system": "",
}
DATA_USES = frozenset(key for whole, parts in _KINDS.items() for key in (whole, *(f"{whole}.{part}" for part in parts.split())))


def line(use: str) -> tuple[str, ...]:
    """A data use and what it is a kind of, itself first."""
    parts = use.split(".")
    return tuple(".".join(parts[:length]) for length in range(len(parts), 0, -1))

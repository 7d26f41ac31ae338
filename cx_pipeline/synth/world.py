"""One coherent world: the same people, organisations and agents for every vendor's writer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import polars as pl

from cx_pipeline.synth import chats, company, complaints, leads, orders, people, profiles, shifts, shops, visits
from cx_pipeline.synth.calls import Calls
from cx_pipeline.synth.campaigns import Campaigns
from cx_pipeline.synth.consents import Consents
from cx_pipeline.synth.dice import Dice
from cx_pipeline.synth.feedback import PULSE_DAYS, Feedback
from cx_pipeline.synth.fixes import Fixes
from cx_pipeline.synth.journeys import Journeys
from cx_pipeline.synth.reviews import Reviews
from cx_pipeline.synth.sessions import Sessions
from cx_pipeline.synth.timeline import DAY, Timeline


@dataclass(frozen=True)
class World:
    """Everything that is true, computed once and kept; interactions are computed on request, by number."""

    customers: int
    nights: int
    seed: int
    first_night: date

    @cached_property
    def dice(self) -> Dice:
        return Dice(self.seed)

    @cached_property
    def timeline(self) -> Timeline:
        return Timeline(self.first_night, self.nights)

    @cached_property
    def organizations(self) -> pl.DataFrame:
        return company.organizations(self.dice, max(8, self.customers // 15))

    @cached_property
    def agents(self) -> pl.DataFrame:
        return company.agents(self.dice, max(14, self.customers // 150))

    @cached_property
    def people(self) -> pl.DataFrame:
        return people.build(self.dice, self.customers, len(self.organizations))

    @cached_property
    def desk_profiles(self) -> pl.DataFrame:
        """Records of the help desk with `created` and `changed` (seconds; FOREVER when never)."""
        return self._dated(profiles.desk(self.dice, self.people), self.tickets)

    @cached_property
    def crm_profiles(self) -> pl.DataFrame:
        """Records of the CRM with `created` and `changed`."""
        return self._dated(profiles.crm(self.dice, self.people), self.cases)

    @cached_property
    def tickets(self) -> Journeys:
        """Interactions of the help desk: 1.7 a customer."""
        count = len(profiles.desk(self.dice, self.people))
        return Journeys(self.dice, "desk", self.timeline, max(1, self.customers * 17 // 10), count, len(self.agents))

    @cached_property
    def cases(self) -> Journeys:
        """Interactions of the CRM: 1.3 a customer."""
        count = len(profiles.crm(self.dice, self.people))
        return Journeys(self.dice, "crm", self.timeline, max(1, self.customers * 13 // 10), count, len(self.agents))

    @cached_property
    def calls(self) -> Calls:
        """Contacts of the contact centre: 1.2 a customer."""
        return Calls(self.dice, self.timeline, max(1, self.customers * 12 // 10), self.customers, len(self.agents))

    @cached_property
    def feedback(self) -> Feedback:
        """Responses of customers to surveys: 1 a customer."""
        return Feedback(self.dice, "feedback", self.timeline, self.customers, self.customers)

    @cached_property
    def pulse(self) -> Feedback:
        """What the company's own people answer once a week."""
        waves = max(1, (self.timeline.end - self.timeline.start) // (PULSE_DAYS * DAY))
        staff = len(self.agents)
        return Feedback(self.dice, "pulse", self.timeline, waves * staff, staff, waves)

    @cached_property
    def consents(self) -> Consents:
        """What everybody decided about being written to."""
        return Consents(self.dice, self.timeline, self.people)

    @cached_property
    def campaigns(self) -> dict[str, Campaigns]:
        """Newsletters by the tool that sends them."""
        shares = {"hubspot": 0.3, "mailchimp": 0.35, "klaviyo": 0.35}
        return {tool: Campaigns(self.dice, self.timeline, self.consents, tool, share) for tool, share in shares.items()}

    @cached_property
    def sessions(self) -> Sessions:
        """Visits to the site: one a day for every fifteen customers."""
        days = (self.timeline.end - self.timeline.start) // DAY
        return Sessions(self.dice, self.timeline, self.calls, max(1, days * self.customers // 15))

    @cached_property
    def chat_contacts(self) -> pl.DataFrame:
        """Records of the messenger."""
        return chats.contacts(self.dice, self.people, self.timeline)

    @cached_property
    def chats(self) -> Journeys:
        """Conversations in the messenger: 0.4 a customer; `profile` is the contact, never a lead."""
        known = len(self.chat_contacts.filter(~pl.col("is_lead")))
        return Journeys(self.dice, "chat", self.timeline, max(1, self.customers * 4 // 10), known, len(self.agents))

    @cached_property
    def fixes(self) -> Fixes:
        """What was promised to be fixed: one for five customers."""
        count = max(1, self.customers // 5)
        return Fixes(self.dice, self.timeline, count, self.tickets.count, self.chats.count, len(self.agents))

    def reviews(self, store: str) -> Reviews:
        """Reviews in a store: one for four customers."""
        return Reviews(self.dice, store, self.timeline, max(1, self.customers // 4), self.customers)

    @cached_property
    def orders(self) -> pl.DataFrame:
        return orders.orders(self)

    @cached_property
    def hand_overs(self) -> pl.DataFrame:
        return orders.hand_overs(self.dice, self.orders)

    @cached_property
    def clerks(self) -> pl.DataFrame:
        return shops.clerks(self.dice, max(8, self.customers // 200))

    @cached_property
    def visits(self) -> pl.DataFrame:
        return visits.visits(self)

    @cached_property
    def roster(self) -> pl.DataFrame:
        return shifts.roster(self)

    @cached_property
    def authority_complaints(self) -> pl.DataFrame:
        return complaints.to_the_authority(self)

    @cached_property
    def city_requests(self) -> pl.DataFrame:
        return complaints.to_the_city(self)

    @cached_property
    def leads(self) -> pl.DataFrame:
        return leads.leads(self)

    @cached_property
    def deals(self) -> pl.DataFrame:
        return leads.deals(self)

    def _dated(self, known: pl.DataFrame, asked: Journeys) -> pl.DataFrame:
        """A record exists before its first interaction; one in eight was made for it, the others long before."""
        dice, keys = self.dice, known["profile"].to_numpy()
        interactions = np.arange(asked.count, dtype=np.int64)
        askers, first = np.unique(asked.profile(interactions), return_index=True)
        earliest = np.full(len(keys), self.timeline.start)
        earliest[askers] = asked.opened(interactions[first])
        fresh = dice.chance(f"{asked.tool}/fresh", keys, 0.125)
        age = np.where(fresh, 45, dice.below(f"{asked.tool}/age", keys, 900 * DAY) + 60)
        created = np.where(fresh, earliest, np.minimum(earliest, self.timeline.start)) - age
        changed = created + dice.below(f"{asked.tool}/changed", keys, 1 << 31) % np.maximum(1, self.timeline.end - created)
        recent = self.timeline.end - dice.below(f"{asked.tool}/recent", keys, (self.nights + 2) * DAY)
        lately = np.where(dice.chance(f"{asked.tool}/changed_lately", keys, 0.05), np.maximum(recent, created + 60), created)
        once = dice.chance(f"{asked.tool}/changes", keys, 0.15) & (lately == created)
        return known.with_columns(created=pl.Series(created), changed=pl.Series(np.where(once, changed, lately)))

"""What happens to a contact of the contact centre: a call, chat, task or e-mail of one leg or several."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from cx_pipeline.synth.dice import Bools, Dice, Ints
from cx_pipeline.synth.timeline import DAY, FOREVER, HOUR, MINUTE, Timeline

VOICE, CHAT, TASK, EMAIL = range(4)
ANSWERED, TRANSFERRED, ABANDONED, MENU, CALLED_BACK, OUTBOUND = range(6)
"""How a contact goes: MENU never reaches a queue, CALLED_BACK leaves it and is called, OUTBOUND is the company's own."""
MOST_LEGS = 3
FIRST_HUMAN = 3
"""Agents before this one are the bot, one who left and the hidden one."""

_CHANNELS = (70, 15, 6, 9)
_WAYS = (54, 13, 13, 6, 5, 9)
# Equally spaced quantiles in seconds: half wait less than a minute, the slowest tenth more than seven.
_MENU = [8, 15, 25, 40, 70, 150]
_WAIT = [2, 8, 15, 25, 40, MINUTE, 90, 150, 240, 7 * MINUTE, 25 * MINUTE]
_TALK = [20, 70, 130, 190, 260, 340, 440, 580, 800, 20 * MINUTE, 70 * MINUTE]
_HOLD = [10, 25, 45, 80, 150, 9 * MINUTE]
_WRAP_UP = [0, 15, 30, 50, 90, 6 * MINUTE]
_LATER = [MINUTE, 10 * MINUTE, HOUR, 5 * HOUR, DAY, 3 * DAY]
_CALLBACK = [5 * MINUTE, 20 * MINUTE, HOUR, 3 * HOUR]


@dataclass(frozen=True)
class Calls:
    """The contacts of one contact centre, numbered in the order of their beginning; any of them can be had alone."""

    dice: Dice
    timeline: Timeline
    count: int
    people: int
    agents: int

    def began(self, keys: Ints) -> Ints:
        """Evenly over the whole time, in the order of the keys."""
        span = self.timeline.end - self.timeline.start
        return self.timeline.start + keys * span // self.count + self.dice.below("call/began", keys, max(1, span // self.count))

    def person(self, keys: Ints) -> Ints:
        """Who is spoken to; low numbers more often."""
        first = self.dice.below("call/person", keys, self.people)
        return np.where(self.dice.chance("call/regular", keys, 0.3), first // 3, first)

    def legs(self, keys: Ints) -> pl.DataFrame:
        """One row a leg, in the order of number and position, with every moment in seconds; what never happens is FOREVER.

        Columns: number, position (from 0), legs (of the contact), person, channel, way, agent, began, enqueued, dequeued,
        connected (to the agent, or for a call of the company's own to the customer), ended, passed (handed on to the
        next leg), talked, held, holds, wrapped, updated (the record is complete), changed (its attributes change later).
        """
        channel, way = self._kinds(keys)
        legs = np.where(way == TRANSFERRED, 2 + self.dice.chance("call/three", keys, 0.2), 1 + (way == CALLED_BACK))
        contact = {"number": keys, "legs": legs, "person": self.person(keys), "channel": channel, "way": way}
        rows, began = [], self.began(keys)
        for position in range(MOST_LEGS):
            leg = self._leg(keys, position, way, legs, began)
            there = legs > position
            rows.append(pl.DataFrame({**contact, "position": np.full(len(keys), position), **leg}).filter(pl.Series(there)))
            began = leg["passed"] + np.where(
                (way == CALLED_BACK) & (position == 0), self.dice.spread("call/callback", keys, _CALLBACK), 0
            )
        return pl.concat(rows).sort("number", "position")

    def _kinds(self, keys: Ints) -> tuple[Ints, Ints]:
        """Channel and way; what only a phone can do is answered elsewhere."""
        channel, way = self.dice.weighted("call/channel", keys, _CHANNELS), self.dice.weighted("call/way", keys, _WAYS)
        only_phone = np.isin(way, (MENU, CALLED_BACK)) | ((way == OUTBOUND) & (channel != EMAIL))
        return channel, np.where((channel != VOICE) & only_phone, ANSWERED, way)

    def _leg(self, keys: Ints, position: int, way: Ints, legs: Ints, began: Ints) -> dict[str, Ints]:
        dice, own = self.dice, keys * MOST_LEGS + position
        never = np.full(len(keys), FOREVER)
        further = legs > position + 1
        gives_up = (way == ABANDONED) | ((way == CALLED_BACK) & further)
        by_company = (way == OUTBOUND) | ((way == CALLED_BACK) & ~further)
        queued = ~by_company & (way != MENU)
        answered = (queued & ~gives_up) | by_company
        menu = dice.spread("leg/menu", own, _MENU) if position == 0 else np.full(len(keys), 1)
        rang = 2 + dice.below("leg/rang", own, 20)
        enqueued = np.where(queued, began + menu, never)
        dequeued = np.where(queued, enqueued + dice.spread("leg/wait", own, _WAIT), never)
        connected = np.where(answered, np.where(by_company, began, dequeued) + rang, never)
        talked = np.where(answered, dice.spread("leg/talk", own, _TALK), 0)
        holds = np.where(answered & dice.chance("leg/holds", own, 0.3), 1 + dice.below("leg/hold_count", own, 3), 0)
        held = np.where(holds > 0, dice.spread("leg/hold", own, _HOLD), 0)
        wrapped = np.where(answered, dice.spread("leg/wrap_up", own, _WRAP_UP), 0)
        spoken = np.where(answered, connected + talked + held, 0)
        ended = np.where(answered, spoken, np.where(queued, dequeued, began + menu))
        updated = ended + wrapped + 15 + dice.below("leg/written", own, 45)
        return {
            "agent": FIRST_HUMAN + dice.below("leg/agent", own, self.agents - FIRST_HUMAN),
            "began": began,
            "enqueued": enqueued,
            "dequeued": dequeued,
            "connected": connected,
            "ended": ended,
            "passed": np.where(further, ended, never),
            "talked": talked,
            "held": held,
            "holds": holds,
            "wrapped": wrapped,
            "updated": updated,
            "changed": np.where(self._changes(own), updated + dice.spread("leg/later", own, _LATER), never),
        }

    def _changes(self, legs: Ints) -> Bools:
        return self.dice.chance("leg/changes", legs, 0.15)

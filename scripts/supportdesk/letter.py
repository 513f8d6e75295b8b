"""What every step of writing a ticket needs to know: the ticket, who writes it, and chance."""

from __future__ import annotations

import random
from dataclasses import dataclass

import slots
from segments import Segment
from setting import Setting
from ticket import Ticket
from voice import Voice


@dataclass(frozen=True)
class Letter:
    ticket: Ticket
    voice: Voice
    region: str
    rng: random.Random

    def fresh(self) -> Setting:
        """A setting in which no slot has a value yet."""
        ticket = self.ticket
        business = ticket.segment == "business"
        return Setting(self.rng, ticket.split, self.region, ticket.when, ticket.body.intent, business)

    def filled(self, text: str) -> list[Segment]:
        """A text with values of its own."""
        return slots.fill(text, self.fresh())

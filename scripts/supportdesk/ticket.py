"""A ticket while it is made, and as a record of the corpus."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from parts import Body
from segments import Spans


@dataclass
class Ticket:
    body: Body
    split: str
    use: int  # the how-many-eth ticket with this body
    when: dt.date
    channel: str = ""
    voice: str = ""
    segment: str = ""
    recorded: str = ""  # the intent that the desk wrote down
    text: str = ""
    entities: Spans = ()
    asks: tuple[str, ...] = ()  # ids of the asks in it
    second: str = ""  # id of the body of a second request
    cut: bool = False  # sent too early

    @property
    def key(self) -> tuple[str, str, int]:
        """What chance depends on."""
        return self.body.intent, self.body.text, self.use

    def record(self, number: int) -> dict[str, Any]:
        """A line of tickets.jsonl."""
        return {
            "id": f"t{number:05}",
            "text": self.text,
            "intent": self.recorded,
            "true_intent": self.body.intent,
            "channel": self.channel,
            "date": self.when.isoformat(),
            "segment": self.segment,
            "split": self.split,
            "voice": self.voice,
            "template": self.body.id,
            "asks": list(self.asks),
            "second": self.second,
            "cut": self.cut,
            "entities": [{"start": start, "end": end, "label": label} for start, end, label in self.entities],
        }

"""The people who write: every voice has its own greetings, small talk, sign-offs and ways with a keyboard.

A voice belongs to one split, and none of its set phrases occurs in a voice of another split (checks.py sees to it).
Phrases say nothing about what the customer wants. They may hold slots, and literal entities as in the ticket parts.
"""

from voices import test, train, validation

VOICES = train.VOICES + validation.VOICES + test.VOICES

"""What the callers hear: questions with one melody each, so that a phone knows what it is asked."""

from __future__ import annotations

from typing import Final

from ivr.voices.tone import tones

NUMBER: Final = "+13125550100"
TEXTS: Final = {
    "number": "Welcome to the line. Please enter the first four digits.",
    "other": "And now, please, enter the other four digits.",
    "done": "Thank you, that is noted. To note another one press one, and to end the call press 2.",
    "third": "Please enter the next four digits.",
    "bye": "Goodbye, and thank you for calling.",
}
FINGERPRINT_BYTES: Final = 5 * 640
"""Five beeps of the voice ``tone`` tell a million texts apart."""
FINGERPRINTS: Final = {name: tones(text)[:FINGERPRINT_BYTES] for name, text in TEXTS.items()}


def files(desk_port: int) -> dict[str, str]:
    """The flow folder; ``desk_port`` is where bookings are made."""
    return {
        "main.yaml": f"""
title: A line that outlives its processes
voice: beeps
steps:
  number:
    say: {TEXTS["number"]}
    ask: first
    digits: 4
    wait: 6s
    goto: other
  other:
    say: "{TEXTS["other"]}"
    ask: second
    digits: 4
    wait: 6s
    goto: book
  book:
    http: POST http://127.0.0.1:{desk_port}/book
    body: {{call: "${{call.id}}", first: "${{first}}", second: "${{second}}"}}
    timeout: 2s
    save: booked
    error: done
    goto: done
  done:
    say: "{TEXTS["done"]}"
    menu: {{1: third, 2: bye}}
    wait: 6s
  third:
    say: {TEXTS["third"]}
    ask: third
    digits: 4
    wait: 6s
    goto: done
  bye:
    say: "{TEXTS["bye"]}"
    goto: hangup
""",
        "settings.yaml": (
            f"voices:\n  beeps: {{provider: tone}}\nallowed_hosts: ['127.0.0.1:{desk_port}']\n"
        ),
        "numbers.yaml": f'"{NUMBER}": main\n',
    }

"""A folder in which every kind of step stands with every option, and what is told when a word of
it changes.
"""

from __future__ import annotations

from collections.abc import Mapping

from ivr.flow.edit.diff import Change, Version, compare, former_names
from ivr.flow.load import load

Files = Mapping[str, str]
SOUNDS = frozenset({"tune.wav", "song.wav"})

BASE: Files = {
    "settings.yaml": """\
voices:
  ana: {provider: tone}
  ben: {provider: tone, settings: {speed: 1.0}}
emergency:
  say: {en: We have a problem. Goodbye., es: Tenemos un problema.}
  operator: +12125550199
allowed_hosts: [api.example.com]
mailboxes:
  desk: {keep: 90d}
  a@example.com: {keep: 90d}
environments:
  dev: {api: https://api.example.com}
""",
    "numbers.yaml": """\
+12125550101: main
+12125550102: {flow: main, language: es-US}
default: main
""",
    "other.yaml": """\
title: Other
returns: [done, gave_up]
inputs: [who]
steps:
  ask:
    return: done
    value: one
""",
    "third.yaml": """\
title: Third
returns: [done]
inputs: [who]
steps:
  ask:
    return: done
""",
    "second.yaml": """\
title: Second
steps:
  main:
    say: Hello.
    goto: hangup
""",
    "main.yaml": """\
title: Line
timezone: America/New_York
languages:
  en-US: {voice: ana}
  es-US: {voice: ben}
hours:
  desk:
    mon-fri: 9:00-17:00
    sat: 10:00-12:00
    closed: [us-holidays, 2026-12-24]
numbers:
  desk: +12125550111
  sales: +12125550112
  spare: +12125550113
anytime:
  0: desk
vars:
  tries: 0
on_error: message
limits: {call: 20m}
steps:
  welcome:
    - say:
        en: Welcome to the line.
        es: Bienvenidos.
      interrupt: no
      tag: begin
    - goto:
        - if: hours.desk.open
          goto: main
        - else: message

  main:
    say:
      - For sales, press 1.
      - play: tune.wav
      - pause: 1s
      - say: For more, press 2.
        if: tries > 1
    menu:
      1: desk
      2: number
    tries: 2
    wait: 5s
    between_keys: 3s
    no_input: [Nothing yet., Still nothing.]
    no_match: Another key please.
    repeat: Once more.
    type_ahead: yes
    save: chosen
    fail: desk

  number:
    say: Your number please.
    ask: code
    digits: 8
    check: code > '1'
    confirm: Is ${code | digits} right?
    sensitive: no
    end_key: pound
    fail: desk
    goto: look_up

  look_up:
    say: One moment.
    http: GET ${settings.api}/people/${code}
    headers: {Accept: application/json}
    query: {a: one}
    timeout: 4s
    hold: tune.wav
    save: found
    example: {name: Ana}
    retry: 1
    status: {409: number}
    not_found: number
    error: desk
    goto: post

  post:
    http: POST ${settings.api}/calls
    body: {number: "${code}"}
    error: desk
    goto: sub

  sub:
    run: other
    with: {who: Ana}
    save: back
    done: settle
    otherwise: desk

  settle:
    - set: {tries: "${tries + 1}"}
    - language: es-US
    - record_call: start
    - send_keys: 12w3
    - event: settled
      with: {number: one}
    - sms: ${call.from}
      text: Thank you.
      failed: desk
      goto: work

  work:
    do: schedule
    with: {number: one}
    save: made
    timeout: 3s
    hold: tune.wav
    example: yes
    failed: desk
    goto: line_up

  line_up:
    queue: support
    hold: tune.wav
    limit: 10m
    full: desk
    otherwise: hand_over

  hand_over:
    twiml: <Response><Hangup/></Response>
    otherwise: desk

  desk:
    say: Please hold.
    transfer: [desk, sales]
    ring: 20s
    caller_id: spare
    limit: 1h
    whisper: A caller.
    accept: 1
    hold: tune.wav
    together: no
    blind: no
    record_talk: no
    busy: message
    otherwise: words

  words:
    record: words
    say: Speak after the tone.
    max: 2m
    silence: 5s
    beep: yes
    end_key: pound
    review: no
    empty: message
    goto: message

  message:
    say: Leave a message.
    voicemail: desk
    max: 3m
    silence: 5s
    beep: yes
    end_key: pound
    review: no
    transcribe: no
    done: bye
    empty: bye

  bye:
    say: Goodbye.
    goto: hangup
""",
}


def version(files: Files = BASE) -> Version:
    """Compile a folder; its rules are left out."""
    loaded = load(files, assets=SOUNDS, checked=False)
    assert loaded.flows is not None, loaded.problems
    return Version(loaded.flows, former_names(loaded.documents))


OLD = version()


def edited(file: str, *pairs: str) -> Files:
    """The folder with words replaced: the first by the second, the third by the fourth …"""
    text = BASE[file]
    for before, after in zip(pairs[::2], pairs[1::2], strict=True):
        assert text.count(before) == 1, f"{before!r} is not once in {file}"
        text = text.replace(before, after)
    return {**BASE, file: text}


def changes(file: str, *pairs: str) -> tuple[Change, ...]:
    """What is told of the folder with these words replaced."""
    return compare(OLD, version(edited(file, *pairs)))


def told(file: str, *pairs: str) -> list[str]:
    """The sentences alone."""
    return [change.sentence for change in changes(file, *pairs)]

"""The pages of what is found while a file is read, where there is no rule to look at it later.

The loader (``ivr/flow/source.py``, ``reader.py``, ``load_flow.py``, the step kinds) reports these.
Each page is written like a rule's docstring.
"""

from __future__ import annotations

from typing import Final

PAGES: Final = {
    "Y001": """The file is not YAML.

    The message says what was probably meant: “: ” inside a sentence, a tab, a text that begins
    with ``*``, ``@``, ``%``, ``{`` or a quote. Also a file of more than 1 MiB, more than 64 levels
    or more than 60,000 keys and values.

    Wrong::

        say: Press 1: opening hours.

    Right::

        say: "Press 1: opening hours."
    """,
    "Y003": """The same key stands twice in one map.

    An ordinary reader takes the second and drops the first silently.

    Wrong::

        menu:
          1: sales
          1: support

    Right: keep one of them.
    """,
    "Y004": """An anchor, an alias, a merge key or a tag.

    ``&name``, ``*name``, ``<<`` and ``!tag`` make a file hard to follow, so the language has none.

    Wrong::

        menu: {*: repeat}

    Right::

        menu: {star: repeat}
    """,
    "Y005": """A key without a value inside ``{ }``: a comma in a text has cut it in two.

    Wrong::

        say: {en: For sales, press 1.}

    Right::

        say: {en: "For sales, press 1."}
    """,
    "Y010": """The rest of a text was lost: one space and ``#`` begin a comment.

    Two spaces or more before ``#`` are a comment that was meant.

    Wrong::

        say: Enter your number, then press # to finish.

    Right::

        say: Enter your number, then press pound to finish.
    """,
    "S001": """A key that is not known here.

    Often misspelt; the message names the nearest one. Kinds that a later version of ivr will have
    are told the same way, and so is what is given to a flow or a function that does not take it.

    Wrong::

        menu: {1: sales}
        tires: 2

    Right::

        menu: {1: sales}
        tries: 2
    """,
    "S004": """A step that does nothing, or a menu without choices.

    Wrong::

        main: {tag: start}

    Right::

        main: {tag: start, say: Hello., goto: hangup}
    """,
    "S005": """A step that does two things at once.

    Wrong::

        menu: {1: sales}
        ask: number

    Right: a list of two actions, or two steps.
    """,
    "S006": """A key that belongs to another kind of step.

    Wrong::

        transfer: front_desk
        tries: 2

    Right: leave it out, or put it on the step it belongs to.
    """,
    "S007": """A value of the wrong type, or out of range.

    Also something that is named and not there: a file, a voice, a time zone. A mailbox that is not
    in settings.yaml, where it lists mailboxes, is a *warning*.

    Wrong::

        wait: 5 minutes

    Right::

        wait: 5m
    """,
    "F005": """A word of the language as the name of a step, or a name that cannot be one.

    ``hangup``, ``repeat``, ``back`` and ``start`` are destinations already.

    Wrong::

        steps:
          repeat: {say: Once more., goto: main}

    Right::

        steps:
          once_more: {say: Once more., goto: main}
    """,
    "F006": """A list of conditions without an ``else``.

    If none of them holds, nothing is said about where the call goes, and it ends.

    Wrong::

        goto:
          - if: hours.clinic.open
            goto: main

    Right::

        goto:
          - if: hours.clinic.open
            goto: main
          - else: closed
    """,
    "F012": """An outcome with the name of a key.

    The outcomes of a flow stand beside ``run`` as keys of its action, so none of them can be called
    like a key that actions have already.

    Wrong::

        returns: [goto, save]

    Right::

        returns: [went_on, saved]
    """,
    "M004": """Something that is no key of a telephone.

    There are ``0`` to ``9``, ``star`` and ``pound``, and up to six in a row.

    Wrong::

        menu: {a: sales}

    Right::

        menu: {1: sales}
    """,
    "L002": """A language that the flow does not declare.

    Wrong::

        languages: {en-US: {}}
        …
        language: es-US

    Right::

        languages: {en-US: {}, es-US: {}}
    """,
    "X001": """An expression that cannot be read.

    The column is exact, and habits of other languages (``=``, ``&&``, ``? :``) are answered with
    what to write here.

    Wrong::

        if: tries = 3

    Right::

        if: tries == 3
    """,
    "X003": """A formatter that does not exist, or that is written differently.

    Wrong::

        say: Your code is ${code | digit}.

    Right::

        say: Your code is ${code | digits}.
    """,
    "H002": """A method or an address that is none.

    Methods are GET, POST, PUT, PATCH and DELETE; an address begins with ``https://``.

    Wrong::

        http: FETCH api.example.com/balance

    Right::

        http: GET https://api.example.com/balance
    """,
    "T001": """A transfer to something that is no number.

    Numbers are written with plus and country code, or by a name from ``numbers:``.

    Wrong::

        transfer: 555-0123

    Right::

        transfer: +13125550123
    """,
    "T002": """A transfer, or a queue, without a word about what happens when nobody answers.

    The caller would hear a goodbye. ``otherwise`` covers ``busy``, ``no_answer`` and ``failed``; of
    a queue ``full``, ``too_long``, ``closed`` and ``failed``.

    Wrong::

        transfer: front_desk

    Right::

        transfer: front_desk
        otherwise: message
    """,
    "B001": """Opening hours that say nothing about holidays, overlap, or leave a gap of minutes.

    Wrong::

        hours: {clinic: {mon-fri: 8:00-17:30}}

    Right::

        hours: {clinic: {mon-fri: 8:00-17:30, closed: [us-holidays]}}
    """,
}

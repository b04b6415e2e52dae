"""What two parts of a flow must have in common to say the same."""

from __future__ import annotations

from ivr.flow.edit.same import calendar, fields, plain, same
from tests.flow.edit.versions import BASE, OLD, version


def test_where_something_stands_makes_no_difference() -> None:
    text = BASE["main.yaml"].replace("title: Line\n", "\n\n# moved\ntitle: Line\n")
    moved = version({**BASE, "main.yaml": text})
    assert moved.flows != OLD.flows
    assert same(moved.flows, OLD.flows)


def test_line_breaks_in_spoken_texts_make_no_difference_and_others_do() -> None:
    broken = BASE["main.yaml"].replace("say: Please hold.", "say: |\n      Please\n      hold.")
    assert same(version({**BASE, "main.yaml": broken}).flows, OLD.flows)
    one, two = (
        version({**BASE, "main.yaml": BASE["main.yaml"].replace("><Hang", f">{space}<Hang")})
        for space in (" ", "  ")
    )
    assert not same(one.flows, two.flows)


def test_a_part_is_plain_data() -> None:
    flow = OLD.flows.flows["main"]
    assert plain(flow.steps["bye"]) == {
        "": "Step",
        "name": "bye",
        "actions": [
            {
                "": "Action",
                "prompt": {
                    "": "Prompt",
                    "items": [{"say": {"en-US": "Goodbye."}, "language": None, "if": None}],
                },
                "interruptible": True,
                "voice": None,
                "kind": None,
                "goto": [{"": "Branch", "target": "hangup", "condition": None}],
                "condition": None,
                "fresh": False,
                "tag": None,
                "note": None,
                "budget": None,
            }
        ],
    }
    assert "span" not in fields(flow)
    assert "hash" not in fields(OLD.flows)


def test_calendars_go_by_their_names() -> None:
    (holidays,) = OLD.flows.flows["main"].hours["desk"].calendars
    assert calendar(holidays) == "us-holidays"
    assert plain(holidays) == "us-holidays"

"""settings.yaml: environments, hosts, mailboxes, emergencies."""

from __future__ import annotations

import pytest

from ivr.flow.load import load
from ivr.flow.problems import Severity
from ivr.flow.world import Mailbox
from tests.flow.folders import compiled, folder, problem, told
from tests.flow.ring import Ring, flows_of, problems_of

FLOW = "steps:\n  main:\n    say: Hello.\n    goto: hangup\n"


def test_settings_are_those_of_the_environment() -> None:
    text = "environments:\n  dev: {town: Springfield}\n  production: {town: Shelbyville}\n"
    flow = "steps:\n  main:\n    say: From ${settings.town}.\n    goto: hangup\n"
    assert Ring(flow, settings=text).said == ["From Springfield."]
    found = load({"a.yaml": flow, "settings.yaml": text}, environment="production")
    assert found.flows is not None
    assert found.flows.settings == {"town": "Shelbyville"}


SETTINGS = """\
environments:
  dev: {clinic_api: http://127.0.0.1:9000, town: Springfield}
  production: {clinic_api: 'https://${env.HOST}', town: Shelbyville}
"""
READING = """\
steps:
  main:
    say: From ${settings.town}.
    goto: [{if: settings.clinic_api == 'x', goto: main}, {else: hangup}]
"""


def test_a_setting_may_read_a_variable_of_the_process() -> None:
    files = {"main": READING, "settings": SETTINGS}
    flows = compiled(files, environment="production", environ={"HOST": "api.example"})
    assert flows.settings["clinic_api"] == "https://api.example"
    assert flows.environment == "production"


def test_a_variable_that_is_not_set_is_told_in_the_environment_that_reads_it() -> None:
    files = {"main": READING, "settings": SETTINGS}
    found = problem(files, "N004", environment="production")
    assert (found.span.line, found.span.column, found.severity) == (3, 28, Severity.WARNING)
    assert "HOST" in found.message
    assert told(files, "N004") == []
    assert told(files, "N004", environment="production", environ={"HOST": "a.example"}) == []


def test_a_setting_that_is_read_has_to_be_there() -> None:
    files = {"main": READING.replace("town", "twon"), "settings": SETTINGS}
    found = problem(files, "X002")
    assert (found.span.file, found.span.line, found.span.column) == ("main.yaml", 3, 17)
    assert found.help == "did you mean “town”?"
    assert "environment dev" in found.message


def test_conditions_are_read_as_texts_are() -> None:
    files = {"main": READING.replace("clinic_api", "clinic_ip"), "settings": SETTINGS}
    assert told(files, "X002") == [("X002", "main.yaml", 4, 17)]


def test_a_setting_of_another_environment_is_missing_in_this_one() -> None:
    files = {"main": READING, "settings": SETTINGS.replace(", town: Shelbyville", "")}
    assert told(files, "X002") == []
    assert told(files, "X002", environment="production", environ={"HOST": "a"}) == [
        ("X002", "main.yaml", 3, 17)
    ]


def test_whoever_asks_first_whether_a_setting_is_there_may_read_it() -> None:
    flow = READING.replace("${settings.town}", "${default(settings.village, 'here')}")
    assert told({"main": flow, "settings": SETTINGS}, "X002") == []


def test_without_settings_the_remedy_says_where_they_stand() -> None:
    found = folder({"main": READING}).problems
    assert "settings.yaml" in next(each for each in found if each.code == "X002").help


def test_a_setting_that_one_environment_lacks_is_a_warning_there() -> None:
    settings = SETTINGS.replace(", town: Shelbyville", "")
    found = problem({"main": READING, "settings": settings}, "N004")
    assert (found.span.file, found.span.line, found.span.column) == ("settings.yaml", 3, 3)
    assert found.severity is Severity.WARNING
    assert "town" in found.message
    assert folder({"main": READING, "settings": settings}).flows is not None


def test_a_missing_environment_is_told_once_and_not_at_every_setting() -> None:
    files = {"main": READING, "settings": SETTINGS}
    assert told(files, environment="staging") == [("S007", "settings.yaml", 2, 3)]


def test_hosts_may_be_asked_that_are_listed() -> None:
    settings = "allowed_hosts: [API.northside.example, localhost:9000]\n"
    flows = compiled({"main": FLOW, "settings": settings})
    assert flows.allowed_hosts == {"api.northside.example", "localhost:9000"}
    assert compiled({"main": FLOW}).allowed_hosts == frozenset()


def test_an_address_among_the_hosts_is_answered_with_its_host() -> None:
    settings = "allowed_hosts: [https://api.example/v1]\n"
    found = problem({"main": FLOW, "settings": settings}, "S007")
    assert found.help == "write  api.example"


def test_mailboxes_keep_messages_and_mail_those_of_an_address() -> None:
    settings = """\
    mailboxes:
      desk: {}
      frontdesk@northside.example: {keep: 30d}
      night@northside.example: {mail: no}
    """
    assert compiled({"main": FLOW, "settings": settings}).mailboxes == {
        "desk": Mailbox("desk", 90, False),
        "frontdesk@northside.example": Mailbox("frontdesk@northside.example", 30, True),
        "night@northside.example": Mailbox("night@northside.example", 90, False),
    }


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("voises: {}\n", ("S001", 1, 1)),
        ("allowed_hosts: {a: b}\n", ("S007", 1, 16)),
        ("allowed_hosts: [https://api.example/v1]\n", ("S007", 1, 17)),
        ("allowed_hosts: [a b]\n", ("S007", 1, 17)),
        ("allowed_hosts: [[a]]\n", ("S007", 1, 17)),
        ("mailboxes: [desk]\n", ("S007", 1, 12)),
        ("mailboxes: {front desk: {}}\n", ("S007", 1, 13)),
        ("mailboxes: {desk: 90d}\n", ("S007", 1, 19)),
        ("mailboxes: {desk: {kep: 90d}}\n", ("S001", 1, 20)),
        ("mailboxes: {desk: {keep: 90}}\n", ("S007", 1, 26)),
        ("mailboxes: {desk: {keep: 0d}}\n", ("S007", 1, 26)),
        ("mailboxes: {desk: {keep: 4000d}}\n", ("S007", 1, 26)),
        ("mailboxes: {desk: {mail: yes}}\n", ("S007", 1, 26)),
        ("mailboxes: {desk: {mail: perhaps}}\n", ("S007", 1, 26)),
        ("environments: {dev: {a: '${env.MY_TOKEN}'}}\n", ("S007", 1, 25)),
        ("environments: {dev: {}, production: {a: '${env.MY_TOKEN}'}}\n", ("S007", 1, 41)),
        ("environments: {production: {}}\n", ("S007", 1, 15)),
        ("environments: {dev: 3}\n", ("S007", 1, 21)),
        ("[]\n", ("S007", 1, 1)),
    ],
)
def test_mistakes_in_settings_are_told(text: str, problem: tuple[str, int, int]) -> None:
    assert problem in problems_of(FLOW, settings=text)


EMERGENCY = """
    emergency:
      say: {en: We are sorry., es-US: Lo sentimos.}
      operator: +13125550123
"""


def test_an_emergency_has_its_words_and_may_have_a_person() -> None:
    found = flows_of(FLOW, settings=EMERGENCY).emergency
    assert found.text("en-GB") == "We are sorry."
    assert found.text("es-US") == "Lo sentimos."
    assert found.text("fr-FR") is None
    assert found.text(None) is None
    assert found.operator == "+13125550123"
    assert flows_of(FLOW).emergency.operator is None


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ("emergency: {say: Sorry.}", "S007"),
        ("emergency: {operator: 911}", "T001"),
        ("emergency: {operatr: +13125550123}", "S001"),
        ("emergency: {say: {english: Sorry.}}", "S007"),
        (f"emergency: {{say: {{en: {'a' * 501}}}}}", "S007"),
    ],
)
def test_mistakes_in_an_emergency_are_told(wrong: str, code: str) -> None:
    assert [found for found, _, _ in problems_of(FLOW, settings=wrong)] == [code]


def test_the_apology_of_a_call_in_trouble_is_the_one_written() -> None:
    call = Ring(
        """
        vars: {a: 1}
        steps:
          main:
            set: {a: "${a / 0}"}
            goto: main
    """,
        settings=EMERGENCY,
    )
    assert call.said == ["We are sorry."]

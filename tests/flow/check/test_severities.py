"""Severities as the language has them, and the flows that must not be scolded."""

from __future__ import annotations

import textwrap
from pathlib import Path

from ivr.cli.folder import load_folder, read_folder
from ivr.flow.check import RULES, SEVERITIES
from ivr.flow.problems import Severity
from tests.flow.ring import loaded

SHIPPED = Path(__file__).parents[3] / "flows"
ERRORS = "F001 F003 F005 F010 F011 F012 F013 F014 M002 M004 L002 H002 H004 T001 R002"
INFOS = "T004 M007 M008 M009 R001 A001 A002 A003 B001 P002 P003 P005 P007 C001 N003"


def test_every_code_has_the_severity_of_the_language() -> None:
    for code, severity in SEVERITIES.items():
        if code[0] in "YSX" or code in ERRORS.split():
            assert severity is Severity.ERROR, code
        elif code in INFOS.split():
            assert severity is Severity.INFO, code
        else:
            assert severity is Severity.WARNING, code


def test_the_shipped_flows_have_no_errors_and_no_warnings() -> None:
    found = load_folder(read_folder(SHIPPED), environment="dev")
    assert [p for p in found.problems if p.severity is not Severity.INFO] == []


def test_a_tiny_flow_is_not_scolded() -> None:
    tiny = """\
    title: Acme front desk
    steps:
      main:
        say: Thanks for calling Acme. For sales, press 1. To leave a message, press 2.
        menu:
          1: sales
          2: message
      sales:
        transfer: +13125550123
        otherwise: message
      message:
        say: Nobody is here. Please write to us.
        goto: hangup
    """
    found = loaded(textwrap.dedent(tiny))
    assert [(p.code, p.severity) for p in found.problems] == [
        ("M007", Severity.INFO),
        ("T004", Severity.INFO),
    ]


def test_no_code_stands_twice_in_the_table() -> None:
    codes = [rule.code for rule in RULES]
    assert len(codes) == len(set(codes))

"""What the log may say of an error: everything but values."""

from __future__ import annotations

import sys

from ivr.outside.traces import kind, last_line_in, without_values


def _fails(pin: str) -> None:
    try:
        int(pin)
    except ValueError as error:
        raise KeyError(pin) from error


def _caught(pin: str = "PIN 1234") -> KeyError:
    try:
        _fails(pin)
    except KeyError as error:
        return error
    raise AssertionError


def test_places_and_types_are_told_for_the_whole_chain_and_values_are_not() -> None:
    told = without_values(_caught())
    assert "1234" not in told
    assert told.index("ValueError") < told.index("which led to") < told.index("KeyError")
    assert told.count(__file__) == 3
    assert "raise KeyError(pin) from error" in told


def test_what_led_to_an_error_unsaid_is_told_too_unless_it_is_hidden() -> None:
    def caught(hide: bool) -> BaseException:
        value = f"{1_234}"
        try:
            try:
                raise OSError(value)
            except OSError:
                if hide:
                    raise TypeError(value) from None
                raise TypeError(value)  # noqa: B904
        except TypeError as error:
            return error

    assert "OSError" in without_values(caught(False))
    assert "OSError" not in without_values(caught(True))
    assert "1234" not in without_values(caught(False))


def test_the_errors_of_a_group_are_told() -> None:
    told = without_values(ExceptionGroup(f"{1_234}", [ValueError(f"{1_234}"), _caught()]))
    assert "ExceptionGroup" in told
    assert "KeyError" in told
    assert "1234" not in told


def test_a_chain_that_goes_round_has_an_end() -> None:
    error = ValueError()
    other = TypeError()
    error.__cause__, other.__cause__ = other, error
    assert without_values(error).count("ValueError") < 20


def test_a_type_is_called_as_developers_know_it() -> None:
    assert kind(ValueError()) == "ValueError"
    assert kind(_Own()) == f"{__name__}._Own"


class _Own(Exception):
    pass


def test_the_line_that_was_running_in_a_file_is_found() -> None:
    error = _caught()
    line = last_line_in(__file__, error.__traceback__)
    assert line is not None
    assert line == _fails.__code__.co_firstlineno + 4
    assert last_line_in(sys.executable, error.__traceback__) is None
    assert last_line_in(__file__, None) is None

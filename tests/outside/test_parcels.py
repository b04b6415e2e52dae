"""Parcels: each has an id of its own, and what is in it is shown nowhere."""

from __future__ import annotations

from ivr.outside.parcels import Parcel


def test_each_parcel_has_an_id_of_its_own_and_hides_what_is_in_it() -> None:
    one, two = (Parcel("CA1", "event 1", "event", b"Ana's secret") for _ in range(2))
    assert one.id != two.id
    assert "secret" not in repr(one)

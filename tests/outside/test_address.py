"""Which addresses and headers are let out, and which are not."""

from __future__ import annotations

import pytest
from yarl import URL

from ivr.flow.messages import secret_marker
from ivr.outside.address import Gate, Refused, address, headers, is_loopback, reveal

ALLOWED = ("api.example", "API.North.example:8443", "bücher.example", "[::1]:9000", "https://x/y")


def none(name: str) -> str | None:
    """No secrets."""
    return None


def verdict(url: str, environment: str = "production", allowed: tuple[str, ...] = ALLOWED) -> str:
    """Why an address is refused; empty if it is not."""
    try:
        Gate(allowed, environment).check(address(url, (), none))
    except Refused as refused:
        return str(refused)
    return ""


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example",
        "https://api.example/a?b=c/../d",
        "https://api.example/.well-known/a..b/...",
        "https://API.EXAMPLE:443/",
        "HTTPS://api.example?x",
        "https://api.north.EXAMPLE:8443/",
        "https://bücher.example/",
        "https://xn--bcher-kva.example/",
        "https://[::1]:9000/",
    ],
)
def test_a_listed_host_is_let_through(url: str) -> None:
    assert verdict(url) == ""


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.evil.example/",
        "https://evil-api.example/",
        "https://sub.api.example/",
        "https://api.example./",
        "https://api.example:8443/",
        "https://api.north.example/",
        "https://api.example%2eevil/",
        "https://127.0.0.1/",
        "https://localhost:8443/",
        "https://[::1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://x/",
    ],
)
def test_every_other_host_is_refused_by_its_name(url: str) -> None:
    assert "is not an allowed host; list it under allowed_hosts" in verdict(url)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://api.example/", "begin with https://"),
        ("file:///etc/passwd", "begin with https://"),
        ("//api.example/", "begin with https://"),
        ("/accounts", "begin with https://"),
        ("", "begin with https://"),
        ("https:///x", "begin with https://"),
        (" https://api.example/", "begin with https://"),
        ("https://robin:pin@api.example/", "may not hold a name and a password"),
        ("https://robin@api.example/", "may not hold a name and a password"),
        ("https://@api.example/", "may not hold a name and a password"),
        ("https://api.example\\@evil.example/", "begin with https://"),
        ("https://api.example/\\evil", "a character that no address may hold"),
        ("https://api.example/a\r\nX: 1", "a character that no address may hold"),
        ("https://api.example/\x00", "a character that no address may hold"),
        ("https://api.example/\ud800", "a character that no address may hold"),
        ("https://api.example/accounts/../admin", "would leave it"),
        ("https://api.example/accounts/%2E%2e?x", "would leave it"),
        ("https://api.example/./x", "would leave it"),
        ("https://api.example/..", "would leave it"),
        ("https://api.example:99999/", "not a valid one"),
        ("https://[api.example/", "not a valid one"),
        ("http://api.example/", "asked without encryption"),
        ("http://[::1]:9000/", "asked without encryption"),
    ],
)
def test_an_address_that_is_none_is_refused_in_one_sentence(url: str, why: str) -> None:
    assert why in verdict(url)
    assert "pin" not in verdict(url)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9000/", "http://localhost/", "http://[::1]:1/", "https://127.8.8.8/"]
)
def test_this_machine_is_let_through_in_dev_alone(url: str) -> None:
    assert verdict(url, "dev", ()) == ""
    assert "is not an allowed host" in verdict(url, "production", ())
    assert "is not an allowed host" in verdict(url, "development", ())


def test_dev_lets_nothing_else_through() -> None:
    for url in ("http://0.0.0.0/", "http://10.0.0.1/", "http://localhost.evil.example/"):
        assert "is not an allowed host" in verdict(url, "dev", ())
    assert "asked without encryption" in verdict("http://api.example/", "dev")


def test_loopback_is_known_by_its_address_and_not_by_asking_anybody() -> None:
    assert is_loopback("127.255.0.1")
    assert is_loopback("::1")
    for other in ("127.0.0.1.nip.io", "127.1", "0.0.0.0", "::ffff:10.0.0.1", "localhost.", ""):
        assert not is_loopback(other)


@pytest.mark.parametrize(
    "entry",
    ["", " ", "https://api.example", "api.example/x", "u@api.example", "api.example?a", "h:99999"],
)
def test_an_entry_that_is_no_host_allows_nothing(entry: str) -> None:
    assert "is not an allowed host" in verdict("https://api.example/", "production", (entry,))


# --- addresses -----------------------------------------------------------------------------------


def test_what_stands_in_an_address_stays_what_it_is() -> None:
    assert str(address("https://h/a%2Fb/ü x?q=1%2B1#top", (), none)) == (
        "https://h/a%2Fb/%C3%BC%20x?q=1%2B1"
    )


def test_the_query_is_added_to_the_one_that_is_there() -> None:
    found = address("https://h/?a=1", (("a", "2 & 3"), ("b", "=")), none)
    assert list(found.query.items()) == [("a", "1"), ("a", "2 & 3"), ("b", "=")]


def test_a_secret_cannot_leave_its_place_in_an_address() -> None:
    secrets = {"S": "x/../../y?admin=1#@\\\r\n%41"}.get
    found = address(f"https://h/v1/{secret_marker('S')}/z?k={secret_marker('S')}", (), secrets)
    assert found.raw_path == "/v1/x%2F..%2F..%2Fy%3Fadmin=1%23@%5C%0D%0A%2541/z"
    assert dict(found.query) == {"k": "x/../../y?admin=1#@\\\r\n%41"}


@pytest.mark.parametrize("url", ["https://{}/", "https://{}.example/", "https://a:{}@h/"])
def test_a_secret_cannot_be_the_host(url: str) -> None:
    with pytest.raises(Refused, match="a secret cannot stand in the host"):
        address(url.format(secret_marker("S")), (), {"S": "api.example"}.get)


def test_half_a_marker_is_no_secret_and_does_not_go_out() -> None:
    with pytest.raises(Refused, match="a character that no address may hold"):
        address("https://h/\x01secret:S", (), {"S": "x"}.get)
    assert reveal("\x01secret:S", {"S": "x"}.get) == "\x01secret:S"


def test_several_secrets_are_put_in_where_they_belong() -> None:
    text = f"{secret_marker('A')}:{secret_marker('B')}!"
    assert reveal(text, {"A": "1", "B": secret_marker("A")}.get) == f"1:{secret_marker('A')}!"


# --- headers -------------------------------------------------------------------------------------


def test_headers_keep_their_order_their_repetition_and_their_letters() -> None:
    found = headers((("X-A", " ü "), ("x-a", "2"), ("Accept", "a\tb")), none)
    assert list(found.items()) == [("X-A", "ü"), ("x-a", "2"), ("Accept", "a\tb")]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (("X-A", "1\r\n2"), "the header X-A holds a line break"),
        (("X-A", "\x00"), "the header X-A holds"),
        (("X-A", "\ud800"), "the header X-A holds"),
        (("X-A", secret_marker("S")), "the header X-A holds a line break"),
        (("X-A", "v" * 8_001), "the header X-A is longer than"),
        (("X A", "1"), "a name that no header may have"),
        (("", "1"), "a name that no header may have"),
        (("X:A", "1"), "a name that no header may have"),
        (("Transfer-ENCODING", "chunked"), "Transfer-ENCODING is set by the line itself"),
        (("host", "evil"), "host is set by the line itself"),
    ],
)
def test_a_header_that_cannot_be_sent_is_refused_without_its_value(
    given: tuple[str, str], why: str
) -> None:
    secrets = {"S": "first\nsecond"}
    with pytest.raises(Refused) as refused:
        headers((given,), lambda name: secrets.get(name))
    assert why in str(refused.value)
    assert "second" not in str(refused.value)


def test_there_are_only_so_many_headers() -> None:
    with pytest.raises(Refused, match="more than 64 headers"):
        headers((("X-A", "1"),) * 65, none)


def test_a_gate_judges_a_whole_url_too() -> None:
    with pytest.raises(Refused, match="a name and a password"):
        Gate(("h",), "dev").check(URL("https://u:p@h/"))
    with pytest.raises(Refused, match="begin with https"):
        Gate(("h",), "dev").check(URL("ftp://h/"))

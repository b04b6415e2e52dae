"""``ivr build`` as an operator types it, against the fake vendor over real HTTP."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Generator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import ivr
from ivr.audio.loudness import leading_silence_ms
from ivr.audio.mulaw import SILENCE
from ivr.cli import main
from ivr.fakes.elevenlabs import VOICE, FakeVendor, Pace, audio_of
from ivr.fakes.elevenlabs.catalogue import Format
from ivr.fakes.elevenlabs.sound import Letter, Piece
from ivr.prompts.lock import Line, read_lock
from ivr.prompts.shelf import Shelf, Shelved

BOUND_S = 60
KEY = "a-key-nobody-may-see"
BALANCE = "seven hundred and thirteen"
FLOW = f"""\
language: en-US
voice: sarah
vars: {{balance: {BALANCE}}}
steps:
  main:
    say: ["Welcome to the bank.", "For your balance, press one."]
    menu: {{1: balance}}
  balance:
    say: "Your balance is ${{balance}}."
    goto: hangup
"""
SETTINGS = f"""\
voices:
  sarah:
    provider: elevenlabs
    voice_id: {VOICE}
    fallback: [beeps]
  beeps: {{provider: tone}}
"""
WELCOME = "Welcome to the bank."


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder with flows in it, and an environment with nothing in it."""
    lay_out(tmp_path, monkeypatch)
    return tmp_path


def lay_out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in tuple(os.environ):
        if name.startswith(("IVR_", "TWILIO_", "ELEVENLABS_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(folder)
    (folder / "flows").mkdir()
    (folder / "flows" / "main.yaml").write_text(FLOW)
    (folder / "flows" / "settings.yaml").write_text(SETTINGS)


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Generator[FakeVendor]:
    """The fake vendor, and an environment that leads there."""
    with FakeVendor(key=KEY).in_thread() as running:
        lead_to(running, monkeypatch)
        yield running
        assert not running.violations


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which everything was built, once for all; nobody changes it."""
    folder = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch, FakeVendor(key=KEY).in_thread() as running:
        lay_out(folder, patch)
        lead_to(running, patch)
        build()
        assert not running.violations
    return folder


@pytest.fixture
def built(vendor: FakeVendor, finished: Path, folder: Path) -> FakeVendor:
    """The current folder is one in which everything was built; its vendor, not yet asked."""
    shutil.copytree(finished, folder, dirs_exist_ok=True)
    return vendor


def lead_to(vendor: FakeVendor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ELEVENLABS_BASE_URL", vendor.url)
    monkeypatch.setenv("ELEVENLABS_API_KEY", KEY)


def build(*arguments: str, code: int = 0, stdin: str = "") -> str:
    result: Result = CliRunner().invoke(main, ["build", *arguments], input=stdin)
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    assert KEY not in result.output
    return result.output


def takes() -> dict[str, Shelved]:
    """What is on the shelf in the vendor's voice, by text."""
    found = [each for each in Shelf(Path("var/takes")).all() if isinstance(each, Shelved)]
    return {each.key.text: each for each in found if each.key.voice.startswith("elevenlabs")}


def locked() -> dict[str, Line]:
    """The lines of the vendor's voice, by text."""
    return {line.text: line for line in read_lock(Path("flows")).values() if line.voice == "sarah"}


def asked(vendor: FakeVendor) -> list[str]:
    return [text for each in vendor.requests for said in each.said for text in said.texts]


# --------------------------------------------------------------------------- building


def test_every_fixed_text_is_made_in_the_vendors_voice_and_in_the_one_that_steps_in(
    vendor: FakeVendor,
) -> None:
    output = build()
    made = takes()
    assert made[WELCOME].audio == audio_of(WELCOME)
    assert "For your balance, press one." in made
    assert sorted(asked(vendor)) == sorted(made)
    assert re.search(r"^sarah +elevenlabs +en-US +\d+ +\d+ *$", output, re.M)
    assert re.search(r"^beeps +tone +en-US +\d+ +\d+ +free *$", output, re.M)
    assert f"{sum(map(len, made))} characters of the vendor's quota" in " ".join(output.split())
    lines = read_lock(Path("flows")).values()
    assert {line.voice for line in lines} == {"sarah", "beeps"}
    assert set(locked()) == set(made)
    assert locked()[WELCOME].seconds == 1.2


def test_no_text_with_a_value_is_made_or_written_anywhere(vendor: FakeVendor) -> None:
    build("--sheet")
    assert BALANCE not in "".join(asked(vendor))
    for path in Path().rglob("*"):
        if path.is_file() and path.name != "main.yaml":
            assert BALANCE.encode() not in path.read_bytes(), path


def test_when_nothing_is_missing_nobody_is_asked_and_nothing_is_written(
    built: FakeVendor,
) -> None:
    before = {path: path.stat().st_mtime_ns for path in Path().rglob("*") if path.suffix}
    assert re.fullmatch(r"All \d+ takes are there\.\n", build())
    assert not built.requests
    assert {path: path.stat().st_mtime_ns for path in Path().rglob("*") if path.suffix} == before


def test_only_what_is_new_is_made(built: FakeVendor) -> None:
    flow = Path("flows/main.yaml")
    flow.write_text(FLOW.replace("press one", "press 1"))
    output = build()
    assert asked(built) == ["For your balance, press 1."]
    assert "takes.lock has 2 new, 2 gone" in output
    flow.write_text(FLOW)
    build()
    assert len(built.requests) == 1, "what was said before is still there"


def test_a_dry_run_tells_the_cost_and_touches_nothing(vendor: FakeVendor) -> None:
    output = build("--dry-run")
    assert "characters of the vendor's quota" in " ".join(output.split())
    assert not vendor.requests
    assert sorted(path.name for path in Path().iterdir()) == ["flows"]
    assert not Path("flows/takes.lock").exists()


def test_without_a_key_the_rest_is_made_and_the_exit_code_says_it(folder: Path) -> None:
    output = build(code=1)
    assert "needs ELEVENLABS_API_KEY" in output
    assert "ELEVENLABS_API_KEY is not set" in " ".join(output.split())
    assert takes() == {}
    assert {line.voice for line in read_lock(Path("flows")).values()} == {"beeps"}


def test_broken_flows_are_shown_and_nothing_is_made(vendor: FakeVendor) -> None:
    Path("flows/main.yaml").write_text(FLOW.replace("1: balance", "1: blance"))
    assert "blance" in build(code=2)
    assert not vendor.requests


# --------------------------------------------------------------------------- money


def long_flow() -> None:
    texts = [f"This is the long text number {n}, {'and so on ' * 20}and on." for n in range(12)]
    say = "\n".join(f'      - "{text}"' for text in texts)
    Path("flows/main.yaml").write_text(
        f"language: en-US\nvoice: sarah\nsteps:\n  main:\n    say:\n{say}\n    goto: hangup\n"
    )


def test_much_is_not_spent_where_nobody_can_be_asked(vendor: FakeVendor) -> None:
    long_flow()
    output = build(code=2)
    assert re.search(r"would spend \d,\d{3} characters .* add --yes", output)
    assert not vendor.requests
    build("--yes")
    assert len(takes()) >= 12


# --------------------------------------------------------------------------- what goes wrong


def test_a_damaged_take_is_told_and_made_again(built: FakeVendor) -> None:
    (path,) = [
        path
        for path in Path("var/takes").glob("*.take")
        if WELCOME.encode() in path.read_bytes() and b"elevenlabs" in path.read_bytes()
    ]
    path.write_bytes(path.read_bytes()[:-100])
    assert "is damaged and is made again: it has" in " ".join(build().split())
    assert asked(built) == [WELCOME]
    assert takes()[WELCOME].audio == audio_of(WELCOME)


@pytest.mark.parametrize("fault", ["http_concurrent", "http_rate", "http_busy", "http_503"])
def test_a_vendor_that_has_too_much_to_do_is_asked_again(vendor: FakeVendor, fault: str) -> None:
    vendor.faults.set(f"{fault}:once")
    build()
    assert vendor.faults.struck(fault) == 1
    assert set(asked(vendor)) == set(takes()) == set(locked())


@pytest.mark.parametrize("fault", ["truncated", "json_200:request=1"])
def test_an_answer_that_breaks_off_is_no_take(vendor: FakeVendor, fault: str) -> None:
    once = fault if ":" in fault else f"{fault}:once,chunk=1"
    vendor.faults.set(once)
    build(code=1 if "json" in fault else 0)
    for text, take in takes().items():
        assert take.audio == audio_of(text)


def test_an_account_without_credits_is_one_sentence_and_is_not_asked_on_and_on(
    vendor: FakeVendor,
) -> None:
    vendor.faults.set("quota")
    output = build(code=1)
    assert "no credits left" in output
    assert len(vendor.requests) <= 6
    assert {line.voice for line in read_lock(Path("flows")).values()} == {"beeps"}
    vendor.faults.clear()
    build()
    assert WELCOME in takes()


class Bad:
    """A vendor whose voices say everything as these bytes: the sound, and its mouth, in one."""

    def __init__(self, audio: bytes) -> None:
        self._audio = audio

    async def open(self) -> None:
        """There is nothing to open."""

    async def aclose(self) -> None:
        """There is nothing to close."""

    def mouth(self, form: Format) -> Bad:
        return self

    async def say(self, text: str, language: str) -> AsyncIterator[Piece]:
        yield Piece(self._audio, (Letter(text, 0, 1),))


CLIPPED = (b"\x80" * 20 + b"\x00" * 20) * 600


@pytest.mark.parametrize(
    ("audio", "reason"),
    [
        (SILENCE * 16_000, "nothing but silence"),
        (CLIPPED, "clipped in"),
        (audio_of("We")[:700], "cut short"),
        (audio_of("go on " * 200), "goes on for"),
    ],
)
def test_what_callers_could_not_understand_is_asked_for_three_times_and_not_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch, audio: bytes, reason: str
) -> None:
    with FakeVendor(key=KEY, sound=Bad(audio)).in_thread() as vendor:
        lead_to(vendor, monkeypatch)
        output = build(code=1)
        assert reason in " ".join(output.split())
        assert "main/main" in output
        assert takes() == {}
        assert locked() == {}
        assert asked(vendor).count(WELCOME) == 3
    with FakeVendor(key=KEY).in_thread() as vendor:
        lead_to(vendor, monkeypatch)
        build()
        assert takes()[WELCOME].audio == audio_of(WELCOME)


def test_a_take_that_begins_late_is_cut_to_begin_at_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = SILENCE * 4_000 + audio_of(WELCOME)
    with FakeVendor(key=KEY, sound=Bad(late)).in_thread() as vendor:
        lead_to(vendor, monkeypatch)
        build(code=1)  # it says Welcome to everything, which is too long for some texts
    assert leading_silence_ms(takes()[WELCOME].audio) <= 30


def test_a_take_that_fails_to_be_made_again_leaves_the_old_one(built: FakeVendor) -> None:
    name = takes()[WELCOME].id
    built.faults.set("quota")
    build("--again", name, code=1)
    assert takes()[WELCOME].audio == audio_of(WELCOME)


# --------------------------------------------------------------------------- again, and approved


def ivr_takes(*arguments: str) -> str:
    result = CliRunner().invoke(main, ["takes", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_a_take_is_made_again_when_it_is_named(built: FakeVendor) -> None:
    build("--again", takes()[WELCOME].id[:5])
    assert asked(built) == [WELCOME]


def test_all_are_made_again_but_those_that_are_approved(built: FakeVendor) -> None:
    made = takes()
    ivr_takes("approve", made[WELCOME].id)
    assert [text for text, line in locked().items() if line.approved] == [WELCOME]
    build("--again", "all")
    again = asked(built)
    assert sorted(again) == sorted(set(made) - {WELCOME})
    assert takes()[WELCOME].approved
    assert locked()[WELCOME].approved


@pytest.mark.usefixtures("built")
def test_an_approved_take_is_made_again_when_it_is_named_and_is_approved_no_more() -> None:
    name = takes()[WELCOME].id
    ivr_takes("approve", name)
    assert "1 changed" in build("--again", name)
    assert not takes()[WELCOME].approved
    assert not locked()[WELCOME].approved


@pytest.mark.usefixtures("built")
def test_an_approved_take_that_was_lost_is_not_replaced_without_a_word() -> None:
    made = takes()[WELCOME]
    shelf = Shelf(Path("var/takes"))
    # What was approved sounded otherwise than what the vendor says today.
    shelf.put(replace(made, audio=made.audio + SILENCE * 80))
    ivr_takes("approve", made.id)
    lock = Path("flows/takes.lock").read_text()
    shelf.remove(made)
    output = build(code=1)
    assert f"run  ivr takes approve {made.id}" in output
    assert Path("flows/takes.lock").read_text() == lock
    ivr_takes("approve", made.id)
    build()
    assert locked()[WELCOME].audio == takes()[WELCOME].sha256[:12]


def test_a_name_that_fits_no_take_is_told(vendor: FakeVendor) -> None:
    assert "there is no take 'zzz'" in build("--again", "zzz", code=2)
    assert not vendor.requests


def test_a_page_to_listen_is_written_with_every_take(vendor: FakeVendor) -> None:
    output = build("--sheet")
    assert "var/takes/sheet.html lets you listen" in output
    page = Path("var/takes/sheet.html").read_text()
    for take in takes().values():
        assert f'id="{take.id}"' in page
    assert "ivr takes approve TAKES --flows flows" in page
    build("--sheet", "--output", "page.html")
    assert Path("page.html").read_text() == page


def test_another_folder_of_takes_can_be_named(
    vendor: FakeVendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    build("--takes", "elsewhere")
    assert not Path("var").exists()
    monkeypatch.setenv("IVR_TAKES", "elsewhere")
    assert "are there" in build()


# --------------------------------------------------------------------------- many processes


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "ivr", "build", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(ivr.__file__).parent.parent)},
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    output, _ = process.communicate(timeout=BOUND_S)
    assert "Traceback" not in output, output
    return process.returncode, output


def test_two_builds_of_one_folder_at_once_pay_for_each_take_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeVendor(key=KEY, pace=Pace(first_byte_ms=50)).in_thread() as vendor:
        lead_to(vendor, monkeypatch)
        both = [start(), start()]
        assert [ended(each)[0] for each in both] == [0, 0]
        assert sorted(asked(vendor)) == sorted(takes())
        assert set(locked()) == set(takes())
    assert not list(Shelf(Path("var/takes")).folder.glob(".*.part"))


def test_a_build_that_is_stopped_keeps_what_it_made_and_the_next_goes_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeVendor(key=KEY, pace=Pace(first_byte_ms=150)).in_thread() as vendor:
        lead_to(vendor, monkeypatch)
        process = start()
        vendor.witness.wait(lambda: len(vendor.requests) >= 6, BOUND_S)
        process.send_signal(signal.SIGINT)
        code, output = ended(process)
        assert code == 130
        assert "Stopped; what was made stays" in output
        first = takes()
        assert 0 < len(first) < 21
        assert set(locked()) == set(first)
        count = len(vendor.requests)
        build()
        assert not set(asked(vendor)[count:]) & set(first)
        assert WELCOME in takes()

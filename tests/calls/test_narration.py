"""Text that is spoken as it comes: in the call's voice, or in the next one, and never twice."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from ivr.calls.booth import Booth
from ivr.calls.ladder import Ladders
from ivr.calls.narration import Replay, narrate
from ivr.flow.messages import Narration
from ivr.prompts.takes import Sound
from tests.simulation.stage import LetterVoice
from tests.virtual import pass_time, run

PART = Narration(1, "en-US", "letters")


class Pieces:
    """Text that comes a piece a second, and knows whether it was closed."""

    def __init__(self, *texts: str) -> None:
        self.texts = texts
        self.read = 0
        self.closed = False

    async def come(self) -> AsyncGenerator[str, None]:
        try:
            for text in self.texts:
                await pass_time(1)
                self.read += 1
                yield text
        finally:
            self.closed = True


def spoken(pieces: Pieces, *voices: LetterVoice) -> Sound:
    """What these voices, each following the one before, make of it."""

    async def scene() -> Sound:
        names = [voice.name for voice in voices]
        ladders = Ladders(
            dict(zip(names, voices, strict=True)), {names[0]: names[1:]}, lambda *_: None
        )
        sound = Sound()
        await narrate(ladders, Booth("CA1"), sound, PART, pieces.come())
        return sound

    return run(scene())


def test_pieces_can_be_read_again_from_the_beginning_and_each_comes_once() -> None:
    pieces = Pieces("a", "b", "c")

    async def scene() -> tuple[list[str], list[str]]:
        source = pieces.come()
        replay = Replay(source)
        first = replay.read()
        some = [await anext(first), await anext(first)]
        await first.aclose()
        again = [piece async for piece in replay.read()]
        await source.aclose()
        return some, again

    assert run(scene()) == (["a", "b"], ["a", "b", "c"])
    assert pieces.read == 3


def test_the_sound_is_whole_once_the_text_is() -> None:
    pieces = Pieces("a:10 ", "b:10")
    sound = spoken(pieces, LetterVoice())
    assert bytes(sound.audio) == b"a" * 80 + b"b" * 80
    assert sound.complete
    assert not sound.failure
    assert pieces.closed


def test_a_voice_that_fails_in_the_middle_ends_the_text_and_nobody_says_it_again() -> None:
    pieces = Pieces("a:10 ", "b:10")
    second = LetterVoice("second")
    sound = spoken(pieces, LetterVoice(fail_at=1, chunk_bytes=40), second)
    assert bytes(sound.audio) == b"a" * 40
    assert sound.complete
    assert not sound.failure
    assert second.asked == []
    assert [fall.split(":")[0] for fall in sound.falls] == ["letters"]


def test_where_no_voice_says_anything_it_has_failed() -> None:
    pieces = Pieces("a:10")
    sound = spoken(pieces, LetterVoice(fail_at=0), LetterVoice("second", fail_at=0))
    assert sound.failure == "no voice said it"
    assert pieces.closed
    assert pieces.read == 1

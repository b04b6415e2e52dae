"""A phone line that answers at once and is led by flows written in YAML.

The words of this code, one meaning each:

*call* one telephone call · *caller* the person · *flow* what callers can be led through, one YAML
file · *flow set* all flows of a folder, compiled and swapped together · *step* a named place in a
flow, of some *kind* · *prompt* the text as written · *utterance* one time of saying it · *take* the
audio of one prompt in one voice · *key* a telephone key (0-9 * #) · *carrier* who brings the call ·
*link* the open connection to the carrier · *voice* who turns text into audio · *frame* 20 ms of
mu-law, 160 bytes · *lead* audio sent but not yet played · *checkpoint* the state of a call from
which any process can go on · *record* what happened in a call · *outcome* how it ended.
"""

__version__ = "0.1.0"

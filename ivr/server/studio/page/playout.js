/**
 * The carrier's playout buffer, in the audio thread: plays what arrived in the order of arrival,
 * tells of a mark once all before it has been played, and drops everything on `clear`.
 *
 * The context runs at the telephone's own 8000 samples a second, so one byte is one sample and
 * nothing is stretched to hide a late one. It tells when something can be heard again. It also beats the time: one `tick` for each 20 ms
 * played, which sends the caller's frames; timers of a page in the background would be slowed.
 */

import { FRAME_BYTES, SAMPLE, SILENCE } from "./mulaw.js";

const CAPACITY = 1 << 23; // bytes, 17 minutes: more than the 10 that Twilio buffers
const AUDIBLE = 10 ** (-45 / 20); // of full scale, as in the records
const LEVEL_SAMPLES = 400; // 50 ms: how often the level is told

class Playout extends AudioWorkletProcessor {
  constructor() {
    super();
    this.ring = new Uint8Array(CAPACITY).fill(SILENCE);
    this.written = 0; // bytes since the beginning, as are `played` and a mark's `at`
    this.played = 0;
    this.marks = [];
    this.rendered = 0;
    this.power = 0;
    this.quiet = true; // nothing to be heard since there was nothing to play
    this.over = false;
    this.port.onmessage = ({ data }) => this.told(data);
  }

  told({ audio, mark, clear, end }) {
    if (audio) this.store(audio);
    if (mark !== undefined) this.marks.push({ name: mark, at: this.written });
    if (clear) {
      this.written = this.played;
      this.quiet = true;
      this.tell(this.marks.splice(0));
    }
    if (end) this.over = true;
    this.reached();
  }

  store(audio) {
    if (this.written - this.played + audio.length > CAPACITY) return;
    const at = this.written % CAPACITY;
    const room = Math.min(audio.length, CAPACITY - at);
    this.ring.set(audio.subarray(0, room), at);
    this.ring.set(audio.subarray(room), 0);
    this.written += audio.length;
  }

  reached() {
    const all = this.marks.findIndex(({ at }) => at > this.played);
    this.tell(this.marks.splice(0, all < 0 ? this.marks.length : all));
  }

  tell(marks) {
    for (const { name } of marks) this.port.postMessage({ mark: name });
  }

  process(_inputs, [[out]]) {
    const some = Math.min(out.length, this.written - this.played);
    for (let i = 0; i < some; i++) {
      const sample = SAMPLE[this.ring[this.played++ % CAPACITY]];
      out[i] = sample;
      this.power += sample * sample;
      if (this.quiet && Math.abs(sample) > AUDIBLE) {
        this.quiet = false;
        this.port.postMessage({ audible: true });
      }
    }
    if (some < out.length) this.quiet = true;
    if (this.marks.length) this.reached();
    this.beat(out.length);
    return !this.over;
  }

  beat(samples) {
    const before = this.rendered;
    this.rendered += samples;
    const passed = (step) => Math.floor(this.rendered / step) - Math.floor(before / step);
    for (let i = passed(FRAME_BYTES); i > 0; i--) this.port.postMessage({ tick: true });
    if (passed(LEVEL_SAMPLES)) {
      this.port.postMessage({ level: Math.sqrt(this.power / LEVEL_SAMPLES) });
      this.power = 0;
    }
  }
}

registerProcessor("playout", Playout);

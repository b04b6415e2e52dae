/**
 * The caller's voice, in the audio thread: from the microphone's rate down to 8000 samples a
 * second, band-limited, as mu-law frames of 20 ms.
 */

import { FRAME_BYTES, SAMPLES_PER_SECOND, encode } from "./mulaw.js";

const CUTOFF_HZ = 3600; // telephones carry no more; what is above 4000 would fold back
const LOBES = 16; // on each side of the windowed sinc, counted at 8000 a second

class Microphone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.step = sampleRate / SAMPLES_PER_SECOND;
    this.reach = Math.ceil(LOBES * this.step);
    this.heard = new Float32Array(0); // what is still needed of the input
    this.at = this.reach; // of the next output sample, within `heard`
    this.frame = new Uint8Array(FRAME_BYTES);
    this.filled = 0;
  }

  process([[input]]) {
    if (!input) return true;
    const heard = new Float32Array(this.heard.length + input.length);
    heard.set(this.heard);
    heard.set(input, this.heard.length);
    for (; this.at + this.reach < heard.length; this.at += this.step) this.add(this.sinc(heard));
    const done = Math.max(0, Math.floor(this.at) - this.reach);
    this.heard = heard.slice(done);
    this.at -= done;
    return true;
  }

  sinc(heard) {
    const band = (2 * CUTOFF_HZ) / sampleRate;
    const first = Math.ceil(this.at - this.reach);
    let sum = 0;
    for (let i = first; i <= this.at + this.reach; i++) {
      const x = i - this.at;
      const window = 0.5 + 0.5 * Math.cos((Math.PI * x) / this.reach);
      const phase = Math.PI * band * x;
      sum += heard[i] * window * (phase === 0 ? band : band * (Math.sin(phase) / phase));
    }
    return sum;
  }

  add(sample) {
    this.frame[this.filled++] = encode(Math.round(Math.max(-1, Math.min(1, sample)) * 32767));
    if (this.filled < FRAME_BYTES) return;
    this.port.postMessage(this.frame.slice());
    this.filled = 0;
  }
}

registerProcessor("microphone", Microphone);

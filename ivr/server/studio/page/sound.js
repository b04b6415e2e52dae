/**
 * Sound of one call, both ways: what the line says is played, and the caller's frames come from
 * the microphone where the person allows it, else they are silence.
 *
 * Knows nothing of messages; `carrier.js` turns those into `play`, `mark` and `clear`.
 */

import { FRAME_BYTES, SAMPLES_PER_SECOND, SILENCE } from "./mulaw.js";

const QUIET_FRAME = new Uint8Array(FRAME_BYTES).fill(SILENCE);
const WAITING_MAX = 10; // frames of the microphone, 200 ms: an old voice is thrown away

export class Sound {
  /** To be called from a click or a key: browsers play nothing before one. */
  static async open() {
    const context = new AudioContext({
      sampleRate: SAMPLES_PER_SECOND,
      latencyHint: "interactive",
    });
    await context.audioWorklet.addModule(new URL("playout.js", import.meta.url));
    await context.resume();
    return new Sound(context);
  }

  constructor(context) {
    this.onmark = () => {};
    this.ontick = () => {};
    this.onlevel = () => {};
    this.onaudible = () => {};
    this.context = context;
    this.spoken = []; // frames of the microphone that wait to be sent
    this.capture = null;
    this.playout = new AudioWorkletNode(context, "playout", {
      numberOfInputs: 0,
      outputChannelCount: [1],
    });
    this.playout.port.onmessage = ({ data }) => {
      if (data.tick) this.ontick(this.spoken.shift() ?? QUIET_FRAME);
      else if (data.mark !== undefined) this.onmark(data.mark);
      else if (data.audible) this.onaudible();
      else this.onlevel(data.level);
    };
    this.playout.connect(context.destination);
  }

  play(audio) {
    this.playout.port.postMessage({ audio }, [audio.buffer]);
  }

  mark(name) {
    this.playout.port.postMessage({ mark: name });
  }

  clear() {
    this.playout.port.postMessage({ clear: true });
  }

  /** Milliseconds between the audio thread and the ear. */
  get latency() {
    return 1000 * (this.context.outputLatency || this.context.baseLatency || 0);
  }

  get listening() {
    return this.capture !== null;
  }

  /** Asks the person; throws what the browser throws where it is not allowed. */
  async listen() {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true },
    });
    const context = new AudioContext(); // at its own rate: not every browser converts
    await context.audioWorklet.addModule(new URL("microphone.js", import.meta.url));
    const worklet = new AudioWorkletNode(context, "microphone", { numberOfOutputs: 0 });
    worklet.port.onmessage = ({ data }) => {
      if (this.spoken.length >= WAITING_MAX) this.spoken.shift();
      this.spoken.push(data);
    };
    context.createMediaStreamSource(stream).connect(worklet);
    this.capture = { stream, context };
  }

  deafen() {
    if (!this.capture) return;
    for (const track of this.capture.stream.getTracks()) track.stop();
    this.capture.context.close();
    this.capture = null;
    this.spoken = [];
  }

  close() {
    this.deafen();
    this.playout.port.postMessage({ end: true });
    this.playout.port.onmessage = null;
    this.context.close();
  }
}

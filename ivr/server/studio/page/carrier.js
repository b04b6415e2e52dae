/**
 * Twilio's side of one media stream: `connected`, `start`, a `media` frame each 20 ms, `dtmf`,
 * `mark` when it has been played, `stop`; numbers inside messages are texts, as Twilio sends them.
 *
 * One object is one stream. Who opens the next one after a transfer is `call.js`.
 */

const FORMAT = { encoding: "audio/x-mulaw", sampleRate: 8000, channels: 1 };
const FRAME_MS = 20;

export class Stream {
  /** `ids` are those of the call; `onclosed` is told once, however the stream ended. */
  constructor(ids, sound, onclosed) {
    this.ids = ids;
    this.sound = sound;
    this.sequence = 0;
    this.chunk = 0;
    this.started = false;
    const address = new URL(ids.media, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    this.socket = new WebSocket(address);
    this.socket.onopen = () => this.start();
    this.socket.onmessage = ({ data }) => this.hear(JSON.parse(data));
    this.socket.onclose = () => {
      this.started = false;
      onclosed();
    };
    sound.ontick = (frame) => this.speak(frame);
    sound.onmark = (name) => this.send("mark", { mark: { name } });
  }

  start() {
    this.started = true;
    this.socket.send(JSON.stringify({ event: "connected", protocol: "Call", version: "1.0.0" }));
    this.send("start", {
      start: {
        accountSid: this.ids.account,
        streamSid: this.ids.stream,
        callSid: this.ids.call,
        tracks: ["inbound"],
        mediaFormat: FORMAT,
        customParameters: this.ids.parameters ?? {},
      },
    });
  }

  hear(message) {
    if (message.event === "media") this.sound.play(bytes(message.media.payload));
    else if (message.event === "mark") this.sound.mark(message.mark.name);
    else if (message.event === "clear") this.sound.clear();
  }

  speak(frame) {
    const timestamp = String(this.chunk * FRAME_MS);
    this.chunk += 1;
    this.send("media", {
      media: { track: "inbound", chunk: String(this.chunk), timestamp, payload: base64(frame) },
    });
  }

  press(digit) {
    this.send("dtmf", { dtmf: { track: "inbound_track", digit } });
  }

  hangUp() {
    this.send("stop", { stop: { accountSid: this.ids.account, callSid: this.ids.call } });
    this.socket.close();
  }

  send(event, body) {
    if (!this.started || this.socket.readyState !== WebSocket.OPEN) return;
    this.sequence += 1;
    const sequenceNumber = String(this.sequence);
    this.socket.send(
      JSON.stringify({ event, sequenceNumber, ...body, streamSid: this.ids.stream }),
    );
  }
}

function bytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

function base64(frame) {
  return btoa(String.fromCharCode(...frame));
}

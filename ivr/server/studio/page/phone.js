/**
 * The phone on the page: who rings and when, the call while it lasts, who picks up on a leg, and
 * keeping the call as a test. The call itself is `call.js`, its words are `transcript.js`.
 */

import * as api from "./api.js";
import { Call } from "./call.js";
import { Pad } from "./pad.js";
import { Transcript, clock, words } from "./transcript.js";

const PICKED_UP = {
  done: "Somebody answers",
  busy: "Busy",
  no_answer: "Nobody answers",
  failed: "Cannot be reached",
  full: "The queue is full",
  too_long: "The wait is too long",
  closed: "The queue is closed",
};
const OUTCOMES = {
  transfer: ["done", "busy", "no_answer", "failed"],
  queue: ["done", "full", "too_long", "closed", "failed"],
};
const ENDED = {
  hangup: "the flow hung up",
  caller_hung_up: "the caller hung up",
  gave_up: "the flow gave up on the caller",
  limit: "the call reached its limit",
  trouble: "something went wrong",
  speechless: "nothing could be said any more",
};
const PARTS = [
  ...["start", "talk", "leg", "keep", "pad", "typed-line", "level", "call-time"],
  ...["microphone", "other", "ring", "hangup"],
];
const LOUD = 0.35; // the root mean square that fills the meter

const $ = (id) => document.getElementById(id);

export class Phone {
  /** `hooks`: flow() → the one that is chosen, onring(), onentry(entry), onspeaking(utterance or null), onover(). */
  constructor(hooks) {
    this.hooks = hooks;
    this.call = null;
    this.transcript = new Transcript($("transcript"), $("told"));
    this.pad = new Pad({
      place: $("pad"),
      typed: $("typed"),
      onpress: (key) => this.call?.press(key),
    });
    $("start").addEventListener("submit", (event) => {
      event.preventDefault();
      this.ring();
    });
    $("hangup").addEventListener("click", () => this.call?.hangUp());
    $("microphone").addEventListener("click", () => this.listen());
    $("other").addEventListener("click", () => this.idle());
    addEventListener("pagehide", () => this.busy && this.call.hangUp());
    $("keep").addEventListener("submit", (event) => {
      event.preventDefault();
      this.keep();
    });
  }

  get busy() {
    return this.call !== null && !this.call.over;
  }

  // --- a call --------------------------------------------------------------------------------

  async ring() {
    if (this.busy || this.ringing) return;
    this.ringing = true;
    this.trouble("");
    const call = new Call({
      onentry: (entry) => this.entry(call, entry),
      onleg: (leg) => this.leg(leg),
      onconnected: () => this.connected(),
      onsay: (text) => this.transcript.remark(text, "carrier"),
      onover: (outcome) => this.over(call, outcome),
      ontrouble: (sentence) => this.trouble(sentence),
      onlevel: (level) => this.level(level),
      onaudible: (ms) => this.transcript.audible(ms),
    });
    this.transcript.clear();
    this.call?.unwatch?.();
    this.call = call;
    const wishes = {
      flow: this.hooks.flow(),
      from: $("from").value.trim() || null,
      to: $("to").value.trim() || null,
      at: $("at").value || null,
      language: $("spoken").value || null,
    };
    this.hooks.onring();
    try {
      await call.ring(wishes);
    } catch (problem) {
      this.trouble(problem.message);
      call.over = true;
    }
    this.ringing = false;
  }

  connected() {
    const first = $("hangup").hidden;
    this.state("Connected");
    this.shows("talk", "pad", "typed-line", "microphone", "hangup", "level", "call-time");
    $("microphone").disabled = false;
    this.pad.enable(true);
    if (!first) return;
    this.beganAt = Date.now();
    this.timer = setInterval(() => this.tick(), 250);
    this.tick();
    $("phone").focus({ preventScroll: true });
  }

  entry(call, entry) {
    if (call !== this.call) return;
    this.transcript.add(entry);
    this.hooks.onentry(entry);
    this.hooks.onspeaking(this.transcript.speaking);
    if (entry.what === "end" && !call.ended) {
      call.ended = true;
      const how = ENDED[entry.outcome] ?? words(entry.outcome);
      this.transcript.remark(`Call over: ${how}.`);
    }
  }

  leg(leg) {
    this.state("Somewhere else");
    this.pad.enable(false);
    this.shows("talk", "leg", "hangup", "call-time");
    const who = leg.name || leg.number || words(leg.kind);
    $("leg-title").textContent = leg.kind === "queue" ? "Who takes the call?" : "Who picks up?";
    $("leg-about").textContent = [
      leg.kind === "queue" ? `The caller waits in ${who}` : `It rings at ${words(who)}`,
      leg.name && leg.number ? `, ${leg.number}.` : ".",
    ].join("");
    const outcomes = leg.outcomes ?? OUTCOMES[leg.kind] ?? ["done", "failed"];
    $("leg-choices").replaceChildren(
      ...outcomes.map((outcome) => {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "plain";
        button.textContent = PICKED_UP[outcome] ?? words(outcome);
        button.addEventListener("click", () => {
          $("leg").hidden = true;
          $("phone").focus({ preventScroll: true });
          this.call.pick(outcome);
        });
        return button;
      }),
    );
    $("leg-title").focus({ preventScroll: true });
    this.transcript.toEnd();
  }

  over(call, outcome) {
    clearInterval(this.timer);
    this.pad.enable(false);
    this.state(`Over: ${ENDED[outcome] ?? (words(outcome) || "cut off")}`);
    this.shows("talk", "other", "ring", "call-time");
    $("ring").textContent = "Ring again";
    this.showMicrophone();
    this.hooks.onover();
    this.transcript.toEnd();
    if (call.sid) this.offerTest(call);
    $("ring").focus({ preventScroll: true });
  }

  /** Back to who rings, and when. */
  idle() {
    this.state("Ready");
    this.shows("start", "pad", "typed-line", "microphone", "ring");
    $("microphone").disabled = true;
    $("ring").textContent = "Ring";
    $("from").focus();
  }

  /** Of all parts, only these. */
  shows(...parts) {
    for (const part of PARTS) $(part).hidden = !parts.includes(part);
  }

  // --- the microphone ------------------------------------------------------------------------

  async listen() {
    const { sound } = this.call ?? {};
    if (!sound) return;
    try {
      if (sound.listening) sound.deafen();
      else await sound.listen();
      this.trouble("");
    } catch {
      this.trouble("The microphone cannot be used here, so the caller stays silent.");
    }
    this.showMicrophone();
  }

  showMicrophone() {
    const on = this.busy && this.call.sound.listening;
    $("microphone").setAttribute("aria-pressed", String(on));
    $("microphone").textContent = on ? "Microphone on" : "Microphone off";
  }

  // --- a test of it --------------------------------------------------------------------------

  async offerTest(call) {
    try {
      const { yaml } = await api.readTest(call.sid);
      if (call !== this.call || this.busy) return;
      $("keep-yaml").textContent = yaml;
      $("keep-result").hidden = true;
      $("keep").hidden = false;
      this.transcript.toEnd();
    } catch (problem) {
      this.trouble(problem.message);
    }
  }

  async keep() {
    const name = $("keep-name").value.trim();
    if (!name) return;
    this.result("Running it …", "");
    try {
      const { passed, file, line, output } = await api.keepTest(this.call.sid, name);
      const place = `${file}:${line}`;
      if (passed) this.result(`Passed. It is in ${place}.`, "good");
      else this.result(`It is in ${place}, and fails. ${output}`, "bad");
    } catch (problem) {
      this.result(problem.message, "bad");
    }
  }

  result(text, mood) {
    $("keep-result").hidden = false;
    $("keep-result").textContent = text;
    $("keep-result").dataset.mood = mood;
  }

  // --- small things --------------------------------------------------------------------------

  state(text) {
    $("call-state").textContent = text;
    $("phone").dataset.busy = String(this.busy);
  }

  tick() {
    $("call-time").textContent = clock(Date.now() - this.beganAt);
  }

  level(level) {
    const full = Math.min(1, Math.sqrt(level / LOUD));
    $("level").firstElementChild.style.transform = `scaleX(${full.toFixed(3)})`;
  }

  trouble(sentence) {
    $("trouble").textContent = sentence;
    $("trouble").hidden = !sentence;
  }
}

/**
 * What is said while it is said, what was pressed, and what else happened, from the entries of the
 * call's record. Keys come as the record has them: those of a sensitive step are dots already.
 */

import { Chart, draw } from "./waterfall.js";

const NOTES = {
  no_input: () => "said nothing",
  no_match: () => "that was not what was asked for",
  cleared: () => "began the entry again",
  language: (detail) => `the language is ${detail} now`,
  asked_for: (detail) => `asks ${detail}`,
  came_back: (detail) => `answered: ${detail}`,
  trouble: (detail) => detail,
  key_dropped: (detail) => `a key was not taken: ${detail}`,
};

export class Transcript {
  /** `told` is a live region: it gets the words alone, without the figures. */
  constructor(place, told) {
    this.place = place;
    this.told = told;
    this.clear();
  }

  clear() {
    this.place.replaceChildren();
    this.told.replaceChildren();
    this.chart = new Chart();
    this.said = new Map(); // by utterance
    this.pressed = null; // the line that further keys are added to
    this.began = null; // when the stream began; times count from it
    this.latest = 0;
    this.here = null; // ms from a key to the ear, measured here, of an utterance not known yet
  }

  /** Takes in one entry. */
  add(entry) {
    const changed = this.chart.add(entry);
    this.latest = entry.t;
    if (entry.what === "stream") this.began ??= entry.t;
    if (entry.what === "asked") this.asked(entry);
    else if (entry.what === "key") this.key(entry);
    else if (entry.what === "note" && NOTES[entry.kind]) this.note(entry, NOTES[entry.kind](entry.detail));
    else if (entry.what === "leave") this.note(entry, `leaves for ${words(entry.name || entry.number)}`);
    else if (entry.what === "return") this.note(entry, `comes back: ${words(entry.outcome)}`);
    else if (entry.what === "cut") this.note(entry, `the line was cut: ${entry.reason}`);
    else if (this.said.has(entry.utterance)) this.goOn(entry);
    if (["cut", "leave", "end"].includes(entry.what)) this.allOver();
    if (entry.what === "key") this.here = null;
    if (changed) this.figures(this.settle() ?? changed);
    this.showSpeaking();
  }

  /** So many milliseconds after the last key the caller heard something again. */
  audible(ms) {
    this.here = ms;
    const fall = this.settle();
    if (fall) this.figures(fall);
  }

  /** Gives what was measured here to the utterance that the key has caused, once there is one. */
  settle() {
    const fall = [...this.chart.falls.values()].findLast(({ firstFrame }) => firstFrame !== null);
    if (this.here === null || fall?.cause !== "key" || fall.here !== null) return null;
    fall.here = this.here;
    this.here = null;
    return fall;
  }

  /** The utterance that can be heard right now: `{step, …}`, or null. */
  get speaking() {
    return [...this.said.values()].find(({ state }) => state === "sent") ?? null;
  }

  // --- lines ---------------------------------------------------------------------------------

  asked(entry) {
    this.pressed = null;
    const { line, body } = this.line(entry.t, "ivr", "said");
    const text = document.createElement("p");
    text.className = "said-text";
    text.textContent = entry.text;
    const state = document.createElement("p");
    state.className = "said-state";
    const fall = document.createElement("div");
    fall.className = "fall";
    body.append(text, state, fall);
    const { utterance, step, text: spoken, interruptible } = entry;
    this.said.set(utterance, { step, text: spoken, interruptible, state: "", line, fall });
  }

  goOn(entry) {
    const said = this.said.get(entry.utterance);
    if (entry.what === "first_frame") {
      if (!said.state) said.state = "sent";
    } else if (entry.what === "heard" || entry.what === "stopped") said.state = entry.what;
    else if (entry.what === "failed") {
      said.state = "failed";
      this.note(entry, `could not be said: ${entry.reason}`, "bad");
    }
  }

  key(entry) {
    if (!this.pressed) {
      const { body } = this.line(entry.t, "caller", "pressed");
      this.pressed = body;
    }
    const cap = document.createElement("kbd");
    cap.textContent = entry.key;
    this.pressed.append(cap);
    this.tell(`pressed ${entry.key === "•" ? "a hidden key" : entry.key}`);
    this.follow();
  }

  note(entry, text, mood = entry.kind === "trouble" ? "bad" : "quiet") {
    this.pressed = null;
    const { body } = this.line(entry.t, "", `noted ${mood}`);
    body.textContent = text;
    this.tell(text);
  }

  /** A line that no entry stands for: what the carrier itself says, and how the call ended. */
  remark(text, who = "") {
    this.pressed = null;
    const { body } = this.line(null, who, who ? "said" : "noted quiet");
    body.textContent = text;
    this.tell(text);
  }

  line(t, who, kind) {
    const line = document.createElement("li");
    line.className = kind;
    const time = document.createElement("span");
    time.className = "line-time";
    time.textContent = t === null ? "" : clock(t - (this.began ?? t));
    const body = document.createElement("div");
    body.className = "line-body";
    if (who) {
      const name = document.createElement("span");
      name.className = "line-who";
      name.textContent = who;
      body.append(name);
    }
    line.append(time, body);
    this.place.append(line);
    this.follow();
    return { line, body };
  }

  figures(fall) {
    const said = this.said.get(fall.utterance);
    if (said) draw(said.fall, fall);
    this.follow();
  }

  allOver() {
    for (const said of this.said.values()) if (said.state === "sent") said.state = "stopped";
    for (const said of this.said.values()) if (!said.state) said.state = "dropped";
  }

  showSpeaking() {
    const speaking = this.speaking;
    for (const said of this.said.values()) {
      const now = said === speaking;
      const shown = now ? "now" : said.state === "sent" ? "" : said.state;
      if (said.line.dataset.state === shown) continue;
      said.line.dataset.state = shown;
      said.line.querySelector(".said-state").textContent =
        now && !said.interruptible ? "being said, no key interrupts it" : STATES[shown];
      if (!now) continue;
      this.tell(said.text);
      said.line.querySelector(".line-time").textContent = clock(this.latest - (this.began ?? 0));
    }
  }

  tell(text) {
    const line = document.createElement("p");
    line.textContent = text;
    this.told.append(line);
  }

  toEnd() {
    this.place.scrollTop = this.place.scrollHeight;
  }

  /** Keeps the newest line in sight, unless the person has scrolled up to read. */
  follow() {
    const { scrollTop, scrollHeight, clientHeight } = this.place;
    const last = this.place.lastElementChild?.offsetHeight ?? 0;
    if (scrollHeight - clientHeight - scrollTop < last + 120) this.toEnd();
  }
}

const STATES = {
  "": "next",
  now: "being said",
  heard: "",
  stopped: "cut short",
  dropped: "not said",
  failed: "failed",
};

/** `1:05` of so many milliseconds. */
export function clock(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** `no_answer` as people say it. */
export function words(name) {
  return String(name ?? "").replaceAll("_", " ");
}

/**
 * Where the time went before each utterance, from the entries of a record as they come in.
 *
 * The stages and their reckoning are those of `ivr/calls/waterfall.py`: what caused it, asked,
 * first byte, first frame, audible; all in milliseconds since the cause.
 */

const CAUSES = { stream: "answer", return: "return", key: "key", heard: "heard" };

export class Chart {
  constructor() {
    this.falls = new Map(); // by utterance
    this.open = new Set(); // asked for, and neither heard nor stopped
    this.happened = {};
    this.key = "";
  }

  /** Takes in one entry; returns the waterfall that it changed, if any. */
  add(entry) {
    let changed = null;
    if (entry.what === "asked") changed = this.asked(entry);
    else if (["cut", "leave", "end"].includes(entry.what)) this.open.clear();
    else if (this.falls.has(entry.utterance)) changed = this.goneOn(entry);
    const cause = CAUSES[entry.what];
    if (cause) {
      this.happened[cause] = entry.t;
      this.key = entry.what === "key" ? entry.key : "";
    }
    return changed;
  }

  asked(entry) {
    const cause = entry.cause ?? "unknown";
    const from = this.happened[cause === "resume" ? "answer" : cause] ?? entry.t;
    const fall = {
      utterance: entry.utterance,
      cause,
      key: cause === "key" ? this.key : "",
      follows: this.open.size > 0,
      asked: entry.t - from,
      firstByte: null,
      firstFrame: null,
      audible: null,
      here: null, // measured by the page: from the key to what it has played
      sources: [],
      gaps: [],
      falls: [],
    };
    this.falls.set(entry.utterance, fall);
    this.open.add(entry.utterance);
    return fall;
  }

  goneOn(entry) {
    const fall = this.falls.get(entry.utterance);
    const since = fall.asked + (entry.ms ?? 0);
    if (entry.what === "first_byte") {
      fall.firstByte ??= since;
      if (!fall.sources.includes(entry.source)) fall.sources.push(entry.source);
    } else if (entry.what === "first_frame") fall.firstFrame ??= since;
    else if (entry.what === "audible") fall.audible ??= since;
    else if (entry.what === "gap") fall.gaps.push(entry.ms);
    else if (entry.what === "heard" || entry.what === "stopped") {
      this.open.delete(entry.utterance);
      fall.falls = entry.falls ?? [];
    }
    return fall;
  }
}

/** A time as people compare them: `0.9`, `11`, `1,204`. */
export function spell(ms) {
  return ms < 10 ? ms.toFixed(1) : Math.round(ms).toLocaleString("en-US");
}

const WHY = {
  answer: "after the answer",
  return: "after coming back",
  resume: "after the line came back",
  heard: "after the text before",
  answer_came: "after its answer came",
  time: "after silence",
};

/** What caused it, in words. */
export function cause(fall) {
  if (fall.cause === "key") return `after key ${fall.key}`;
  return WHY[fall.cause] ?? "";
}

const STAGES = [
  ["asked", "asked"],
  ["firstByte", "first byte"],
  ["firstFrame", "first frame"],
  ["audible", "audible"],
];
const SCALE_MS_MIN = 50;

/** Draws it into `place`: a number for each stage, and one bar on a scale of its own. */
export function draw(place, fall) {
  const stages = STAGES.filter(([field]) => fall[field] !== null);
  place.replaceChildren();
  if (fall.follows) {
    place.append(line("fall-note", ["follows without a pause", ...fall.sources].join(" · ")));
  } else if (stages.length > 1) {
    place.append(bar(stages, fall), figures(stages, fall));
    const here = fall.here === null ? "" : `heard here after ${spell(fall.here)} ms`;
    const notes = [cause(fall), ...fall.sources, here].filter(Boolean);
    place.append(line("fall-note", notes.join(" · ")));
  }
  for (const ms of fall.gaps) place.append(line("fall-bad", `${spell(ms)} ms of nothing inside`));
  for (const reason of fall.falls) place.append(line("fall-bad", reason));
}

function bar(stages, fall) {
  const scale = Math.max(SCALE_MS_MIN, fall[stages.at(-1)[0]]);
  const track = document.createElement("div");
  track.className = "fall-bar";
  track.setAttribute("aria-hidden", "true");
  let before = 0;
  for (const [field] of stages) {
    const piece = document.createElement("span");
    piece.dataset.stage = field;
    piece.style.flexBasis = `${(100 * Math.max(0, fall[field] - before)) / scale}%`;
    before = Math.max(before, fall[field]);
    track.append(piece);
  }
  return track;
}

function figures(stages, fall) {
  const list = document.createElement("dl");
  list.className = "fall-figures";
  for (const [field, name] of stages) {
    const group = document.createElement("div");
    group.dataset.stage = field;
    const term = document.createElement("dt");
    term.textContent = name;
    const value = document.createElement("dd");
    value.textContent = `${spell(fall[field])} ms`;
    group.append(term, value);
    list.append(group);
  }
  return list;
}

function line(name, text) {
  const place = document.createElement("p");
  place.className = name;
  place.textContent = text;
  return place;
}

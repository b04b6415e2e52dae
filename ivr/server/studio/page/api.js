/**
 * What the page asks the studio's server; everything is below `/studio/` of the page's own host.
 */

const AGAIN_MS = 3000;
const BASE = new URL("../", import.meta.url);

/** The server said no, or nothing. `message` is its sentence. */
export class Refused extends Error {}

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(new URL(path, BASE), options);
  } catch {
    throw new Refused("The server does not answer. Is ivr dev still running?");
  }
  const text = await answer.text();
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    body = { error: text };
  }
  if (!answer.ok) throw new Refused(body.error || `The server answered ${answer.status}.`);
  return body;
}

const post = (path, body) =>
  ask(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    keepalive: true, // a call is hung up even while the page is being closed
    body: JSON.stringify(body),
  });

const flowPath = (flow, language) =>
  `graph/${encodeURIComponent(flow)}` + (language ? `?language=${encodeURIComponent(language)}` : "");

export const readSet = () => ask("set");
export const readGraph = (flow, language) => ask(flowPath(flow, language));
export const ring = (wishes) => post("calls", wishes);
export const after = (call, news) => post(`calls/${call}/after`, news);
export const hangUp = (call) => post(`calls/${call}/hangup`, {});
export const readTest = (call) => ask(`calls/${call}/test`);
export const keepTest = (call, name) => post(`calls/${call}/test`, { name });

/** Tells of every new flow set and of its tests; `onstate` whether the server is there. */
export function watchSet({ onset, ontests, onstate }) {
  const source = new EventSource(new URL("events", BASE));
  source.addEventListener("set", ({ data }) => onset(JSON.parse(data)));
  source.addEventListener("tests", ({ data }) => ontests(JSON.parse(data)));
  source.onopen = () => onstate(true);
  source.onerror = () => {
    onstate(false);
    // The browser itself tries again only where there was no answer at all.
    if (source.readyState === EventSource.CLOSED)
      setTimeout(() => watchSet({ onset, ontests, onstate }), AGAIN_MS);
  };
}

/** Every entry of a call's record, once, in order. Returns how to stop. */
export function watchCall(call, onentry) {
  const source = new EventSource(new URL(`calls/${call}/events`, BASE));
  let told = 0;
  let place = 0;
  source.onopen = () => {
    place = 0; // the server begins with the first entry again
  };
  source.addEventListener("entry", ({ data }) => {
    place += 1;
    if (place <= told) return;
    told = place;
    const entry = JSON.parse(data);
    if (entry.what === "end") source.close();
    onentry(entry);
  });
  return () => source.close();
}

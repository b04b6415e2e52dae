/**
 * The page: which flow in which language, the set it is of, and who is told what happens in a call.
 */

import * as api from "./api.js";
import { Camera } from "./camera.js";
import { Checks, said, severity } from "./checks.js";
import { Graph } from "./graph.js";
import { Phone } from "./phone.js";

const $ = (id) => document.getElementById(id);
const ZOOM = 1.25;

let set = null;
let asked = ""; // the flow and language whose picture was asked for last
let trail = []; // where the caller of this call went: {flow, step, by}
let by = ""; // what the caller chose, or what was answered, before the next step
let lost = false; // the server
let callSet = null; // number of the set of the running call

const camera = new Camera($("viewport"), $("stage"));
const graph = new Graph({ edges: $("edges"), cards: $("cards"), camera, onchoose: showStep });
const checks = new Checks({
  line: $("checks-line"),
  count: $("checks-count"),
  list: $("checks-list"),
  toggle: $("checks-toggle"),
  onstep: showPlace,
});
const phone = new Phone({
  flow: () => $("flow").value,
  onring: () => {
    trail = [];
    by = "";
    callSet = set.number;
    graph.forget();
    showCallSet();
    if (narrow()) view("phone");
  },
  onentry: followCaller,
  onspeaking: (said) => stand(said?.step ?? trail.at(-1)?.place),
  onover: () => {
    graph.stand(null);
    showCallSet();
  },
});

// --- the set -------------------------------------------------------------------------------------

function findings() {
  return set.refused?.findings ?? set.findings;
}

/** The flow that the address names: so a page that is loaded again shows the same one. */
function hashFlow() {
  return decodeURIComponent(location.hash.slice(1));
}

function currentFlow() {
  return set.flows.find(({ id }) => id === $("flow").value);
}

function showSet(newer) {
  const before = set;
  set = newer;
  options($("flow"), set.flows.map(({ id, title }) => [id, title || id]), hashFlow() || set.default);
  showLanguages();
  checks.show(set);
  graph.showFindings(findingsHere());
  const time = new Date(set.loaded_at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const refused = Boolean(set.refused);
  $("loaded").textContent = refused ? `The newest save has errors; set ${set.number} stays` : `Set ${set.number} loaded ${time}`;
  $("loaded").dataset.mood = refused ? "bad" : "";
  if (!before || before.hash !== set.hash) showGraph();
  showCallSet();
}

function showTests(tests) {
  set.tests = tests;
  checks.show(set);
}

function showCallSet() {
  const old = phone.busy && callSet !== null && callSet !== set.number;
  $("call-set").hidden = !old;
  $("call-set").textContent = old ? `This call stays on set ${callSet}. Ring again to hear set ${set.number}.` : "";
}

function showLanguages() {
  const flow = currentFlow();
  const names = flow.languages.map((code) => [code, languageName(code)]);
  options($("language"), names);
  options($("spoken"), [["", "the flow’s own"], ...names]);
}

function languageName(code) {
  try {
    const style = { type: "language", style: "short", languageDisplay: "standard" };
    return new Intl.DisplayNames([], style).of(code) ?? code;
  } catch {
    return code;
  }
}

/** Fills a list, and keeps what was chosen where it still is there. */
function options(list, pairs, preferred) {
  const chosen = list.value || preferred;
  list.replaceChildren(...pairs.map(([value, text]) => new Option(text, value)));
  if (pairs.some(([value]) => value === chosen)) list.value = chosen;
  else if (pairs.some(([value]) => value === preferred)) list.value = preferred;
}

// --- the picture ---------------------------------------------------------------------------------

async function showGraph() {
  const [flow, language] = [$("flow").value, $("language").value];
  asked = `${flow} ${language}`;
  history.replaceState(null, "", `#${encodeURIComponent(flow)}`);
  try {
    const drawing = await api.readGraph(flow, language);
    if (asked !== `${flow} ${language}`) return; // another one was chosen meanwhile
    const title = currentFlow().title || flow;
    $("graph-title").textContent = `Flow ${title}`;
    document.title = `${title} · ivr studio`;
    graph.trail = trail.filter((place) => place.flow === flow);
    graph.findings = findingsHere();
    graph.draw({ ...drawing, flow });
    if (!$("step").hidden) showStep($("step").dataset.step);
  } catch (problem) {
    phone.trouble(problem.message);
  }
}

function findingsHere() {
  return findings().filter(({ flow }) => flow === $("flow").value);
}

async function showFlow(flow) {
  if ($("flow").value === flow || !set.flows.some(({ id }) => id === flow)) return;
  $("flow").value = flow;
  showStep(null);
  showLanguages();
  await showGraph();
}

async function showPlace(flow, step) {
  view("flow");
  await showFlow(flow);
  graph.goTo(step);
}

// --- the caller ----------------------------------------------------------------------------------

function followCaller(entry) {
  const { what, kind, detail } = entry;
  if (what === "note" && (kind === "choice" || kind === "came_back")) by = detail;
  else if (what === "return") by = entry.outcome;
  else if (what === "step") go(...split(entry.step), entry.step);
  else if (what === "end" && entry.outcome === "hangup" && trail.length) {
    const { flow, step, place } = trail.at(-1);
    go(flow, `${step}/hangup`, place);
  }
}

function go(flow, step, place) {
  trail.push({ flow, step, by, place });
  if (flow === $("flow").value) graph.enter(step, by);
  by = "";
}

async function stand(place) {
  if (!place || !phone.busy) return;
  const [flow, step] = split(place);
  await showFlow(flow);
  graph.stand(step);
}

function split(place) {
  const at = place.lastIndexOf("/");
  return at < 0 ? [$("flow").value, place] : [place.slice(0, at), place.slice(at + 1)];
}

// --- one step ------------------------------------------------------------------------------------

function showStep(step) {
  const panel = $("step");
  const node = graph.nodes.get(step);
  panel.hidden = !node;
  panel.replaceChildren();
  if (!node) return;
  panel.dataset.step = step;
  const title = element("h3", node.title);
  title.id = "step-title";
  const close = element("button", "Close");
  close.type = "button";
  close.className = "link step-close";
  close.addEventListener("click", () => closeStep());
  panel.append(title, close);
  if (node.about) panel.append(element("p", node.about, "step-about"));
  if (node.text) panel.append(element("p", node.text));
  for (const finding of findingsHere().filter((each) => each.step === step)) {
    const line = element("p", "", "finding");
    line.append(severity(finding), ` ${said(finding)}`);
    panel.append(line);
  }
  const ways = graph.drawing.edges.filter(({ from }) => from === step);
  if (ways.length) {
    const list = element("ul", "", "ways");
    for (const way of ways) list.append(wayOut(way));
    panel.append(element("h4", "Ways on"), list);
  }
  camera.clear(node, panel.getBoundingClientRect());
}

function wayOut(way) {
  const row = document.createElement("li");
  const label = element("span", way.label || "then", "ways-label");
  label.dataset.kind = way.kind;
  const target = graph.nodes.get(way.to);
  row.append(label, " ");
  if (graph.cards.has(way.to)) {
    const go = element("button", target.title, "link");
    go.type = "button";
    go.addEventListener("click", () => graph.goTo(way.to));
    row.append(go);
  } else row.append(target?.title ?? way.to);
  return row;
}

function closeStep() {
  const { step } = $("step").dataset;
  graph.choose(null);
  graph.cards.get(step)?.focus({ preventScroll: true });
}

function element(tag, text, name = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = name;
  return made;
}

// --- hands ---------------------------------------------------------------------------------------

const narrow = () => matchMedia("(max-width: 860px)").matches;

function view(name) {
  document.body.dataset.view = name;
  for (const button of document.querySelectorAll(".views button"))
    button.setAttribute("aria-pressed", String(button.dataset.to === name));
  if (name === "checks" && narrow()) checks.open(true);
}

for (const button of document.querySelectorAll(".views button"))
  button.addEventListener("click", () => view(button.dataset.to));
document.querySelector(".skip").addEventListener("click", () => view("phone"));
$("flow").addEventListener("change", () => {
  showStep(null);
  showLanguages();
  showGraph();
});
$("language").addEventListener("change", showGraph);
$("zoom-in").addEventListener("click", () => camera.zoom(ZOOM));
$("zoom-out").addEventListener("click", () => camera.zoom(1 / ZOOM));
$("zoom-fit").addEventListener("click", () => camera.fit());
$("step").addEventListener("keydown", ({ key }) => key === "Escape" && closeStep());
$("cards").addEventListener("keydown", ({ key }) => key === "Escape" && closeStep());

try {
  showSet(await api.readSet());
} catch (problem) {
  phone.trouble(problem.message);
}
api.watchSet({
  onset: showSet,
  ontests: showTests,
  onstate: (there) => {
    if (!there) $("loaded").textContent = "No word from the server; trying again";
    else if (lost && set) showSet(set);
    lost = !there;
  },
});

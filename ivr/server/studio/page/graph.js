/**
 * The flow as a picture, from what the server has computed: cards for steps, lines for the ways
 * between them, findings at the step they concern, and the caller's path through it all.
 *
 * Cards are buttons over an SVG of lines, so that they can be reached, read aloud and chosen.
 */

const SVG = "http://www.w3.org/2000/svg";
const CORNER = 8;
const HEAD = 7;
const PAD = 12; // of a card, and the height of a row on it: as `studio.css` has them
const ROW = 17;
const ANYTIME = "/anytime"; // the card of keys that work in every menu

export class Graph {
  /** `onchoose` is told the name of a step that is chosen, or null. */
  constructor({ edges, cards, camera, onchoose }) {
    this.edgesPlace = edges;
    this.cardsPlace = cards;
    this.camera = camera;
    this.onchoose = onchoose;
    this.nodes = new Map();
    this.cards = new Map();
    this.lines = [];
    this.trail = [];
    this.findings = [];
    cards.addEventListener("keydown", (event) => this.walk(event));
  }

  /** Draws a flow; the same flow again keeps the place where the person looks. */
  draw(drawing) {
    const again = this.drawing?.flow === drawing.flow;
    const focused = document.activeElement?.dataset?.step;
    this.drawing = drawing;
    this.nodes = new Map(drawing.nodes.map((node) => [node.step, node]));
    this.edgesPlace.setAttribute("width", drawing.width);
    this.edgesPlace.setAttribute("height", drawing.height);
    this.drawLines(drawing.edges);
    this.cardsPlace.replaceChildren();
    this.cards.clear();
    for (const node of drawing.nodes) this.drawCard(node);
    for (const edge of drawing.edges) if (edge.label_at) this.drawLabel(edge);
    const start = drawing.nodes.find((node) => node.start);
    if (again) this.camera.size = drawing;
    else this.camera.show(drawing, start);
    this.stop(start?.step ?? drawing.nodes[0]?.step);
    this.showFindings(this.findings);
    this.showTrail();
    if (focused && this.cards.has(focused)) this.cards.get(focused).focus();
  }

  drawCard(node) {
    const small = node.step.includes("/");
    const card = document.createElement(small ? "div" : "button");
    card.className = `card ${small ? "small" : ""} ${node.start ? "first" : ""}`;
    card.dataset.kind = node.kind;
    Object.assign(card.style, {
      left: `${node.x}px`,
      top: `${node.y}px`,
      width: `${node.w}px`,
      height: `${node.h}px`,
    });
    card.append(piece("span", "card-title", node.title));
    if (!small) {
      card.type = "button";
      card.dataset.step = node.step;
      card.tabIndex = -1;
      if (node.about) card.append(piece("span", "card-about", node.about));
      if (node.text) card.append(words(node));
      card.addEventListener("click", () => this.choose(node.step));
      card.addEventListener("focus", () => this.stop(node.step));
      this.cards.set(node.step, card);
    }
    if (node.start) card.append(piece("span", "card-flag", "start"));
    this.cardsPlace.append(card);
  }

  drawLabel(edge) {
    const label = piece("span", "way-label", edge.label);
    label.dataset.kind = edge.kind;
    label.dataset.edge = edge.id;
    label.setAttribute("aria-hidden", "true"); // the step's own page says it in words
    const [x, y] = edge.label_at;
    Object.assign(label.style, { left: `${x}px`, top: `${y}px` });
    this.cardsPlace.append(label);
    this.lines.find((line) => line.edge === edge).label = label;
  }

  drawLines(edges) {
    // Quiet ones first, so that the others cross over them.
    const order = [...edges].sort((a, b) => (b.kind === "failure") - (a.kind === "failure"));
    this.lines = order.map((edge) => {
      const group = document.createElementNS(SVG, "g");
      group.setAttribute("class", `way ${edge.kind}`);
      const way = document.createElementNS(SVG, "path");
      way.setAttribute("d", path(edge.points));
      way.setAttribute("class", "way-line");
      const head = document.createElementNS(SVG, "path");
      head.setAttribute("d", arrow(edge.points));
      head.setAttribute("class", "way-head");
      group.append(way, head);
      return { edge, group, label: null };
    });
    this.edgesPlace.replaceChildren(...this.lines.map(({ group }) => group));
  }

  // --- findings ------------------------------------------------------------------------------

  /** Shows each finding at the card of its step. */
  showFindings(findings) {
    this.findings = findings;
    for (const note of this.cardsPlace.querySelectorAll(".card-finding")) note.remove();
    for (const [step, card] of this.cards) {
      const here = findings.filter((finding) => finding.step === step);
      card.classList.toggle("faulty", here.some(({ severity }) => severity === "error"));
      card.querySelector(".card-count")?.remove();
      if (!here.length) continue;
      const [worst] = [...here].sort((a, b) => rank(a) - rank(b));
      const count = piece("span", "card-count", countOf(here));
      count.dataset.severity = worst.severity;
      card.append(count);
      if (worst.severity === "info") continue;
      const { x, y, w, h } = this.nodes.get(step);
      const note = piece("p", "card-finding", worst.message);
      note.dataset.severity = worst.severity;
      note.setAttribute("aria-hidden", "true"); // said in the list of checks and on the step's page
      Object.assign(note.style, { left: `${x}px`, top: `${y + h + 4}px`, width: `${w}px` });
      this.cardsPlace.append(note);
    }
  }

  // --- the caller's path ---------------------------------------------------------------------

  /** Forgets the path of the call before. */
  forget() {
    this.trail = [];
    this.here = null;
    this.showTrail();
  }

  /** The caller goes to a step, by a key where one was pressed. */
  enter(step, by) {
    this.trail.push({ step, by });
    this.showTrail();
  }

  /** Where the caller is right now: what they hear is said there. */
  stand(step) {
    if (this.here === step) return;
    this.here = step;
    this.showTrail();
    const node = this.nodes.get(step);
    if (node) this.camera.reveal(node);
  }

  showTrail() {
    const walked = new Set(this.trail.map(({ step }) => step));
    for (const [step, card] of this.cards) {
      card.classList.toggle("walked", walked.has(step));
      card.classList.toggle("here", step === this.here);
      const flag = card.querySelector(".card-here");
      if (step !== this.here) flag?.remove();
      else if (!flag) card.append(piece("span", "card-here", "caller is here"));
    }
    const taken = new Set();
    for (let i = 1; i < this.trail.length; i++) taken.add(this.way(this.trail[i - 1], this.trail[i]));
    for (const line of this.lines) {
      line.group.classList.toggle("walked", taken.has(line));
      line.label?.classList.toggle("walked", taken.has(line));
      if (taken.has(line)) this.edgesPlace.append(line.group); // over those nobody took
    }
  }

  /** The line that was taken between two steps: the one of the key, else of a key that works
   * anytime, else any; none where no line leads there. */
  way(from, to) {
    const into = this.lines.filter(({ edge }) => edge.to === to.step);
    const ways = into.filter(({ edge }) => edge.from === from.step);
    const named = ({ edge }) => to.by && edge.names?.includes(to.by);
    const anytime = into.find((line) => line.edge.from === ANYTIME && named(line));
    const usual = ways.find(({ edge }) => edge.kind !== "failure");
    return ways.find(named) ?? anytime ?? usual ?? ways[0];
  }

  // --- choosing ------------------------------------------------------------------------------

  choose(step) {
    for (const [name, card] of this.cards) card.classList.toggle("chosen", name === step);
    this.onchoose(step);
  }

  /** Goes to a card: shows it, and chooses it. */
  goTo(step) {
    const card = this.cards.get(step);
    if (!card) return;
    this.camera.reveal(this.nodes.get(step));
    card.focus({ preventScroll: true });
    this.choose(step);
  }

  /** Only one card is a stop of the Tab key. */
  stop(step) {
    for (const [name, card] of this.cards) card.tabIndex = name === step ? 0 : -1;
  }

  /** Arrow keys go to the nearest card on that side. */
  walk(event) {
    const side = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[
      event.key
    ];
    const from = this.nodes.get(event.target.dataset?.step);
    if (!side || !from) return;
    event.preventDefault();
    event.stopPropagation();
    let best = null;
    for (const [step, card] of this.cards) {
      const to = this.nodes.get(step);
      const dx = to.x + to.w / 2 - from.x - from.w / 2;
      const dy = to.y + to.h / 2 - from.y - from.h / 2;
      const ahead = dx * side[0] + dy * side[1];
      if (ahead <= 1) continue;
      const far = ahead + 2.5 * Math.abs(dx * side[1] + dy * side[0]);
      if (!best || far < best.far) best = { far, card, to };
    }
    if (!best) return;
    best.card.focus({ preventScroll: true });
    this.camera.reveal(best.to);
  }
}

const RANKS = ["error", "warning", "info"];

/** The worst are first. */
export const rank = ({ severity }) => RANKS.indexOf(severity);

/** `1 error, 2 warnings`. */
export function countOf(findings) {
  const names = { error: "error", warning: "warning", info: "hint" };
  return RANKS.map((severity) => {
    const n = findings.filter((finding) => finding.severity === severity).length;
    return n && `${n} ${names[severity]}${n === 1 ? "" : "s"}`;
  })
    .filter(Boolean)
    .join(", ");
}

/** As many rows of the text as the card has room for. */
function words(node) {
  const text = piece("span", "card-text", node.text);
  const room = node.h - 2 * PAD - ROW * (node.about ? 2 : 1);
  text.style.setProperty("--rows", Math.max(1, Math.round(room / ROW)));
  return text;
}

function piece(tag, name, text) {
  const element = document.createElement(tag);
  element.className = name;
  element.textContent = text;
  return element;
}

function towards([ax, ay], [bx, by], far) {
  const length = Math.hypot(bx - ax, by - ay) || 1;
  const part = Math.min(1, far / length);
  return [ax + (bx - ax) * part, ay + (by - ay) * part];
}

/** Through all points, corners rounded, up to where the arrow's head begins. */
function path(points) {
  const apart = ([ax, ay], [bx, by]) => Math.hypot(bx - ax, by - ay);
  let d = `M${points[0]}`;
  for (let i = 1; i < points.length - 1; i++) {
    const [a, corner, b] = points.slice(i - 1, i + 2);
    const radius = Math.min(CORNER, apart(a, corner) / 2, apart(corner, b) / 2);
    d += `L${towards(corner, a, radius)}Q${corner} ${towards(corner, b, radius)}`;
  }
  return `${d}L${towards(points.at(-1), points.at(-2), HEAD - 1)}`;
}

function arrow(points) {
  const tip = points.at(-1);
  const base = towards(tip, points.at(-2), HEAD);
  const [dx, dy] = [(tip[0] - base[0]) * 0.55, (tip[1] - base[1]) * 0.55];
  return `M${tip}L${[base[0] - dy, base[1] + dx]}L${[base[0] + dy, base[1] - dx]}Z`;
}

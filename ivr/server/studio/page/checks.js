/**
 * What the checker found and how the flow's tests went: one line, and a list behind it. Findings
 * lead to their step on the picture.
 */

import { countOf, rank } from "./graph.js";

const NAMES = { error: "error", warning: "warning", info: "hint" };

export class Checks {
  /** `onstep(flow, step)` is told of the place that is to be shown. */
  constructor({ line, count, list, toggle, onstep }) {
    Object.assign(this, { line, count, list, toggle, onstep });
    toggle.addEventListener("click", () => this.open(list.hidden));
  }

  open(wide) {
    this.list.hidden = !wide;
    this.toggle.setAttribute("aria-expanded", String(wide));
  }

  /** Shows a set as the server has it. */
  show(set) {
    const findings = set.refused?.findings ?? set.findings;
    const errors = findings.filter(({ severity }) => severity === "error").length;
    const failed = set.tests?.failed?.length ?? 0;
    this.line.textContent = [countOf(findings) || "No findings", testsLine(set)]
      .filter(Boolean)
      .join(" · ");
    this.toggle.dataset.mood = errors || failed ? "bad" : "good";
    this.count.textContent = errors + failed ? `(${errors + failed})` : "";
    const rows = [];
    if (set.refused)
      rows.push(paragraph(`The files as they are saved now cannot be loaded; calls go on with set ${set.number}.`));
    rows.push(this.findings(findings), this.tests(set.tests));
    this.list.replaceChildren(...rows.filter(Boolean));
    const bad = errors + failed > 0;
    if (bad && !this.wasBad) this.open(true);
    if (!bad && this.wasBad) this.open(false);
    this.wasBad = bad;
  }

  findings(findings) {
    if (!findings.length) return paragraph("The checker has found nothing.");
    const list = document.createElement("ul");
    const worstFirst = [...findings].sort((a, b) => rank(a) - rank(b));
    for (const finding of worstFirst) list.append(this.finding(finding));
    return list;
  }

  finding(finding) {
    const row = document.createElement("li");
    row.className = "finding";
    row.append(severity(finding), ` ${said(finding)}`);
    const place = [finding.file, finding.line, finding.column].filter(Boolean).join(":");
    row.append(" ", small("finding-place", [place, finding.code].filter(Boolean).join(" · ")));
    if (finding.step) {
      const show = document.createElement("button");
      show.type = "button";
      show.className = "link";
      show.textContent = `Show ${finding.step}`;
      show.addEventListener("click", () => this.onstep(finding.flow, finding.step));
      row.append(" ", show);
    }
    return row;
  }

  tests(tests) {
    if (!tests?.failed?.length) return null;
    const list = document.createElement("ul");
    for (const { name, file, line, what } of tests.failed) {
      const row = document.createElement("li");
      row.className = "finding";
      row.append(severity({ severity: "error" }, "failed"), " ", name);
      row.append(" ", small("finding-remedy", what), " ", small("finding-place", `${file}:${line}`));
      list.append(row);
    }
    return list;
  }
}

/** A word with a mark of its own, so that not only its colour tells. */
export function severity(finding, word = NAMES[finding.severity]) {
  const mark = small("severity", word);
  mark.dataset.severity = finding.severity;
  return mark;
}

/** What is wrong and what to do about it, as `ivr check` says it. */
export function said({ message, remedy }) {
  return remedy ? `${message}; ${remedy}` : message;
}

function testsLine({ tests, refused, number }) {
  if (!tests) return "";
  if (tests.running) return "tests are running …";
  const whose = refused ? ` (set ${number})` : "";
  const failed = tests.failed?.length ?? 0;
  const some = (n) => `${n} test${n === 1 ? "" : "s"}`;
  if (failed) return `${failed} of ${some(tests.passed + failed)} failed${whose}`;
  return tests.passed ? `${some(tests.passed)} passed${whose}` : "no tests";
}

function small(name, text) {
  const element = document.createElement("span");
  element.className = name;
  element.textContent = text;
  return element;
}

function paragraph(text) {
  const element = document.createElement("p");
  element.textContent = text;
  return element;
}

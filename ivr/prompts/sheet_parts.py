"""The style and the script of the listening page, as it carries them inside itself."""

from __future__ import annotations

from typing import Final

STYLE: Final = """
:root {
  color-scheme: light dark;
  --paper: #fbfaf8; --card: #ffffff; --ink: #23262b; --soft: #6a6f78; --line: #e5e3de;
  --accent: #1f6f8b; --good: #2f7d4f; --bad: #b3402e; --wave: #c3c9cf;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16181b; --card: #1e2125; --ink: #e8e6e1; --soft: #9aa0a8; --line: #30343a;
    --accent: #6fb8d2; --good: #7cc598; --bad: #e58a78; --wave: #4a5058;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
main, header { max-width: 66rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2.25rem; }
h1 { font-size: 1.5rem; font-weight: 650; margin: 0 0 .25rem; letter-spacing: -.01em; }
header p { margin: 0 0 1.25rem; color: var(--soft); max-width: 46rem; }
#find {
  width: 100%; max-width: 24rem; padding: .5rem .75rem; font: inherit; color: inherit;
  background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
}
h2 {
  font-size: .95rem; font-weight: 600; margin: 2rem 0 .5rem; color: var(--ink);
  display: flex; gap: .6rem; align-items: baseline; flex-wrap: wrap;
}
h2 small { font-weight: 400; font-size: .875rem; color: var(--soft); }
ul { list-style: none; margin: 0; padding: 0; }
li {
  display: grid; grid-template-columns: 2.75rem 15rem 1fr auto; gap: .25rem 1rem;
  align-items: center; padding: .75rem 1rem; background: var(--card);
  border: 1px solid var(--line); border-bottom-width: 0;
}
li:first-child { border-radius: .6rem .6rem 0 0; }
li:last-child { border-radius: 0 0 .6rem .6rem; border-bottom-width: 1px; }
li:only-child { border-radius: .6rem; }
li[hidden] { display: none; }
button { font: inherit; cursor: pointer; color: inherit; }
button:focus-visible, input:focus-visible {
  outline: 2px solid var(--accent); outline-offset: 2px;
}
.play {
  width: 2.75rem; height: 2.75rem; border-radius: 50%; border: 1px solid var(--line);
  background: transparent; color: var(--accent); display: grid; place-items: center; padding: 0;
}
.play:hover { border-color: var(--accent); }
.play svg { width: 1.1rem; height: 1.1rem; fill: currentColor; }
.play .pause, .playing .play .go { display: none; }
.playing .play .pause { display: block; }
.wave { position: relative; height: 2.5rem; cursor: pointer; }
.wave svg { position: absolute; inset: 0; width: 100%; height: 100%; }
.wave path { stroke: var(--wave); stroke-width: 1.6; stroke-linecap: round; }
.wave .played { clip-path: inset(0 calc(100% - var(--at, 0%)) 0 0); }
.wave .played path { stroke: var(--accent); }
.text { margin: 0; overflow-wrap: anywhere; }
.facts { margin: .1rem 0 0; font-size: .8125rem; color: var(--soft); overflow-wrap: anywhere; }
.facts { display: flex; flex-wrap: wrap; gap: 0 .9rem; }
.facts .approved { color: var(--good); font-weight: 600; }
.facts .bad { color: var(--bad); }
code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: .95em; }
.does { display: flex; gap: .4rem; justify-content: flex-end; }
.does button {
  padding: .3rem .7rem; font-size: .875rem; border-radius: .4rem; background: transparent;
  border: 1px solid var(--line);
}
.does button:hover { border-color: var(--soft); }
.does [data-do=approve][aria-pressed=true] {
  border-color: var(--good); color: var(--good);
  background: color-mix(in srgb, var(--good) 12%, transparent);
}
.does [data-do=again][aria-pressed=true] {
  border-color: var(--bad); color: var(--bad);
  background: color-mix(in srgb, var(--bad) 10%, transparent);
}
.missing { grid-template-columns: 1fr; }
#none { color: var(--soft); margin: 2rem 0; }
footer {
  position: sticky; bottom: 0; margin-top: 2rem; background: var(--card);
  border-top: 1px solid var(--line); box-shadow: 0 -.5rem 1.5rem rgb(0 0 0 / 6%);
}
footer[hidden] { display: none; }
footer > div { max-width: 66rem; margin: 0 auto; padding: .75rem 1.25rem; }
footer p { display: flex; gap: .75rem; align-items: center; margin: .25rem 0; }
footer code {
  flex: 1; min-width: 0; overflow-x: auto; white-space: nowrap; padding: .45rem .7rem;
  background: var(--paper); border: 1px solid var(--line); border-radius: .4rem; font-size: .875rem;
}
footer button {
  padding: .4rem .9rem; border-radius: .4rem; border: 1px solid var(--accent);
  background: transparent; color: var(--accent); font-size: .875rem;
}
.end { height: 2.5rem; }
@media (max-width: 44rem) {
  main, header { padding: 0 .75rem; }
  header { padding-top: 1.25rem; }
  li { grid-template-columns: 2.75rem 1fr; padding: .75rem; gap: .5rem .75rem; }
  li.missing { grid-template-columns: 1fr; }
  .about, .does { grid-column: 1 / -1; }
  .does button { flex: 1; padding: .5rem; }
  #find { max-width: none; }
  footer > div { padding: .5rem .75rem; }
}
"""

SCRIPT: Final = """
"use strict";
const RATE = 8000;
const LINEAR = Int16Array.from({ length: 256 }, (_, code) => {
  const bits = ~code & 255;
  const size = ((((bits & 15) << 3) + 132) << ((bits & 112) >> 4)) - 132;
  return bits & 128 ? -size : size;
});
const audio = new Audio();
let row = null, url = null, frame = 0;

function wav(codes) {
  const file = new DataView(new ArrayBuffer(44 + 2 * codes.length));
  const put = (at, text) => [...text].forEach((c, i) => file.setUint8(at + i, c.charCodeAt(0)));
  put(0, "RIFF"); file.setUint32(4, 36 + 2 * codes.length, true); put(8, "WAVEfmt ");
  file.setUint32(16, 16, true); file.setUint16(20, 1, true); file.setUint16(22, 1, true);
  file.setUint32(24, RATE, true); file.setUint32(28, 2 * RATE, true);
  file.setUint16(32, 2, true); file.setUint16(34, 16, true);
  put(36, "data"); file.setUint32(40, 2 * codes.length, true);
  for (let i = 0; i < codes.length; i++)
    file.setInt16(44 + 2 * i, LINEAR[codes.charCodeAt(i)], true);
  return new Blob([file], { type: "audio/wav" });
}
function stop() {
  audio.pause();
  cancelAnimationFrame(frame);
  if (row) {
    row.classList.remove("playing");
    row.querySelector(".play").setAttribute("aria-label", "Play");
  }
}
function show() {
  const share = audio.duration ? audio.currentTime / audio.duration : 0;
  row.style.setProperty("--at", 100 * share + "%");
  frame = requestAnimationFrame(show);
}
async function play(of, from) {
  stop();
  if (row !== of) {
    if (row) row.style.removeProperty("--at");
    row = of;
    if (url) URL.revokeObjectURL(url);
    url = URL.createObjectURL(wav(atob(of.dataset.sound)));
    audio.src = url;
  }
  if (from !== undefined || audio.ended)
    audio.currentTime = (from || 0) * atob(of.dataset.sound).length / RATE;
  row.classList.add("playing");
  row.querySelector(".play").setAttribute("aria-label", "Pause");
  show();
  await audio.play();
}
audio.addEventListener("ended", () => { stop(); row.style.removeProperty("--at"); });

function commands() {
  const named = what => [...document.querySelectorAll(`[data-do=${what}][aria-pressed=true]`)]
    .map(button => button.closest("li").id);
  for (const what of ["approve", "again"]) {
    const line = document.getElementById("to-" + what);
    const takes = named(what).map(id => (line.dataset.each || "") + id).join(" ");
    line.hidden = !takes;
    line.querySelector("code").textContent = line.dataset.command.replace("TAKES", takes);
  }
  document.querySelector("footer").hidden =
    [...document.querySelectorAll("footer p")].every(line => line.hidden);
}
document.addEventListener("click", event => {
  const item = event.target.closest("li"), button = event.target.closest("button");
  if (button && button.matches(".play")) {
    if (item.classList.contains("playing")) stop(); else play(item);
  } else if (item && event.target.closest(".wave")) {
    const box = item.querySelector(".wave").getBoundingClientRect();
    play(item, (event.clientX - box.left) / box.width);
  } else if (button && button.dataset.do) {
    const pressed = button.getAttribute("aria-pressed") === "true";
    for (const each of item.querySelectorAll("[data-do]"))
      each.setAttribute("aria-pressed", "false");
    button.setAttribute("aria-pressed", String(!pressed));
    commands();
  } else if (button && button.matches(".copy")) {
    const code = button.parentElement.querySelector("code");
    getSelection().selectAllChildren(code);
    Promise.resolve(navigator.clipboard && navigator.clipboard.writeText(code.textContent))
      .then(() => { button.textContent = "Copied"; })
      .catch(() => { button.textContent = "Selected"; });
  }
});
document.getElementById("find").addEventListener("input", event => {
  const wanted = event.target.value.toLowerCase();
  let any = false;
  for (const section of document.querySelectorAll("section")) {
    let some = false;
    for (const item of section.querySelectorAll("li")) {
      item.hidden = !item.textContent.toLowerCase().includes(wanted);
      some ||= !item.hidden;
    }
    section.hidden = !some;
    any ||= some;
  }
  document.getElementById("none").hidden = any;
});
"""

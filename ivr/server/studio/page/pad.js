/**
 * The keys of the phone: by mouse, by touch, and by the keys of the keyboard while a call is on and
 * nobody is writing into a field.
 */

const KEYS = [
  ["1", ""],
  ["2", "abc"],
  ["3", "def"],
  ["4", "ghi"],
  ["5", "jkl"],
  ["6", "mno"],
  ["7", "pqrs"],
  ["8", "tuv"],
  ["9", "wxyz"],
  ["*", ""],
  ["0", ""],
  ["#", ""],
];
const NAMES = { "*": "star", "#": "pound" };
const LIT_MS = 160;

export class Pad {
  /** `onpress` is told the key; `typed` is the box that says whether the keyboard dials. */
  constructor({ place, typed, onpress }) {
    this.onpress = onpress;
    this.buttons = new Map();
    for (const [key, letters] of KEYS) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "key";
      button.setAttribute("aria-label", NAMES[key] ?? key);
      const cap = document.createElement("span");
      cap.textContent = key;
      const small = document.createElement("small");
      small.textContent = letters;
      button.append(cap, small);
      button.addEventListener("click", () => this.press(key));
      this.buttons.set(key, button);
      place.append(button);
    }
    this.enable(false);
    document.addEventListener("keydown", (event) => {
      const writing = event.target.closest?.("input:not([type=checkbox]), select, textarea");
      if (!this.enabled || !typed.checked || writing || event.repeat) return;
      if (event.ctrlKey || event.metaKey || event.altKey || !this.buttons.has(event.key)) return;
      event.preventDefault();
      this.press(event.key);
    });
  }

  enable(enabled) {
    this.enabled = enabled;
    for (const button of this.buttons.values()) button.disabled = !enabled;
  }

  press(key) {
    const button = this.buttons.get(key);
    button.classList.add("lit");
    setTimeout(() => button.classList.remove("lit"), LIT_MS);
    this.onpress(key);
  }
}

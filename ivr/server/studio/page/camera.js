/**
 * How the picture is moved: by mouse, wheel, touch and keyboard, by buttons, and by the page itself
 * when the caller walks out of sight. Knows places and a scale, and nothing of steps.
 */

const SCALE_MIN = 0.15;
const SCALE_MAX = 2;
const READABLE = 0.7; // below it, texts on cards are hard to read
const NUDGE = 60; // CSS pixels, for one press of an arrow key
const STEP = 1.25; // of zooming by button or key
const MARGIN = 24;
const TOOLS = 56; // pixels at the bottom, where the buttons are
const DRAG = 4; // pixels; less is a click

export class Camera {
  constructor(viewport, stage) {
    this.viewport = viewport;
    this.stage = stage;
    this.x = 0;
    this.y = 0;
    this.scale = 1;
    this.size = { width: 1, height: 1 };
    this.moved = false; // by the person: then it is left where it is
    this.pointers = new Map();
    this.listen();
    new ResizeObserver(() => this.moved || this.home()).observe(viewport);
  }

  /** What is to be shown, and the card it begins with. */
  show(size, start) {
    this.size = size;
    this.start = start;
    this.moved = false;
    this.home();
  }

  /** All of it where it stays readable; else its beginning. */
  home() {
    const { width, height } = this.viewport.getBoundingClientRect();
    if (!width || !height) return;
    const whole = this.scaleToFit(width, height);
    if (whole >= READABLE || !this.start) this.fit();
    else this.place(READABLE, this.start.x + this.start.w / 2, this.start.y, width / 2, 48);
  }

  /** All of it. */
  fit() {
    const { width, height } = this.viewport.getBoundingClientRect();
    const scale = this.scaleToFit(width, height);
    const left = (width - this.size.width * scale) / 2;
    const top = Math.max(MARGIN, (height - this.size.height * scale) / 2);
    this.place(scale, 0, 0, left, top);
  }

  scaleToFit(width, height) {
    const across = (width - 2 * MARGIN) / this.size.width;
    const down = (height - 2 * MARGIN) / this.size.height;
    return Math.max(SCALE_MIN, Math.min(1, across, down));
  }

  /** Brings a rectangle of the picture into sight, no further than needed. */
  reveal({ x, y, w, h }) {
    const { width, height } = this.viewport.getBoundingClientRect();
    if (!width) return;
    const left = x * this.scale + this.x;
    const top = y * this.scale + this.y;
    const aside = (start, length, room) => {
      if (start < MARGIN) return MARGIN - start;
      return Math.min(0, room - MARGIN - start - length) || 0;
    };
    const dx = aside(left, w * this.scale, width);
    const dy = aside(top, h * this.scale, height - TOOLS);
    if (dx || dy) this.glide(dx, dy);
  }

  /** Moves a rectangle of the picture out from under a panel that covers a part of the view. */
  clear({ x, y, w, h }, panel) {
    const view = this.viewport.getBoundingClientRect();
    const left = view.left + this.x + x * this.scale;
    const top = view.top + this.y + y * this.scale;
    const under = left < panel.right && top + h * this.scale > panel.top;
    if (!under) return;
    const beside = panel.right + MARGIN - left;
    const above = panel.top - MARGIN - top - h * this.scale;
    if (panel.right + 2 * MARGIN + w * this.scale < view.right) this.glide(beside, 0);
    else this.glide(0, above);
  }

  glide(dx, dy) {
    this.stage.classList.add("gliding");
    this.place(this.scale, 0, 0, this.x + dx, this.y + dy);
  }

  /** Zooms around a point of the viewport; its middle unless told. */
  zoom(by, at) {
    const { width, height } = this.viewport.getBoundingClientRect();
    const { x, y } = at ?? { x: width / 2, y: height / 2 };
    const scale = Math.max(SCALE_MIN, Math.min(SCALE_MAX, this.scale * by));
    this.moved = true;
    this.place(scale, (x - this.x) / this.scale, (y - this.y) / this.scale, x, y);
  }

  pan(dx, dy) {
    this.moved = true;
    this.place(this.scale, 0, 0, this.x + dx, this.y + dy);
  }

  /** Puts a point of the picture onto a point of the viewport. */
  place(scale, px, py, x, y) {
    this.scale = scale;
    this.x = x - px * scale;
    this.y = y - py * scale;
    this.stage.style.transform = `translate(${this.x}px, ${this.y}px) scale(${scale})`;
  }

  // --- hands ---------------------------------------------------------------------------------

  listen() {
    const view = this.viewport;
    view.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    view.addEventListener("pointerdown", (event) => this.down(event));
    view.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"])
      view.addEventListener(name, (event) => this.up(event));
    view.addEventListener("click", (event) => this.clicked(event), true);
    view.addEventListener("keydown", (event) => this.key(event));
    this.stage.addEventListener("transitionend", () => this.stage.classList.remove("gliding"));
    // Focus may scroll what only a transform should move.
    view.addEventListener("scroll", () => view.scrollTo(0, 0));
  }

  wheel(event) {
    event.preventDefault();
    this.stage.classList.remove("gliding");
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    if (event.ctrlKey || event.metaKey)
      this.zoom(Math.exp((-event.deltaY * lines) / 200), this.within(event));
    else if (event.shiftKey) this.pan(-event.deltaY * lines, 0);
    else this.pan(-event.deltaX * lines, -event.deltaY * lines);
  }

  down(event) {
    if (event.button !== 0) return;
    this.stage.classList.remove("gliding");
    this.pointers.set(event.pointerId, this.within(event));
    this.dragged = 0;
  }

  move(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const now = this.within(event);
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    this.dragged += Math.hypot(now.x - before.x, now.y - before.y);
    if (this.dragged <= DRAG) return;
    this.viewport.setPointerCapture(event.pointerId);
    this.viewport.classList.add("dragging");
    this.pointers.set(event.pointerId, now);
    if (!other) {
      this.pan(now.x - before.x, now.y - before.y);
      return;
    }
    const apart = (a) => Math.hypot(a.x - other.x, a.y - other.y) || 1;
    const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
    this.zoom(apart(now) / apart(before), middle);
    this.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
  }

  up(event) {
    this.pointers.delete(event.pointerId);
    this.viewport.classList.remove("dragging");
  }

  /** What ends a drag is no click on a card. */
  clicked(event) {
    if (this.dragged > DRAG) event.stopPropagation();
    this.dragged = 0;
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const nudge = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    if (event.target === this.viewport && nudge[event.key]) {
      const [dx, dy] = nudge[event.key];
      this.pan(dx * NUDGE, dy * NUDGE);
    } else if (event.key === "+" || event.key === "=") this.zoom(STEP);
    else if (event.key === "-") this.zoom(1 / STEP);
    else if (event.key === "f" || event.key === "F") this.fit();
    else return;
    event.preventDefault();
  }

  within(event) {
    const { left, top } = this.viewport.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }
}

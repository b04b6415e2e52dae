/**
 * One call from the page: asks the server for it, opens one media stream after the other as the
 * server says, and tells what happens. What is shown of it is `main.js`'s business.
 */

import * as api from "./api.js";
import { Stream } from "./carrier.js";
import { Sound } from "./sound.js";

export class Call {
  /** `hooks`: onentry(entry), onleg(leg), onconnected(), onsay(text), onover(outcome),
   * ontrouble(sentence), onlevel(level), onaudible(ms since the last key). */
  constructor(hooks) {
    this.hooks = hooks;
    this.over = false;
    this.sid = null;
    this.pressedAt = null;
  }

  /** To be called from a click or a key; throws a sentence where the call cannot begin. */
  async ring(wishes) {
    try {
      this.sound = await Sound.open();
    } catch (problem) {
      throw new Error(`This browser cannot play the line's sound: ${problem.message}`);
    }
    this.sound.onlevel = (level) => this.hooks.onlevel(level);
    this.sound.onaudible = () => this.audible();
    try {
      const answer = await api.ring(wishes);
      this.sid = answer.call;
      this.ids = answer;
      this.unwatch = api.watchCall(this.sid, (entry) => this.told(entry));
      this.go({ next: "connect", ...answer });
    } catch (problem) {
      this.sound.close();
      throw problem;
    }
  }

  told(entry) {
    this.hooks.onentry(entry);
    if (entry.what === "end" && !this.stream) this.finish(entry.outcome);
  }

  /** What the server wants next. */
  go(answer) {
    if (this.over) return;
    if (answer.next === "connect") {
      this.ids = { ...this.ids, ...answer };
      this.stream = new Stream(this.ids, this.sound, () => this.closed());
      this.hooks.onconnected();
    } else if (answer.next === "leg") this.hooks.onleg(answer);
    else if (answer.next === "say") {
      this.hooks.onsay(answer.text);
      this.finish("trouble");
    } else this.finish(answer.outcome);
  }

  closed() {
    this.stream = null;
    if (!this.over) this.ask({});
  }

  /** Somebody picked up, or nobody did. */
  pick(outcome) {
    this.ask({ leg: outcome });
  }

  async ask(news) {
    try {
      this.go(await api.after(this.sid, news));
    } catch (problem) {
      this.hooks.ontrouble(problem.message);
      this.finish("");
    }
  }

  press(key) {
    this.pressedAt = performance.now();
    this.stream?.press(key);
  }

  /** Something can be heard that could not be heard before. */
  audible() {
    if (this.pressedAt === null) return;
    this.hooks.onaudible(performance.now() - this.pressedAt + this.sound.latency);
    this.pressedAt = null;
  }

  hangUp() {
    const { stream } = this;
    this.finish("caller_hung_up");
    stream?.hangUp();
    api.hangUp(this.sid).catch(() => {}); // the socket's `stop` has said it already
  }

  finish(outcome) {
    if (this.over) return;
    this.over = true;
    this.stream = null;
    this.sound.close();
    this.hooks.onover(outcome);
  }
}

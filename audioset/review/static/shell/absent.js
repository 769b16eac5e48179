/** A standing line while the server does not answer, or knows this browser no more, and what to do about it. */

/** @import {App} from "../core/core.js" */

import { make, place } from "../core/core.js";

const KEPT = "What you decide is kept in this browser.";
/** @type {Record<number, string>} */
const WORDS = {
  0: `The server does not answer. ${KEPT} It is sent when audioset review runs again.`,
  401: `The review was started anew: open the address that it printed. ${KEPT} It is sent from there.`,
};

/** @param {number} status @returns {boolean} whether the line tells of it, so that nobody else needs to */
export const isAbsence = (status) => status in WORDS;

export class Absent {
  /** @type {HTMLElement | null} */
  #line = null;
  #status = -1;

  /** @param {App} app */
  constructor(app) {
    this.app = app;
    app.on("outbox", ({ problem, status }) => problem && isAbsence(status) && this.look(status));
  }

  /** @param {number} status of the newest answer; 0 where there was none, -1 where all is well */
  look(status) {
    if (status === this.#status) return;
    this.#status = status;
    this.#line?.remove();
    this.#line = null;
    const words = WORDS[status];
    if (!words) return;
    this.#line = make("div", { class: "notice standing problem" }, make("p", {}, words));
    place("notices").append(this.#line);
    this.app.say(words);
  }
}

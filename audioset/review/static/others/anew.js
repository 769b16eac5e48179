/**
 * Where the queue is not what it was, because clips were cut, taken out or decided elsewhere: told, and read anew when
 * somebody says so. Nobody who listens or writes is torn away; what this page did itself is not told.
 */

/** @import {App} from "../core/core.js" */
/** @import {Changes} from "../ground/types.js" */

import { make, place } from "../core/core.js";
import { plural } from "../ground/decision_words.js";
import { shown } from "../ground/keys.js";

const KEY = "anew";
// While one of these is on its way nobody can tell whose doing other clips are; the next look can.
const CUTTING = new Set(["edges", "clips", "split", "merge", "undo"]);

/**
 * @param {number} came clips that are there now
 * @param {number} gone clips that were there
 * @returns {string}
 */
export function elsewhereWords(came, gone) {
  const went = gone === 1 ? "1 is gone" : `${gone.toLocaleString("en")} are gone`;
  if (came > 0 && gone > 0) return `${plural(came, "new clip")} came, and ${went}: the queue is not what it was.`;
  if (came > 0) return `${plural(came, "new clip")} came: the queue does not have ${came === 1 ? "it" : "them"} yet.`;
  if (gone > 0) return `Of the clips ${went}: the queue is not what it was.`;
  return "Clips were changed elsewhere: the queue is not what it was.";
}

export class Anew {
  /** @type {HTMLElement | null} */
  #line = null;
  #words = make("p", {});

  /** @param {App} app */
  constructor(app) {
    this.app = app;
    app.on("queue", () => this.#putAway());
    app.on("answered", ({ answer }) => {
      const { queue } = app.state;
      queue.generation = Math.max(queue.generation, answer.generation ?? 0);
    });
    const when = () => this.#line !== null;
    app.keys.add({ id: KEY, code: "Shift+KeyQ", words: "Read the queue anew, where it changed elsewhere", group: "Queue", when, run: () => void this.read() });
  }

  /** @param {Changes} changed what the server says now */
  look(changed) {
    const { queue } = this.app.state;
    if (!queue.key) return; // the first one is on its way
    const many = changed.more ?? false;
    const cutting = this.app.outbox.waiting.some(({ path }) => CUTTING.has(path));
    if (changed.elsewhere !== queue.elsewhere || (!cutting && changed.generation > queue.generation)) {
      this.#tell(elsewhereWords(changed.came - queue.came, changed.gone - queue.gone));
    } else if (many && changed.news.length) {
      this.#tell("Many clips were decided elsewhere: the queue is not what it was.");
    } else if (many) {
      void this.read();
    }
  }

  /** The queue as it is now. The clip that is heard stays, where it is still there. */
  async read() {
    const said = this.#line !== null;
    try {
      await this.app.going.again();
      if (said) this.app.say("The queue is read anew.");
    } catch (problem) {
      this.app.notice(`The queue could not be read: ${problem instanceof Error ? problem.message : problem}.`, "problem");
    }
  }

  /** @param {string} words */
  #tell(words) {
    if (this.#words.textContent !== words) this.#words.textContent = words;
    if (this.#line) return;
    const codes = this.app.keys.codes(KEY).slice(0, 1);
    this.#line = make(
      "div",
      { class: "notice standing" },
      this.#words,
      make("button", { type: "button", id: "anew", class: "main", onclick: () => void this.read() }, "Read anew", ...codes.map((code) => make("kbd", {}, shown(code)))),
    );
    place("notices").append(this.#line);
  }

  #putAway() {
    if (this.#line?.contains(document.activeElement)) place("stage").focus({ preventScroll: true });
    this.#line?.remove();
    this.#line = null;
  }
}

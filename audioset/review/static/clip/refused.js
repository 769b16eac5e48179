/**
 * Edges that were not taken, since the clip would hold speech of a neighbour: which one, and how much, stands until
 * somebody insists or leaves it. They wait with their clip, over a reload too.
 */

/** @import {App} from "../core/core.js" */
/** @import {Operation} from "../ground/types.js" */
/** @import {ServerError} from "../ground/server.js" */

import { make, place } from "../core/core.js";
import { plural } from "../ground/decision_words.js";
import { shown } from "../ground/keys.js";

const STORED = "audioset:refused:";

/** @typedef {{clip_id: string, shared_seconds: number, num_more: number}} Overlap of which clip most, how much, how many others */
/** @typedef {{root_id: string, start_sample: number, end_sample: number, operation: Operation, overlap: Overlap}} Kept */

export class Refused {
  /** @type {Map<string, Kept>} by the root of the clip */
  #kept = new Map();
  /** @type {Map<string, HTMLElement>} */
  #lines = new Map();

  /**
   * @param {App} app
   * @param {(kept: Kept) => void} changed called when edges were refused, and when they wait no more
   */
  constructor(app, changed) {
    this.app = app;
    this.changed = changed;
    app.on("refused", ({ operation, problem }) => this.#refused(operation, problem));
    app.on("session", () => this.#begin());
  }

  /** @param {string} rootId @returns {Kept | undefined} */
  of(rootId) {
    return this.#kept.get(rootId);
  }

  /** The same edges once more, in knowledge of what they share. @param {string} rootId */
  async insist(rootId) {
    const kept = this.#kept.get(rootId);
    if (!kept) return;
    const { op_id: _, ...body } = kept.operation.body;
    await this.app.going.need([body.clip_id]);
    const row = this.app.state.rowOfRoot(rootId);
    if (!row || this.#kept.get(rootId) !== kept) return;
    this.drop(rootId);
    const change = { subject_kind: /** @type {const} */ ("clip"), subject_id: rootId, field: "edges" };
    const after = [{ ...change, value: `${kept.start_sample} ${kept.end_sample}` }];
    void this.app.operations.perform("edges", { ...body, overlap: true }, { words: kept.operation.words, row, touches: [change], after });
    this.changed(kept);
    this.app.say("The edges are sent once more, with what they share.");
  }

  /** @param {string} rootId */
  drop(rootId) {
    if (!this.#kept.delete(rootId)) return;
    this.#putAway(rootId);
    this.#keep();
  }

  /** @param {Operation} operation @param {ServerError} problem */
  #refused(operation, problem) {
    const { overlap } = problem.said;
    const { root_id: rootId, body } = operation;
    if (!overlap || !rootId || operation.path !== "edges") return;
    const kept = { root_id: rootId, start_sample: body.start_sample, end_sample: body.end_sample, operation, overlap };
    this.#kept.set(rootId, kept);
    this.#keep();
    this.changed(kept);
    this.app.say(this.#tell(kept));
  }

  /** @param {Kept} kept @returns {string} what was told */
  #tell(kept) {
    const { root_id: rootId, operation, overlap } = kept;
    const { clip_id: clipId, shared_seconds: seconds, num_more: more } = overlap;
    const others = more ? `, and parts of ${plural(more, "more clip")}` : "";
    const words = `Not saved: ${operation.words}. The clip would hold ${seconds.toFixed(3)} s of ${clipId}${others}: that speech would be published twice. Save again at the clip (${shown(this.app.keys.codes("edge-save")[0])}) to insist.`;
    const leave = () => {
      this.drop(rootId);
      this.changed(kept);
    };
    const go = () => void this.app.goto(this.app.state.rowOfRoot(rootId)?.clip_id ?? operation.body.clip_id);
    const line = make(
      "div",
      { class: "notice standing problem" },
      make("p", {}, words),
      make(
        "p",
        { class: "buttons" },
        make("button", { type: "button", class: "main", onclick: () => void this.insist(rootId) }, "Save all the same"),
        make("button", { type: "button", onclick: leave }, "Edges as they were"),
        make("button", { type: "button", class: "plain", onclick: go }, "Go to the clip"),
      ),
    );
    this.#putAway(rootId);
    this.#lines.set(rootId, line);
    place("notices").append(line);
    return words;
  }

  /** @param {string} rootId */
  #putAway(rootId) {
    const line = this.#lines.get(rootId);
    if (line?.contains(document.activeElement)) place("stage").focus({ preventScroll: true });
    line?.remove();
    this.#lines.delete(rootId);
  }

  #keep() {
    try {
      if (this.#kept.size) localStorage.setItem(this.#name, JSON.stringify([...this.#kept.values()]));
      else localStorage.removeItem(this.#name);
    } catch {
      // Full, or forbidden by the browser: they wait as long as this page is open.
    }
  }

  #begin() {
    try {
      const stored = /** @type {Kept[]} */ (JSON.parse(localStorage.getItem(this.#name) ?? "[]"));
      for (const kept of stored) this.#kept.set(kept.root_id, kept);
    } catch {
      return; // nothing that can be read was kept
    }
    for (const kept of this.#kept.values()) this.#tell(kept);
  }

  get #name() {
    return `${STORED}${this.app.outbox.scope}`;
  }
}

/**
 * Start and end of the clip in its source: moved by keys, by buttons, by dragging; heard at once; saved when one goes on.
 * Edges are whole samples of the source here, and the picture follows them.
 */

/** @import {App} from "../core/core.js" */
/** @import {Row} from "../ground/types.js" */
/** @import {Kept} from "./refused.js" */

import { make, place } from "../core/core.js";
import { uncuttable } from "../ground/decision_words.js";
import { mixed } from "../sound/sounds.js";
import { Refused } from "./refused.js";
import { snap } from "./snap.js";
import { nameOf } from "./verdicts.js";

const LEAST_SECONDS = 0.05;
const HEAR_SECONDS = 0.5;
const DRAG_REST_MS = 120;
const SMALL = 0.01;
const LARGE = 0.1;

/** @typedef {"start" | "end"} Side */
/** @typedef {{root_id: string, start: number, end: number, saved: boolean}} Draft samples of the source, end exclusive */

/** @param {App} app */
export function mount(app) {
  const edges = new Edges(app);
  const group = "Edges";
  const here = () => edges.row !== null;
  const moving = (/** @type {() => void} */ run) => () => (edges.usable ? run() : edges.tellUnusable());
  const { keys } = app;
  keys.add({ id: "edge-start", group, code: "BracketLeft", words: "Choose the start", when: here, run: moving(() => edges.choose("start")) });
  keys.add({ id: "edge-end", group, code: "BracketRight", words: "Choose the end", when: here, run: moving(() => edges.choose("end")) });
  const nudge = (/** @type {string} */ id, /** @type {string} */ code, /** @type {string} */ words, /** @type {number} */ seconds) =>
    keys.add({ id, group, code, words, repeats: true, when: here, run: moving(() => edges.nudge(seconds)) });
  nudge("edge-back", "Comma", "Chosen edge 10 ms back", -SMALL);
  nudge("edge-on", "Period", "Chosen edge 10 ms on", SMALL);
  nudge("edge-far-back", "Shift+Comma", "Chosen edge 100 ms back", -LARGE);
  nudge("edge-far-on", "Shift+Period", "Chosen edge 100 ms on", LARGE);
  keys.add({ id: "edge-snap", group, code: "KeyN", words: "Chosen edge to the quietest place near it", when: here, run: moving(() => edges.snap()) });
  keys.add({ id: "edge-hear", group, code: "Shift+Space", words: "Hear the chosen edge", when: here, run: () => edges.hear() });
  keys.add({ id: "edge-save", group, code: "Ctrl+KeyS", words: "Save the edges now", when: here, run: moving(() => edges.save(true)) });
  keys.add({ id: "edge-restore", group, code: "Escape", words: "Edges as they were", when: () => edges.moved, run: () => edges.restore() });
  app.on("current", () => edges.begin());
  app.on("shown", () => edges.draw());
  app.on("span", () => edges.draw());
  app.on("row", (row) => row === app.state.current && edges.begin());
  app.on("leave", () => edges.save());
  app.on("session", () => edges.begin());
  addEventListener("pagehide", () => edges.save());
  new ResizeObserver(() => edges.draw()).observe(place("picture"));
}

class Edges {
  /** @type {Draft | null} */
  #draft = null;
  /** @type {Side} */
  side = "start";
  chosen = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #rest;

  /** @param {App} app */
  constructor(app) {
    this.app = app;
    /** @type {Record<Side, HTMLElement>} */
    this.handles = { start: place("edge-start"), end: place("edge-end") };
    this.outside = { start: place("outside-before"), end: place("outside-after") };
    this.controls = buildControls(this);
    this.refused = new Refused(app, (kept) => this.#again(kept));
    for (const side of /** @type {Side[]} */ (["start", "end"])) this.#bind(side);
    place("picture").addEventListener("pointerdown", (event) => this.#seek(event));
  }

  get row() {
    return this.app.state.current;
  }

  /** Whether edges can be moved: the clip has a source to be cut from. */
  get usable() {
    return this.row !== null && (this.app.state.session?.can_cut ?? false) && this.row.source_rate > 0;
  }

  tellUnusable() {
    const { session } = this.app.state;
    const words = session.can_cut ? "This clip has no source from which it could be cut otherwise." : uncuttable(session);
    this.app.notice(words);
    this.app.say(words);
  }

  get moved() {
    return this.#draft !== null && !this.#draft.saved;
  }

  /** Another clip, or one that was cut again: a draft stays only with its own clip. */
  begin() {
    const { row } = this;
    if (this.#draft && (row?.root_id !== this.#draft.root_id || this.#draft.saved)) this.#draft = null;
    const kept = row && this.refused.of(row.root_id);
    // What was refused waits for an answer, and is shown until then.
    if (!this.#draft && kept) this.#hold({ root_id: kept.root_id, start: kept.start_sample, end: kept.end_sample, saved: false });
    else if (!this.#draft) this.app.player.setDraft(null);
    this.draw();
  }

  /** Edges were refused, or it was said what becomes of them. @param {Kept} kept */
  #again(kept) {
    if (this.#draft && isSame(this.#draft, kept)) this.#draft = null;
    this.begin();
  }

  /** @param {Draft} draft */
  #hold(draft) {
    const row = /** @type {Row} */ (this.row);
    const [from, to] = [draft.start, draft.end].map((at) => (at - row.start_sample) / row.source_rate);
    this.#draft = draft;
    this.app.player.setDraft([from, to]);
  }

  /** Edges as they are to be. @returns {{start: number, end: number}} */
  #now() {
    const row = /** @type {Row} */ (this.row);
    return this.#draft ?? { start: row.start_sample, end: row.end_sample };
  }

  /** @param {Side} side */
  choose(side) {
    this.side = side;
    this.chosen = true;
    this.draw();
    this.app.say(`${side === "start" ? "Start" : "End"} chosen, ${this.#words(side)}.`);
  }

  /** @param {number} seconds to the right; to the left where negative @param {Side} [side] */
  nudge(seconds, side = this.side) {
    if (!this.usable || !this.row) return;
    this.side = side;
    this.chosen = true;
    this.#move(side, this.#now()[side] + Math.round(seconds * this.row.source_rate));
    this.hear();
  }

  snap(side = this.side) {
    const { row } = this;
    const prepared = this.app.player.prepared;
    const source = prepared?.around ?? (prepared?.buffer ? { buffer: prepared.buffer, from: 0 } : null);
    if (!this.usable || !row || !source) return;
    const at = (this.#now()[side] - row.start_sample) / row.source_rate;
    const found = snap(mixed(source.buffer), source.buffer.sampleRate, at - source.from) + source.from;
    this.side = side;
    this.chosen = true;
    this.#move(side, row.start_sample + Math.round(found * row.source_rate));
    this.hear();
  }

  /** Half a second inside of an edge. */
  hear(side = this.side) {
    const { row } = this;
    if (!row) return;
    const { start, end } = this.#now();
    const [from, to] = [start, end].map((sample) => (sample - row.start_sample) / row.source_rate);
    if (side === "start") this.app.player.playStretch(from, Math.min(to, from + HEAR_SECONDS));
    else this.app.player.playStretch(Math.max(from, to - HEAR_SECONDS), to);
  }

  /**
   * What was moved is one operation, and one step of undo.
   * @param {boolean} [asked] by the key or the button: edges that were refused are insisted on then; to go on leaves them
   */
  save(asked = false) {
    const draft = this.#draft;
    const { row } = this;
    if (!draft || draft.saved || !row || row.root_id !== draft.root_id) return;
    const kept = this.refused.of(row.root_id);
    if (kept && isSame(draft, kept)) {
      if (asked) void this.refused.insist(row.root_id);
      return;
    }
    this.refused.drop(row.root_id);
    draft.saved = true;
    const change = { subject_kind: /** @type {const} */ ("clip"), subject_id: row.root_id, field: "edges" };
    void this.app.operations.perform(
      "edges",
      { clip_id: row.clip_id, start_sample: draft.start, end_sample: draft.end, expected_id: row.held.edges?.row_id ?? null },
      { words: `edges of ${nameOf(row)}`, row, touches: [change], after: [{ ...change, value: `${draft.start} ${draft.end}` }] },
    );
    this.draw();
  }

  restore() {
    if (this.row) this.refused.drop(this.row.root_id);
    this.#draft = null;
    this.app.player.setDraft(null);
    this.draw();
    this.app.say("Edges as they were.");
  }

  /** @param {Side} side @param {number} sample of the source */
  #move(side, sample) {
    const { row } = this;
    if (!row) return;
    const now = this.#now();
    const least = Math.round(LEAST_SECONDS * row.source_rate);
    const [low, high] = this.#limits();
    const draft = { root_id: row.root_id, start: now.start, end: now.end, saved: false };
    if (side === "start") draft.start = Math.min(Math.max(low, sample), now.end - least);
    else draft.end = Math.max(Math.min(high, sample), now.start + least);
    if (draft.start === row.start_sample && draft.end === row.end_sample) {
      this.#draft = null;
      this.app.player.setDraft(null);
    } else this.#hold(draft);
    // What was refused were other edges.
    this.refused.drop(row.root_id);
    this.draw();
  }

  /** The first and the last sample that the picture shows: farther one gets by saving first. @returns {[number, number]} */
  #limits() {
    const row = /** @type {Row} */ (this.row);
    const span = this.app.player.prepared?.span ?? [0, row.length_seconds];
    return [Math.max(0, row.start_sample + Math.round(span[0] * row.source_rate)), row.start_sample + Math.round(span[1] * row.source_rate)];
  }

  draw() {
    const { row } = this;
    const span = this.app.player?.prepared?.span;
    const shown = row !== null && span !== undefined;
    place("edges").hidden = !this.usable;
    for (const side of /** @type {Side[]} */ (["start", "end"])) {
      this.handles[side].hidden = !shown || !this.usable;
      this.outside[side].hidden = !shown;
      if (shown) this.#drawSide(side, row, span);
    }
    this.controls.save.hidden = this.controls.restore.hidden = !this.moved;
  }

  /** @param {Side} side @param {Row} row @param {[number, number]} span */
  #drawSide(side, row, span) {
    const sample = this.#now()[side];
    const at = (sample - row.start_sample) / row.source_rate;
    const share = Math.min(1, Math.max(0, (at - span[0]) / (span[1] - span[0])));
    const handle = this.handles[side];
    const chosen = this.chosen && this.side === side;
    handle.style.left = `${share * 100}%`;
    handle.classList.toggle("selected", chosen);
    this.outside[side].style.width = `${(side === "start" ? share : 1 - share) * 100}%`;
    const [low, high] = this.#limits();
    handle.setAttribute("aria-valuemin", (low / row.source_rate).toFixed(3));
    handle.setAttribute("aria-valuemax", (high / row.source_rate).toFixed(3));
    handle.setAttribute("aria-valuenow", (sample / row.source_rate).toFixed(3));
    handle.setAttribute("aria-valuetext", this.#words(side));
    const shown = this.controls.values[side];
    const moved = sample - (side === "start" ? row.start_sample : row.end_sample);
    shown.textContent = moved ? `${signed((moved / row.source_rate) * 1000)} ms` : `${(sample / row.source_rate).toFixed(3)} s`;
    shown.classList.toggle("moved", moved !== 0);
    this.controls.sides[side].classList.toggle("chosen", chosen);
  }

  /** @param {Side} side */
  #words(side) {
    const { row } = this;
    if (!row) return "";
    const sample = this.#now()[side];
    const moved = sample - (side === "start" ? row.start_sample : row.end_sample);
    const by = moved ? `, moved by ${signed((moved / row.source_rate) * 1000)} milliseconds` : "";
    return `${(sample / row.source_rate).toFixed(3)} seconds of the source${by}`;
  }

  /** @param {Side} side */
  #bind(side) {
    const handle = this.handles[side];
    handle.addEventListener("focus", () => {
      this.side = side;
      this.chosen = true;
      this.draw();
    });
    handle.addEventListener("keydown", (event) => {
      /** @type {Record<string, number>} */
      const steps = { ArrowLeft: -SMALL, ArrowDown: -SMALL, ArrowRight: SMALL, ArrowUp: SMALL, PageDown: -LARGE, PageUp: LARGE };
      if (!(event.key in steps) || event.ctrlKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      this.nudge(event.shiftKey ? Math.sign(steps[event.key]) * LARGE : steps[event.key], side);
    });
    handle.addEventListener("pointerdown", (event) => this.#drag(event, side));
  }

  /** @param {PointerEvent} event @param {Side} side */
  #drag(event, side) {
    const { row } = this;
    const span = this.app.player.prepared?.span;
    if (!row || !span || event.button !== 0) return;
    event.preventDefault();
    event.stopPropagation();
    const handle = this.handles[side];
    handle.setPointerCapture(event.pointerId);
    handle.focus({ preventScroll: true });
    const box = place("picture").getBoundingClientRect();
    // The edge stays as far from the finger as it was when it was taken.
    const grip = event.clientX - handle.getBoundingClientRect().left - handle.offsetWidth / 2;
    const first = row.start_sample;
    const move = (/** @type {PointerEvent} */ moved) => {
      const share = (moved.clientX - grip - box.left) / box.width;
      this.#move(side, first + Math.round((span[0] + share * (span[1] - span[0])) * row.source_rate));
      clearTimeout(this.#rest);
      this.#rest = setTimeout(() => this.hear(side), DRAG_REST_MS);
    };
    const end = () => {
      clearTimeout(this.#rest);
      handle.removeEventListener("pointermove", move);
      if (this.moved) this.hear(side);
    };
    handle.addEventListener("pointermove", move);
    handle.addEventListener("pointerup", end, { once: true });
    handle.addEventListener("pointercancel", end, { once: true });
  }

  /** A click into the picture plays from there. @param {PointerEvent} event */
  #seek(event) {
    const span = this.app.player.prepared?.span;
    if (!span || event.button !== 0) return;
    const box = place("picture").getBoundingClientRect();
    const at = span[0] + ((event.clientX - box.left) / box.width) * (span[1] - span[0]);
    const [from, to] = this.app.player.audible();
    if (at >= from && at < to) this.app.player.play(at);
    else if (this.app.player.prepared?.around) this.app.player.playStretch(at, at < from ? from : span[1]);
    else if (this.row && at >= 0 && at < this.row.length_seconds) this.app.player.playStretch(at, this.row.length_seconds);
  }
}

/** @param {Draft} draft @param {Kept} kept */
function isSame(draft, kept) {
  return draft.root_id === kept.root_id && draft.start === kept.start_sample && draft.end === kept.end_sample;
}

/** @param {number} milliseconds */
function signed(milliseconds) {
  const rounded = Math.round(milliseconds);
  return `${rounded > 0 ? "+" : rounded < 0 ? "−" : "±"}${Math.abs(rounded)}`;
}

/** @param {Edges} edges */
function buildControls(edges) {
  const box = place("edges");
  const values = { start: make("output", {}), end: make("output", {}) };
  const sides = { start: make("span", { class: "side" }), end: make("span", { class: "side" }) };
  for (const side of /** @type {Side[]} */ (["start", "end"])) {
    const name = side === "start" ? "Start" : "End";
    const back = button("−10", `${name} 10 milliseconds back`, () => edges.nudge(-SMALL, side));
    const on = button("+10", `${name} 10 milliseconds on`, () => edges.nudge(SMALL, side));
    sides[side].append(make("span", { class: "name" }, name), back, values[side], on);
    box.append(sides[side]);
  }
  const save = button("Save", "Save edges", () => edges.save(true));
  const restore = button("Restore", "Edges as they were", () => edges.restore());
  const quiet = button("Snap", "Chosen edge to the quietest place near it", () => edges.snap());
  box.append(make("span", { class: "buttons" }, quiet, save, restore));
  return { values, sides, save, restore };
}

/** @param {string} words @param {string} name @param {() => void} run */
function button(words, name, run) {
  const made = make("button", { type: "button", "aria-label": name }, words);
  made.addEventListener("click", (event) => {
    run();
    if (event.detail > 0) place("stage").focus({ preventScroll: true });
  });
  return made;
}

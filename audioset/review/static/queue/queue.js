/** The list of the queue: of any number of clips only those in view are drawn. */

/** @import {App} from "../core/core.js" */
/** @import {Row} from "../ground/types.js" */

import { MARKS } from "../clip/verdicts.js";
import { make, place, write } from "../core/core.js";
import { afterFrame } from "../ground/frame.js";

const HEIGHT = 46;
const SPARE = 6;
const REST_MS = 90;

/** @param {App} app */
export function mount(app) {
  const list = new List(app, place("list"), place("list-space"));
  app.on("queue", () => list.begin());
  app.on("places", () => list.begin());
  app.on("current", afterFrame(() => list.follow()));
  app.on("row", (row) => list.again(row));
  app.on("rows", () => list.draw());
  const counter = place("counter");
  const toggle = (/** @type {boolean} */ open) => {
    place("queue").classList.toggle("open", open);
    counter.setAttribute("aria-expanded", String(open));
    if (open) list.begin();
  };
  counter.addEventListener("click", () => toggle(!place("queue").classList.contains("open")));
  app.on("chosen", () => toggle(false));
}

class List {
  /** @type {Map<number, HTMLElement>} entries in view by their place */
  #entries = new Map();
  /** @type {HTMLElement[]} */
  #free = [];
  #frame = 0;
  // Kept here: to ask the page in the middle of a change would make it lay itself out at once.
  #top = 0;
  #height = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #rest;

  /**
   * @param {App} app
   * @param {HTMLElement} box
   * @param {HTMLElement} space
   */
  constructor(app, box, space) {
    this.app = app;
    this.box = box;
    this.space = space;
    const scrolled = () => {
      this.#top = box.scrollTop;
      this.draw();
    };
    box.addEventListener("scroll", scrolled, { passive: true });
    box.addEventListener("keydown", (event) => this.#press(event));
    space.addEventListener("click", (event) => this.#click(event));
    const resized = () => {
      this.#height = box.clientHeight;
      this.follow();
    };
    new ResizeObserver(resized).observe(box);
  }

  /** Another queue, or one whose places moved. */
  begin() {
    this.space.style.height = `${this.app.state.queue.total * HEIGHT}px`;
    for (const entry of this.#entries.values()) this.#put(entry);
    this.#entries.clear();
    this.#height = this.box.clientHeight;
    this.#top = this.box.scrollTop;
    this.#drawNow();
    this.follow();
  }

  /** The current clip comes into view. */
  follow() {
    const { index } = this.app.state;
    if (index >= 0) {
      const top = index * HEIGHT;
      // Two more entries stay in view in the direction in which one goes.
      if (top < this.#top + HEIGHT * 2) this.#scroll(top - HEIGHT * 2);
      else if (top > this.#top + this.#height - HEIGHT * 3) this.#scroll(top - this.#height + HEIGHT * 3);
    }
    this.draw();
  }

  /** @param {number} top */
  #scroll(top) {
    const lowest = Math.max(0, this.app.state.queue.total * HEIGHT - this.#height);
    const wanted = Math.max(0, Math.min(lowest, top));
    if (wanted === this.#top) return;
    this.#top = wanted;
    this.box.scrollTop = wanted;
  }

  /** @param {Row} row whose values changed */
  again(row) {
    const at = this.app.state.place(row.clip_id);
    const entry = this.#entries.get(at);
    if (entry) this.#fill(entry, at);
  }

  draw() {
    this.#frame ||= requestAnimationFrame(() => this.#drawNow());
  }

  #drawNow() {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const { queue, index } = this.app.state;
    const from = Math.max(0, Math.floor(this.#top / HEIGHT) - SPARE);
    const to = Math.min(queue.total, Math.ceil((this.#top + this.#height) / HEIGHT) + SPARE);
    for (const [at, entry] of this.#entries) {
      if (at >= from && at < to) continue;
      this.#entries.delete(at);
      this.#put(entry);
    }
    for (let at = from; at < to; at += 1) {
      const entry = this.#entries.get(at) ?? this.#take(at);
      this.#fill(entry, at);
    }
    const current = index >= from && index < to ? `entry-${index}` : "";
    if (current) this.box.setAttribute("aria-activedescendant", current);
    else this.box.removeAttribute("aria-activedescendant");
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.#needTexts(from, to), REST_MS);
  }

  /** @param {number} from @param {number} to */
  #needTexts(from, to) {
    const { state, going } = this.app;
    const ids = state.queue.columns.clip_id.slice(from, to);
    if (ids.some((id) => !state.row(id))) void going.need(ids);
  }

  /** @param {number} at */
  #take(at) {
    const entry = this.#free.pop() ?? newEntry();
    entry.id = `entry-${at}`;
    entry.dataset.place = String(at);
    entry.style.transform = `translateY(${at * HEIGHT}px)`;
    entry.setAttribute("aria-posinset", String(at + 1));
    entry.setAttribute("aria-setsize", String(this.app.state.queue.total));
    this.#entries.set(at, entry);
    this.space.append(entry);
    return entry;
  }

  /** @param {HTMLElement} entry */
  #put(entry) {
    entry.remove();
    if (this.#free.length < 80) this.#free.push(entry);
  }

  /** @param {HTMLElement} entry @param {number} at */
  #fill(entry, at) {
    const { columns } = this.app.state.queue;
    const clipId = columns.clip_id[at];
    const row = this.app.state.row(clipId);
    const verdict = columns.verdict[at];
    const selected = String(at === this.app.state.index);
    if (entry.getAttribute("aria-selected") !== selected) entry.setAttribute("aria-selected", selected);
    const shown = `${clipId} ${verdict ?? ""} ${row?.text ?? ""} ${row ? 1 : 0} ${columns.length_seconds[at]}`;
    if (entry.dataset.shown === shown) return;
    entry.dataset.shown = shown;
    const [line, about] = entry.children;
    const [mark, words, length] = line.children;
    write(mark, verdict ? MARKS[verdict] : "");
    mark.className = `mark ${verdict ?? ""}`;
    write(words, row ? row.text || "(no text)" : "…");
    write(length, `${(columns.length_seconds[at] ?? 0).toFixed(1)} s`);
    const known = [columns.speaker[at], ...(columns.flags[at] ?? [])].filter(Boolean).join(" · ");
    write(about, known);
    entry.classList.toggle("long", !known);
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const entry = /** @type {HTMLElement} */ (event.target).closest("[data-place]");
    if (!(entry instanceof HTMLElement)) return;
    this.app.keys.pressedAt = event.timeStamp;
    void this.app.going.to(Number(entry.dataset.place));
    this.app.keys.pressedAt = 0;
    this.app.emit("chosen", null);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const page = Math.max(1, Math.floor(this.#height / HEIGHT) - 1);
    const last = this.app.state.queue.total - 1;
    const { index } = this.app.state;
    /** @type {Record<string, number>} */
    const places = { Home: 0, End: last, PageUp: Math.max(0, index - page), PageDown: Math.min(last, index + page) };
    if (!(event.key in places) || last < 0) return;
    event.preventDefault();
    void this.app.going.to(places[event.key]);
  }
}

function newEntry() {
  return make(
    "div",
    { class: "entry", role: "option" },
    make("div", { class: "line" }, make("span", { class: "mark", "aria-hidden": "true" }), make("span", { class: "words" }), make("span", { class: "number quiet" })),
    make("div", { class: "about" }),
  );
}

/** Goes through the queue: which clip is the current one, which come next, and what must be there before they come. */

/** @import {App} from "./core.js" */
/** @import {Filter, Row} from "../ground/types.js" */

import { ServerError } from "../ground/server.js";

export const AHEAD = 8;
export const BEHIND = 5;
const ROWS_AT_ONCE = 200;
const ROWS_BEHIND = 80;
// So long a clip must stay before its history and takes are asked for: who hurries on does not need them.
const REST_MS = 120;

export class Going {
  /** @type {Map<string, Promise<void>>} */
  #asked = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #rest;
  /** @type {AbortController | null} */
  #detailRequest = null;
  /** @type {AbortController | null} */
  #queueRequest = null;
  #marks = 0;
  /** place to which one is on the way, while its row is asked for @type {number | null} */
  #target = null;

  /** @param {App} app */
  constructor(app) {
    this.app = app;
  }

  /**
   * Another queue.
   * @param {Filter} filter
   * @param {string} [stayAt] clip that stays the current one where it is in the new queue
   */
  async load(filter, stayAt) {
    this.#queueRequest?.abort();
    this.#queueRequest = new AbortController();
    const { signal } = this.#queueRequest;
    const { app } = this;
    await app.opened; // who chooses clips while the page begins
    const queue = await app.server.queue(filter, signal);
    app.state.filter = { ...filter };
    app.state.setQueue(queue);
    app.emit("filter", app.state.filter);
    app.emit("queue", app.state.queue);
    const found = stayAt ? app.state.place(stayAt) : -1;
    const place = found >= 0 ? found : Math.max(0, queue.columns.verdict.indexOf(null));
    if (queue.total) await this.to(place, { play: found < 0 });
    else this.#nothing();
  }

  /** The same queue as it is by now. The clip that is heard stays, unless it is gone; nothing that is written is lost. */
  async again() {
    const { app } = this;
    const { current, index, filter } = app.state;
    // Somebody may have moved its edges: it has another id then.
    const clipId = current && (app.state.rowOfRoot(current.root_id) ?? current).clip_id;
    const [queue, mine] = await Promise.all([
      app.server.queue(filter),
      clipId ? app.server.rows([clipId]) : Promise.resolve({ rows: [] }),
    ]);
    if (app.state.current !== current || app.state.filter !== filter) return this.again();
    app.state.forgetRows();
    app.state.setQueue(queue);
    app.state.index = current ? app.state.place(current.clip_id) : -1;
    app.emit("queue", app.state.queue);
    if (clipId && mine.rows.length) {
      app.operations.take(mine.rows);
      if (clipId !== current?.clip_id) await this.goto(clipId, { play: false });
    } else if (queue.total) await this.to(Math.max(0, Math.min(index, queue.total - 1)), { play: false });
    else this.#nothing();
  }

  #nothing() {
    const { app } = this;
    if (app.state.current) app.emit("leave", app.state.current);
    this.#target = null;
    clearTimeout(this.#rest);
    this.#detailRequest?.abort();
    app.state.index = -1;
    app.state.current = null;
    app.state.detail = null;
    app.player?.clear();
    app.emit("current", null);
  }

  /**
   * @param {string} clipId also one that is not in the queue
   * @param {{play?: boolean}} [options]
   */
  async goto(clipId, options = {}) {
    const place = this.app.state.place(clipId);
    if (place >= 0) return this.to(place, options);
    await this.need([clipId]);
    const row = this.app.state.row(clipId);
    if (row) this.#arrive(row, -1, options);
  }

  /**
   * To a place of the queue. Where the row is known, which it is when one goes step by step, all happens at once.
   * @param {number} place
   * @param {{play?: boolean}} [options]
   */
  async to(place, options = {}) {
    const clipId = this.app.state.clipAt(place);
    if (clipId === undefined) return;
    this.#mark("audioset:key", clipId);
    this.#target = place;
    if (!this.app.state.row(clipId)) await this.needAround(place);
    // Who pressed on meanwhile goes to the last place only.
    if (this.#target !== place) return;
    this.#target = null;
    const row = this.app.state.row(clipId);
    if (row) this.#arrive(row, place, options);
  }

  /** Whether the clip that was asked for last is not here yet. */
  get underway() {
    return this.#target !== null;
  }

  /** @param {1 | -1} direction @param {{play?: boolean}} [options] @returns whether there is one */
  step(direction, options) {
    const { state } = this.app;
    const place = (this.#target ?? state.index) + direction;
    if (place < 0 || place >= state.queue.total) {
      this.app.say(direction > 0 ? "This is the last clip of the queue." : "This is the first clip of the queue.");
      if (direction > 0) this.app.emit("end", null);
      return false;
    }
    void this.to(place, options);
    return true;
  }

  /** @param {Row} row @param {number} place @param {{play?: boolean}} options */
  #arrive(row, place, options) {
    const { app } = this;
    if (app.state.current && app.state.current !== row) app.emit("leave", app.state.current);
    app.state.current = row;
    app.state.index = place >= 0 ? place : app.state.place(row.clip_id);
    app.state.detail = null;
    app.player?.show(row, options.play ?? app.state.settings.auto_play);
    app.emit("current", row);
    clearTimeout(this.#rest);
    this.#detailRequest?.abort();
    this.#rest = setTimeout(() => void this.detail(), REST_MS);
  }

  /** Asks for history, takes and differences of the current clip. */
  async detail() {
    const { app } = this;
    const row = app.state.current;
    if (!row) return;
    this.#detailRequest?.abort();
    const request = new AbortController();
    this.#detailRequest = request;
    try {
      const detail = await app.server.clip(row.clip_id, request.signal);
      if (app.state.current?.clip_id !== row.clip_id) return;
      app.state.detail = detail;
      app.emit("detail", detail);
    } catch (problem) {
      // Clips come and go where they are cut anew: the row that takes its place is on its way.
      const gone = problem instanceof ServerError && problem.status === 404;
      if (!request.signal.aborted && !gone) console.warn(problem);
    }
  }

  /** Clips around the current one, nearest first, those ahead before those behind. @returns {string[]} */
  near() {
    const { state } = this.app;
    const places = [state.index];
    for (let step = 1; step <= AHEAD; step += 1) places.push(state.index + step);
    for (let step = 1; step <= BEHIND; step += 1) places.push(state.index - step);
    return /** @type {string[]} */ (places.map((place) => state.clipAt(place)).filter((id) => id !== undefined));
  }

  /** Rows of the clips around the current one, the current one first; those that are not known yet are asked for. */
  nearRows() {
    const { state } = this.app;
    void this.needAround(Math.max(0, state.index));
    const rows = this.near().map((id) => state.row(id));
    if (state.current && rows[0] !== state.current) rows.unshift(state.current);
    return /** @type {Row[]} */ (rows.filter((row) => row !== undefined));
  }

  /** Asks for rows around a place, so that they are there when they are needed. @param {number} place */
  needAround(place) {
    const { state } = this.app;
    const ids = state.queue.columns.clip_id;
    const near = ids.slice(Math.max(0, place - BEHIND * 4), place + AHEAD * 4);
    if (near.every((id) => state.row(id))) return Promise.resolve();
    const from = Math.max(0, place - ROWS_BEHIND);
    return this.need(ids.slice(from, from + ROWS_AT_ONCE));
  }

  /** Waits until the rows of these clips are known. @param {string[]} clipIds */
  async need(clipIds) {
    const { state, server } = this.app;
    const missing = clipIds.filter((id) => !state.row(id));
    const asked = missing.filter((id) => !this.#asked.has(id)).slice(0, ROWS_AT_ONCE);
    if (asked.length) {
      const request = server.rows(asked).then(({ rows }) => {
        for (const row of rows) state.put(row);
      });
      const done = request.catch((problem) => this.app.notice(`Clips could not be read: ${problem.message}.`, "problem")).finally(() => {
        for (const id of asked) this.#asked.delete(id);
        this.app.emit("rows", asked);
      });
      for (const id of asked) this.#asked.set(id, done);
    }
    await Promise.all(missing.map((id) => this.#asked.get(id)));
  }

  /** @param {string} name @param {string} clipId */
  #mark(name, clipId) {
    this.#marks += 1;
    // The browser keeps marks for ever; some hundreds are enough for who measures.
    if (this.#marks % 1000 === 0) for (const known of ["audioset:key", "audioset:sound", "audioset:picture"]) performance.clearMarks(known);
    performance.mark(name, { startTime: this.app.keys.pressedAt || performance.now(), detail: { clip_id: clipId } });
  }
}

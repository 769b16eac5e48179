/** The one store of the page: what is known of the session, the queue and its clips, and who wants to hear of a change. */

/** @import {Detail, Filter, Queue, Row, Session, Settings, Verdict} from "./types.js" */

// Rows that are kept; a row is about 2 KB, so this bounds them to some megabytes.
const MOST_ROWS = 3000;

/** @type {Filter} */
export const EVERYTHING = { where: "", order: "worst", state: "all", flag: "", speaker: "", source_id: "", tag: "", whose: "" };

/** @type {Settings} */
const FIRST_SETTINGS = { keys: {}, speed: 1, auto_play: true, auto_advance: true, skip_silence: true };

/** Names that people wait for, and those who wait. */
export class Bus {
  /** @type {Map<string, Set<(detail: any) => void>>} */
  #handlers = new Map();

  /**
   * @param {string} name
   * @param {(detail: any) => void} handler
   * @returns {() => void} ends it
   */
  on(name, handler) {
    const handlers = this.#handlers.get(name) ?? new Set();
    handlers.add(handler);
    this.#handlers.set(name, handlers);
    return () => handlers.delete(handler);
  }

  /** @param {string} name @param {any} [detail] */
  emit(name, detail) {
    for (const handler of this.#handlers.get(name) ?? []) {
      try {
        handler(detail);
      } catch (problem) {
        // One view that fails must not stop the others, nor the saving of decisions.
        console.error(problem);
      }
    }
  }
}

/** What the page knows. Modules read it; it is changed by the methods only. */
export class State {
  /** @type {Session} */
  session = /** @type {any} */ (null);
  /** @type {Settings} */
  settings = { ...FIRST_SETTINGS };
  /** @type {Filter} */
  filter = { ...EVERYTHING };
  /** @type {Queue} */
  queue = { key: "", generation: 0, elsewhere: 0, came: 0, gone: 0, total: 0, reviewed: 0, judged_beside: 0, why_none: null, columns: emptyColumns() };
  /** place of the current clip in the queue; -1 where it is not in it */
  index = -1;
  /** @type {Row | null} */
  current = null;
  /** @type {Detail | null} */
  detail = null;

  /** @type {Map<string, Row>} */
  #rows = new Map();
  /** @type {Map<string, string>} */
  #byRoot = new Map();
  /** @type {Map<string, number>} */
  #places = new Map();

  /** @param {Session} session */
  setSession(session) {
    this.session = session;
    this.settings = { ...FIRST_SETTINGS, ...session.settings };
  }

  /** @param {Queue & {first?: Row[]}} told */
  setQueue(told) {
    const { first: _, ...queue } = told;
    this.queue = queue;
    this.#index();
    for (const row of told.first ?? []) this.put(row);
  }

  /**
   * Keeps a row. Returns it, for the same clip always the same object.
   * @param {Row} row
   */
  put(row) {
    const known = this.#rows.get(row.clip_id);
    const kept = known ? Object.assign(known, row) : row;
    this.#rows.delete(row.clip_id);
    this.#rows.set(row.clip_id, kept);
    this.#byRoot.set(row.root_id, row.clip_id);
    const place = this.place(row.clip_id);
    if (place >= 0) this.#note(place, kept);
    this.#forgetOldest();
    return kept;
  }

  /** Rows may be others by now: all but the current one are asked for again when they are needed. */
  forgetRows() {
    const { current } = this;
    this.#rows.clear();
    this.#byRoot.clear();
    if (current) this.put(current);
  }

  /** @param {string} clipId @returns {Row | undefined} */
  row(clipId) {
    return this.#rows.get(clipId);
  }

  /** The row of a clip as it is now, by the id of its decisions. @param {string} rootId */
  rowOfRoot(rootId) {
    return this.#rows.get(this.#byRoot.get(rootId) ?? rootId);
  }

  /** Place of a clip in the queue; -1 where it is not in it. @param {string} clipId */
  place(clipId) {
    return this.#places.get(clipId) ?? -1;
  }

  /** @param {number} place @returns {string | undefined} */
  clipAt(place) {
    return this.queue.columns.clip_id[place];
  }

  /**
   * Others stand where a clip stood: one after a moved edge, several after a split, none after a merge.
   * @param {string} oldId
   * @param {Row[]} rows
   */
  replace(oldId, rows) {
    const place = this.place(oldId);
    const columns = this.queue.columns;
    const news = rows.filter((row) => this.place(row.clip_id) < 0 || row.clip_id === oldId);
    if (place >= 0) {
      for (const [name, values] of Object.entries(columns)) {
        values.splice(place, 1, .../** @type {any[]} */ (news.map((row) => columnOf(row, name))));
      }
      this.queue.total = columns.clip_id.length;
      this.#index();
    }
    if (!rows.some((row) => row.clip_id === oldId)) this.#rows.delete(oldId);
    for (const row of rows) this.put(row);
    if (this.current?.clip_id === oldId && rows.length) {
      this.current = this.row(rows[0].clip_id) ?? this.current;
      this.index = this.place(this.current.clip_id);
    } else if (this.current) {
      this.index = this.place(this.current.clip_id);
    }
  }

  /**
   * A clip that was not in the queue, after the place of the current one.
   * @param {Row} row
   */
  insert(row) {
    if (this.place(row.clip_id) < 0) {
      const place = Math.min(this.index + 1, this.queue.total);
      for (const [name, values] of Object.entries(this.queue.columns)) {
        values.splice(place, 0, /** @type {never} */ (columnOf(row, name)));
      }
      this.queue.total += 1;
      this.#index();
    }
    return this.put(row);
  }

  #index() {
    this.#places = new Map(this.queue.columns.clip_id.map((id, place) => [id, place]));
  }

  /** @param {number} place @param {Row} row */
  #note(place, row) {
    const columns = this.queue.columns;
    const was = columns.verdict[place];
    if (!was && row.verdict) this.queue.reviewed += 1;
    if (was && !row.verdict) this.queue.reviewed -= 1;
    for (const name of /** @type {(keyof typeof columns)[]} */ (Object.keys(columns))) {
      if (name !== "score") columns[name][place] = /** @type {never} */ (columnOf(row, name));
    }
  }

  #forgetOldest() {
    for (const id of this.#rows.keys()) {
      if (this.#rows.size <= MOST_ROWS) return;
      if (id === this.current?.clip_id) continue;
      const row = this.#rows.get(id);
      if (row && this.#byRoot.get(row.root_id) === id) this.#byRoot.delete(row.root_id);
      this.#rows.delete(id);
    }
  }
}

/** @returns {import("./types.js").Columns} */
function emptyColumns() {
  return { clip_id: [], verdict: [], length_seconds: [], speaker: [], flags: [], score: [], audio_sha256: [] };
}

/** @param {Row} row @param {string} name */
function columnOf(row, name) {
  if (name === "verdict") return row.verdict;
  return /** @type {Record<string, any>} */ (row)[name] ?? null;
}

/** @param {unknown} accepted as the catalog has it @returns {Verdict | null} */
export function verdictOf(accepted) {
  if (accepted === true) return "accept";
  if (accepted === false) return "reject";
  return accepted === "unsure" ? "unsure" : null;
}

/** @param {Verdict} verdict @returns {boolean | "unsure"} as the catalog has it */
export function acceptedOf(verdict) {
  return verdict === "unsure" ? "unsure" : verdict === "accept";
}

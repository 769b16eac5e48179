/**
 * Operations on their way to the server: in order, kept in the browser's storage until they are answered, sent again
 * after a reload or a dead server. An `op_id` that the server knows already changes nothing there.
 */

/** @import {Answer, Operation} from "../ground/types.js" */

import { ServerError } from "../ground/server.js";
import { Vault } from "./vault.js";

const STORED = "audioset:operation:";
const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 5000;
// An operation on which the server fails as often as this is taken out: those behind it must not wait for ever.
const MOST_FAILURES = 8;

/**
 * The key of a decision, as `expected_id` is kept by.
 * @param {{subject_kind: string, subject_id: string, field: string}} change
 */
export function keyOf(change) {
  return `${change.subject_kind}/${change.subject_id}/${change.field}`;
}

/**
 * Decisions that an operation makes or takes back.
 * @param {Operation} operation
 * @returns {{subject_kind: string, subject_id: string, field: string}[]}
 */
function touched(operation) {
  return operation.touches ?? [];
}

/** Sends operations, one after the other. */
export class Outbox {
  /** @type {Operation[]} */
  #operations = [];
  /** @type {Map<string, {resolve: (answer: Answer) => void, reject: (problem: Error) => void, told: boolean}>} */
  #promises = new Map();
  #sending = false;
  #started = false;
  #number = 0;
  #waitMs = FIRST_WAIT_MS;
  #failures = 0;
  /** operations that are on their way to the browser's disk, some milliseconds long */
  keeping = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** why the newest try failed; empty while the server answers */
  problem = "";
  /** of that answer; 0 where there was none */
  status = 0;

  /**
   * @param {object} options
   * @param {string} options.scope dataset, reviewer and pass: operations of another are left alone
   * @param {(operation: Operation) => Promise<Answer>} options.send
   * @param {(name: string, detail: any) => void} options.tell
   * @param {Storage} options.storage
   * @param {Pick<Vault, "put" | "remove" | "all">} [options.vault]
   */
  constructor({ scope, send, tell, storage, vault = new Vault() }) {
    this.scope = scope;
    this.send = send;
    this.tell = tell;
    this.storage = storage;
    this.vault = vault;
    this.tab = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`;
  }

  /** What is not answered yet, oldest first. */
  get waiting() {
    return this.#operations;
  }

  /** Takes what earlier pages left behind, and begins to send. */
  async start() {
    const others = await openTabs(this.tab);
    const kept = new Map(await this.vault.all());
    for (let place = 0; place < this.storage.length; place += 1) {
      const name = this.storage.key(place) ?? "";
      kept.set(name, this.storage.getItem(name) ?? "");
    }
    /** @type {{name: string, scope: string, tab: string, operation: Operation}[]} */
    const left = [];
    for (const [name, value] of kept) {
      if (!name.startsWith(STORED)) continue;
      const stored = parse(value);
      if (stored?.scope !== this.scope || others.has(stored.tab) || stored.tab === this.tab) continue;
      left.push({ name, ...stored });
    }
    left.sort((a, b) => a.name.localeCompare(b.name));
    // What this page did meanwhile comes after what was left behind.
    this.#operations = [...left.map(({ operation }) => operation), ...this.#operations];
    for (const { operation } of left) this.#store(operation);
    this.#started = true;
    if (left.length) this.tell("outbox", this);
    void this.#run();
  }

  /**
   * Keeps an operation and sends it when its turn comes. The promise is kept when the server took it, broken when not.
   * @param {Operation} operation
   * @param {boolean} [told] whether who waits for the promise tells people when it is broken
   * @returns {Promise<Answer>}
   */
  add(operation, told = false) {
    /** @type {Record<string, string>} */
    const after = {};
    for (const change of touched(operation)) {
      const earlier = this.#operations.findLast((other) => touched(other).some((own) => keyOf(own) === keyOf(change)));
      if (earlier) after[keyOf(change)] = earlier.op_id;
    }
    this.#keep({ ...operation, after });
    /** @type {Promise<Answer>} */
    const answered = new Promise((resolve, reject) => this.#promises.set(operation.op_id, { resolve, reject, told }));
    answered.catch(() => {}); // told by the events; who wants it can still wait for it
    this.tell("outbox", this);
    queueMicrotask(() => void this.#run());
    return answered;
  }

  /** Tries again now. */
  hurry() {
    clearTimeout(this.#timer);
    this.#waitMs = FIRST_WAIT_MS;
    void this.#run();
  }

  async #run() {
    if (this.#sending || !this.#started) return;
    clearTimeout(this.#timer);
    this.#sending = true;
    try {
      while (this.#operations.length) {
        if (!(await this.#sendFirst(this.#operations[0]))) break;
      }
    } finally {
      this.#sending = false;
    }
  }

  /** @param {Operation} operation @returns {Promise<boolean>} whether the next may go */
  async #sendFirst(operation) {
    try {
      const answer = await this.send(operation);
      this.#setProblem("");
      this.#takeOut(operation);
      this.#follow(operation, answer);
      this.tell("answered", { operation, answer });
      this.#promises.get(operation.op_id)?.resolve(answer);
    } catch (problem) {
      const failure = problem instanceof ServerError ? problem : new ServerError(0, String(problem));
      this.#failures = failure.status === 500 ? this.#failures + 1 : 0;
      if (failure.passing && this.#failures < MOST_FAILURES) {
        this.#setProblem(failure.message, failure.status);
        this.#timer = setTimeout(() => void this.#run(), this.#waitMs);
        this.#waitMs = Math.min(this.#waitMs * 2, LONGEST_WAIT_MS);
        return false;
      }
      this.#failures = 0;
      this.#setProblem("");
      this.#refuse(operation, failure);
      for (const undo of this.#operations.filter(({ body }) => body.undoes === operation.op_id)) {
        this.#refuse(undo, new ServerError(404, "what it would undo was not taken either"));
      }
    }
    this.#promises.delete(operation.op_id);
    this.tell("outbox", this);
    return true;
  }

  /** Takes out what the server did not take, or never will. @param {Operation} operation @param {ServerError} failure */
  #refuse(operation, failure) {
    this.#takeOut(operation);
    const conflicts = failure.status === 409 ? (failure.said.conflicts ?? []) : [];
    const told = this.#promises.get(operation.op_id)?.told ?? false;
    this.tell(conflicts.length ? "conflict" : "refused", { operation, problem: failure, conflicts, told });
    this.#promises.get(operation.op_id)?.reject(failure);
    this.#promises.delete(operation.op_id);
  }

  /** @param {string} problem @param {number} [status] */
  #setProblem(problem, status = 0) {
    if (!problem) this.#waitMs = FIRST_WAIT_MS;
    if (problem === this.problem) return;
    this.problem = problem;
    this.status = status;
    this.tell("outbox", this);
  }

  /**
   * What comes after an operation expects what that one left.
   * @param {Operation} operation
   * @param {Answer} answer
   */
  #follow(operation, answer) {
    const held = heldAfter(answer);
    for (const later of this.#operations) {
      let changed = false;
      for (const [key, opId] of Object.entries(later.after ?? {})) {
        if (opId !== operation.op_id) continue;
        expect(later, key, held.get(key) ?? null);
        delete later.after?.[key];
        changed = true;
      }
      const moved = answer.replaced?.[later.body.clip_id];
      if (moved?.length === 1) {
        later.body.clip_id = moved[0];
        changed = true;
      }
      if (changed) this.#store(later);
    }
  }

  /** @param {Operation} operation */
  #keep(operation) {
    this.#number += 1;
    // Zeros in front, so that names sort as the operations were made, over reloads too.
    operation.stored = `${STORED}${String(Date.now()).padStart(15, "0")}-${String(this.#number).padStart(6, "0")}-${operation.op_id}`;
    this.#operations.push(operation);
    this.#store(operation);
  }

  /** @param {Operation} operation */
  #store(operation) {
    const value = JSON.stringify({ scope: this.scope, tab: this.tab, operation });
    this.keeping += 1;
    void this.vault.put(operation.stored ?? "", value).finally(() => (this.keeping -= 1));
    try {
      this.storage.setItem(operation.stored ?? "", value);
    } catch {
      // Full, or forbidden by the browser: it is still sent, but would not survive a reload.
      this.tell("unkept", operation);
    }
  }

  /** @param {Operation} operation */
  #takeOut(operation) {
    this.#operations = this.#operations.filter((other) => other !== operation);
    this.storage.removeItem(operation.stored ?? "");
    void this.vault.remove(operation.stored ?? "");
  }
}

/** Row ids that hold after an operation, by key. @param {Answer} answer @returns {Map<string, number>} */
function heldAfter(answer) {
  const held = new Map();
  for (const made of answer.row_ids ?? []) held.set(keyOf(made), made.row_id);
  for (const row of answer.rows ?? []) {
    for (const [field, { row_id }] of Object.entries(row.held ?? {})) held.set(`clip/${row.root_id}/${field}`, row_id);
  }
  return held;
}

/** @param {Operation} operation @param {string} key @param {number | null} rowId */
function expect(operation, key, rowId) {
  for (const change of operation.body.changes ?? []) {
    if (keyOf(change) === key) change.expected_id = rowId;
  }
  if ("expected_id" in operation.body && key.endsWith("/edges")) operation.body.expected_id = rowId;
}

/** @param {string | null} text @returns {{scope: string, tab: string, operation: Operation} | null} */
function parse(text) {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
}

/**
 * Other pages of this browser that are open: what they hold, they send themselves. Holds a lock as long as this page is
 * open. Browsers without locks let each page send all; that is harmless, since a repeated operation changes nothing.
 * @param {string} tab
 * @returns {Promise<Set<string>>}
 */
async function openTabs(tab) {
  const locks = globalThis.navigator?.locks;
  if (!locks) return new Set();
  void locks.request(`audioset:${tab}`, () => new Promise(() => {}));
  const { held } = await locks.query();
  return new Set((held ?? []).map((lock) => (lock.name ?? "").replace(/^audioset:/, "")));
}

/** What a person does: shown at once, sent by the outbox, undone and done again as one. */

/** @import {App} from "./core.js" */
/** @import {Answer, Change, Operation, Row, Verdict} from "../ground/types.js" */

import { newId } from "../ground/server.js";
import { acceptedOf, verdictOf } from "../ground/state.js";

const STORED = "audioset:done";
const MOST_UNDONE = 300;
const SAVE_MS = 400;

/**
 * One step of undo: operations that one key press made, newest last.
 * @typedef {object} Step
 * @property {string} clip_id to which undo returns
 * @property {string} root_id
 * @property {string} words
 * @property {Done[]} operations
 */

/**
 * @typedef {object} Done
 * @property {string} op_id
 * @property {string} path
 * @property {Record<string, any>} body
 * @property {Change[]} before values that an undo shows until the server has answered
 * @property {Change[]} after
 */

export class Operations {
  /** @type {Step[]} */
  #done = [];
  /** @type {Step[]} */
  #undone = [];
  /** @type {Step | null} */
  #open = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #saving;

  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.#done = readSteps();
    addEventListener("pagehide", () => this.#keep());
    app.on("answered", ({ operation, answer }) => this.#answered(operation, answer));
    app.on("conflict", ({ operation }) => this.#takenBack(operation));
    app.on("refused", ({ operation }) => this.#takenBack(operation));
  }

  get canUndo() {
    return this.#done.length > 0;
  }

  get canRedo() {
    return this.#undone.length > 0;
  }

  /**
   * All operations made while `work` runs are one step of undo.
   * @param {Row} row
   * @param {string} words
   * @param {() => void} work
   */
  together(row, words, work) {
    if (this.#open) return work();
    const step = { clip_id: row.clip_id, root_id: row.root_id, words, operations: [] };
    this.#open = step;
    try {
      work();
    } finally {
      this.#open = null;
    }
    if (step.operations.length) this.#push(step);
  }

  /**
   * @param {Change[]} changes
   * @param {{words?: string, row?: Row | null, heard?: number | null}} options
   * @returns {Promise<Answer>}
   */
  decide(changes, { words, row = this.app.state.current, heard } = {}) {
    const said = words ?? changes.map((change) => change.field).join(", ");
    const share = heard === undefined ? (row === this.app.state.current ? (this.app.player?.heard() ?? null) : null) : heard;
    const body = { changes: changes.map((change) => ({ ...change, expected_id: this.#expected(change) })), heard_share: share };
    return this.perform("decisions", body, { words: said, row, touches: changes, after: changes });
  }

  /**
   * Any operation. `touches` are the decisions that it changes, `after` the values that are shown until it is answered.
   * @param {string} path
   * @param {Record<string, any>} body
   * @param {{words: string, row: Row | null, touches: {subject_kind: any, subject_id: string, field: string}[], after?: Change[]}} options
   * @returns {Promise<Answer>}
   */
  perform(path, body, { words, row, touches, after = [] }) {
    const opId = newId();
    const before = after.map((change) => ({ ...change, value: this.#valueNow(change) }));
    const done = { op_id: opId, path, body, before, after };
    const clip = row ?? this.app.state.current;
    if (this.#open) this.#open.operations.push(done);
    else this.#push({ clip_id: clip?.clip_id ?? "", root_id: clip?.root_id ?? "", words, operations: [done] });
    this.#show(after);
    return this.#send(opId, path, { op_id: opId, ...body }, words, clip?.root_id ?? null, touches);
  }

  /** Takes the newest step back, and returns to its clip. @returns {Promise<void>} */
  async undo() {
    const step = this.#done.pop();
    if (!step) return this.app.say("Nothing to undo.");
    this.#undone.push(step);
    for (const done of step.operations.toReversed()) {
      this.#show(done.before);
      void this.#send(newId(), "undo", null, `undo: ${step.words}`, step.root_id, touchedBy(done), done.op_id);
    }
    this.#save();
    this.app.say(`Undone: ${step.words}.`);
    await this.#returnTo(step);
  }

  /** Does the step that was undone last once more, as new operations. @returns {Promise<void>} */
  async redo() {
    const step = this.#undone.pop();
    if (!step) return this.app.say("Nothing to do again.");
    const row = this.app.state.rowOfRoot(step.root_id) ?? null;
    /** @type {Done[]} */
    const operations = [];
    for (const done of step.operations) {
      const opId = newId();
      operations.push({ ...done, op_id: opId });
      /** @type {Record<string, any>} */
      const body = { ...done.body, op_id: opId };
      if (body.changes) body.changes = body.changes.map((/** @type {Change} */ change) => ({ ...change, expected_id: this.#expected(change) }));
      if ("expected_id" in body && row) body.expected_id = row.held.edges?.row_id ?? null;
      if ("clip_id" in body && row) body.clip_id = row.clip_id;
      this.#show(done.after);
      void this.#send(opId, done.path, body, step.words, step.root_id, touchedBy(done));
    }
    this.#done.push({ ...step, operations });
    this.#save();
    this.app.say(`Done again: ${step.words}.`);
    await this.#returnTo(step);
  }

  /** @param {Step} step */
  async #returnTo(step) {
    const row = this.app.state.rowOfRoot(step.root_id);
    const clipId = row?.clip_id ?? step.clip_id;
    if (clipId && clipId !== this.app.state.current?.clip_id) await this.app.goto(clipId);
    else if (this.app.state.current) this.app.emit("row", this.app.state.current);
  }

  /**
   * @param {string} opId
   * @param {string} path
   * @param {Record<string, any> | null} body
   * @param {string} words
   * @param {string | null} rootId
   * @param {{subject_kind: any, subject_id: string, field: string}[]} touches
   * @param {string} [undoes]
   */
  #send(opId, path, body, words, rootId, touches, undoes) {
    const keys = touches.map(({ subject_kind, subject_id, field }) => ({ subject_kind, subject_id, field }));
    return this.app.outbox.add({ op_id: opId, path, body: body ?? { op_id: opId, undoes }, words, root_id: rootId, touches: keys });
  }

  /** @param {Step} step */
  #push(step) {
    this.#done.push(step);
    if (this.#done.length > MOST_UNDONE) this.#done.shift();
    this.#undone = [];
    this.#save();
  }

  /** @param {{subject_kind: string, subject_id: string, field: string}} change @returns {number | null} the row that holds as far as we know */
  #expected(change) {
    if (change.subject_kind === "speaker") return this.#expectedOfSpeaker(change);
    return this.app.state.rowOfRoot(change.subject_id)?.held?.[change.field]?.row_id ?? null;
  }

  /** @param {{subject_id: string, field: string}} change @returns {number | null} */
  #expectedOfSpeaker({ subject_id, field }) {
    const { current } = this.app.state;
    return current?.speaker === subject_id ? (current.speaker_held?.[field]?.row_id ?? null) : null;
  }

  /** @param {Change} change @returns {unknown} */
  #valueNow(change) {
    const row = change.subject_kind === "clip" ? this.app.state.rowOfRoot(change.subject_id) : undefined;
    return row ? valueIn(row, change.field) : null;
  }

  /** @param {Change[]} changes */
  #show(changes) {
    const rows = new Set();
    for (const change of changes) {
      if (change.subject_kind !== "clip") continue;
      const row = this.app.state.rowOfRoot(change.subject_id);
      if (!row) continue;
      setIn(row, change.field, change.value);
      rows.add(row);
    }
    for (const row of rows) {
      this.app.state.put({ ...row });
      this.app.emit("row", row);
    }
  }

  /** @param {Operation} operation @param {Answer} answer */
  #answered(operation, answer) {
    const { state } = this.app;
    const byId = new Map((answer.rows ?? []).map((row) => [row.clip_id, row]));
    const replaced = Object.entries(answer.replaced ?? {});
    for (const [oldId, newIds] of replaced) {
      state.replace(oldId, /** @type {Row[]} */ (newIds.map((id) => byId.get(id)).filter(Boolean)));
    }
    if (replaced.length) this.app.emit("places", null);
    for (const row of answer.rows ?? []) this.#take(row);
    if (answer.waits) this.app.notice(`${operation.words}: ${answer.waits}`);
    const current = state.current;
    if (current && replaced.some(([, ids]) => ids.includes(current.clip_id))) {
      this.app.player?.show(current, false);
      this.app.emit("current", current);
      void this.app.going.detail();
    }
  }

  /** A row as the server has it; what still waits to be sent stays on top of it. @param {Row} row */
  #take(row) {
    const waiting = this.app.outbox.waiting.filter((operation) => operation.root_id === row.root_id);
    for (const operation of waiting) {
      for (const change of operation.body.changes ?? []) {
        if (change.subject_id === row.root_id) setIn(row, change.field, change.value);
      }
      const undone = [...this.#undone, ...this.#done].flatMap((step) => step.operations).find((done) => done.op_id === operation.body.undoes);
      for (const change of undone?.before ?? []) if (change.subject_id === row.root_id) setIn(row, change.field, change.value);
    }
    this.app.emit("row", this.app.state.put(row));
  }

  /** Rows that came from elsewhere: what others did. @param {Row[]} rows */
  take(rows) {
    for (const row of rows) this.#take(row);
  }

  /** The server did not take it: it is no step any more, and its values are those before. @param {Operation} operation */
  #takenBack(operation) {
    for (const steps of [this.#done, this.#undone]) {
      for (const step of steps) {
        const done = step.operations.find((one) => one.op_id === operation.op_id);
        if (!done) continue;
        step.operations = step.operations.filter((one) => one !== done);
        this.#show(done.before);
      }
    }
    this.#done = this.#done.filter((step) => step.operations.length > 0);
    this.#undone = this.#undone.filter((step) => step.operations.length > 0);
    this.#save();
    // The server knows better than we do what holds now.
    const row = operation.root_id ? this.app.state.rowOfRoot(operation.root_id) : undefined;
    if (row) this.app.server.rows([row.clip_id]).then(({ rows }) => this.take(rows), () => {});
  }

  #save() {
    this.app.emit("steps", this);
    // Not at the key press: all steps are written anew.
    this.#saving ??= setTimeout(() => this.#keep(), SAVE_MS);
  }

  #keep() {
    clearTimeout(this.#saving);
    this.#saving = undefined;
    try {
      sessionStorage.setItem(STORED, JSON.stringify(this.#done.slice(-MOST_UNDONE)));
    } catch {
      // Undo then reaches back only as far as this page has been open.
    }
  }
}

/** @param {Done} done */
function touchedBy(done) {
  return done.after.length ? done.after : [];
}

/** @returns {Step[]} */
function readSteps() {
  try {
    return JSON.parse(sessionStorage.getItem(STORED) ?? "[]");
  } catch {
    return [];
  }
}

/** What a row says for a field of the catalog. @param {Row} row @param {string} field @returns {unknown} */
export function valueIn(row, field) {
  if (field === "accepted") return row.verdict === null ? null : acceptedOf(row.verdict);
  if (field.startsWith("tag:")) return row.tags.includes(field.slice(4)) ? true : null;
  if (field === "edges") return `${row.start_sample} ${row.end_sample}`;
  if (field in row) return /** @type {Record<string, any>} */ (row)[field];
  return row.facts[field] ?? null;
}

/** @param {Row} row @param {string} field @param {unknown} value */
function setIn(row, field, value) {
  if (field === "accepted") {
    row.verdict = /** @type {Verdict | null} */ (verdictOf(value));
  } else if (field.startsWith("tag:")) {
    const tag = field.slice(4);
    row.tags = value ? [...new Set([...row.tags, tag])] : row.tags.filter((other) => other !== tag);
  } else if (field === "edges") {
    // The sound stays that of the clip file until the server has cut it; the times go with the sound.
  } else if (field in row) {
    /** @type {Record<string, any>} */ (row)[field] = value;
    if (field === "text") row.text_source = value === null ? null : "human";
  } else {
    row.facts = { ...row.facts, [field]: value };
  }
}

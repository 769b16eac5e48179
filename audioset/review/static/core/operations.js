/** What a person does: shown at once, sent by the outbox, undone and done again as one. */

/** @import {App} from "./core.js" */
/** @import {Answer, Change, Operation, Row, Verdict} from "../ground/types.js" */

import { fieldName, valueWords } from "../ground/decision_words.js";
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

/**
 * @typedef {object} Again how a step is undone, or done again
 * @property {boolean} [play] whether its clip plays; as it is set where nothing is said
 * @property {boolean} [told] whether who waits for the answers tells people when one is refused
 *
 * @typedef {object} Went
 * @property {string} words what was undone, or done again
 * @property {Promise<unknown>} answered broken when the server did not take it
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
   * Any operation. `touches` are the decisions that it changes, `after` the values that are shown until it is answered;
   * `told` where who waits for the answer tells people when it is refused.
   * @param {string} path
   * @param {Record<string, any>} body
   * @param {{words: string, row: Row | null, touches: {subject_kind: any, subject_id: string, field: string}[], after?: Change[], told?: boolean}} options
   * @returns {Promise<Answer>}
   */
  perform(path, body, { words, row, touches, after = [], told = false }) {
    const opId = newId();
    const before = after.map((change) => ({ ...change, value: this.#valueNow(change) }));
    const done = { op_id: opId, path, body, before, after };
    const clip = row ?? this.app.state.current;
    if (this.#open) this.#open.operations.push(done);
    else this.#push({ clip_id: clip?.clip_id ?? "", root_id: clip?.root_id ?? "", words, operations: [done] });
    this.#show(after);
    return this.#send({ op_id: opId, path, body: { op_id: opId, ...body }, words, root_id: clip?.root_id ?? null, touches }, told);
  }

  /**
   * Takes the newest step back, and returns to its clip.
   * @param {Again} [options]
   * @returns {Promise<Went | null>} null where there is nothing to undo
   */
  async undo({ play, told } = {}) {
    const step = this.#done.pop();
    if (!step) return this.#nothing("Nothing to undo.");
    this.#undone.push(step);
    const answers = step.operations.toReversed().map((done) => {
      this.#show(done.before);
      const opId = newId();
      const body = { op_id: opId, undoes: done.op_id };
      return this.#send({ op_id: opId, path: "undo", body, words: `undo: ${step.words}`, root_id: step.root_id, touches: done.after }, told);
    });
    this.#save();
    this.app.say(`Undone: ${step.words}.`);
    await this.#returnTo(step, play);
    return went(step, answers);
  }

  /**
   * Does the step that was undone last once more, as new operations.
   * @param {Again} [options]
   * @returns {Promise<Went | null>} null where there is nothing to do again
   */
  async redo({ play, told } = {}) {
    const step = this.#undone.pop();
    if (!step) return this.#nothing("Nothing to do again.");
    const answers = [];
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
      answers.push(this.#send({ op_id: opId, path: done.path, body, words: step.words, root_id: step.root_id, touches: done.after }, told));
    }
    this.#done.push({ ...step, operations });
    this.#save();
    this.app.say(`Done again: ${step.words}.`);
    await this.#returnTo(step, play);
    return went(step, answers);
  }

  /** @param {string} words */
  #nothing(words) {
    this.app.say(words);
    return null;
  }

  /** @param {Step} step @param {boolean} [play] whether its clip plays; as it is set where nothing is said */
  async #returnTo(step, play) {
    const row = this.app.state.rowOfRoot(step.root_id);
    const clipId = row?.clip_id ?? step.clip_id;
    if (clipId && clipId !== this.app.state.current?.clip_id) await this.app.goto(clipId, { play });
    else if (this.app.state.current) this.app.emit("row", this.app.state.current);
  }

  /**
   * @param {Operation} operation
   * @param {boolean} [told]
   */
  #send(operation, told) {
    const touches = operation.touches?.map(({ subject_kind, subject_id, field }) => ({ subject_kind, subject_id, field }));
    return this.app.outbox.add({ ...operation, touches }, told);
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
    this.#takeAll(answer.rows ?? [], answer.replaced);
    if (answer.waits) this.app.notice(`${operation.words}: ${answer.waits}`);
    if (operation.path === "undo") this.#tellWhatStays(operation);
  }

  /**
   * Rows as the server has them now, some of them in the place of clips that are gone.
   * @param {Row[]} rows
   * @param {Record<string, string[]>} [replaced]
   */
  #takeAll(rows, replaced = {}) {
    const { state } = this.app;
    const before = state.current;
    const byId = new Map(rows.map((row) => [row.clip_id, row]));
    const gone = Object.entries(replaced);
    for (const [oldId, newIds] of gone) {
      state.replace(oldId, /** @type {Row[]} */ (newIds.map((id) => byId.get(id)).filter(Boolean)));
    }
    for (const row of rows) this.#take(row);
    // Somebody else moved its edges meanwhile, which this page has not heard: it stands here by an id that it had before.
    const now = rows.find((row) => row.root_id === state.current?.root_id);
    if (now && state.current && now.clip_id !== state.current.clip_id) {
      gone.push([state.current.clip_id, [now.clip_id]]);
      state.replace(state.current.clip_id, [now]);
    }
    if (gone.length) this.app.emit("places", null);
    if (!state.current || state.current.clip_id === before?.clip_id) return;
    this.app.player?.show(state.current, false);
    this.app.emit("current", state.current);
    void this.app.going.detail();
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

  /** An undo takes back one's own word only: what somebody else decided since then stays. @param {Operation} operation */
  #tellWhatStays({ root_id, body: { undoes } }) {
    const done = [...this.#undone, ...this.#done].flatMap((step) => step.operations).find((each) => each.op_id === undoes);
    for (const { subject_id, field, expected_id } of done ? decidedBy(done, root_id) : []) {
      const row = this.app.state.rowOfRoot(subject_id);
      const held = row?.held[field];
      if (!row || !held || held.by === this.app.state.session?.reviewer || held.row_id <= (expected_id ?? 0)) continue;
      this.app.notice(`What ${held.by} decided stays: ${fieldName(field)}, ${valueWords(field, valueIn(row, field))}.`);
    }
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
    if (row) this.app.server.rows([row.clip_id]).then(({ rows }) => this.#takeAll(rows), () => {});
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

/** @param {Step} step @param {Promise<Answer>[]} answers @returns {Went} */
function went({ words }, answers) {
  const answered = Promise.all(answers);
  answered.catch(() => {}); // told by the events; who wants it can still wait for it
  return { words, answered };
}

/**
 * What an operation decided of clips, with the row that held before as far as the page knew.
 * @param {Done} done
 * @param {string | null} rootId
 * @returns {{subject_id: any, field: string, expected_id: number | null}[]}
 */
function decidedBy({ path, body }, rootId) {
  return path === "edges" ? [{ subject_id: rootId, field: "edges", expected_id: body.expected_id }] : (body.changes ?? []);
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

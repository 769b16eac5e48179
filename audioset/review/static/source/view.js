/**
 * A long source as one view: its outline, its clips, speech in no line and missing lines as rows.
 * Clips are made, split and merged here, all of it by keyboard.
 */
import { place, write } from "../core/core.js";
import { clockWords, timeWords } from "../ground/decision_words.js";
import { openDialog } from "../ground/dialogs.js";
import { server } from "../ground/server.js";
import { Peaks } from "../picture/peaks.js";
import { SourceEdits } from "./edits.js";
import { sourceFrame } from "./frame.js";
import { listenInSource, sourceKeys } from "./keys.js";
import { SourceList, countWords } from "./list.js";
import { drawOverview, drawWindow, sourceColours } from "./picture.js";
import { listenToPointer } from "./pointer.js";
import { placed, sourceRows, zoomed } from "./rows.js";
import { SourceSound } from "./sound.js";

const LEAST_SECONDS = 0.2; // shown at once
const FIRST_SECONDS = 30; // around the clip from which the view was opened
const AROUND_ROW = 1.6; // a row that does not fit is shown with this much of it
const RELOAD_MS = 300;
const SLOW_MS = 400; // until it is told what is waited for
const READING = "The sound of the source is read for the first time…";
const STEP_SHARE = 0.02; // of what is shown, by which an arrow moves the playhead

export class SourceView {
  /** lines that stand until what they wait for is there @type {Set<string>} */
  #standing = new Set();
  #said = "";
  /** @type {{sourceId: string, peaks: Promise<Peaks>} | null} the outline that was asked for last */
  #asked = null;

  /** @param {any} app */
  constructor(app) {
    this.app = app;
    this.dialog = /** @type {HTMLDialogElement} */ (place("source-view"));
    /** @type {any} */
    this.source = null;
    this.window = { start: 0, end: 1 };
    /** @type {import("./rows.js").SourceRow[]} */
    this.rows = [];
    /** @type {string | null} */
    this.key = null;
    /** @type {{start: number, end: number} | null} seconds */
    this.chosen = null;
    this.playhead = 0; // sample
    /** @type {Peaks | null} */
    this.peaks = null;
    /** @type {SourceSound | null} */
    this.sound = null;
    this.drawing = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.soon = undefined;
    this.colour = sourceColours();
    const frame = sourceFrame(this.dialog, this);
    this.title = frame.title;
    this.counts = frame.counts;
    this.overview = frame.overview;
    this.canvas = frame.canvas;
    this.slider = frame.slider;
    this.time = frame.time;
    this.toldLine = frame.told;
    this.playButton = frame.playButton;
    this.list = new SourceList(frame.box, (key, how) => (how === "opened" ? this.goToClip() : this.choose(key)));
    this.dialog.addEventListener("close", () => this.close());
    new ResizeObserver(() => this.draw()).observe(this.slider);
    this.edits = new SourceEdits(this);
    listenToPointer(this);
    this.keys = sourceKeys(this);
    listenInSource(this.dialog, this.keys);
  }

  get length() {
    return this.source.num_samples / this.source.rate;
  }

  get stepSeconds() {
    return (this.window.end - this.window.start) * STEP_SHARE;
  }

  get row() {
    return this.rows.find((row) => row.key === this.key) ?? null;
  }

  /**
   * @param {string} sourceId
   * @param {string | null} clipId is chosen
   */
  async open(sourceId, clipId) {
    this.app.player?.stop();
    if (this.source?.source_id !== sourceId) this.peaks = null;
    this.say("");
    this.source = await this.app.server.get(`/api/sources/${encodeURIComponent(sourceId)}`);
    this.source.source_id = sourceId;
    this.#take(this.source);
    this.chosen = null;
    this.title.textContent = this.source.name;
    const row = this.rows.find((each) => each.clip_id === clipId) ?? this.rows[0] ?? null;
    this.playhead = row?.start_sample ?? 0;
    const middle = ((row?.start_sample ?? 0) + (row?.end_sample ?? 0)) / 2 / this.source.rate;
    this.window = placed(middle - FIRST_SECONDS / 2, FIRST_SECONDS, this.length);
    this.sound = new SourceSound(sourceId, this.source.rate, this.source.num_samples, {
      speed: () => this.app.state.settings.speed ?? 1,
      moved: (sample) => this.seek(sample, true),
      ended: () => this.#tellPlaying(),
      failed: (words) => this.say(words),
    });
    openDialog(this.dialog, this.list.box);
    this.choose(row?.key ?? null, false);
    this.draw();
    await this.#loadPeaks(sourceId);
  }

  /** The rows again, some time after others or we decided something. */
  reloadSoon() {
    clearTimeout(this.soon);
    if (this.dialog.open) this.soon = setTimeout(() => void this.reload().catch(() => {}), RELOAD_MS);
  }

  /** The rows again. */
  async reload() {
    if (!this.dialog.open) return;
    const id = this.source.source_id;
    const source = await this.app.server.get(`/api/sources/${encodeURIComponent(id)}`);
    if (this.source.source_id === id) this.#take({ ...source, source_id: id });
  }

  /** @param {any} source as the server gives it */
  #take(source) {
    this.source = source;
    this.rows = sourceRows(source);
    this.list.show(this.rows, source.rate);
    this.list.mark(this.row ? this.key : null);
    this.counts.textContent = countWords(this.rows);
    this.draw();
  }

  /** @param {string} sourceId */
  async #loadPeaks(sourceId) {
    if (this.peaks) return;
    if (!this.source.has_sound) {
      const end = this.stand("The source file is not here: its clips are shown, and nothing can be cut.");
      this.dialog.addEventListener("close", end, { once: true });
      return;
    }
    let read = () => {};
    const slow = setTimeout(() => (read = this.stand(READING)), SLOW_MS);
    try {
      this.#asked ??= { sourceId, peaks: peaksOf(sourceId) };
      if (this.#asked.sourceId !== sourceId) this.#asked = { sourceId, peaks: peaksOf(sourceId) };
      const peaks = await this.#asked.peaks;
      if (this.source.source_id !== sourceId) return;
      this.peaks = peaks;
      this.draw();
    } catch (problem) {
      this.#asked = null;
      this.say(`The outline of the source cannot be had: ${problem instanceof Error ? problem.message : problem}.`);
    } finally {
      clearTimeout(slow);
      read();
    }
  }

  /**
   * @param {string | null} key of a row
   * @param {boolean} [move] whether the playhead goes to it
   */
  choose(key, move = true) {
    this.say("");
    this.key = key;
    const row = this.row;
    this.list.mark(key);
    if (row && row.start_sample !== null && row.end_sample !== null) {
      const { rate } = this.source;
      this.chosen = row.kind !== "clip" ? { start: row.start_sample / rate, end: row.end_sample / rate } : null;
      if (move) this.playhead = row.start_sample;
      this.#show(row.start_sample / rate, row.end_sample / rate);
    }
    this.draw();
  }

  /** @param {number} by rows */
  step(by) {
    const at = this.rows.findIndex((row) => row.key === this.key);
    const next = Math.min(this.rows.length - 1, Math.max(0, at < 0 ? 0 : at + by));
    if (this.rows[next]) this.choose(this.rows[next].key);
  }

  /**
   * @param {number} sample
   * @param {boolean} [follow] whether the window goes with it
   */
  seek(sample, follow = false) {
    this.playhead = Math.min(this.source.num_samples, Math.max(0, Math.round(sample)));
    const at = this.playhead / this.source.rate;
    const { start, end } = this.window;
    if (follow && (at > end || at < start)) this.window = placed(at, end - start, this.length);
    this.draw();
  }

  /** @param {number} seconds to move the playhead by, which stays in view */
  nudge(seconds) {
    this.say("");
    this.seek(this.playhead + seconds * this.source.rate);
    this.#show(this.playhead / this.source.rate, this.playhead / this.source.rate);
    if (this.sound?.playing) this.sound.play(this.playhead);
  }

  /**
   * @param {number} factor below 1 shows less
   * @param {number} [around] seconds
   */
  zoom(factor, around = this.#middle()) {
    this.window = zoomed(this.window, factor, around, this.length, LEAST_SECONDS);
    this.draw();
  }

  /** @param {number} share of the window to go on by */
  scroll(share) {
    const wide = this.window.end - this.window.start;
    this.window = placed(this.window.start + share * wide, wide, this.length);
    this.draw();
  }

  showAll() {
    this.window = { start: 0, end: this.length };
    this.draw();
  }

  /** @param {"start" | "end"} side of the stretch from which a clip can be made */
  mark(side) {
    const at = this.playhead / this.source.rate;
    const now = this.chosen ?? { start: at, end: at };
    const next = { ...now, [side]: at };
    if (next.end < next.start) next[side === "start" ? "end" : "start"] = at;
    this.chosen = next;
    this.say(`Stretch from ${clockWords(next.start, 2)} to ${clockWords(next.end, 2)}, ${timeWords(next.end - next.start)}.`);
    this.draw();
  }

  play() {
    if (this.sound?.playing) this.sound.stop();
    else this.sound?.play(this.playhead >= this.source.num_samples ? 0 : this.playhead);
    this.#tellPlaying();
  }

  /** Plays the chosen stretch, or the chosen row, and no more. */
  hear() {
    const { rate } = this.source;
    const row = this.row;
    if (this.chosen) this.sound?.play(Math.round(this.chosen.start * rate), Math.round(this.chosen.end * rate));
    else if (row?.start_sample != null && row.end_sample != null) this.sound?.play(row.start_sample, row.end_sample);
    this.#tellPlaying();
  }

  /** @param {"makeClip" | "split" | "merge"} what */
  edit(what) {
    void this.edits[what]();
  }

  undo() {
    void this.edits.go("undo");
  }

  redo() {
    void this.edits.go("redo");
  }

  goToClip() {
    const id = this.row?.clip_id;
    if (!id) {
      this.edit("makeClip");
      return;
    }
    this.dialog.close();
    this.app.goto(id);
  }

  /** What was done, until one goes on. @param {string} words */
  say(words) {
    this.#said = words;
    this.#tell();
  }

  /** A line that stays, however one goes on, until what is given back is called. @param {string} words */
  stand(words) {
    this.#standing.add(words);
    this.#tell();
    return () => {
      this.#standing.delete(words);
      this.#tell();
    };
  }

  #tell() {
    write(this.toldLine, [...this.#standing, this.#said].filter(Boolean).join(" "));
  }

  draw() {
    if (this.drawing || !this.dialog.open) return;
    this.drawing = true;
    requestAnimationFrame(() => {
      this.drawing = false;
      if (!this.dialog.open) return;
      const shown = {
        peaks: this.peaks,
        rows: this.rows,
        rate: this.source.rate,
        length: this.length,
        window: this.window,
        chosen: this.chosen,
        playhead: this.playhead / this.source.rate,
        key: this.key,
      };
      drawOverview(this.overview, shown, this.colour);
      drawWindow(this.canvas, shown, this.colour);
      const at = this.playhead / this.source.rate;
      this.slider.setAttribute("aria-valuemax", this.length.toFixed(2));
      this.slider.setAttribute("aria-valuenow", at.toFixed(2));
      this.slider.setAttribute("aria-valuetext", `${clockWords(at, 2)} of ${clockWords(this.length)}`);
      this.time.textContent = `${clockWords(at, 2)} / ${clockWords(this.length)}`;
    });
  }

  close() {
    this.sound?.stop();
    this.#tellPlaying();
  }

  #middle() {
    const at = this.playhead / this.source.rate;
    const { start, end } = this.window;
    return at >= start && at <= end ? at : (start + end) / 2;
  }

  /**
   * Moves the window where a stretch is outside of it.
   * @param {number} from seconds
   * @param {number} to
   */
  #show(from, to) {
    const { start, end } = this.window;
    if (from >= start && to <= end) return;
    const wide = Math.max(end - start, Math.min(this.length, (to - from) * AROUND_ROW));
    this.window = placed((from + to) / 2 - wide / 2, wide, this.length);
  }

  #tellPlaying() {
    this.playButton.textContent = this.sound?.playing ? "Pause" : "Play";
  }
}

/** @param {string} sourceId @returns {Promise<Peaks>} */
async function peaksOf(sourceId) {
  const answer = await fetch(server.peaks(sourceId));
  if (!answer.ok) throw new Error((await answer.json()).error);
  return new Peaks(new Int8Array(await answer.arrayBuffer()), Number(answer.headers.get("X-Peaks-Per-Second")));
}

/** @param {any} app */
export function mount(app) {
  const view = new SourceView(app);
  const open = () => {
    const row = app.state.current;
    if (row) view.open(row.source_id, row.clip_id).catch((problem) => app.notice(`The source cannot be shown: ${problem.message}.`, "problem"));
  };
  app.keys.add({ id: "source", code: "KeyV", words: "The whole source of the clip", group: "Views", run: open });
  app.sourceKeys = view.keys;
  app.on("theme", () => {
    view.colour = sourceColours();
    view.draw();
  });
  app.on("answered", () => view.reloadSoon());
  app.on("news", () => view.reloadSoon());
}

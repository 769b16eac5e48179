/** What is changed in the view of a source: clips are made, split, merged, and all of it is undone. */

import { sentence, uncuttable } from "../ground/decision_words.js";
import { askNewClip, askTexts, partedText } from "./make_clip.js";
import { clipAt, lengthOf, nextClip } from "./rows.js";

/** @type {Record<string, string>} */
const BUSY = { clips: "The clip is being cut…", split: "The clip is being split…", merge: "The clips are being merged…" };

export class SourceEdits {
  /** @param {import("./view.js").SourceView} view */
  constructor(view) {
    this.view = view;
  }

  /** Of the chosen stretch; where there is none, of a second from the playhead on. */
  async makeClip() {
    const { view } = this;
    if (!this.#canCut()) return;
    const { rate, num_samples: numSamples, source_id: sourceId } = view.source;
    const { row, chosen, rows, playhead } = view;
    const around = chosen && chosen.end > chosen.start ? chosen : null;
    await askNewClip({
      rows,
      rate,
      numSamples,
      start: around ? Math.round(around.start * rate) : playhead,
      end: around ? Math.round(around.end * rate) : Math.min(numSamples, playhead + rate),
      heard: row?.kind === "gap" ? row.text : "",
      line: row?.kind === "missing" ? row.line : null,
      hear: (from, until) => view.sound?.play(from, until),
      make: (made) => this.#operate("clips", { source_id: sourceId, ...made }, "make a clip", []),
    });
    view.list.box.focus();
  }

  /** The clip at the playhead becomes two. */
  async split() {
    const { view } = this;
    const row = clipAt(view.rows, view.playhead);
    if (!this.#canCut()) return;
    if (!row || view.playhead === row.start_sample) return view.say("No clip is cut here: put the playhead inside of one.");
    const body = { clip_id: row.clip_id, at_sample: view.playhead };
    const split = (/** @type {string[]} */ texts) => this.#operate("split", { ...body, texts }, "split a clip", [row.clip_id]);
    if (!row.text) return void (await split([]));
    const share = (view.playhead - (row.start_sample ?? 0)) / lengthOf(row);
    await askTexts({ texts: partedText(row.text, share), split });
    view.list.box.focus();
  }

  /** The chosen clip and the next become one. */
  async merge() {
    const { view } = this;
    const row = view.row?.kind === "clip" ? view.row : clipAt(view.rows, view.playhead);
    const next = row ? nextClip(view.rows, row) : null;
    if (!this.#canCut()) return;
    if (!row || !next) view.say("There is no clip with one behind it to merge.");
    else await this.#operate("merge", { clip_ids: [row.clip_id, next.clip_id] }, "merge two clips", [row.clip_id, next.clip_id]);
  }

  /** Takes the newest step back, or does what was taken back once more; of whichever clip it was. @param {"undo" | "redo"} way */
  async go(way) {
    const { view } = this;
    const { operations } = view.app;
    const step = await operations[way]({ play: false, told: true });
    if (!step) return view.say(way === "undo" ? "Nothing to undo." : "Nothing to do again.");
    const end = view.stand(way === "undo" ? `Undoing: ${step.words}…` : `Doing again: ${step.words}…`);
    try {
      await step.answered;
      await view.reload();
      view.say(way === "undo" ? `Undone: ${step.words}.` : `Done again: ${step.words}.`);
    } catch (problem) {
      this.#wrong(problem);
    } finally {
      end();
    }
  }

  /** Told where it is seen: here, or on the page when this view was closed meanwhile. @param {unknown} problem */
  #wrong(problem) {
    const { app, dialog } = this.view;
    const why = sentence(problem);
    if (dialog.open) this.view.say(why);
    else app.notice(why, "problem");
    return why;
  }

  #canCut() {
    const { view } = this;
    const { session } = view.app.state;
    if (view.source.has_sound && session.can_cut) return true;
    view.say(session.can_cut ? "The source file is not on this machine: nothing can be cut of it." : uncuttable(session));
    return false;
  }

  /**
   * @param {string} path
   * @param {Record<string, unknown>} body
   * @param {string} words
   * @param {(string | null)[]} clipIds that it is about
   * @returns {Promise<string>} what went wrong; "" where it was done
   */
  async #operate(path, body, words, clipIds) {
    const { view } = this;
    const { app } = view;
    const end = view.stand(BUSY[path]);
    try {
      await app.going.need(clipIds);
      const row = app.state.row(clipIds[0]) ?? app.state.current;
      const answer = await app.operations.perform(path, body, { words, row, touches: [], told: true });
      await view.reload();
      const made = (answer.rows ?? []).map((/** @type {any} */ each) => each.clip_id);
      const first = view.rows.find((each) => made.includes(each.clip_id));
      if (first) view.choose(first.key);
      view.say([answer.waits ? `Done, but the file waits: ${answer.waits}` : `Done: ${words}.`, ...(answer.notes ?? []).map(sentence)].join(" "));
      return "";
    } catch (problem) {
      return this.#wrong(problem);
    } finally {
      end();
    }
  }
}

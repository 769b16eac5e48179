/** What is changed in the view of a source: clips are made, split, merged. */

import { askNewClip } from "./make_clip.js";
import { clipAt, nextClip } from "./rows.js";

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
    const made = await askNewClip({
      rows,
      rate,
      numSamples,
      start: around ? Math.round(around.start * rate) : playhead,
      end: around ? Math.round(around.end * rate) : Math.min(numSamples, playhead + rate),
      heard: row?.kind === "gap" ? row.text : "",
      line: row?.kind === "missing" ? row.line : null,
      hear: (from, until) => view.sound?.play(from, until),
    });
    view.list.box.focus();
    if (made) await this.#operate("clips", { source_id: sourceId, ...made }, "make a clip", []);
  }

  /** The clip at the playhead becomes two. */
  async split() {
    const { view } = this;
    const row = clipAt(view.rows, view.playhead);
    if (!this.#canCut()) return;
    if (!row || view.playhead === row.start_sample) view.say("No clip is cut here: put the playhead inside of one.");
    else await this.#operate("split", { clip_id: row.clip_id, at_sample: view.playhead }, "split a clip", [row.clip_id]);
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

  #canCut() {
    const { view } = this;
    if (view.source.has_sound && view.app.state.session.can_cut) return true;
    view.say(view.source.has_sound ? "A published version stays as it is: nothing is cut in it." : "The source file is not on this machine: nothing can be cut of it.");
    return false;
  }

  /**
   * @param {string} path
   * @param {Record<string, unknown>} body
   * @param {string} words
   * @param {(string | null)[]} clipIds that it is about
   */
  async #operate(path, body, words, clipIds) {
    const { view } = this;
    const { app } = view;
    let answer;
    try {
      await app.going.need(clipIds);
      const row = app.state.row(clipIds[0]) ?? app.state.current;
      answer = await app.operations.perform(path, body, { words, row, touches: [] });
    } catch (problem) {
      view.say(problem instanceof Error ? problem.message : String(problem));
      return;
    }
    await view.reload();
    const made = (answer.rows ?? []).map((/** @type {any} */ row) => row.clip_id);
    const row = view.rows.find((each) => made.includes(each.clip_id));
    if (row) view.choose(row.key);
    view.say(answer.waits ? `Done, but the file waits: ${answer.waits}` : `Done: ${words}.`);
  }
}

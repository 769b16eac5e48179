/** @import {App} from "../core/core.js" */

/**
 * All takes of a line side by side, each with its wave; the best is picked by its number, which
 * accepts it and rejects the others in one operation.
 *
 * @typedef {object} Take
 * @property {string} clip_id
 * @property {string} root_id
 * @property {string} audio_sha256
 * @property {number} take
 * @property {number} length_seconds
 * @property {string | null} [text]
 * @property {string | null} verdict
 * @property {string[]} [flags]
 * @property {boolean} [best] proposed
 */
import { make, place } from "../core/core.js";
import { flagWords, plural, timeWords, verdictWord } from "../ground/decision_words.js";
import { afterFrame } from "../ground/frame.js";
import { colours, fitCanvas } from "../picture/canvas.js";
import { drawOutline, highest, outline } from "../picture/peaks.js";
import { hear, hush, samplesOf } from "../sound/one_sound.js";

const COLUMNS = 160;
const MOST_BY_KEY = 9;
const MOST_OUTLINES = 500; // that are kept

/**
 * What picking a take changes: it is accepted, the others are rejected.
 * @param {Take[]} takes of one line
 * @param {string} clipId of the best
 */
export function bestTakeChanges(takes, clipId) {
  return takes.map((take) => ({
    subject_kind: "clip",
    subject_id: take.root_id,
    field: "accepted",
    value: take.clip_id === clipId,
  }));
}

/**
 * The number by which a take is picked: its own; its place, where takes have no numbers or share one.
 * @param {Take[]} takes of one line
 * @param {number} at which of them
 */
export function keyOfTake(takes, at) {
  const numbers = new Set(takes.map((take) => take.take));
  return numbers.size === takes.length && !numbers.has(/** @type {any} */ (null)) ? takes[at].take : at + 1;
}

/** @param {App} app */
export function mount(app) {
  const section = place("takes");
  /** @type {Map<string, Int8Array>} by audio_sha256 */
  const outlines = new Map();
  /** @type {Take[]} */
  let takes = [];
  /** With all that is known of its clip, such as the id of its decisions. @param {Take} take */
  const whole = (take) => ({ ...take, ...app.state.row(take.clip_id) });

  const draw = () => {
    const row = app.state.current;
    // What was decided meanwhile is in the rows of the store.
    takes = takes.map(whole);
    section.hidden = takes.length < 2;
    section.replaceChildren();
    if (section.hidden || !row) return;
    section.append(
      make("h2", {}, row.line ? `${plural(takes.length, "take")} of line ${row.line}` : plural(takes.length, "take")),
      make("ol", { class: "takes" }, ...takes.map((take, at) => card(app, take, keyOfTake(takes, at), row, () => pick(at)))),
    );
    void drawWaves(app, section, takes, outlines);
  };

  /** @param {number} at */
  const pick = (at) => {
    const best = takes[at];
    if (!best) return;
    const words = `take ${best.take} is the best of ${takes.length}`;
    void app.decide(bestTakeChanges(takes, best.clip_id), { words, row: app.state.current });
    app.say(`${words}.`);
  };

  const group = "Takes of the line";
  const when = () => takes.length > 1;
  const byNumber = (/** @type {number} */ number) => takes.findIndex((_, at) => keyOfTake(takes, at) === number);
  for (let number = 1; number <= MOST_BY_KEY; number += 1) {
    const words = `Take ${number} is the best: accept it, reject the others`;
    const folded = number > 1 ? `and so on to ${MOST_BY_KEY}` : "";
    app.keys.add({ id: `take-${number}`, code: `Digit${number}`, words, group, folded, when, run: () => pick(byNumber(number)) });
    const heard = `Hear take ${number}`;
    app.keys.add({ id: `hear-take-${number}`, code: `Shift+Digit${number}`, words: heard, group, folded, when, run: () => takes[byNumber(number)] && void hear(app, takes[byNumber(number)].audio_sha256) });
  }
  const drawSoon = afterFrame(draw);
  app.on("current", () => {
    hush();
    // At once: a number must never pick a take of the line before.
    if (!takes.some((take) => take.clip_id === app.state.current?.clip_id)) takes = [];
    drawSoon();
  });
  app.on("playing", (playing) => playing && hush());
  app.on("detail", async (detail) => {
    // Whole rows: who decided what last is needed to decide about all takes at once.
    await app.going.need(detail.takes.map((/** @type {Take} */ take) => take.clip_id));
    if (app.state.current?.clip_id !== detail.clip_id) return;
    takes = detail.takes.filter((/** @type {Take} */ take) => app.state.row(take.clip_id)).map(whole);
    drawSoon();
  });
  app.on("row", (row) => takes.some((take) => take.clip_id === row.clip_id) && drawSoon());
  app.on("theme", () => void drawWaves(app, section, takes, outlines));
}

/**
 * @param {App} app
 * @param {Take} take
 * @param {number} number by which it is picked
 * @param {any} detail
 * @param {() => void} pick
 */
function card(app, take, number, detail, pick) {
  const here = take.clip_id === detail.clip_id;
  const name = `take ${take.take}`;
  const doubts = (take.flags ?? []).map((flag) => flagWords(app.state.session.flags, flag));
  const verdict = take.verdict ?? "unreviewed";
  return make(
    "li",
    { "aria-current": here ? "true" : null, "data-verdict": verdict, "data-clip": take.clip_id },
    make(
      "p",
      { class: "take-name" },
      here
        ? make("strong", {}, `Take ${take.take}`)
        : make("button", { type: "button", "aria-label": `go to ${name}`, onclick: () => void app.goto(take.clip_id) }, `Take ${take.take}`),
      make("span", { class: "length" }, timeWords(take.length_seconds)),
      make("span", { class: "verdict" }, take.best && !take.verdict ? "proposed" : verdictWord(take.verdict)),
    ),
    make("canvas", { role: "img", "aria-label": `wave of ${name}`, "data-sha": take.audio_sha256 }),
    take.text && take.text !== detail.text ? make("p", { class: "quiet" }, take.text) : null,
    make(
      "p",
      { class: "take-keys" },
      make(
        "button",
        { type: "button", "aria-label": `hear ${name}`, onclick: () => void hear(app, take.audio_sha256) },
        "Hear",
        number <= MOST_BY_KEY ? make("kbd", {}, `⇧${number}`) : null,
      ),
      make(
        "button",
        { type: "button", "aria-label": `${name} is the best`, onclick: pick },
        "Best",
        number <= MOST_BY_KEY ? make("kbd", {}, `${number}`) : null,
      ),
    ),
    doubts.length ? make("p", { class: "doubts" }, doubts.join("; ")) : null,
  );
}

/**
 * @param {App} app
 * @param {HTMLElement} section
 * @param {Take[]} takes
 * @param {Map<string, Int8Array>} outlines
 */
async function drawWaves(app, section, takes, outlines) {
  const { wave } = colours(["wave"]);
  for (const take of takes) {
    const columns = outlines.get(take.audio_sha256) ?? (await outlineOf(app, take.audio_sha256));
    if (!columns) continue;
    outlines.set(take.audio_sha256, columns);
    for (const oldest of outlines.keys()) {
      if (outlines.size <= MOST_OUTLINES) break;
      outlines.delete(oldest);
    }
    for (const canvas of section.querySelectorAll("canvas")) {
      if (canvas.dataset.sha !== take.audio_sha256) continue;
      const fitted = fitCanvas(canvas);
      if (!fitted) continue;
      const { context, width, height } = fitted;
      drawOutline(context, columns, { left: 0, top: 0, width, height }, wave, highest(columns));
    }
  }
}

/**
 * @param {App} app
 * @param {string} sha256
 * @returns {Promise<Int8Array | null>} null where the sound cannot be had
 */
async function outlineOf(app, sha256) {
  const samples = await samplesOf(app, sha256);
  return samples && outline(samples, COLUMNS);
}

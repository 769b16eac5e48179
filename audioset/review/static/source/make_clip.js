/** Asks what a new clip says: a line that was not found, words of one's own, or nothing. */
import { make, place } from "../core/core.js";
import { plural, timeWords } from "../ground/decision_words.js";
import { openDialog } from "../ground/dialogs.js";

const LONGEST_TEXT = 10000;

/**
 * @typedef {object} NewClip
 * @property {number} start_sample
 * @property {number} end_sample exclusive
 * @property {string} [text]
 * @property {number} [line]
 * @property {number} [take]
 */

/**
 * Which take of a line a new clip is: the one behind those that are there.
 * @param {import("./rows.js").SourceRow[]} rows
 * @param {number} line
 */
export function nextTake(rows, line) {
  return 1 + Math.max(0, ...rows.map((row) => (row.line === line ? (row.take ?? 1) : 0)));
}

/**
 * The lines that a new clip may be of: the missing ones first, then those that have clips.
 * @param {import("./rows.js").SourceRow[]} rows
 * @returns {{line: number, text: string, missing: boolean}[]}
 */
export function linesOf(rows) {
  /** @type {Map<number, {line: number, text: string, missing: boolean}>} */
  const found = new Map();
  for (const { kind, line, text } of rows) {
    if (line !== null && !found.has(line)) found.set(line, { line, text, missing: kind === "missing" });
  }
  return [...found.values()].sort((a, b) => Number(b.missing) - Number(a.missing) || a.line - b.line);
}

/**
 * @param {object} about
 * @param {import("./rows.js").SourceRow[]} about.rows
 * @param {number} about.rate samples per second
 * @param {number} about.numSamples of the source
 * @param {number} about.start sample
 * @param {number} about.end sample, exclusive
 * @param {string} about.heard what is thought to be said there; "" for unknown
 * @param {number | null} about.line that is proposed
 * @param {(from: number, until: number) => void} about.hear
 * @returns {Promise<NewClip | null>} null when it was left
 */
export function askNewClip({ rows, rate, numSamples, start, end, heard, line, hear }) {
  return new Promise((resolve) => {
    const dialog = /** @type {HTMLDialogElement} */ (place("make-clip"));
    const lines = linesOf(rows);
    const proposed = line ?? lines.find((each) => each.missing)?.line ?? null;
    const seconds = (/** @type {number} */ sample) => (sample / rate).toFixed(3);
    const time = (/** @type {number} */ sample) =>
      make("input", { type: "number", step: "0.001", min: 0, max: seconds(numSamples), value: seconds(sample), required: true });
    const from = time(start);
    const until = time(end);
    const length = make("output", { class: "quiet" });
    const select = make(
      "select",
      { "aria-label": "Which line", disabled: !lines.length },
      ...lines.map((each) =>
        make(
          "option",
          { value: each.line, selected: each.line === proposed },
          `${each.line}: ${each.text}${each.missing ? "" : ` (take ${nextTake(rows, each.line)})`}`,
        ),
      ),
    );
    const words = make("input", { value: heard, maxlength: LONGEST_TEXT, "aria-label": "Its words", autocomplete: "off" });
    const kind = heard && line === null ? "words" : proposed !== null ? "line" : "words";
    const choice = (/** @type {string} */ value, /** @type {string} */ name, /** @type {Node | null} */ field) => {
      const radio = make("input", { type: "radio", name: "says", value, checked: kind === value, disabled: value === "line" && !lines.length });
      field?.addEventListener("input", () => { radio.checked = true; });
      return make("div", { class: "choice" }, make("label", {}, radio, name), field);
    };
    const span = () => ({ start: Math.round(Number(from.value) * rate), end: Math.round(Number(until.value) * rate) });
    const problem = make("p", { class: "problem", role: "alert" });
    const tell = () => {
      const { start: first, end: last } = span();
      length.textContent = last > first ? `${timeWords((last - first) / rate, 3)} long` : "";
    };
    from.addEventListener("input", tell);
    until.addEventListener("input", tell);
    tell();
    const form = make(
      "form",
      { novalidate: true },
      make("h2", { id: "make-clip-title" }, "Make a clip here"),
      make("p", { class: "pair" }, make("label", {}, "From (s) ", from), make("label", {}, "To (s) ", until), length),
      make(
        "fieldset",
        {},
        make("legend", {}, "What is said"),
        choice("line", lines.length ? `a line (${plural(lines.filter((each) => each.missing).length, "line")} not found)` : "a line (the source has none)", select),
        choice("words", "these words", words),
        choice("nothing", "not known yet", null),
      ),
      problem,
      make(
        "p",
        { class: "answers" },
        make("button", { type: "submit", class: "main" }, "Make the clip"),
        make("button", { type: "button", onclick: () => hear(span().start, span().end) }, "Hear it"),
        make("button", { type: "button", onclick: () => dialog.close() }, "Leave it"),
      ),
    );
    /** @type {NewClip | null} */
    let made = null;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const { start: first, end: last } = span();
      if (!(first >= 0 && last > first && last <= numSamples)) {
        problem.textContent = `a clip begins before it ends, both between 0 and ${seconds(numSamples)} s`;
        from.focus();
        return;
      }
      made = { start_sample: first, end_sample: last };
      const says = new FormData(form).get("says");
      const chosen = lines.find((each) => each.line === Number(select.value));
      if (says === "words" && words.value.trim()) made.text = words.value.trim();
      if (says === "line" && chosen) {
        Object.assign(made, { text: chosen.text, line: chosen.line, take: nextTake(rows, chosen.line) });
      }
      dialog.close();
    });
    dialog.replaceChildren(form);
    dialog.addEventListener("close", () => resolve(made), { once: true });
    openDialog(dialog, from);
  });
}

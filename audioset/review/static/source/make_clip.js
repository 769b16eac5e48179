/** Asks what a new clip says: a line that was not found, words of one's own, or nothing; and of a split one, which words are where. */
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
 * @param {(made: NewClip) => Promise<string>} about.make says what went wrong; "" where the clip was made
 * @returns {Promise<void>} when it was made or left
 */
export function askNewClip({ rows, rate, numSamples, start, end, heard, line, hear, make: cut }) {
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
    /** @type {Map<HTMLInputElement, HTMLElement | null>} with the field of each */
    const choices = new Map();
    // Tab goes to the field of the choice that holds, and over those of the others.
    const fit = () => choices.forEach((field, radio) => field?.setAttribute("tabindex", radio.checked ? "0" : "-1"));
    const choice = (/** @type {string} */ value, /** @type {string} */ name, /** @type {HTMLElement | null} */ field) => {
      const radio = make("input", { type: "radio", name: "says", value, checked: kind === value, disabled: value === "line" && !lines.length });
      choices.set(radio, field);
      radio.addEventListener("change", fit);
      field?.addEventListener("input", () => {
        radio.checked = true;
        fit();
      });
      return make("div", { class: "choice" }, make("label", {}, radio, name), field);
    };
    const span = () => ({ start: Math.round(Number(from.value) * rate), end: Math.round(Number(until.value) * rate) });
    const answer = new Answer(dialog);
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
      answer.problem,
      answer.told,
      make(
        "p",
        { class: "answers" },
        make("button", { type: "submit", class: "main" }, "Make the clip"),
        make("button", { type: "button", onclick: () => hear(span().start, span().end) }, "Hear it"),
        make("button", { type: "button", onclick: () => dialog.close() }, "Leave it"),
      ),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const { start: first, end: last } = span();
      if (!(first >= 0 && last > first && last <= numSamples)) return answer.refuse(`A clip begins before it ends, both between 0 and ${seconds(numSamples)} s.`, from);
      /** @type {NewClip} */
      const made = { start_sample: first, end_sample: last };
      const says = new FormData(form).get("says");
      const chosen = lines.find((each) => each.line === Number(select.value));
      if (says === "words") made.text = words.value.trim();
      if (made.text === "") return answer.refuse("Write its words, or choose that they are not known yet.", words);
      if (says === "line" && chosen) {
        Object.assign(made, { text: chosen.text, line: chosen.line, take: nextTake(rows, chosen.line) });
      }
      void answer.wait(() => cut(made), says === "words" ? words : from);
    });
    fit();
    dialog.addEventListener("close", () => resolve(), { once: true });
    // The times are right mostly; what is said must be told.
    show(dialog, form, "Make a clip", form.querySelector("input[type=radio]:checked"));
  });
}

/**
 * The words of a clip in two, as they may lie before and after a place in it: as many letters as time.
 * @param {string} text
 * @param {number} share of the clip before the place, 0 to 1
 * @returns {[string, string]}
 */
export function partedText(text, share) {
  const words = text.split(/\s+/u).filter(Boolean);
  const letters = text.length * share;
  let count = 0;
  while (count < words.length && words.slice(0, count + 1).join(" ").length <= letters + words[count].length / 2) count += 1;
  return [words.slice(0, count).join(" "), words.slice(count).join(" ")];
}

/**
 * Asks which words of a clip are in which of its parts, so that no text is lost.
 * @param {object} about
 * @param {[string, string]} about.texts as they may be
 * @param {(texts: string[]) => Promise<string>} about.split says what went wrong; "" where it was done; no texts where nobody knows
 * @returns {Promise<void>} when it was split or left
 */
export function askTexts({ texts, split }) {
  return new Promise((resolve) => {
    const dialog = /** @type {HTMLDialogElement} */ (place("make-clip"));
    const answer = new Answer(dialog);
    const field = (/** @type {string} */ value) => make("input", { value, maxlength: LONGEST_TEXT, autocomplete: "off", dir: "auto" });
    const [first, second] = texts.map(field);
    const unknown = make("button", { type: "button", onclick: () => void answer.wait(() => split([]), first) }, "Not known yet");
    const form = make(
      "form",
      { novalidate: true },
      make("h2", {}, "Split the clip: which words are in which part?"),
      make("label", {}, "Before the playhead", first),
      make("label", {}, "After it", second),
      answer.problem,
      answer.told,
      make(
        "p",
        { class: "answers" },
        make("button", { type: "submit", class: "main" }, "Split it so"),
        unknown,
        make("button", { type: "button", onclick: () => dialog.close() }, "Leave it"),
      ),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void answer.wait(() => split([first.value.trim(), second.value.trim()]), first);
    });
    dialog.addEventListener("close", () => resolve(), { once: true });
    show(dialog, form, "Split a clip", first);
  });
}

/** What a dialog is told of what it asked for. It stays, with what is written in it, until that is done. */
class Answer {
  /** @param {HTMLDialogElement} dialog */
  constructor(dialog) {
    this.dialog = dialog;
    this.problem = make("p", { class: "problem", role: "alert" });
    this.told = make("p", { class: "quiet", role: "status" });
  }

  /** @param {string} why @param {HTMLElement} field that is wrong */
  refuse(why, field) {
    this.problem.textContent = why;
    field.focus();
  }

  /** @param {() => Promise<string>} work says what went wrong @param {HTMLElement} field gets the focus then */
  async wait(work, field) {
    if (this.told.textContent) return; // it is on its way
    this.problem.textContent = "";
    this.told.textContent = "It is being cut. Esc leaves this, and it is cut all the same.";
    const why = await work();
    this.told.textContent = "";
    if (!this.dialog.open || !this.told.isConnected) return; // it was left meanwhile
    if (why) this.refuse(why, field);
    else this.dialog.close();
  }
}

/** @param {HTMLDialogElement} dialog @param {HTMLElement} form @param {string} name @param {HTMLElement | null} first */
function show(dialog, form, name, first) {
  dialog.setAttribute("aria-label", name);
  dialog.replaceChildren(form);
  openDialog(dialog, first);
}

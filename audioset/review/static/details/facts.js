/** Facts of a clip and of its speaker, as a table; who changes one says of which of both. */
import { make, place } from "../core/core.js";
import { fieldName } from "../ground/decision_words.js";
import { openDialog } from "../ground/dialogs.js";

const OF_THE_CLIP_ONLY = ["line", "take", "speaker"]; // all clips of a speaker do not share them
const WHOLE_NUMBERS = ["line", "take"];
const NOT_HERE = ["text", "accepted", "flags"]; // each has a place of its own on the page

/**
 * @param {any} row of the clip
 * @returns {[string, string][]} name and value of those that are known
 */
export function knownFacts(row) {
  /** @type {Record<string, unknown>} */
  const all = { speaker: row.speaker, line: row.line, take: row.take, split: row.split, ...row.facts };
  return Object.entries(all)
    .filter(([name, value]) => !NOT_HERE.includes(name) && value !== null && value !== undefined)
    .map(([name, value]) => [name, String(value)]);
}

/**
 * The change that a form says.
 * @param {any} row of the clip
 * @param {string} field
 * @param {string} written
 * @param {"clip" | "speaker"} kind
 * @returns {{subject_kind: string, subject_id: string, field: string, value: string | number | null}}
 */
export function factChange(row, field, written, kind) {
  const text = written.trim();
  const whole = WHOLE_NUMBERS.includes(field) && /^\d+$/u.test(text);
  return {
    subject_kind: kind,
    subject_id: kind === "speaker" ? row.speaker : row.root_id,
    field,
    value: text === "" ? null : whole ? Number(text) : text,
  };
}

/**
 * @param {any} app
 * @param {any} row
 * @returns {HTMLElement}
 */
export function factsTable(app, row) {
  const rows = knownFacts(row).map(([name, value]) =>
    make(
      "tr",
      {},
      make("th", { scope: "row" }, fieldName(name)),
      make(
        "td",
        {},
        make(
          "button",
          { type: "button", class: "value", id: `fact-${name}`, "aria-label": `change ${fieldName(name)}: ${value}`, onclick: () => askFact(app, row, name, value) },
          value,
        ),
      ),
    ),
  );
  return make(
    "div",
    {},
    make("table", { class: "facts" }, make("tbody", {}, ...rows)),
    make("button", { type: "button", id: "add-fact", onclick: () => askFact(app, row, "", "") }, "Add a fact"),
  );
}

/**
 * @param {any} app
 * @param {any} row
 * @param {string} name "" for a new one
 * @param {string} value
 */
export function askFact(app, row, name, value) {
  const dialog = /** @type {HTMLDialogElement} */ (place("fact"));
  const field = make("input", {
    list: "facts-known",
    required: true,
    maxlength: 100,
    value: name,
    autocomplete: "off",
    readonly: name ? true : null,
  });
  const written = make("input", { value, maxlength: 2000, autocomplete: "off" });
  const whose = choice(row);
  const form = make(
    "form",
    { method: "dialog" },
    make("h2", {}, name ? `Change ${fieldName(name)}` : "Add a fact"),
    make("label", {}, "Name ", field),
    make("label", {}, "Value ", written),
    make("p", { class: "quiet" }, "Nothing as value empties it."),
    whose,
    make(
      "p",
      { class: "answers" },
      make("button", { type: "submit", class: "main", value: "save" }, "Save"),
      make("button", { type: "button", onclick: () => dialog.close("") }, "Leave it"),
    ),
    make(
      "datalist",
      { id: "facts-known" },
      ...app.state.session.facts
        .filter((/** @type {string} */ fact) => !NOT_HERE.includes(fact))
        .map((/** @type {string} */ fact) => make("option", { value: fact })),
    ),
  );
  const fit = () => {
    const alone = OF_THE_CLIP_ONLY.includes(field.value) || !row.speaker;
    for (const radio of whose.querySelectorAll("input")) {
      radio.disabled = alone && radio.value === "speaker";
      if (alone) radio.checked = radio.value === "clip";
    }
  };
  field.addEventListener("input", fit);
  fit();
  dialog.replaceChildren(form);
  dialog.returnValue = "";
  dialog.addEventListener(
    "close",
    () => {
      if (dialog.returnValue !== "save" || !field.value.trim()) return;
      const kind = new FormData(form).get("whose") === "speaker" ? "speaker" : "clip";
      const change = factChange(row, field.value.trim(), written.value, kind);
      app.decide([change], { row, words: `${fieldName(change.field)} of the ${kind}` });
    },
    { once: true },
  );
  openDialog(dialog, name ? written : field);
}

/** @param {any} row @returns {HTMLElement} */
function choice(row) {
  const radio = (/** @type {string} */ value, /** @type {string} */ words, /** @type {boolean} */ on) =>
    make("label", { class: "choice" }, make("input", { type: "radio", name: "whose", value, checked: on }), words);
  return make(
    "fieldset",
    {},
    make("legend", {}, "Of whom?"),
    radio("clip", "this clip", true),
    radio("speaker", row.speaker ? `all clips of speaker ${row.speaker}` : "all clips of its speaker (none is known)", false),
  );
}

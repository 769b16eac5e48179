/** Tags and the note of a clip. Both are private: nothing of them is ever published. */
import { make } from "../core/core.js";

const LONGEST_TAG = 90;
const LONGEST_NOTE = 10000;

/**
 * @param {string} written
 * @returns {string} the tag as it is kept: small letters, words joined by a hyphen
 */
export function tagName(written) {
  return written.trim().toLowerCase().replace(/\s+/gu, "-").slice(0, LONGEST_TAG);
}

/**
 * @param {any} app
 * @param {any} row of the clip
 * @param {string[]} known tags of the dataset, to choose from
 * @returns {HTMLElement}
 */
export function tagEditor(app, row, known) {
  const input = make("input", {
    id: "tag-input",
    list: "tags-known",
    maxlength: String(LONGEST_TAG),
    placeholder: "tag",
    autocomplete: "off",
    "aria-label": "New tag",
    "data-before": "",
  });
  const set = (/** @type {string} */ tag, /** @type {boolean | null} */ value) => {
    if (value && !known.includes(tag)) known.push(tag);
    return app.decide([{ subject_kind: "clip", subject_id: row.root_id, field: `tag:${tag}`, value }], {
      row,
      words: value ? `tag ${tag}` : `take the tag ${tag} off`,
    });
  };
  const add = () => {
    const tag = tagName(input.value);
    input.value = "";
    if (tag && !row.tags.includes(tag)) set(tag, true);
  };
  const chips = row.tags.map((/** @type {string} */ tag) =>
    make(
      "li",
      {},
      tag,
      make("button", { type: "button", "aria-label": `take the tag ${tag} off`, onclick: () => set(tag, null) }, "×"),
    ),
  );
  const onsubmit = (/** @type {Event} */ event) => {
    event.preventDefault();
    add();
  };
  const onkeydown = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape") return;
    input.value = "";
    input.blur();
    event.stopPropagation();
  };
  input.addEventListener("keydown", onkeydown);
  return make(
    "form",
    { class: "tags", onsubmit },
    chips.length ? make("ul", { "aria-label": "Tags" }, ...chips) : null,
    input,
    make("datalist", { id: "tags-known" }, ...known.map((tag) => make("option", { value: tag }))),
  );
}

/**
 * @param {any} app
 * @param {any} row of the clip
 * @returns {HTMLElement} saves when it is left, by Ctrl+Enter or Escape too; undo takes it back
 */
export function noteEditor(app, row) {
  const area = make("textarea", {
    id: "note",
    rows: "2",
    maxlength: String(LONGEST_NOTE),
    "aria-label": "Note",
    placeholder: "note, for you and other reviewers; Esc saves it",
    "data-before": row.note ?? "",
  });
  const before = row.note ?? "";
  area.value = before;
  const save = () => {
    const value = area.value.trim();
    if (value === before.trim()) return;
    app.decide(
      [{ subject_kind: "clip", subject_id: row.root_id, field: "note", value: value || null }],
      { row, words: value ? "note" : "empty the note" },
    );
  };
  area.addEventListener("blur", save);
  area.addEventListener("keydown", (event) => {
    if (event.key === "Escape" || (event.key === "Enter" && event.ctrlKey)) {
      area.blur();
      event.stopPropagation();
      event.preventDefault();
    }
  });
  return area;
}

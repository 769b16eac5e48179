/** The rows of a source as a list: one is chosen, by keys or by a click. */
import { make } from "../core/core.js";
import { clockWords, plural, timeWords, verdictWord } from "../ground/decision_words.js";

export class SourceList {
  /**
   * @param {HTMLElement} box of role listbox
   * @param {(key: string, how: "chosen" | "opened") => void} chosen
   */
  constructor(box, chosen) {
    this.box = box;
    /** @type {Map<string, HTMLElement>} */
    this.nodes = new Map();
    const keyOf = (/** @type {Event} */ event) =>
      /** @type {HTMLElement} */ (event.target).closest("[data-key]")?.getAttribute("data-key");
    box.addEventListener("click", (event) => {
      const key = keyOf(event);
      if (key) chosen(key, "chosen");
    });
    box.addEventListener("dblclick", (event) => {
      const key = keyOf(event);
      if (key) chosen(key, "opened");
    });
  }

  /**
   * @param {import("./rows.js").SourceRow[]} rows
   * @param {number} rate
   */
  show(rows, rate) {
    this.nodes.clear();
    const nodes = rows.map((row, at) => {
      const node = rowNode(row, rate, at);
      this.nodes.set(row.key, node);
      return node;
    });
    this.box.replaceChildren(...nodes);
  }

  /** @param {string | null} key */
  mark(key) {
    for (const node of this.box.querySelectorAll("[aria-selected=true]")) node.setAttribute("aria-selected", "false");
    const node = key === null ? undefined : this.nodes.get(key);
    if (!node) {
      this.box.removeAttribute("aria-activedescendant");
      return;
    }
    node.setAttribute("aria-selected", "true");
    this.box.setAttribute("aria-activedescendant", node.id);
    node.scrollIntoView({ block: "nearest" });
  }
}

/**
 * @param {import("./rows.js").SourceRow} row
 * @param {number} rate
 * @param {number} at
 */
function rowNode(row, rate, at) {
  const timed = row.start_sample !== null && row.end_sample !== null;
  const length = timed ? (/** @type {number} */ (row.end_sample) - /** @type {number} */ (row.start_sample)) / rate : 0;
  return make(
    "div",
    {
      id: `source-row-${at}`,
      role: "option",
      "aria-selected": "false",
      "data-key": row.key,
      "data-kind": row.kind,
      "data-verdict": row.kind === "clip" ? (row.verdict ?? "unreviewed") : null,
    },
    make("span", { class: "at" }, timed ? clockWords(/** @type {number} */ (row.start_sample) / rate, 2) : ""),
    make("span", { class: "length" }, timed ? timeWords(length) : ""),
    make("span", { class: "what" }, whatWords(row)),
    make("span", { class: "text" }, row.text),
  );
}

/** @param {import("./rows.js").SourceRow} row */
function whatWords(row) {
  if (row.kind === "gap") return "speech in no line";
  if (row.kind === "missing") return `line ${row.line} not found${row.start_sample === null ? "" : ", somewhere here"}`;
  const line = row.line === null ? "" : `line ${row.line}${row.take ? `, take ${row.take}` : ""}: `;
  return `${line}${verdictWord(row.verdict)}`;
}

/**
 * @param {import("./rows.js").SourceRow[]} rows
 * @returns {string} "30 clips, 2 stretches of speech in no line, 1 line not found"
 */
export function countWords(rows) {
  const count = (/** @type {string} */ kind) => rows.filter((row) => row.kind === kind).length;
  const words = [plural(count("clip"), "clip")];
  const gaps = count("gap");
  if (gaps) words.push(`${gaps} ${gaps === 1 ? "stretch" : "stretches"} of speech in no line`);
  const missing = count("missing");
  if (missing) words.push(`${plural(missing, "line")} not found`);
  return words.join(", ");
}

/** The history of a clip in words: what, who, when; what was taken back is struck through. */
import { make } from "../core/core.js";
import { deed, takenBack, valueWords, whenWords } from "../ground/decision_words.js";

/**
 * @param {import("../ground/decision_words.js").Decided[]} history
 * @param {number} rate samples per second of the source
 * @returns {HTMLElement} newest first; rows of one operation stand together
 */
export function historyList(history, rate) {
  if (!history.length) return make("p", { class: "quiet" }, "Nobody decided anything yet.");
  const gone = takenBack(history);
  const list = make("ol", { class: "history" });
  for (const group of operations(history)) {
    const back = group[0].op_id !== undefined && gone.has(group[0].op_id);
    const deeds = deedsOf(group, rate);
    list.append(
      make(
        "li",
        {},
        make("span", { class: "who" }, group[0].by),
        " ",
        make(back ? "s" : "span", { class: "deed" }, deeds),
        back ? make("span", { class: "quiet" }, " (taken back)") : null,
        " ",
        make("time", { datetime: group[0].at, class: "quiet" }, whenWords(group[0].at)),
      ),
    );
  }
  return list;
}

/**
 * What an operation did to the clip, what it is of first. Of a clip that was made, its edges are not moved ones.
 * @param {import("../ground/decision_words.js").Decided[]} group
 * @param {number} rate samples per second of the source
 * @returns {string}
 */
export function deedsOf(group, rate) {
  const made = group.find((row) => row.field === "made_of");
  if (!made) return [...new Set(group.map((row) => deed(row, rate)))].join(", ");
  if (made.retracts) return "took the clip away again";
  const edges = group.find((row) => row.field === "edges");
  const others = group.filter((row) => row !== made && row !== edges);
  const where = edges ? [`from ${valueWords("edges", edges.value, rate)}`] : [];
  return [deed(made, rate), ...where, ...others.map((row) => deed(row, rate))].join(", ");
}

/**
 * @param {import("../ground/decision_words.js").Decided[]} history
 * @returns {import("../ground/decision_words.js").Decided[][]} newest first
 */
function operations(history) {
  const sorted = [...history].sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
  /** @type {import("../ground/decision_words.js").Decided[][]} */
  const groups = [];
  for (const row of sorted) {
    const last = groups[groups.length - 1];
    if (last && row.op_id !== undefined && last[0].op_id === row.op_id) last.push(row);
    else groups.push([row]);
  }
  return groups;
}

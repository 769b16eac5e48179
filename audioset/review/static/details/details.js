/** What is known about the clip: note, tags, facts, where reviewers differ, history. */

/** @import {App} from "../core/core.js" */

import { make, place } from "../core/core.js";
import { fieldName } from "../ground/decision_words.js";
import { opinionButtons } from "../others/agreement.js";
import { askFact, factsTable } from "./facts.js";
import { historyList } from "./history.js";
import { noteEditor, tagEditor } from "./tags.js";

const REST_MS = 150; // who hurries on does not read what is known about a clip
const ASK_AGAIN_MS = 250; // after a decision: history and takes are others now

/** @param {App} app */
export function mount(app) {
  const aside = place("details");
  let waiting = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let soon;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let rest;
  const draw = () => {
    waiting = false;
    clearTimeout(rest);
    const row = app.state.current;
    const same = aside.dataset.clip === (row?.root_id ?? "");
    const active = aside.contains(document.activeElement) ? document.activeElement : null;
    if (same && active?.matches("textarea, input") && /** @type {HTMLInputElement} */ (active).value !== active.getAttribute("data-before")) return; // somebody writes here
    const focused = active?.id;
    aside.dataset.clip = row?.root_id ?? "";
    const detail = app.state.detail?.clip_id === row?.clip_id ? app.state.detail : null;
    aside.replaceChildren(...(row ? parts(app, row, detail) : []));
    if (focused) document.getElementById(focused)?.focus();
  };
  const drawSoon = () => {
    if (!waiting) requestAnimationFrame(draw);
    waiting = true;
  };
  app.on("current", (row) => {
    clearTimeout(rest);
    if (row) rest = setTimeout(drawSoon, REST_MS);
    else draw(); // nothing of a clip stays where there is none
  });
  app.on("row", (row) => row.root_id === app.state.current?.root_id && drawSoon());
  app.on("detail", drawSoon);
  app.on("answered", () => {
    clearTimeout(soon);
    soon = setTimeout(() => void app.going.detail(), ASK_AGAIN_MS);
  });

  const focus = (/** @type {string} */ id) => () => {
    if (aside.dataset.clip !== (app.state.current?.root_id ?? "")) draw();
    app.emit("reveal", "details");
    const node = document.getElementById(id);
    node?.scrollIntoView({ block: "nearest" });
    node?.focus();
  };
  const group = "About the clip";
  const when = () => app.state.current !== null;
  app.keys.add({ id: "tag", code: "KeyT", words: "Tag the clip", group, when, run: focus("tag-input") });
  app.keys.add({ id: "note", code: "KeyM", words: "Write a note", group, when, run: focus("note") });
  app.keys.add({ id: "fact", code: "KeyF", words: "Add or change a fact", group, when, run: () => app.state.current && askFact(app, app.state.current, "", "") });
}

/**
 * @param {App} app
 * @param {any} row
 * @param {any} detail null while it is on its way
 * @returns {HTMLElement[]}
 */
function parts(app, row, detail) {
  /** @type {any[]} */
  const differ = detail?.agreement ?? [];
  return [
    part("Note and tags", "private, never published", noteEditor(app, row), tagEditor(app, row, app.state.session.tags)),
    part("Facts", "", factsTable(app, row)),
    ...(differ.length ? [part("Reviewers differ", "one says how it is", ...differ.flatMap((one) => opinionsOf(app, one)))] : []),
    part("History", "", detail ? historyList(detail.history ?? [], row.source_rate) : make("p", { class: "quiet" }, "…")),
  ];
}

/** @param {App} app @param {any} one disagreement @returns {HTMLElement[]} */
function opinionsOf(app, one) {
  const again = () => void app.going.detail();
  return [make("p", { class: "quiet" }, fieldName(one.field)), make("p", { class: "opinions" }, ...opinionButtons(app, one, again))];
}

/**
 * @param {string} title
 * @param {string} more
 * @param {...Node} body
 */
function part(title, more, ...body) {
  return make("section", {}, make("h3", {}, title, more ? make("small", {}, ` ${more}`) : null), ...body);
}

/**
 * Somebody else decided the same meanwhile: theirs and mine, who and when. Nothing of mine is recorded until it is
 * chosen; what waits for a choice survives a reload.
 */

/** @import {App} from "../core/core.js" */
/** @import {Conflict, Operation} from "../ground/types.js" */

import { make, place } from "../core/core.js";
import { fieldName, plural, valueWords, whenWords } from "../ground/decision_words.js";
import { openDialog } from "../ground/dialogs.js";
import { isTyping } from "../ground/keys.js";

const STORED = "audioset:conflicts:";

/** @typedef {{operation: Operation, conflicts: Conflict[]}} Clash */

/**
 * What I wanted for a field that somebody else decided.
 * @param {Operation} operation
 * @param {Conflict} conflict
 * @param {number} [rate] samples per second of the source
 * @returns {string}
 */
export function mineWords(operation, conflict, rate) {
  const { body, path } = operation;
  if (path === "edges") return valueWords("edges", `${body.start_sample} ${body.end_sample}`, rate);
  const change = (body.changes ?? []).find(
    (/** @type {any} */ each) =>
      each.subject_kind === conflict.subject_kind && each.subject_id === conflict.subject_id && each.field === conflict.field,
  );
  return change ? valueWords(change.field, change.value) : operation.words;
}

/**
 * The operation once more, in knowledge of what they decided.
 * @param {Clash} clash
 * @returns {Record<string, any>} its body, without its id
 */
export function mineAgain({ operation, conflicts }) {
  const { op_id: _, ...body } = structuredClone(operation.body);
  for (const conflict of conflicts) {
    for (const change of body.changes ?? []) {
      const same = change.subject_kind === conflict.subject_kind && change.subject_id === conflict.subject_id;
      if (same && change.field === conflict.field) change.expected_id = conflict.row_id;
    }
    if ("expected_id" in body && conflict.field === "edges") body.expected_id = conflict.row_id;
  }
  return body;
}

/** @param {App} app */
export function mount(app) {
  const dialog = /** @type {HTMLDialogElement} */ (place("conflicts"));
  /** @type {Clash[]} */
  let clashes = [];
  const stored = () => `${STORED}${app.outbox.scope}`;

  const keep = () => {
    try {
      if (clashes.length) localStorage.setItem(stored(), JSON.stringify(clashes));
      else localStorage.removeItem(stored());
    } catch {
      // Full, or forbidden by the browser: they are shown all the same.
    }
  };

  /** @param {Clash} clash */
  const done = (clash) => {
    clashes = clashes.filter((each) => each !== clash);
    keep();
    if (clashes.length) draw();
    else dialog.close();
  };

  /** @param {Clash} clash */
  const keepTheirs = (clash) => {
    done(clash);
    app.say("What was decided first is kept.");
  };

  /** @param {Clash} clash */
  const takeMine = (clash) => {
    const { operation } = clash;
    const row = operation.root_id ? (app.state.rowOfRoot(operation.root_id) ?? null) : null;
    done(clash);
    const touches = operation.touches ?? [];
    const after = operation.body.changes ?? [];
    app.operations.perform(operation.path, mineAgain(clash), { words: operation.words, row, touches, after });
    app.say("What was decided here is sent again.");
  };

  /** Who sits at two tabs is not somebody else. @param {Conflict} conflict */
  const isOwn = (conflict) => conflict.by === app.state.session.reviewer;

  const draw = () => {
    const count = clashes.length;
    const own = clashes.every((clash) => clash.conflicts.every(isOwn));
    const [one, several] = own ? ["You decided this yourself", "you decided the same yourself"] : ["Somebody else decided this", "somebody else decided the same"];
    const title = count === 1 ? `${one} meanwhile` : `${count} times ${several} meanwhile`;
    dialog.replaceChildren(
      make("h2", { tabindex: "-1" }, title),
      ...clashes.map(clashNode),
    );
  };

  /** @param {Clash} clash */
  const clashNode = (clash) => {
    const { operation, conflicts } = clash;
    const others = (operation.body.changes ?? []).length - conflicts.length;
    const again = operation.path !== "undo";
    const about = operation.root_id ? (app.state.rowOfRoot(operation.root_id) ?? null) : null;
    const own = conflicts.every(isOwn);
    const rate = about?.source_rate;
    return make(
      "section",
      { class: "clash" },
      make("h3", {}, operation.words),
      about ? make("p", { class: "quiet" }, about.text ?? about.clip_id) : null,
      make(
        "table",
        {},
        make("thead", {}, make("tr", {}, ...["What", own ? "What holds" : "Theirs", own ? "This" : "Mine"].map((name) => make("th", { scope: "col" }, name)))),
        make(
          "tbody",
          {},
          ...conflicts.map((conflict) =>
            make(
              "tr",
              {},
              make("th", { scope: "row" }, fieldName(conflict.field)),
              make("td", {}, valueWords(conflict.field, conflict.value, rate), make("small", { class: "quiet" }, ` ${isOwn(conflict) ? "you" : (conflict.by ?? "nobody")}${conflict.at ? `, ${whenWords(conflict.at)}` : ""}`)),
              make("td", {}, mineWords(operation, conflict, rate)),
            ),
          ),
        ),
      ),
      others > 0 ? make("p", { class: "quiet" }, `${plural(others, "other decision")} of the same key press ${others === 1 ? "waits" : "wait"} with it.`) : null,
      make(
        "p",
        { class: "answers" },
        make("button", { type: "button", onclick: () => keepTheirs(clash) }, own ? "Keep what holds" : "Keep theirs"),
        again ? make("button", { type: "button", onclick: () => takeMine(clash) }, own ? "This again" : "Mine again") : null,
        about
          ? make("button", { type: "button", class: "plain", onclick: () => { dialog.close(); void app.goto(about.clip_id); } }, "Go to the clip")
          : null,
      ),
    );
  };

  const open = () => {
    if (!clashes.length) return app.say("There is no conflict.");
    draw();
    openDialog(dialog, dialog.querySelector("h2"));
  };

  // Who writes, or answers another dialog, is not torn away from it.
  const openSoon = () => {
    if (!clashes.length || dialog.open) return;
    if (isTyping(document.activeElement) || document.querySelector("dialog[open]")) setTimeout(openSoon, 500);
    else open();
  };

  app.on("conflict", ({ operation, conflicts }) => {
    clashes.push({ operation, conflicts });
    keep();
    if (dialog.open) draw();
    openSoon();
  });
  app.on("session", () => {
    try {
      clashes = JSON.parse(localStorage.getItem(stored()) ?? "[]");
    } catch {
      clashes = [];
    }
    openSoon();
  });
  app.keys.add({ id: "conflicts", code: "Shift+KeyC", words: "Conflicts with others", group: "Views", run: open, when: () => clashes.length > 0 });
}

/** Verdicts by one key, going on, back, undo and redo; and words of it for who does not see the page. */

/** @import {App} from "../core/core.js" */
/** @import {Row, Verdict} from "../ground/types.js" */

import { place } from "../core/core.js";
import { quoted } from "../ground/decision_words.js";
import { shown } from "../ground/keys.js";
import { acceptedOf } from "../ground/state.js";

/** @type {Record<Verdict, string>} */
export const DONE = { accept: "Accepted", reject: "Rejected", unsure: "Unsure" };
/** @type {Record<Verdict, string>} */
export const MARKS = { accept: "✓", reject: "✗", unsure: "?" };
const VERDICTS = /** @type {Verdict[]} */ (["reject", "unsure", "accept"]);

/** @param {App} app */
export function mount(app) {
  const { keys } = app;
  const group = "Verdict";
  const here = () => app.state.current !== null;
  keys.add({ id: "accept", group, code: "KeyA", words: "Accept, next clip", when: here, run: () => judge(app, "accept") });
  keys.add({ id: "reject", group, code: ["KeyX", "KeyR"], words: "Reject, next clip", when: here, run: () => judge(app, "reject") });
  keys.add({ id: "unsure", group, code: "KeyS", words: "Unsure, next clip", when: here, run: () => judge(app, "unsure") });
  keys.add({ id: "next", group, code: ["KeyJ", "ArrowDown"], words: "Next clip, no verdict", repeats: true, run: () => go(app, 1) });
  keys.add({ id: "previous", group, code: ["KeyK", "ArrowUp"], words: "Previous clip", repeats: true, run: () => go(app, -1) });
  keys.add({ id: "undo", group, code: ["KeyU", "Ctrl+KeyZ"], words: "Undo, and back to that clip", repeats: true, run: () => void app.operations.undo() });
  keys.add({ id: "redo", group, code: ["Shift+KeyU", "Ctrl+Shift+KeyZ"], words: "Do again what was undone", repeats: true, run: () => void app.operations.redo() });
  bindButtons(app);
  const draw = () => showVerdict(app);
  app.on("current", draw);
  app.on("row", (row) => row === app.state.current && draw());
  app.on("steps", draw);
  draw();
}

/**
 * Judges the current clip, and goes on where that is set. Drafts of text and edges belong to the same step of undo.
 * @param {App} app
 * @param {Verdict} verdict
 */
export function judge(app, verdict) {
  const row = app.state.current;
  if (!row) return;
  // A verdict is about the clip that one sees and hears, not about the one before it.
  if (app.going.underway) return app.say("The clip is still on its way.");
  const heard = app.player?.heard() ?? null;
  let moved = false;
  app.operations.together(row, `${verdict} ${nameOf(row)}`, () => {
    app.emit("leave", row);
    // The next clip sounds first; what is written down can wait for it, by some milliseconds.
    if (app.state.settings.auto_advance) moved = app.going.step(1);
    const own = row.held?.accepted?.by === app.state.session.reviewer;
    if (row.verdict === verdict && own) return;
    void app.operations.decide([{ subject_kind: "clip", subject_id: row.root_id, field: "accepted", value: acceptedOf(verdict) }], {
      words: `${verdict} ${nameOf(row)}`,
      row,
      heard,
    });
  });
  const next = moved ? app.state.current : null;
  app.say(next && next !== row ? `${DONE[verdict]}. Next: ${about(next)}` : `${DONE[verdict]}.`);
}

/** @param {App} app @param {1 | -1} direction */
function go(app, direction) {
  if (app.going.step(direction) && app.state.current) app.say(about(app.state.current));
}

/** @param {Row} row */
function about(row) {
  const flags = row.flags.length ? `, flagged ${row.flags.join(", ")}` : "";
  const verdict = row.verdict ? `, ${DONE[row.verdict].toLowerCase()}` : "";
  return `${row.text || "no text"}, ${row.length_seconds.toFixed(1)} seconds${verdict}${flags}.`;
}

/** A short name of a clip for people. @param {Row} row */
export function nameOf(row) {
  const words = (row.text ?? "").split(/\s+/).slice(0, 5).join(" ");
  return words ? quoted(words) : row.clip_id;
}

/**
 * Buttons do what their keys do. After a click the focus goes back to the clip, so that the space bar plays and does not
 * press the button once more; who came to the button by Tab stays there.
 * @param {App} app
 */
function bindButtons(app) {
  for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("button[data-key]"))) {
    const id = button.dataset.key ?? "";
    button.addEventListener("click", (event) => {
      app.keys.pressedAt = event.timeStamp;
      app.keys.run(id);
      app.keys.pressedAt = 0;
      if (event.detail > 0) place("stage").focus({ preventScroll: true });
    });
  }
  app.on("settings", () => nameKeys(app));
}

/** @param {App} app */
function nameKeys(app) {
  for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("button[data-key]"))) {
    const code = app.keys.codes(button.dataset.key ?? "")[0];
    if (!code || button.hasAttribute("aria-label")) continue;
    let mark = button.querySelector("kbd");
    if (!mark) {
      mark = document.createElement("kbd");
      mark.setAttribute("aria-hidden", "true");
      button.append(mark);
    }
    mark.textContent = shown(code);
    button.setAttribute("aria-keyshortcuts", code.replace(/Key|Digit/, "").replace("Ctrl", "Control"));
  }
}

/** @param {App} app */
function showVerdict(app) {
  const row = app.state.current;
  for (const verdict of VERDICTS) {
    const button = /** @type {HTMLButtonElement} */ (place(verdict));
    button.disabled = !row;
    button.setAttribute("aria-pressed", String(row?.verdict === verdict));
  }
  /** @type {HTMLButtonElement} */ (place("undo")).disabled = !app.operations.canUndo;
  /** @type {HTMLButtonElement} */ (place("redo")).disabled = !app.operations.canRedo;
  /** @type {HTMLButtonElement} */ (place("previous")).disabled = app.state.index <= 0;
  /** @type {HTMLButtonElement} */ (place("next")).disabled = app.state.index + 1 >= app.state.queue.total;
}

/** Shows what is not saved yet, and what was not taken. */

/** @import {App} from "../core/core.js" */

import { make, place } from "../core/core.js";
import { sentence } from "../ground/decision_words.js";
import { isAbsence } from "./absent.js";

// Shorter than this nobody needs to see that something is on its way.
const GRACE_MS = 400;

/** @param {App} app */
export function mount(app) {
  const button = place("waiting");
  const dialog = /** @type {HTMLDialogElement} */ (place("outbox"));
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const show = () => {
    clearTimeout(timer);
    timer = undefined;
    const { waiting, problem } = app.outbox;
    const count = waiting.length;
    button.hidden = count === 0;
    button.classList.toggle("stuck", problem !== "");
    button.textContent = problem ? `${count} not saved` : `saving ${count}`;
    button.setAttribute("aria-label", `${count} operations are not saved yet${problem ? `: ${problem}` : ""}. Show them.`);
    if (dialog.open) fill(app, dialog);
  };
  let saidProblem = "";
  app.on("outbox", () => {
    if (app.outbox.problem !== saidProblem) {
      saidProblem = app.outbox.problem;
      if (!saidProblem) app.say("All is saved again.");
      else if (!isAbsence(app.outbox.status)) app.say(`Not saved: ${saidProblem}. It is tried again.`);
    }
    if (app.outbox.waiting.length === 0 || app.outbox.problem || !button.hidden) show();
    else timer ??= setTimeout(show, GRACE_MS);
  });
  button.addEventListener("click", () => {
    fill(app, dialog);
    dialog.showModal();
  });
  app.on("refused", ({ operation, problem, told }) => {
    // Who can insist is asked, where the edges are.
    if (!told && !problem.said.overlap) app.notice(`Not taken: ${operation.words}. ${sentence(problem)}`, "problem");
  });
  app.on("session", (session) => session.waiting.forEach((/** @type {string} */ words) => app.notice(sentence(words), "problem")));
  app.on("unkept", () => app.notice("The browser keeps nothing for this page: what is not saved yet would be lost with a reload.", "problem"));
  addEventListener("beforeunload", (event) => {
    if (app.outbox?.waiting.length && app.outbox.problem) event.preventDefault();
  });
  addEventListener("online", () => app.outbox?.hurry());
}

/** @param {App} app @param {HTMLDialogElement} dialog */
function fill(app, dialog) {
  const { waiting, problem } = app.outbox;
  const close = make("button", { type: "button" }, "Close");
  close.addEventListener("click", () => dialog.close());
  const again = make("button", { type: "button", class: "main" }, "Try now");
  again.addEventListener("click", () => app.outbox.hurry());
  const words = waiting.length
    ? problem
      ? `${sentence(problem)} What you did is kept in this browser, also over a reload, and is sent in order as soon as the server answers.`
      : "On their way to the server."
    : "All is saved.";
  dialog.replaceChildren(
    make("h2", {}, "Not saved yet"),
    make("p", { class: problem ? "problem" : "quiet" }, words),
    make("ol", { class: "waiting" }, ...waiting.slice(0, 100).map((operation) => make("li", {}, operation.words))),
    make("div", { class: "buttons" }, again, close),
  );
}

/**
 * Dialogs: modal, closed by Escape, and the focus goes back to where it was, or, where that is gone,
 * to the middle of the page.
 */
import { make } from "./core.js";

/**
 * @param {HTMLDialogElement} dialog
 * @param {HTMLElement | null} [first] gets the focus
 */
export function openDialog(dialog, first = null) {
  if (dialog.open) return;
  const before = document.activeElement;
  dialog.addEventListener(
    "close",
    () => {
      const back = before instanceof HTMLElement && before.isConnected ? before : null;
      (back && back !== document.body ? back : document.querySelector("main"))?.focus();
    },
    { once: true },
  );
  dialog.showModal();
  first?.focus();
}

/**
 * A dialog of its own that is there while it is open.
 * @param {string} id
 * @param {string} title
 * @param {...(Node | string | null)} body
 * @returns {HTMLDialogElement}
 */
export function newDialog(id, title, ...body) {
  document.getElementById(id)?.remove();
  const dialog = make(
    "dialog",
    { id, "aria-labelledby": `${id}-title` },
    make("h2", { id: `${id}-title` }, title),
    ...body,
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  return dialog;
}

/**
 * Asks, and waits for the answer.
 * @param {string} id
 * @param {string} title
 * @param {(Node | string | null)[]} body
 * @param {{value: string, words: string}[]} answers the first is what Enter does
 * @returns {Promise<string>} the answer; "" when it was closed
 */
export function ask(id, title, body, answers) {
  return new Promise((resolve) => {
    const buttons = answers.map(({ value, words }, at) =>
      make("button", { type: "submit", value, class: at === 0 ? "main" : null }, words),
    );
    const form = make(
      "form",
      { method: "dialog" },
      ...body,
      make("p", { class: "answers" }, ...buttons),
    );
    const dialog = newDialog(id, title, form);
    dialog.addEventListener("close", () => resolve(dialog.returnValue));
    const first = form.querySelector("input, select, textarea") ?? buttons[0];
    openDialog(dialog, first instanceof HTMLElement ? first : null);
  });
}

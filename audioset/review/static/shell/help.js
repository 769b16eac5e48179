/** All keys of the page, with their words; each can be changed, and got back. */

/** @import {App} from "../core/core.js" */
/** @import {Key, Keys} from "../ground/keys.js" */

import { make, place } from "../core/core.js";
import { openDialog } from "../ground/dialogs.js";
import { combination, shown } from "../ground/keys.js";

// What browsers or the page keep for themselves.
const KEPT = new Map([
  ["Tab", "Tab goes from one element to the next"],
  ["Shift+Tab", "Shift+Tab goes back by one element"],
  ["Escape", "Esc closes and leaves fields"],
  ...["KeyW", "KeyN", "KeyT", "Shift+KeyN", "Shift+KeyT", "Shift+KeyW"].map((code) => /** @type {[string, string]} */ ([`Ctrl+${code}`, "the browser keeps this one for itself"])),
]);
const ONLY_HELD = /^(?:Ctrl\+|Alt\+|Shift\+)*(?:Control|Shift|Alt|Meta|AltGraph|CapsLock|Fn|OS)(?:Left|Right)?$/;
const WRITING = [
  ["Ctrl+Enter", "save what is written, and go on"],
  ["Esc", "leave the field; what stood there before comes back"],
];

/**
 * Who has a combination already among keys that work at the same time.
 * @param {Keys} keys
 * @param {string} id of the key that is to get it
 * @param {string} code
 * @returns {(Key & {codes: string[]}) | null}
 */
export function holderOf(keys, id, code) {
  return keys.all().find((key) => key.id !== id && key.codes.includes(code)) ?? null;
}

/**
 * What is chosen after a key got a combination; who had it gets the one that is given up.
 * @param {Record<string, string>} chosen
 * @param {Keys} keys
 * @param {string} id
 * @param {string} code
 * @returns {Record<string, string>}
 */
export function exchanged(chosen, keys, id, code) {
  const holder = holderOf(keys, id, code);
  const next = { ...chosen, [id]: code };
  if (holder) next[holder.id] = keys.codes(id)[0];
  return next;
}

/** @param {App & {sourceKeys?: Keys}} app */
export function mount(app) {
  const dialog = /** @type {HTMLDialogElement} */ (place("help"));
  /** @type {string | null} id of the key that waits for its new combination */
  let waiting = null;
  /** @type {string | null} id of the key that was changed last; what it is folded into stays open */
  let unfolded = null;
  const problem = make("p", { class: "problem", role: "alert" });
  const sets = () => [app.keys, ...(app.sourceKeys ? [app.sourceKeys] : [])];
  const setOf = (/** @type {string} */ id) => /** @type {Keys} */ (sets().find((keys) => keys.all().some((key) => key.id === id)));
  const chosen = () => app.state.settings.keys ?? {};

  const draw = () => {
    const focused = document.activeElement?.id;
    const scrolled = dialog.querySelector(".keys")?.scrollTop ?? 0;
    dialog.replaceChildren(
      make("h2", { id: "help-title" }, "Keys"),
      make("p", { class: "quiet" }, "Letters go by what is written on the key. They rest while a field is written in."),
      problem,
      make("div", { class: "keys", tabindex: "0", role: "region", "aria-label": "All keys" }, ...groups(sets()).map(groupNode)),
      make(
        "p",
        { class: "answers" },
        button("help-close", "Close", () => dialog.close(), true),
        Object.keys(chosen()).length ? button("help-reset", "Reset all keys", () => app.set({ keys: {} })) : null,
      ),
    );
    const list = dialog.querySelector(".keys");
    if (list) list.scrollTop = scrolled;
    if (focused) document.getElementById(focused)?.focus();
  };

  /** @param {{name: string, keys: (Key & {codes: string[]})[]}} group */
  const groupNode = (group) => {
    const table = (/** @type {(Key & {codes: string[]})[]} */ keys) => make("table", {}, make("tbody", {}, ...keys.map(keyNode)));
    const folded = group.keys.filter((key) => key.folded);
    return make(
      "section",
      {},
      make("h3", {}, group.name),
      table(group.keys.filter((key) => !key.folded)),
      folded.length
        ? make("details", { open: folded.some((key) => key.id === unfolded) }, make("summary", {}, folded[0].folded ?? ""), table(folded))
        : null,
    );
  };

  /** @param {Key & {codes: string[]}} key */
  const keyNode = (key) => {
    const listening = waiting === key.id;
    const change = button(`change-${key.id}`, listening ? "press it…" : "Change", () => begin(key.id));
    change.setAttribute("aria-label", listening ? `press the new key for: ${key.words}` : `change the key for: ${key.words}`);
    const reset = button(`reset-${key.id}`, "Reset", () => giveBack(key.id));
    reset.setAttribute("aria-label", `reset the key for: ${key.words}`);
    return make(
      "tr",
      { "data-key": key.id },
      make("td", {}, ...key.codes.flatMap((code, at) => [at ? " " : null, make("kbd", {}, shown(code))])),
      make("th", { scope: "row" }, key.words),
      make("td", {}, change, key.id in chosen() ? reset : null),
    );
  };

  /** @param {string} id */
  const begin = (id) => {
    waiting = id;
    unfolded = id;
    problem.replaceChildren();
    draw();
  };

  /** @param {string} id */
  const giveBack = (id) => {
    unfolded = id;
    const next = { ...chosen() };
    delete next[id];
    const codes = [setOf(id).all().find((key) => key.id === id)?.code ?? []].flat();
    const holder = codes.map((code) => holderOf(setOf(id), id, code)).find((key) => key !== null);
    if (holder) delete next[holder.id]; // it took what comes back
    app.set({ keys: next });
    document.getElementById(`change-${id}`)?.focus();
  };

  /** @param {string} id @param {string} code */
  const take = (id, code) => {
    const keys = setOf(id);
    const holder = holderOf(keys, id, code);
    problem.replaceChildren();
    if (KEPT.has(code)) problem.append(`${shown(code)} cannot be chosen: ${KEPT.get(code)}.`);
    else if (holder) {
      const swap = button("swap-keys", "Exchange the two", () => {
        problem.replaceChildren();
        app.set({ keys: exchanged(chosen(), keys, id, code) });
        document.getElementById(`change-${id}`)?.focus();
      });
      problem.append(`${shown(code)} already is: ${holder.words}. `, swap);
      queueMicrotask(() => swap.focus());
    } else app.set({ keys: exchanged(chosen(), keys, id, code) });
    draw();
  };

  dialog.addEventListener(
    "keydown",
    (event) => {
      if (waiting === null) return;
      const code = combination(event);
      if (ONLY_HELD.test(code)) return;
      event.preventDefault();
      event.stopPropagation();
      const id = waiting;
      waiting = null;
      if (code === "Escape") draw();
      else take(id, code);
      if (document.activeElement === document.body) document.getElementById(`change-${id}`)?.focus();
    },
    { capture: true },
  );
  dialog.addEventListener("close", () => {
    waiting = null;
    problem.replaceChildren();
  });
  app.on("settings", (settings) => {
    app.sourceKeys?.choose(settings.keys ?? {});
    if (dialog.open) draw();
  });
  const open = () => {
    draw();
    openDialog(dialog, document.getElementById("help-close"));
  };
  app.keys.add({ id: "help", code: "Shift+Slash", words: "All keys", group: "Views", run: open });
}

/**
 * @param {Keys[]} sets
 * @returns {{name: string, keys: (Key & {codes: string[]})[]}[]}
 */
function groups(sets) {
  /** @type {Map<string, (Key & {codes: string[]})[]>} */
  const found = new Map();
  for (const key of sets.flatMap((keys) => keys.all())) {
    const name = key.group ?? "The clip";
    found.set(name, [...(found.get(name) ?? []), key]);
  }
  return [...found].map(([name, keys]) => ({ name, keys }));
}

/** @param {string} id @param {string} words @param {() => void} run @param {boolean} [main] */
function button(id, words, run, main = false) {
  const node = make("button", { type: "button", id, class: main ? "main" : null }, words);
  node.addEventListener("click", run);
  return node;
}

/** The one object that all modules and views are given: what is known, what happened, what can be done. */

/** @import {Change, Row, Session} from "../ground/types.js" */
/** @import {Player} from "../sound/player.js" */

import { Keys } from "../ground/keys.js";
import { server } from "../ground/server.js";
import { Bus, State } from "../ground/state.js";
import { Going } from "./going.js";
import { Operations } from "./operations.js";
import { Outbox } from "./outbox.js";

const NOTICE_MS = 9000;
const MOST_NOTICES = 4;

/**
 * Events, with what their handlers are given:
 * `session` Session · `settings` Settings · `filter` Filter · `queue` Queue (a new one) · `places` null (places of the
 * queue moved) · `current` Row or null (another clip) · `row` Row (a clip's values changed; also of one that is not the
 * current) · `detail` Detail (of the current clip) · `leave` Row (before another clip comes: drafts are saved now) ·
 * `outbox` Outbox · `answered` {operation, answer} · `conflict` {operation, problem, conflicts} ·
 * `refused` {operation, problem, told} (`told`: who did it tells of it) · `news` {rows, news} (what others did) · `rows` string[] (rows that came) ·
 * `playing` boolean · `shown` Prepared or null (sound and picture of the current clip) · `ready` {prepared, what} ·
 * `span` Prepared (times that the picture shows) · `steps` Operations (undo and redo) · `end` null (after the last clip).
 */
export class App {
  state = new State();
  keys = new Keys();
  server = server;
  #bus = new Bus();
  /** @type {Outbox} */
  outbox = /** @type {any} */ (null);
  /** @type {Player} */
  player = /** @type {any} */ (null);
  going = new Going(this);
  operations = new Operations(this);
  /** @type {() => void} */
  #opened = () => {};
  /** kept when it is known who we are: no clip is shown before @type {Promise<void>} */
  opened = new Promise((resolve) => (this.#opened = resolve));

  /** @param {string} name @param {(detail: any) => void} handler */
  on(name, handler) {
    return this.#bus.on(name, handler);
  }

  /** @param {string} name @param {any} [detail] */
  emit(name, detail) {
    this.#bus.emit(name, detail);
  }

  /** @param {Session} session */
  open(session) {
    this.state.setSession(session);
    this.keys.choose(this.state.settings.keys ?? {});
    this.outbox = new Outbox({
      scope: [session.dataset, session.version ?? "", session.reviewer, session.pass ?? 1].join("|"),
      send: (operation) => this.server.operation(operation.path, operation.body),
      tell: (name, detail) => this.emit(name, detail),
      storage: localStorage,
    });
    this.emit("session", session);
    this.emit("settings", this.state.settings);
    this.#opened();
  }

  /**
   * One operation of one or more decisions: shown at once, sent in its turn, undone as one.
   * @param {Change[]} changes
   * @param {{words?: string, row?: Row | null}} [options] words for people; the clip to which undo returns
   */
  decide(changes, options = {}) {
    return this.operations.decide(changes, options);
  }

  /**
   * Another clip becomes the current one.
   * @param {string} clipId
   * @param {{play?: boolean}} [options]
   */
  goto(clipId, options) {
    return this.going.goto(clipId, options);
  }

  /** Changes settings here and on the server. @param {Partial<import("../ground/types.js").Settings>} changed */
  set(changed) {
    Object.assign(this.state.settings, changed);
    if (changed.keys) this.keys.choose(changed.keys);
    this.emit("settings", this.state.settings);
    this.server.saveSettings(this.state.settings).catch((problem) => this.notice(`The settings are not saved: ${problem.message}.`, "problem"));
  }

  /** For people who do not see the page. @param {string} words */
  say(words) {
    const said = place("said");
    // The same words twice are not read twice; a space that comes and goes makes them other words.
    said.textContent = said.textContent === words ? `${words}\u00a0` : words;
  }

  /**
   * A line that is shown for some seconds; a problem stays until it is put away.
   * @param {string} words
   * @param {"news" | "problem"} [kind]
   */
  notice(words, kind = "news") {
    const notices = place("notices");
    // The same words once more are the same line.
    for (const old of notices.querySelectorAll(".notice:not(.standing)")) if (old.querySelector("p")?.textContent === words) old.remove();
    const line = make("div", { class: `notice ${kind}` }, make("p", {}, words));
    const close = make("button", { type: "button", "aria-label": "Put away" }, "×");
    close.addEventListener("click", () => line.remove());
    line.append(close);
    notices.append(line);
    const passing = [...notices.querySelectorAll(".notice:not(.standing)")];
    for (const old of passing.slice(0, -MOST_NOTICES)) old.remove();
    if (kind === "news") setTimeout(() => line.remove(), NOTICE_MS);
  }
}

/**
 * An element of the page by its id.
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @returns {T}
 */
export function place(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return /** @type {T} */ (element);
}

/**
 * Sets the words of an element where they are others: to set the same ones again costs the browser as much as new ones.
 * @param {Element} element
 * @param {string} words
 */
export function write(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

/**
 * A new element. Words are always set as text, never as HTML; `onclick` and the like are heard.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @param {Record<string, string | number | boolean | null | ((event: any) => void)>} [attributes]
 * @param {...(Node | string | null)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key.replace(/^on/, ""), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null) element.setAttribute(key, String(value));
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** How far one is, how fast, and how long it still takes. */

/** @import {App} from "../core/core.js" */

import { place, write } from "../core/core.js";
import { plural } from "../ground/decision_words.js";

const WINDOW_MS = 15 * 60_000;
// Who was away for longer did not judge slowly, but something else.
const LONGEST_PAUSE_MS = 60_000;
const LEAST_VERDICTS = 5;
const NUMBER = new Intl.NumberFormat("en");
const count = (/** @type {number} */ number) => NUMBER.format(number);

/** @param {App} app */
export function mount(app) {
  const pace = new Pace();
  app.on("answered", ({ operation }) => {
    if (operation.body.changes?.some((/** @type {{field: string}} */ change) => change.field === "accepted")) pace.add(Date.now());
  });
  const show = () => showProgress(app, pace);
  for (const name of ["queue", "row", "places", "answered"]) app.on(name, show);
  app.on("end", async () => {
    await null; // the verdict that led here is counted
    const { total, reviewed } = app.state.queue;
    const left = total - reviewed;
    app.notice(left > 0 ? `The end of the queue; ${plural(left, "clip")} before it ${left === 1 ? "has" : "have"} no verdict.` : "All clips of this queue are judged.");
  });
}

/** Times of verdicts. */
export class Pace {
  /** @type {number[]} */
  #times = [];

  /** @param {number} now in milliseconds */
  add(now) {
    this.#times.push(now);
    this.#times = this.#times.filter((time) => now - time < WINDOW_MS);
  }

  /** Milliseconds that one clip takes; null while that is not known. */
  get millisecondsPerClip() {
    if (this.#times.length < LEAST_VERDICTS) return null;
    let sum = 0;
    for (let index = 1; index < this.#times.length; index += 1) sum += Math.min(LONGEST_PAUSE_MS, this.#times[index] - this.#times[index - 1]);
    return sum / (this.#times.length - 1);
  }
}

/** A time in words: "41 min". @param {number} milliseconds */
export function inWords(milliseconds) {
  const minutes = Math.round(milliseconds / 60_000);
  if (minutes < 1) return "less than a minute";
  return minutes < 90 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}

/** @param {App} app @param {Pace} pace */
function showProgress(app, pace) {
  const { queue } = app.state;
  const total = queue.total + queue.judged_beside;
  const reviewed = queue.reviewed + queue.judged_beside;
  const words = `${count(reviewed)} of ${count(total)}`;
  if (place("counter").textContent !== words) {
    write(place("counter"), words);
    place("counter").setAttribute("aria-label", `${words} judged. Show the queue.`);
  }
  const bar = /** @type {HTMLProgressElement} */ (place("share"));
  bar.max = Math.max(1, total);
  bar.value = reviewed;
  const each = pace.millisecondsPerClip;
  const left = total - reviewed;
  write(place("pace"), each && left > 0 ? `${count(Math.round(3_600_000 / each))}/h · ${inWords(each * left)} left` : "");
}

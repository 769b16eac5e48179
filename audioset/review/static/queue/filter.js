/** Which clips are in the queue, and in which order: plain choices, a condition in SQL, and filters that were saved. */

/** @import {App} from "../core/core.js" */
/** @import {Filter, SavedFilter, Session} from "../ground/types.js" */

import { make, place, write } from "../core/core.js";
import { tagName } from "../details/tags.js";
import { plural } from "../ground/decision_words.js";
import { EVERYTHING } from "../ground/state.js";

/** @type {Record<string, string>} */
const STATES = {
  unreviewed: "Not judged", all: "All clips", accept: "Accepted", reject: "Rejected", unsure: "Unsure",
  heard_otherwise: "Heard otherwise", accepted_otherwise: "Accepted with another text", disagreement: "Disagreement",
};
/** @type {Record<string, string>} */
const ORDERS = { worst: "Worst first", clip_id: "As cut" };
/** @type {Record<string, string>} */
const WHOSE = { mine: "Assigned to me", all: "Everybody's" };
const MOST_SPEAKERS = 500;
// By these people order clips most.
const USEFUL = ["length_seconds", "snr_db", "loudness_lufs", "text_score", "take_similarity", "speech_share", "edge_speech", "clipped_share"];
// Where a clip lies says nothing of it; `start_seconds` orders those of a source.
const FOR_MACHINES = new Set(["start_sample", "end_sample", "end_seconds", "num_samples", "offset_bytes", "size_bytes", "track"]);

/** @param {App} app */
export function mount(app) {
  const filter = new FilterForm(app);
  app.keys.add({ id: "filter", group: "Queue", code: "Slash", words: "Filter the queue", run: () => filter.open() });
  app.on("session", (session) => filter.begin(session));
  app.on("filter", () => filter.show());
  app.on("queue", () => {
    filter.nameSpeakers();
    filter.tellLeftOut();
  });
}

/** @param {string} id */
const select = (id) => /** @type {HTMLSelectElement} */ (place(id));
/** @param {string} id */
const input = (id) => /** @type {HTMLInputElement} */ (place(id));

class FilterForm {
  /** @type {SavedFilter[]} */
  #saved = [];
  #askedSources = false;
  /** fields in which somebody writes: a queue that comes meanwhile takes nothing away @type {Set<string>} */
  #beingWritten = new Set();

  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.form = /** @type {HTMLFormElement} */ (place("filter"));
    this.more = /** @type {HTMLDetailsElement} */ (place("filter-more"));
    fill(select("filter-state"), Object.entries(STATES));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.apply();
    });
    this.form.addEventListener("input", (event) => {
      if (event.target instanceof HTMLInputElement) this.#beingWritten.add(event.target.id);
    });
    for (const id of ["filter-state", "filter-order", "filter-flag", "filter-source", "filter-speaker", "filter-tag", "filter-whose"]) place(id).addEventListener("change", () => void this.apply());
    this.form.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      place("stage").focus({ preventScroll: true });
    });
    fill(select("filter-whose"), Object.entries(WHOSE));
    this.more.addEventListener("toggle", () => {
      if (!this.more.open) return;
      this.#nameTags();
      void this.#askSources();
    });
    place("filter-clear").addEventListener("click", () => void this.apply({ ...EVERYTHING, state: "unreviewed" }));
    place("left-out").querySelector("button")?.addEventListener("click", () => void this.apply({ ...this.app.state.filter, state: "all" }));
    place("filter-save").addEventListener("click", () => this.#askName());
    place("filter-forget").addEventListener("click", () => this.#forget());
    select("filter-saved").addEventListener("change", () => this.#choose());
  }

  /** @param {Session} session */
  begin(session) {
    this.#saved = session.filters ?? [];
    fill(select("filter-order"), Object.entries(ORDERS));
    const numbers = session.columns.filter(({ name, type }) => /int|float|double|number/i.test(type) && !FOR_MACHINES.has(name));
    const names = numbers.map(({ name }) => name);
    const useful = USEFUL.filter((name) => names.includes(name));
    select("filter-order").append(orderGroup("Often used", useful), orderGroup("Other columns", names.filter((name) => !useful.includes(name))));
    fill(select("filter-flag"), [["", "any"], ...Object.keys(session.flags).map((flag) => [flag, flag])]);
    fill(select("filter-source"), [["", "any"]]);
    place("filter-whose-label").hidden = !session.num_assigned;
    this.#nameTags();
    this.#showSaved();
    this.show();
  }

  open() {
    if (!place("queue").classList.contains("open") && place("counter").offsetParent && getComputedStyle(place("queue")).display === "none") place("counter").click();
    this.more.open = true;
    input("filter-where").focus();
    input("filter-where").select();
  }

  /** What the form says. @returns {Filter} */
  #written() {
    const values = trimmed(Object.fromEntries(new FormData(this.form).entries()));
    const whose = place("filter-whose-label").hidden ? "" : values.whose;
    return /** @type {Filter} */ ({ ...EVERYTHING, ...values, tag: tagName(values.tag), whose });
  }

  /** The queue becomes that of the form, or of a given filter. @param {Filter} [given] */
  async apply(given) {
    const filter = given ?? this.#written();
    this.#beingWritten.clear();
    place("filter-problem").textContent = "";
    this.form.setAttribute("aria-busy", "true");
    try {
      await this.app.going.load(filter, this.app.state.current?.clip_id);
      const { total } = this.app.state.queue;
      this.app.say(total === 1 ? "One clip." : `${total.toLocaleString("en")} clips.`);
      if (this.form.contains(document.activeElement) && document.activeElement === input("filter-where")) place("stage").focus({ preventScroll: true });
    } catch (problem) {
      if (problem instanceof DOMException && problem.name === "AbortError") return;
      this.more.open = true;
      place("filter-problem").textContent = problem instanceof Error ? problem.message : String(problem);
    } finally {
      this.form.removeAttribute("aria-busy");
    }
  }

  /** The form says what the queue is. */
  show() {
    const { filter } = this.app.state;
    ensure(select("filter-order"), filter.order);
    ensure(select("filter-source"), filter.source_id);
    ensure(select("filter-flag"), filter.flag);
    for (const [id, value] of Object.entries({ state: filter.state, order: filter.order, flag: filter.flag, source: filter.source_id })) select(`filter-${id}`).value = value;
    for (const [id, value] of Object.entries({ "filter-speaker": filter.speaker, "filter-where": filter.where, "filter-tag": filter.tag })) {
      if (!this.#beingWritten.has(id)) input(id).value = value;
    }
    const { session } = this.app.state;
    const whose = filter.whose || session?.start?.whose || "mine";
    select("filter-whose").value = whose;
    const everybody = session?.num_assigned && whose === "all" ? WHOSE.all : "";
    const words = [everybody, filter.flag, filter.speaker, filter.source_id, filter.tag && `tag ${filter.tag}`, filter.where].filter(Boolean);
    place("filter-words").textContent = words.join(" · ");
    const saved = this.#saved.find((each) => sameFilter(filterOf(each), filter));
    select("filter-saved").value = saved?.name ?? "";
    place("filter-forget").hidden = !saved;
  }

  /** Clips that are judged leave a queue of those that are not when it is read anew: nobody should look for them. */
  tellLeftOut() {
    const { judged_beside: count } = this.app.state.queue;
    const line = place("left-out");
    line.hidden = count === 0;
    write(/** @type {Element} */ (line.firstElementChild), `${plural(count, "judged clip")} ${count === 1 ? "is" : "are"} left out.`);
  }

  nameSpeakers() {
    const speakers = new Set();
    for (const speaker of this.app.state.queue.columns.speaker) {
      if (speaker) speakers.add(speaker);
      if (speakers.size >= MOST_SPEAKERS) break;
    }
    place("speakers").replaceChildren(...[...speakers].sort().map((value) => make("option", { value })));
  }

  #nameTags() {
    place("filter-tags").replaceChildren(...(this.app.state.session?.tags ?? []).map((value) => make("option", { value })));
  }

  async #askSources() {
    if (this.#askedSources) return;
    this.#askedSources = true;
    try {
      const { sources } = await this.app.server.sources();
      fill(select("filter-source"), [["", "any"], ...sources.map(({ source_id, name }) => [source_id, name || source_id])]);
      // Only this one choice: somebody may be typing a condition meanwhile.
      ensure(select("filter-source"), this.app.state.filter.source_id);
      select("filter-source").value = this.app.state.filter.source_id;
    } catch {
      this.#askedSources = false;
    }
  }

  #showSaved() {
    fill(select("filter-saved"), [["", this.#saved.length ? "choose…" : "none yet"], ...this.#saved.map(({ name }) => [name, name])]);
  }

  #choose() {
    const found = this.#saved.find(({ name }) => name === select("filter-saved").value);
    if (found) void this.apply(filterOf(found));
  }

  #askName() {
    const dialog = /** @type {HTMLDialogElement} */ (place("filter-name"));
    const name = make("input", { required: true, maxlength: "100", "aria-label": "Name of the filter" });
    const cancel = make("button", { type: "button" }, "Cancel");
    cancel.addEventListener("click", () => dialog.close());
    const form = make("form", { method: "dialog" }, make("h2", {}, "Save the filter"), make("label", {}, "Name", name), make("div", { class: "buttons" }, make("button", { class: "main" }, "Save"), cancel));
    form.addEventListener("submit", () => this.#save(name.value.trim()));
    dialog.replaceChildren(form);
    dialog.showModal();
    name.focus();
  }

  /** @param {string} name */
  #save(name) {
    if (!name) return;
    this.#saved = [...this.#saved.filter((other) => other.name !== name), { name, ...this.#written() }].sort((a, b) => a.name.localeCompare(b.name));
    this.#keep(`The filter ${name} is saved.`);
  }

  #forget() {
    const name = select("filter-saved").value;
    this.#saved = this.#saved.filter((other) => other.name !== name);
    this.#keep(`The filter ${name} is forgotten.`);
  }

  /** @param {string} words */
  #keep(words) {
    this.#showSaved();
    this.show();
    this.app.server.saveFilters(this.#saved).then(
      () => this.app.notice(words),
      (problem) => this.app.notice(`The filters are not saved: ${problem.message}.`, "problem"),
    );
  }
}

/** @param {SavedFilter} saved @returns {Filter} without its name */
function filterOf({ name: _, ...saved }) {
  return { ...EVERYTHING, ...saved };
}

/** @param {Filter} one @param {Filter} other */
function sameFilter(one, other) {
  return /** @type {(keyof Filter)[]} */ (Object.keys(EVERYTHING)).every((name) => one[name] === other[name]);
}

/** @param {Record<string, FormDataEntryValue>} values */
function trimmed(values) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value).trim()]));
}

/** @param {HTMLSelectElement} box @param {string[][]} choices values and their words */
function fill(box, choices) {
  const { value } = box;
  box.replaceChildren(...choices.map(([choice, words]) => make("option", { value: choice }, words)));
  if (choices.some(([choice]) => choice === value)) box.value = value;
}

/** @param {string} label @param {string[]} names of columns */
function orderGroup(label, names) {
  const option = (/** @type {string} */ value, /** @type {string} */ words) => make("option", { value }, words);
  return make("optgroup", { label }, ...names.flatMap((name) => [option(name, `${name}, lowest first`), option(`${name} desc`, `${name}, highest first`)]));
}

/** A value that is chosen is among the choices. @param {HTMLSelectElement} box @param {string} value */
function ensure(box, value) {
  if (![...box.options].some((option) => option.value === value)) box.append(make("option", { value }, value));
}

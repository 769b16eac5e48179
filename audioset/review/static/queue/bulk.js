/** One value for all clips of the filter that holds: counted first, then asked, undone as one. */

/** @import {App} from "../core/core.js" */

import { make, place } from "../core/core.js";
import { tagName } from "../details/tags.js";
import { plural, valueWords } from "../ground/decision_words.js";
import { openDialog } from "../ground/dialogs.js";
import { newId } from "../ground/server.js";

const MOST_EXAMPLES = 5;

/**
 * @typedef {object} Deed
 * @property {string} field
 * @property {unknown} value
 * @property {string} words "reject", "tag noisy"
 */

/**
 * What a form of the dialog says.
 * @param {string} kind
 * @param {string} name of a tag or fact
 * @param {string} value of a fact
 * @returns {Deed | string} or what is wrong with it
 */
export function deedOf(kind, name, value) {
  if (kind === "accept") return { field: "accepted", value: true, words: "accept" };
  if (kind === "reject") return { field: "accepted", value: false, words: "reject" };
  if (kind === "unsure") return { field: "accepted", value: "unsure", words: "be unsure about" };
  const tag = tagName(name);
  if (kind === "tag") return tag ? { field: `tag:${tag}`, value: true, words: `tag ${tag} on` } : "name the tag";
  if (kind === "untag") return tag ? { field: `tag:${tag}`, value: null, words: `take the tag ${tag} off` } : "name the tag";
  const fact = name.trim();
  if (!fact) return "name the fact";
  const said = value.trim() || null;
  return { field: fact, value: said, words: `set ${fact} to ${valueWords(fact, said)} for` };
}

/**
 * The filter in words.
 * @param {import("../ground/types.js").Filter} filter
 */
export function filterWords(filter) {
  const parts = Object.entries(filter)
    .filter(([name, value]) => value && name !== "order" && !(name === "whose" && value === "all") && !(name === "state" && value === "all"))
    .map(([name, value]) => (name === "where" ? String(value) : name === "whose" ? "assigned to me" : `${name.replace("_id", "")} ${String(value).replaceAll("_", " ")}`));
  return parts.length ? parts.join(", ") : "all clips";
}

/** @param {App} app */
export function mount(app) {
  const dialog = /** @type {HTMLDialogElement} */ (place("bulk"));
  const radio = (/** @type {string} */ value, /** @type {string} */ words) =>
    make("label", { class: "choice" }, make("input", { type: "radio", name: "kind", value, checked: value === "accept" }), words);
  const name = make("input", { maxlength: "100", autocomplete: "off", "aria-label": "Name of the tag or fact", placeholder: "name" });
  const value = make("input", { maxlength: "2000", autocomplete: "off", "aria-label": "Value of the fact", placeholder: "value" });
  const told = make("div", { class: "told", role: "status" });
  const problem = make("p", { class: "problem", role: "alert" });
  const scope = make("p", {});
  const count = make("button", { type: "submit", class: "main" }, "Count them");
  const sure = make("button", { type: "button", class: "main" });
  let run = () => {};
  sure.addEventListener("click", () => run());
  const form = make(
    "form",
    {},
    make("h2", {}, "All clips of the filter"),
    scope,
    make(
      "fieldset",
      {},
      make("legend", {}, "What is to be done"),
      radio("accept", "accept"), radio("reject", "reject"), radio("unsure", "unsure"),
      radio("tag", "tag"), radio("untag", "take a tag off"), radio("fact", "set a fact"),
      make("p", { class: "pair" }, name, value),
    ),
    problem,
    told,
    make("p", { class: "answers" }, count, sure, make("button", { type: "button", onclick: () => dialog.close() }, "Leave it")),
  );
  dialog.replaceChildren(form);

  const kind = () => String(new FormData(form).get("kind"));
  const fit = () => {
    name.hidden = ["accept", "reject", "unsure"].includes(kind());
    value.hidden = kind() !== "fact";
    told.replaceChildren();
    problem.replaceChildren();
    count.hidden = false;
    sure.hidden = true;
  };
  form.addEventListener("input", fit);

  const ask = async () => {
    const deed = deedOf(kind(), name.value, value.value);
    problem.replaceChildren();
    if (typeof deed === "string") {
      problem.append(`${deed}, please`);
      name.focus();
      return;
    }
    const filter = { ...app.state.filter };
    const { words, ...what } = deed;
    try {
      const said = await app.server.post("/api/bulk", { ...filter, ...what, op_id: newId(), dry_run: true });
      confirm(said, deed, filter);
    } catch (failure) {
      problem.append(failure instanceof Error ? failure.message : String(failure));
    }
  };

  /**
   * @param {{count: number, already: number, examples: any[]}} said clips, of these with the value, some of them
   * @param {Deed} deed
   * @param {import("../ground/types.js").Filter} filter
   */
  const confirm = ({ count: clips, already, examples }, deed, filter) => {
    if (!clips) {
      told.replaceChildren(make("p", {}, "The filter holds for no clip."));
      return;
    }
    sure.replaceChildren(`Yes, ${deed.words} ${plural(clips, "clip")}`);
    run = () => void carryOut(clips, deed, filter);
    told.replaceChildren(
      make("p", {}, make("strong", {}, `It is ${plural(clips, "clip")}`), examples.length ? ", such as:" : "."),
      make("ul", {}, ...examples.slice(0, MOST_EXAMPLES).map((example) => make("li", {}, exampleWords(example)))),
      already ? make("p", {}, alreadyWords(already, clips)) : "",
    );
    count.hidden = true;
    sure.hidden = false;
    sure.focus();
  };

  /**
   * @param {number} clips as they were counted
   * @param {Deed} deed
   * @param {import("../ground/types.js").Filter} filter
   */
  const carryOut = async (clips, deed, filter) => {
    const words = `${deed.words} ${plural(clips, "clip")}`;
    const body = { ...filter, field: deed.field, value: deed.value, dry_run: false, count: clips };
    dialog.close();
    try {
      await app.operations.perform("bulk", body, { words, row: app.state.current, touches: [] });
      app.notice(`Done: ${words}. Undo takes all of it back.`);
      await app.going.load(app.state.filter, app.state.current?.clip_id);
    } catch {
      // `refused` told why; a count that is another meanwhile is asked again by opening this once more.
    }
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void ask();
  });
  const open = () => {
    scope.replaceChildren("Filter: ", make("strong", {}, filterWords(app.state.filter)), ` (${plural(app.state.queue.total, "clip")} in the queue)`);
    fit();
    openDialog(dialog, form.querySelector("input"));
  };
  app.keys.add({ id: "bulk", code: "KeyB", words: "One value for all clips of the filter", group: "Views", run: open });
}

/** @param {number} already with the value @param {number} clips */
function alreadyWords(already, clips) {
  if (already === clips) return "All of them have it already.";
  return `${already.toLocaleString("en")} of them ${already === 1 ? "has" : "have"} it already.`;
}

/** @param {any} example */
function exampleWords(example) {
  if (typeof example === "string") return example;
  return example.text ? `${example.text} (${example.clip_id})` : String(example.clip_id);
}

/** Whose dataset this is, and which clip: name, facts in a line, flags in words. */

/** @import {App} from "../core/core.js" */
/** @import {Session} from "../ground/types.js" */

import { make, place } from "../core/core.js";
import { flagWords } from "../ground/decision_words.js";

/** @param {App} app */
export function mount(app) {
  app.on("session", (/** @type {Session} */ session) => {
    const name = session.version ?? session.dataset;
    document.title = `${name} · review`;
    place("dataset").textContent = name;
    const pass = session.pass && session.pass > 1 ? `, pass ${session.pass}` : "";
    place("scope").textContent = `${session.reviewer}${pass}${session.blind ? ", blind" : ""}`;
  });
  app.on("current", () => showClip(app));
  app.on("row", (row) => row === app.state.current && showClip(app));
}

/** @param {App} app */
function showClip(app) {
  const row = app.state.current;
  place("clip-head").hidden = !row;
  if (!row) return;
  const place_ = app.state.index >= 0 ? `${(app.state.index + 1).toLocaleString("en")}. ` : "";
  place("clip-name").textContent = `${place_}${row.clip_id}`;
  const facts = [row.speaker, `${row.length_seconds.toFixed(2)} s`, row.split].filter(Boolean);
  place("clip-facts").textContent = facts.join(" · ");
  const words = app.state.session.flags ?? {};
  const chips = row.flags.map((flag) => flagWords(words, flag));
  place("flags").replaceChildren(...chips.map((told) => make("li", { class: "chip flag", title: told }, told)));
  place("flags").hidden = !row.flags.length;
}

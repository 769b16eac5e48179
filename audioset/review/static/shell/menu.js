/** The views by buttons, for those who do not know the keys yet. */

/** @import {App} from "../core/core.js" */

import { make, place } from "../core/core.js";
import { shown } from "../ground/keys.js";

/** @type {[string, string][]} id of the key, name of the button */
const ENTRIES = [
  ["source", "Source"],
  ["bulk", "All at once"],
  ["agreement", "Agreement"],
  ["theme", "Colours"],
  ["help", "Keys"],
];

/** @param {App} app */
export function mount(app) {
  const menu = place("menu");
  const details = place("details");
  const about = make("button", { type: "button", id: "menu-details", "aria-controls": "details", "aria-expanded": "false" }, "About");
  const show = (/** @type {boolean} */ open) => {
    details.classList.toggle("open", open);
    about.setAttribute("aria-expanded", String(open));
  };
  about.addEventListener("click", () => {
    show(!details.classList.contains("open"));
    if (details.classList.contains("open")) details.focus();
  });
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || !details.classList.contains("open")) return;
    show(false);
    about.focus();
  });
  app.on("reveal", (id) => id === "details" && show(true));
  const buttons = ENTRIES.map(([id, words]) => {
    const node = make("button", { type: "button", id: `menu-${id}`, onclick: () => app.keys.run(id) }, words);
    return { id, words, node };
  });
  const name = () => {
    for (const { id, words, node } of buttons) node.replaceChildren(words, ...app.keys.codes(id).slice(0, 1).map((code) => make("kbd", {}, shown(code))));
  };
  menu.replaceChildren(about, ...buttons.map(({ node }) => node));
  app.on("settings", name);
  name();
}

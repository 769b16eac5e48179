/** What the view of a source is made of. */

import { make } from "../core/core.js";

/**
 * @param {HTMLDialogElement} dialog
 * @param {import("./view.js").SourceView} view
 */
export function sourceFrame(dialog, view) {
  const button = (/** @type {string} */ words, /** @type {() => void} */ run, /** @type {string | null} */ label = null) =>
    make("button", { type: "button", onclick: run, "aria-label": label }, words);
  const title = make("h2", { id: "source-title" });
  const counts = make("p", { id: "source-counts", class: "quiet" });
  const overview = make("canvas", { id: "source-overview", role: "img", "aria-label": "All of the source" });
  const canvas = make("canvas", { id: "source-canvas", "aria-hidden": "true" });
  const slider = make(
    "div",
    {
      id: "source-playhead",
      role: "slider",
      tabindex: "0",
      "aria-label": "Place in the source",
      "aria-valuemin": "0",
      "aria-valuemax": "0",
      "aria-valuenow": "0",
    },
    canvas,
  );
  const time = make("span", { id: "source-time", class: "number", "aria-hidden": "true" });
  const told = make("p", { id: "source-told", role: "status" });
  const playButton = button("Play", () => view.play());
  const box = make("div", {
    id: "source-rows",
    role: "listbox",
    tabindex: "0",
    "aria-label": "Clips, speech in no line, and missing lines",
  });
  dialog.replaceChildren(
    make("header", {}, title, counts, button("Close", () => dialog.close())),
    overview,
    slider,
    make(
      "div",
      { id: "source-tools", role: "group", "aria-label": "Source" },
      playButton,
      button("Hear it", () => view.hear(), "Hear the chosen row or stretch"),
      time,
      make(
        "span",
        { class: "group" },
        button("−", () => view.zoom(2), "Zoom out"),
        button("+", () => view.zoom(0.5), "Zoom in"),
        button("All", () => view.showAll(), "Show all of it"),
      ),
      make("span", { class: "space" }),
      button("Make a clip", () => view.edit("makeClip")),
      button("Split here", () => view.edit("split")),
      button("Merge with next", () => view.edit("merge")),
    ),
    told,
    box,
  );
  return { title, counts, overview, canvas, slider, time, told, playButton, box };
}

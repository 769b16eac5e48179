/** Mouse, pen, finger and wheel on the picture of a source. */

import { clipAt, placed } from "./rows.js";

const DRAGGED_PIXELS = 4; // less is a click
const WHEEL_PER_WINDOW = 1000; // pixels of the wheel that go on by all that is shown
const WHEEL_PER_E = 400; // pixels of the wheel that zoom by a factor of e

/** @param {import("./view.js").SourceView} view */
export function listenToPointer(view) {
  const secondsAt = (/** @type {MouseEvent} */ event) => {
    const box = view.canvas.getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    return view.window.start + share * (view.window.end - view.window.start);
  };
  listenToDrag(view, secondsAt);
  view.dialog.addEventListener(
    "wheel",
    (event) => {
      if (event.target !== view.canvas && event.target !== view.overview) return;
      event.preventDefault();
      const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
      if (sideways) view.scroll((event.deltaX || event.deltaY) / WHEEL_PER_WINDOW);
      else view.zoom(Math.exp(event.deltaY / WHEEL_PER_E), event.target === view.canvas ? secondsAt(event) : undefined);
    },
    { passive: false },
  );
  const goTo = (/** @type {PointerEvent} */ event) => {
    const box = view.overview.getBoundingClientRect();
    const wide = view.window.end - view.window.start;
    view.window = placed(((event.clientX - box.left) / box.width) * view.length - wide / 2, wide, view.length);
    view.draw();
  };
  view.overview.addEventListener("pointerdown", goTo);
  view.overview.addEventListener("pointermove", (event) => event.buttons === 1 && goTo(event));
}

/**
 * A click puts the playhead, dragging chooses a stretch.
 * @param {import("./view.js").SourceView} view
 * @param {(event: MouseEvent) => number} secondsAt
 */
function listenToDrag(view, secondsAt) {
  /** @type {{x: number, at: number} | null} */
  let pressed = null;
  view.slider.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    pressed = { x: event.clientX, at: secondsAt(event) };
    view.slider.setPointerCapture(event.pointerId);
  });
  view.slider.addEventListener("pointermove", (event) => {
    if (!pressed || Math.abs(event.clientX - pressed.x) < DRAGGED_PIXELS) return;
    const at = Math.min(view.length, Math.max(0, secondsAt(event)));
    view.chosen = { start: Math.min(pressed.at, at), end: Math.max(pressed.at, at) };
    view.draw();
  });
  view.slider.addEventListener("pointerup", (event) => {
    if (!pressed) return;
    const dragged = Math.abs(event.clientX - pressed.x) >= DRAGGED_PIXELS;
    const at = dragged ? pressed.at : secondsAt(event);
    pressed = null;
    view.seek(at * view.source.rate);
    if (dragged) return;
    const row = clipAt(view.rows, view.playhead) ?? gapAt(view.rows, view.playhead);
    view.chosen = null;
    if (row) view.choose(row.key, false);
    if (view.sound?.playing) view.sound.play(view.playhead);
  });
}

/**
 * @param {import("./rows.js").SourceRow[]} rows
 * @param {number} sample
 */
function gapAt(rows, sample) {
  return rows.find((row) => row.kind === "gap" && sample >= (row.start_sample ?? 0) && sample < (row.end_sample ?? 0)) ?? null;
}

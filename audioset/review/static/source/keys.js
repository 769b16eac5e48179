/** Keys inside of the view of a source. */
import { Keys, combination, isTyping } from "../ground/keys.js";

const GROUP = "In the view of a source";

/**
 * @param {import("./view.js").SourceView} view
 * @returns {Keys}
 */
export function sourceKeys(view) {
  const keys = new Keys();
  /** @type {[string, string | string[], string, () => void, boolean?][]} */
  const all = [
    ["source-play", "Space", "Play from the playhead, or pause", () => view.play()],
    ["source-hear", ["Digit0", "Shift+Space"], "Hear the chosen row or stretch", () => view.hear()],
    ["source-next", ["KeyJ", "ArrowDown"], "Next row", () => view.step(1), true],
    ["source-previous", ["KeyK", "ArrowUp"], "Row before", () => view.step(-1), true],
    ["source-back", "ArrowLeft", "Playhead back by a fiftieth of what is shown", () => view.nudge(-view.stepSeconds), true],
    ["source-on", "ArrowRight", "Playhead on by a fiftieth of what is shown", () => view.nudge(view.stepSeconds), true],
    ["source-back-fine", "Comma", "Playhead back by 10 ms", () => view.nudge(-0.01), true],
    ["source-on-fine", "Period", "Playhead on by 10 ms", () => view.nudge(0.01), true],
    ["source-scroll-back", ["PageUp", "Shift+ArrowLeft"], "Show what is before", () => view.scroll(-0.8), true],
    ["source-scroll-on", ["PageDown", "Shift+ArrowRight"], "Show what comes", () => view.scroll(0.8), true],
    ["source-first", "Home", "To the start", () => view.nudge(-Infinity)],
    ["source-last", "End", "To the end", () => view.nudge(Infinity)],
    ["source-zoom-in", ["Shift+Equal", "Equal"], "Zoom in", () => view.zoom(0.5), true],
    ["source-zoom-out", "Minus", "Zoom out", () => view.zoom(2), true],
    ["source-all", "KeyZ", "Show all of it", () => view.showAll()],
    ["source-start", "BracketLeft", "Stretch begins at the playhead", () => view.mark("start")],
    ["source-end", "BracketRight", "Stretch ends at the playhead", () => view.mark("end")],
    ["source-make", "KeyC", "Make a clip of the stretch", () => view.edit("makeClip")],
    ["source-split", "KeyP", "Part the clip in two at the playhead", () => view.edit("split")],
    ["source-merge", "KeyG", "Glue the chosen clip to the next", () => view.edit("merge")],
    ["source-undo", ["KeyU", "Ctrl+KeyZ"], "Undo", () => view.undo(), true],
    ["source-redo", ["Shift+KeyU", "Ctrl+Shift+KeyZ"], "Do again what was undone", () => view.redo(), true],
    ["source-go", "Enter", "Go to the chosen clip; of another row: make a clip", () => view.goToClip()],
  ];
  for (const [id, code, words, run, repeats] of all) keys.add({ id, code, words, run, repeats, group: GROUP });
  return keys;
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {Keys} keys
 */
export function listenInSource(dialog, keys) {
  dialog.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || isTyping(event.target)) return;
    const pressed = combination(event);
    const target = /** @type {HTMLElement} */ (event.target);
    if (["Space", "Enter"].includes(pressed) && target.closest("button")) return;
    const id = keys.find(pressed);
    if (!id) return;
    event.preventDefault();
    event.stopPropagation();
    const key = keys.all().find((each) => each.id === id);
    if (event.repeat && !key?.repeats) return;
    keys.run(id, event);
  });
}

/**
 * The picture of a long source: above all of it with a frame around what is shown below, then the
 * stretch itself with its clips, the speech that is in no line, the chosen stretch, the playhead.
 */
import { clockWords } from "../ground/decision_words.js";
import { colours, fitCanvas } from "../picture/canvas.js";
import { drawOutline } from "../picture/peaks.js";
import { labelStep } from "./rows.js";

const AXIS = 20; // pixels for the times
const LANE = 22; // pixels for one lane of clips
const MOST_LANES = 4;
const SIGNS = /** @type {Record<string, string>} */ ({ accept: "✓", reject: "✗", unsure: "?" });

/**
 * @typedef {object} Shown
 * @property {import("../picture/peaks.js").Peaks | null} peaks null while they are on their way
 * @property {import("./rows.js").SourceRow[]} rows
 * @property {number} rate samples per second
 * @property {number} length seconds
 * @property {{start: number, end: number}} window seconds
 * @property {{start: number, end: number} | null} chosen stretch in seconds
 * @property {number} playhead seconds
 * @property {string | null} key of the row that is chosen
 */

const NAMES = ["ink", "quiet", "line", "wave", "accent", "accept", "reject", "unsure", "unreviewed", "in-no-line"];

/** @returns {Record<string, string>} colours of the theme that holds now */
export function sourceColours() {
  return colours(NAMES);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Shown} shown
 * @param {Record<string, string>} colour
 */
export function drawOverview(canvas, shown, colour) {
  const fitted = fitCanvas(canvas);
  if (!fitted) return;
  const { context, width, height } = fitted;
  const x = (/** @type {number} */ seconds) => (seconds / shown.length) * width;
  if (shown.peaks) {
    const columns = shown.peaks.columns(0, shown.length, Math.round(width));
    const box = { left: 0, top: 0, width, height: height - 5 };
    drawOutline(context, columns, box, colour.wave, shown.peaks.highest);
  }
  for (const row of shown.rows) {
    if (row.kind === "missing" || row.start_sample === null || row.end_sample === null) continue;
    const from = x(row.start_sample / shown.rate);
    const wide = Math.max(1, x(row.end_sample / shown.rate) - from);
    context.fillStyle = colourOf(row, colour);
    context.fillRect(from, height - 4, wide, 4);
  }
  const left = x(shown.window.start);
  const right = Math.max(left + 3, x(shown.window.end));
  context.globalAlpha = 0.16;
  context.fillStyle = colour.accent;
  context.fillRect(left, 0, right - left, height);
  context.globalAlpha = 1;
  context.strokeStyle = colour.accent;
  context.lineWidth = 1.5;
  context.strokeRect(left + 0.75, 0.75, right - left - 1.5, height - 1.5);
  context.fillStyle = colour.ink;
  context.fillRect(x(shown.playhead), 0, 1, height);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Shown} shown
 * @param {Record<string, string>} colour
 */
export function drawWindow(canvas, shown, colour) {
  const fitted = fitCanvas(canvas);
  if (!fitted) return;
  const { context, width, height } = fitted;
  const { start, end } = shown.window;
  const x = (/** @type {number} */ seconds) => ((seconds - start) / (end - start)) * width;
  const lanes = Math.min(MOST_LANES, 1 + Math.max(0, ...shown.rows.map((row) => row.lane)));
  const wavesHeight = height - AXIS - lanes * LANE - 4;
  drawAxis(context, shown, x, width, AXIS + wavesHeight, colour);
  // A missing line has no place of its own: it is drawn as the chosen stretch when it is chosen.
  const placed = shown.rows.filter(
    (row) => row.kind !== "missing" && row.start_sample !== null && inside(row, start * shown.rate, end * shown.rate),
  );
  for (const row of placed) shade(context, row, shown, x, wavesHeight, colour);
  if (shown.chosen) {
    context.globalAlpha = 0.22;
    context.fillStyle = colour.accent;
    context.fillRect(x(shown.chosen.start), AXIS, x(shown.chosen.end) - x(shown.chosen.start), wavesHeight);
    context.globalAlpha = 1;
  }
  if (shown.peaks) {
    const columns = shown.peaks.columns(start, end, Math.round(width));
    const box = { left: 0, top: AXIS, width, height: wavesHeight };
    drawOutline(context, columns, box, colour.wave, shown.peaks.highest);
  }
  for (const row of placed) label(context, row, shown, x, AXIS + wavesHeight + 3, colour);
  const at = x(shown.playhead);
  if (at >= 0 && at <= width) {
    context.fillStyle = colour.ink;
    context.fillRect(at - 0.75, AXIS - 6, 1.5, wavesHeight + 6);
    context.beginPath();
    context.moveTo(at - 5, AXIS - 8);
    context.lineTo(at + 5, AXIS - 8);
    context.lineTo(at, AXIS);
    context.fill();
  }
}

/**
 * @param {import("./rows.js").SourceRow} row
 * @param {number} from sample
 * @param {number} to sample
 */
function inside(row, from, to) {
  return (row.end_sample ?? 0) > from && (row.start_sample ?? 0) < to;
}

/**
 * @param {import("./rows.js").SourceRow} row
 * @param {Record<string, string>} colour
 */
function colourOf(row, colour) {
  if (row.kind !== "clip") return colour["in-no-line"];
  return colour[row.verdict ?? "unreviewed"] ?? colour.unreviewed;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Shown} shown
 * @param {(seconds: number) => number} x
 * @param {number} width
 * @param {number} bottom
 * @param {Record<string, string>} colour
 */
function drawAxis(context, shown, x, width, bottom, colour) {
  const { start, end } = shown.window;
  const step = labelStep(end - start, Math.max(2, width / 90));
  const digits = step >= 1 ? 0 : step >= 0.1 ? 1 : 2;
  context.font = "12px system-ui, sans-serif";
  context.textBaseline = "alphabetic";
  context.textAlign = "left";
  for (let at = Math.ceil(start / step) * step; at < end; at += step) {
    context.fillStyle = colour.line;
    context.fillRect(Math.round(x(at)), 0, 1, bottom);
    context.fillStyle = colour.quiet;
    context.fillText(clockWords(at, digits), Math.round(x(at)) + 4, 12);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import("./rows.js").SourceRow} row
 * @param {Shown} shown
 * @param {(seconds: number) => number} x
 * @param {number} height
 * @param {Record<string, string>} colour
 */
function shade(context, row, shown, x, height, colour) {
  const from = x((row.start_sample ?? 0) / shown.rate);
  const wide = Math.max(1, x((row.end_sample ?? 0) / shown.rate) - from);
  context.globalAlpha = row.key === shown.key ? 0.3 : 0.13;
  context.fillStyle = colourOf(row, colour);
  context.fillRect(from, AXIS, wide, height);
  context.globalAlpha = 1;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import("./rows.js").SourceRow} row
 * @param {Shown} shown
 * @param {(seconds: number) => number} x
 * @param {number} top
 * @param {Record<string, string>} colour
 */
function label(context, row, shown, x, top, colour) {
  const from = x((row.start_sample ?? 0) / shown.rate);
  const wide = Math.max(1, x((row.end_sample ?? 0) / shown.rate) - from);
  const y = top + Math.min(row.lane, MOST_LANES - 1) * LANE;
  context.fillStyle = colourOf(row, colour);
  context.fillRect(from, y, Math.max(1, wide - 1), 3);
  if (row.key === shown.key) {
    context.strokeStyle = colour.accent;
    context.lineWidth = 2;
    context.strokeRect(from + 1, y + 1, Math.max(2, wide - 3), LANE - 3);
  }
  if (wide < 16) return;
  context.save();
  context.beginPath();
  context.rect(from, y, wide - 4, LANE);
  context.clip();
  context.fillStyle = row.kind === "gap" ? colour.quiet : colour.ink;
  context.font = `${row.kind === "gap" ? "italic " : ""}12px system-ui, sans-serif`;
  context.textBaseline = "middle";
  const sign = SIGNS[row.verdict ?? ""];
  const words = row.kind === "gap" ? row.text || "in no line" : row.text || "no text";
  context.fillText(`${sign ? `${sign} ` : ""}${words}`, Math.max(from, 0) + 4, y + 3 + (LANE - 3) / 2);
  context.restore();
}

/**
 * The rows of a source: its clips, the speech that is in no line, and the lines that nobody found,
 * in the order in which they are said. Nothing here knows the document.
 *
 * @typedef {object} SourceClip
 * @property {string} clip_id
 * @property {number} start_sample
 * @property {number} end_sample exclusive
 * @property {string | null} [text]
 * @property {number | null} [line]
 * @property {number | null} [take]
 * @property {string | null} [verdict]
 *
 * @typedef {object} SourceRow
 * @property {"clip" | "gap" | "missing"} kind
 * @property {string} key the same as long as the row is about the same thing
 * @property {number | null} start_sample of a missing line where it should be; null where nobody knows
 * @property {number | null} end_sample exclusive; null where start_sample is
 * @property {string} text what is said, or was heard; "" where nobody knows
 * @property {number | null} line
 * @property {number | null} take
 * @property {string | null} verdict
 * @property {string | null} clip_id
 * @property {number} lane of the picture; overlapping clips lie in lanes of their own
 */

const LEAST_GAP_SECONDS = 0.15; // what is left of a gap beside clips, and is shorter, holds no word

/**
 * @typedef {object} LongSource
 * @property {number} rate samples per second
 * @property {SourceClip[]} clips
 * @property {{start_sample: number, end_sample: number, heard?: string | null}[]} gaps speech in no line
 * @property {{line: number, text: string, start_sample?: number | null, end_sample?: number | null}[]} missing_lines
 *   with the stretch in which each should be, where that is known
 */

/**
 * @param {LongSource} source
 * @returns {SourceRow[]} by their start; a missing line without a stretch behind the line before it
 */
export function sourceRows(source) {
  const lanes = lanesOf(source.clips);
  const found = new Set(source.clips.map((clip) => clip.line));
  const missing = source.missing_lines.filter(({ line }) => !found.has(line));
  /** @type {SourceRow[]} */
  const rows = [
    ...source.clips.map((clip, at) => ({ ...rowOf("clip", `clip ${clip.clip_id}`, clip), lane: lanes[at] })),
    ...freeOf(source.gaps, source.clips, LEAST_GAP_SECONDS * source.rate).map((gap) =>
      rowOf("gap", `gap ${gap.start_sample} ${gap.end_sample}`, { ...gap, text: gap.heard }),
    ),
    ...missing.filter((line) => line.start_sample != null).map((line) => rowOf("missing", `missing ${line.line}`, line)),
  ];
  rows.sort((a, b) => (a.start_sample ?? 0) - (b.start_sample ?? 0) || (a.end_sample ?? 0) - (b.end_sample ?? 0));
  const nowhere = missing.filter((line) => line.start_sample == null).sort((a, b) => a.line - b.line);
  for (const line of nowhere) rows.splice(placeOfLine(rows, line.line), 0, rowOf("missing", `missing ${line.line}`, line));
  return rows;
}

/**
 * @param {SourceRow["kind"]} kind
 * @param {string} key
 * @param {Partial<SourceClip>} what
 * @returns {SourceRow}
 */
function rowOf(kind, key, what) {
  return {
    kind,
    key,
    start_sample: what.start_sample ?? null,
    end_sample: what.end_sample ?? null,
    text: what.text ?? "",
    line: what.line ?? null,
    take: what.take ?? null,
    verdict: what.verdict ?? null,
    clip_id: what.clip_id ?? null,
    lane: 0,
  };
}

/**
 * What of some stretches lies in no clip: clips may have been made of them since they were found.
 * @template {{start_sample: number, end_sample: number}} Stretch
 * @param {Stretch[]} stretches
 * @param {{start_sample: number, end_sample: number}[]} clips
 * @param {number} least samples
 * @returns {Stretch[]}
 */
export function freeOf(stretches, clips, least) {
  const sorted = [...clips].sort((a, b) => a.start_sample - b.start_sample);
  /** @type {Stretch[]} */
  const free = [];
  for (const stretch of stretches) {
    let from = stretch.start_sample;
    const add = (/** @type {number} */ to) => to - from >= least && free.push({ ...stretch, start_sample: from, end_sample: to });
    for (const clip of sorted) {
      if (clip.end_sample <= from || clip.start_sample >= stretch.end_sample) continue;
      add(clip.start_sample);
      from = Math.max(from, clip.end_sample);
    }
    add(stretch.end_sample);
  }
  return free;
}

/**
 * @param {SourceRow[]} rows
 * @param {number} line
 * @returns {number} where the row of a line belongs that has no time: behind the lines before it
 */
function placeOfLine(rows, line) {
  let place = 0;
  rows.forEach((row, at) => {
    if (row.line !== null && row.line < line) place = at + 1;
  });
  return place;
}

/**
 * @param {{start_sample: number, end_sample: number}[]} spans
 * @returns {number[]} a lane for each, from 0: the lowest that is free where it begins
 */
export function lanesOf(spans) {
  const order = spans.map((_, at) => at);
  order.sort((a, b) => spans[a].start_sample - spans[b].start_sample);
  /** @type {number[]} */
  const ends = [];
  const lanes = new Array(spans.length).fill(0);
  for (const at of order) {
    let lane = ends.findIndex((end) => end <= spans[at].start_sample);
    if (lane < 0) lane = ends.length;
    ends[lane] = spans[at].end_sample;
    lanes[at] = lane;
  }
  return lanes;
}

/**
 * @param {SourceRow[]} rows
 * @param {number} sample
 * @returns {SourceRow | null} the clip that is said at a sample; of several the shortest
 */
export function clipAt(rows, sample) {
  /** @type {SourceRow | null} */
  let found = null;
  for (const row of rows) {
    if (row.kind !== "clip" || row.start_sample === null || row.end_sample === null) continue;
    if (sample < row.start_sample || sample >= row.end_sample) continue;
    if (!found || lengthOf(row) < lengthOf(found)) found = row;
  }
  return found;
}

/**
 * @param {SourceRow[]} rows
 * @param {SourceRow} row of a clip
 * @returns {SourceRow | null} the clip that begins next
 */
export function nextClip(rows, row) {
  const at = rows.indexOf(row);
  return rows.slice(at + 1).find((other) => other.kind === "clip") ?? null;
}

/** @param {SourceRow} row @returns {number} samples; 0 for a row without a time */
export function lengthOf(row) {
  return (row.end_sample ?? 0) - (row.start_sample ?? 0);
}

/**
 * The stretch that a window shows after zooming around a point.
 * @param {{start: number, end: number}} window seconds
 * @param {number} factor below 1 shows less
 * @param {number} around seconds, stays where it is
 * @param {number} length of the source in seconds
 * @param {number} least of the window in seconds
 */
export function zoomed(window, factor, around, length, least) {
  const wide = Math.min(length, Math.max(least, (window.end - window.start) * factor));
  const share = (around - window.start) / Math.max(1e-9, window.end - window.start);
  return placed(around - share * wide, wide, length);
}

/**
 * @param {number} start seconds, as wished
 * @param {number} wide seconds
 * @param {number} length of the source in seconds
 * @returns {{start: number, end: number}} inside of the source
 */
export function placed(start, wide, length) {
  const width = Math.min(wide, length);
  const from = Math.min(Math.max(0, start), length - width);
  return { start: from, end: from + width };
}

/**
 * @param {number} wide of a window in seconds
 * @param {number} most labels in it
 * @returns {number} seconds between two labels: 1, 2 or 5 of a unit, or a part of a minute or hour
 */
export function labelStep(wide, most) {
  const steps = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800];
  return steps.find((step) => wide / step <= most) ?? 3600;
}

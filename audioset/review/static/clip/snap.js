/** The quietest place near an edge, so that it cuts into no word. */

const FRAME_SECONDS = 0.01;
const SILENT = 1e-4;
export const REACH_SECONDS = 0.2;

/**
 * Where it is quietest near a place: the middle of the quietest hundredth of a second, at a crossing of zero.
 * @param {Float32Array} samples
 * @param {number} rate in Hz
 * @param {number} at seconds
 * @param {number} [reach] seconds to both sides
 * @returns {number} seconds; `at` itself where there is no sound around it
 */
export function snap(samples, rate, at, reach = REACH_SECONDS) {
  const frame = Math.max(1, Math.round(FRAME_SECONDS * rate));
  const half = frame / 2;
  const low = Math.max(0, Math.round((at - reach) * rate));
  const high = Math.min(samples.length - frame, Math.round((at + reach) * rate) - frame);
  let found = -1;
  let least = Infinity;
  for (let start = low; start <= high; start += Math.max(1, half >> 1)) {
    let power = 0;
    for (let index = 0; index < frame; index += 1) power += samples[start + index] ** 2;
    // Of places that are as quiet as each other the nearest wins.
    const away = Math.abs(start + half - at * rate) / (reach * rate);
    const level = (power / frame) * (1 + away / 2) + away * 1e-12;
    if (level < least) {
      least = level;
      found = start;
    }
  }
  if (found < 0) return at;
  return crossing(samples, Math.round(found + half), frame >> 1) / rate;
}

/** @param {Float32Array} samples @param {number} middle @param {number} reach samples */
function crossing(samples, middle, reach) {
  if (Math.abs(samples[middle]) < SILENT) return middle;
  for (let away = 0; away <= reach; away += 1) {
    for (const place of [middle + away, middle - away]) {
      if (place > 0 && place < samples.length && samples[place - 1] <= 0 !== samples[place] <= 0) return place;
    }
  }
  return middle;
}

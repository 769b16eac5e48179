/**
 * Speed without change of pitch: pieces of the sound are laid over each other nearer or farther apart, each where it goes
 * on most smoothly from the one before (waveform similarity overlap-add).
 */

const PIECE_SECONDS = 0.04;
const SEARCH_SECONDS = 0.012;
const COARSE = 4;

/**
 * @param {Float32Array} samples one channel
 * @param {number} rate in Hz
 * @param {number} speed above 1 is faster
 * @returns {Float32Array<ArrayBuffer>} about `samples.length / speed` samples
 */
export function stretch(samples, rate, speed) {
  const piece = 2 * Math.round((PIECE_SECONDS * rate) / 2);
  const hop = piece / 2;
  const search = Math.round(SEARCH_SECONDS * rate);
  const length = Math.round(samples.length / speed);
  const out = new Float32Array(length);
  if (samples.length < piece * 2 || speed === 1) {
    out.set(samples.subarray(0, Math.min(length, samples.length)));
    return out;
  }
  const rise = Float32Array.from({ length: hop }, (_, index) => 0.5 - 0.5 * Math.cos((Math.PI * (index + 0.5)) / hop));
  out.set(samples.subarray(0, Math.min(hop, length)));
  // Where the sound that was laid down last goes on by itself.
  let onward = hop;
  for (let to = hop; to < length; to += hop) {
    const wanted = Math.round(to * speed);
    const from = nearest(samples, onward, wanted, search, hop);
    const most = Math.min(hop, length - to);
    for (let index = 0; index < most; index += 1) {
      const weight = rise[index];
      out[to + index] = (samples[onward + index] ?? 0) * (1 - weight) + (samples[from + index] ?? 0) * weight;
    }
    onward = from + hop;
  }
  return out;
}

/**
 * The place near `wanted` whose sound is most like that at `onward`.
 * @param {Float32Array} samples
 * @param {number} onward
 * @param {number} wanted
 * @param {number} search
 * @param {number} length
 */
function nearest(samples, onward, wanted, search, length) {
  const last = samples.length - length - 1;
  const low = Math.max(0, Math.min(wanted - search, last));
  const high = Math.max(low, Math.min(wanted + search, last));
  if (onward > last) return Math.max(0, Math.min(wanted, last));
  const rough = best(samples, onward, low, high, COARSE, length, COARSE);
  return best(samples, onward, Math.max(low, rough - COARSE), Math.min(high, rough + COARSE), 1, length, 1);
}

/**
 * @param {Float32Array} samples
 * @param {number} onward
 * @param {number} low
 * @param {number} high
 * @param {number} step between places that are tried
 * @param {number} length
 * @param {number} skip between samples that are compared
 */
function best(samples, onward, low, high, step, length, skip) {
  let found = low;
  let highest = -Infinity;
  for (let at = low; at <= high; at += step) {
    let product = 0;
    let power = 1e-9;
    for (let index = 0; index < length; index += skip) {
      const value = samples[at + index];
      product += samples[onward + index] * value;
      power += value * value;
    }
    const likeness = product / Math.sqrt(power);
    if (likeness > highest) {
      highest = likeness;
      found = at;
    }
  }
  return found;
}

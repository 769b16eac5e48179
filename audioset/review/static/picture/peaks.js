/**
 * The outline of a long source: its smallest and largest sample (int8) per step, as the server
 * made them once. Levels of four steps, of sixteen and so on stand beside it, so that an hour is
 * drawn as fast as a second.
 */

const PER_LEVEL = 4; // steps of one level that are one step of the next

export class Peaks {
  /**
   * @param {Int8Array} pairs smallest, largest of each step
   * @param {number} perSecond steps in a second
   */
  constructor(pairs, perSecond) {
    this.perSecond = perSecond;
    /** @type {Int8Array[]} */
    this.levels = [pairs];
    while (this.levels[this.levels.length - 1].length > 2 * 1024) {
      this.levels.push(coarser(this.levels[this.levels.length - 1]));
    }
    this.highest = highest(this.levels[this.levels.length - 1]);
  }

  /** @returns {number} */
  get lengthSeconds() {
    return this.levels[0].length / 2 / this.perSecond;
  }

  /**
   * The outline of a stretch in so many columns.
   * @param {number} fromSeconds
   * @param {number} toSeconds
   * @param {number} columns
   * @returns {Int8Array} smallest, largest of each column; 0, 0 outside of the source
   */
  columns(fromSeconds, toSeconds, columns) {
    const out = new Int8Array(columns * 2);
    const stepsPerColumn = ((toSeconds - fromSeconds) * this.perSecond) / columns;
    let level = 0;
    let size = 1;
    while (size * PER_LEVEL <= stepsPerColumn && level + 1 < this.levels.length) {
      level += 1;
      size *= PER_LEVEL;
    }
    const pairs = this.levels[level];
    const count = pairs.length / 2;
    const start = (fromSeconds * this.perSecond) / size;
    const width = stepsPerColumn / size;
    for (let column = 0; column < columns; column += 1) {
      const first = Math.floor(start + column * width);
      const last = Math.max(first + 1, Math.floor(start + (column + 1) * width));
      let low = 0;
      let high = 0;
      for (let at = Math.max(0, first); at < Math.min(last, count); at += 1) {
        if (pairs[2 * at] < low) low = pairs[2 * at];
        if (pairs[2 * at + 1] > high) high = pairs[2 * at + 1];
      }
      out[2 * column] = low;
      out[2 * column + 1] = high;
    }
    return out;
  }
}

/**
 * The outline of samples in so many columns.
 * @param {Float32Array} samples in [-1, 1]
 * @param {number} columns
 * @returns {Int8Array} smallest, largest of each column
 */
export function outline(samples, columns) {
  const out = new Int8Array(columns * 2);
  const width = samples.length / columns;
  for (let column = 0; column < columns; column += 1) {
    let low = 0;
    let high = 0;
    const end = Math.min(samples.length, Math.ceil((column + 1) * width));
    for (let at = Math.floor(column * width); at < end; at += 1) {
      if (samples[at] < low) low = samples[at];
      if (samples[at] > high) high = samples[at];
    }
    out[2 * column] = Math.max(-127, Math.round(low * 127));
    out[2 * column + 1] = Math.min(127, Math.round(high * 127));
  }
  return out;
}

/**
 * Draws columns around the middle of a box, the loudest sample filling it.
 * @param {CanvasRenderingContext2D} context
 * @param {Int8Array} columns smallest, largest of each
 * @param {{left: number, top: number, width: number, height: number}} box
 * @param {string} colour
 * @param {number} loudest the sample that fills the box, 1 to 127
 */
export function drawOutline(context, columns, box, colour, loudest) {
  const count = columns.length / 2;
  const step = box.width / count;
  const middle = box.top + box.height / 2;
  const scale = box.height / 2 / Math.max(1, loudest);
  context.fillStyle = colour;
  // One path of all columns would be anti-aliased as a whole, which takes ten times as long.
  for (let column = 0; column < count; column += 1) {
    const high = Math.max(0.5, columns[2 * column + 1] * scale);
    const low = Math.max(0.5, -columns[2 * column] * scale);
    context.fillRect(box.left + column * step, middle - high, Math.max(step, 0.5), high + low);
  }
}

/** @param {Int8Array} pairs @returns {number} the loudest sample, 1 to 128 */
export function highest(pairs) {
  let top = 1;
  for (let at = 0; at < pairs.length; at += 1) top = Math.max(top, Math.abs(pairs[at]));
  return top;
}

/** @param {Int8Array} pairs @returns {Int8Array} */
function coarser(pairs) {
  const count = Math.ceil(pairs.length / 2 / PER_LEVEL);
  const out = new Int8Array(count * 2);
  for (let step = 0; step < count; step += 1) {
    let low = 0;
    let high = 0;
    const end = Math.min((step + 1) * PER_LEVEL, pairs.length / 2);
    for (let at = step * PER_LEVEL; at < end; at += 1) {
      if (pairs[2 * at] < low) low = pairs[2 * at];
      if (pairs[2 * at + 1] > high) high = pairs[2 * at + 1];
    }
    out[2 * step] = low;
    out[2 * step + 1] = high;
  }
  return out;
}

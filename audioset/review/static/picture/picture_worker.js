/** Makes the picture of a clip, waveform over spectrogram, apart from the page, so that no key waits for it. Stretches too. */

import { stretch } from "../sound/stretch.js";
import { Spectrum } from "./spectrum.js";

const HIGHEST_HZ = 8000;
const WINDOW_SECONDS = 0.03;
const MOST_COLUMNS = 900;
const RANGE_DB = 70;
const MOST_GAIN = 12;
const WAVE_SHARE = 0.42;

/**
 * What is to be drawn. `samples` begin `from` seconds after the start of the clip (before it where negative); the picture
 * goes from `span[0]` to `span[1]` seconds after the start of the clip.
 * @typedef {object} Wanted
 * @property {number} number
 * @property {"picture"} what
 * @property {Float32Array} samples
 * @property {number} rate
 * @property {number} from
 * @property {[number, number]} span
 * @property {number} width in device pixels
 * @property {number} height in device pixels
 * @property {{ground: string, wave: string, core: string, dark: boolean}} colours
 */

/** @type {Map<number, Spectrum>} */
const spectra = new Map();
/** @type {Map<boolean, Uint32Array>} */
const ramps = new Map();

// Colours of the levels, from silence to the loudest: [share, red, green, blue].
const DARK = [[0, 10, 14, 18], [0.25, 24, 42, 72], [0.5, 82, 84, 152], [0.7, 186, 96, 128], [0.87, 246, 166, 100], [1, 255, 236, 179]];
const LIGHT = [[0, 251, 252, 252], [0.3, 224, 233, 238], [0.55, 150, 186, 205], [0.75, 72, 120, 160], [0.9, 34, 62, 110], [1, 16, 24, 58]];

/** @param {MessageEvent} event */
self.onmessage = (event) => {
  const wanted = event.data;
  if (wanted.what === "stretch") {
    const samples = stretch(wanted.samples, wanted.rate, wanted.speed);
    self.postMessage({ number: wanted.number, samples }, { transfer: [samples.buffer] });
    return;
  }
  const bitmap = draw(wanted);
  self.postMessage({ number: wanted.number, bitmap }, { transfer: [bitmap] });
};

/** @param {Wanted} wanted */
function draw(wanted) {
  const { width, height } = wanted;
  const canvas = new OffscreenCanvas(width, height);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
  // All of it as one field of pixels: paths and a second canvas would cost as much again.
  const picture = new ImageData(width, height);
  const pixels = new Uint32Array(picture.data.buffer);
  const waveHeight = Math.round(height * WAVE_SHARE);
  drawWave(pixels, wanted, waveHeight);
  drawSpectrogram(pixels.subarray(width * waveHeight), wanted, height - waveHeight);
  context.putImageData(picture, 0, 0);
  return canvas.transferToImageBitmap();
}

/**
 * @param {Uint32Array} pixels row after row
 * @param {Wanted} wanted
 * @param {number} height
 */
function drawWave(pixels, wanted, height) {
  const { samples, rate, from: begins, span, width, colours } = wanted;
  const perPixel = ((span[1] - span[0]) * rate) / width;
  const first = (span[0] - begins) * rate;
  const ground = channels(colours.ground);
  const wave = channels(colours.wave);
  const inks = { line: pixel(between(ground, wave, 0.35)), body: pixel(wave), core: pixel(between(wave, channels(colours.core), 0.55)) };
  const middle = height / 2;
  const scale = middle * 0.92 * Math.min(MOST_GAIN, 1 / loudestOf(samples));
  pixels.fill(pixel(ground), 0, width * height);
  pixels.fill(inks.line, width * Math.floor(middle), width * (Math.floor(middle) + 1));
  const paint = (/** @type {number} */ x, /** @type {number} */ top, /** @type {number} */ bottom, /** @type {number} */ ink) => {
    const last = Math.min(height, Math.max(Math.round(bottom), Math.round(top) + 1));
    for (let y = Math.max(0, Math.round(top)); y < last; y += 1) pixels[y * width + x] = ink;
  };
  for (let x = 0; x < width; x += 1) {
    const low = Math.max(0, Math.floor(first + x * perPixel));
    const high = Math.min(samples.length, Math.max(low + 1, Math.floor(first + (x + 1) * perPixel)));
    if (low >= samples.length || high <= 0) continue;
    let least = samples[low];
    let most = samples[low];
    let power = 0;
    for (let index = low; index < high; index += 1) {
      const value = samples[index];
      if (value < least) least = value;
      if (value > most) most = value;
      power += value * value;
    }
    const [top, bottom] = [middle - most * scale, middle - least * scale];
    paint(x, top, bottom, inks.body);
    const level = Math.sqrt(power / (high - low)) * scale;
    const [from, until] = [Math.max(top, middle - level), Math.min(bottom, middle + level)];
    if (until - from > 1) paint(x, from, until, inks.core);
  }
}

/** @param {Float32Array} samples @returns {number} the largest of them, above 0 */
function loudestOf(samples) {
  let peak = 1e-6;
  for (let index = 0; index < samples.length; index += 1) {
    const size = samples[index] < 0 ? -samples[index] : samples[index];
    if (size > peak) peak = size;
  }
  return peak;
}

/**
 * @param {Uint32Array} pixels row after row
 * @param {Wanted} wanted
 * @param {number} height
 */
function drawSpectrogram(pixels, wanted, height) {
  const { samples, rate, from, span, width, colours } = wanted;
  const size = 2 ** Math.round(Math.log2(WINDOW_SECONDS * rate));
  const spectrum = spectra.get(size) ?? new Spectrum(size);
  spectra.set(size, spectrum);
  const columns = Math.min(width, MOST_COLUMNS);
  const bins = Math.min(size / 2, Math.ceil((HIGHEST_HZ * size) / rate));
  const levels = new Float32Array(columns * bins); // powers, bin after bin
  const powers = [new Float32Array(size / 2), new Float32Array(size / 2)];
  const perColumn = ((span[1] - span[0]) * rate) / columns;
  const first = (span[0] - from) * rate + perColumn / 2;
  let loudest = 1e-9;
  for (let column = 0; column < columns; column += 2) {
    const at = Math.round(first + column * perColumn);
    const next = Math.round(first + (column + 1) * perColumn);
    spectrum.powers(samples, at, next, powers[0], powers[1]);
    for (let second = 0; second < 2 && column + second < columns; second += 1) {
      const found = powers[second];
      for (let bin = 0, place = column + second; bin < bins; bin += 1, place += columns) {
        const power = found[bin];
        levels[place] = power;
        if (power > loudest) loudest = power;
      }
    }
  }
  paint(pixels, shadesOf(levels, loudest), { columns, bins, width, height, colours: ramp(colours.dark) });
}

/**
 * Decibels below the loudest as shades, 0 to 255. A number of four bytes holds its logarithm: its exponent, and nearly
 * the rest of it in the bits behind. That is right to a shade, and ten times as fast as to ask for the logarithm.
 * @param {Float32Array} levels
 * @param {number} loudest
 * @returns {Uint8ClampedArray}
 */
function shadesOf(levels, loudest) {
  const bits = new Int32Array(levels.buffer);
  const top = new Int32Array(Float32Array.of(loudest).buffer)[0];
  const perOctave = 2 ** 23;
  const scale = (255 * 10 * Math.log10(2)) / RANGE_DB / perOctave;
  const shades = new Uint8ClampedArray(levels.length);
  for (let index = 0; index < levels.length; index += 1) shades[index] = 255 + (bits[index] - top) * scale;
  return shades;
}

/**
 * @param {Uint32Array} pixels row after row
 * @param {Uint8ClampedArray} shades bin after bin
 * @param {{columns: number, bins: number, width: number, height: number, colours: Uint32Array}} shape
 */
function paint(pixels, shades, { columns, bins, width, height, colours }) {
  const columnOf = Uint16Array.from({ length: width }, (_, x) => Math.floor((x * columns) / width));
  for (let y = 0; y < height; y += 1) {
    const place = ((height - 1 - y) * (bins - 1)) / Math.max(1, height - 1);
    const low = Math.floor(place);
    const share = place - low;
    const below = low * columns;
    const above = Math.min(bins - 1, low + 1) * columns;
    const row = y * width;
    for (let x = 0; x < width; x += 1) {
      const column = columnOf[x];
      const shade = shades[below + column] * (1 - share) + shades[above + column] * share;
      pixels[row + x] = colours[shade & 255];
    }
  }
}

/** @param {string} colour "rgb(1, 2, 3)" @returns {number[]} red, green, blue */
function channels(colour) {
  return (colour.match(/[\d.]+/g) ?? ["0", "0", "0"]).slice(0, 3).map(Number);
}

/** @param {number[]} one @param {number[]} other @param {number} share of the other */
function between(one, other, share) {
  return one.map((value, index) => value + (other[index] - value) * share);
}

/** @param {number[]} colour red, green, blue @returns {number} as it lies in a picture */
function pixel([red, green, blue]) {
  return ((255 << 24) | (Math.round(blue) << 16) | (Math.round(green) << 8) | Math.round(red)) >>> 0;
}

/** @param {boolean} dark */
function ramp(dark) {
  const known = ramps.get(dark);
  if (known) return known;
  const stops = dark ? DARK : LIGHT;
  const colours = new Uint32Array(256);
  for (let shade = 0; shade < 256; shade += 1) {
    const share = shade / 255;
    const above = Math.max(1, stops.findIndex((stop) => stop[0] >= share));
    const [low, high] = [stops[above - 1], stops[above]];
    const part = (share - low[0]) / (high[0] - low[0]);
    const [red, green, blue] = [1, 2, 3].map((index) => Math.round(low[index] + (high[index] - low[index]) * part));
    colours[shade] = (255 << 24) | (blue << 16) | (green << 8) | red;
  }
  ramps.set(dark, colours);
  return colours;
}

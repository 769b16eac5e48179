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
  const { width, height, colours } = wanted;
  const canvas = new OffscreenCanvas(width, height);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
  context.fillStyle = colours.ground;
  context.fillRect(0, 0, width, height);
  const waveHeight = Math.round(height * WAVE_SHARE);
  drawSpectrogram(context, wanted, waveHeight, height - waveHeight);
  drawWave(context, wanted, waveHeight);
  return canvas.transferToImageBitmap();
}

/**
 * @param {OffscreenCanvasRenderingContext2D} context
 * @param {Wanted} wanted
 * @param {number} height
 */
function drawWave(context, wanted, height) {
  const { samples, rate, from, span, width, colours } = wanted;
  const perPixel = ((span[1] - span[0]) * rate) / width;
  const first = (span[0] - from) * rate;
  let peak = 1e-6;
  for (let index = 0; index < samples.length; index += 1) peak = Math.max(peak, Math.abs(samples[index]));
  const middle = height / 2;
  const scale = middle * 0.92 * Math.min(MOST_GAIN, 1 / peak);
  context.globalAlpha = 0.35;
  context.fillStyle = colours.wave;
  context.fillRect(0, Math.floor(middle), width, 1);
  context.globalAlpha = 1;
  const body = new Path2D();
  const core = new Path2D();
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
    const top = middle - most * scale;
    body.rect(x, top, 1, Math.max(1, (most - least) * scale));
    const level = Math.sqrt(power / (high - low)) * scale;
    if (level > 0.5) core.rect(x, middle - level, 1, level * 2);
  }
  context.fillStyle = colours.wave;
  context.fill(body);
  context.globalAlpha = 0.55;
  context.fillStyle = colours.core;
  context.fill(core);
  context.globalAlpha = 1;
}

/**
 * @param {OffscreenCanvasRenderingContext2D} context
 * @param {Wanted} wanted
 * @param {number} top
 * @param {number} height
 */
function drawSpectrogram(context, wanted, top, height) {
  const { samples, rate, from, span, width, colours } = wanted;
  const size = 2 ** Math.round(Math.log2(WINDOW_SECONDS * rate));
  const spectrum = spectra.get(size) ?? new Spectrum(size);
  spectra.set(size, spectrum);
  const columns = Math.min(width, MOST_COLUMNS);
  const bins = Math.min(size / 2, Math.ceil((HIGHEST_HZ * size) / rate));
  const levels = new Float32Array(columns * bins);
  const powers = [new Float32Array(size / 2), new Float32Array(size / 2)];
  const perColumn = ((span[1] - span[0]) * rate) / columns;
  const first = (span[0] - from) * rate + perColumn / 2;
  let loudest = 1e-9;
  for (let column = 0; column < columns; column += 2) {
    const at = Math.round(first + column * perColumn);
    const next = Math.round(first + (column + 1) * perColumn);
    spectrum.powers(samples, at, next, powers[0], powers[1]);
    for (let second = 0; second < 2 && column + second < columns; second += 1) {
      const place = (column + second) * bins;
      for (let bin = 0; bin < bins; bin += 1) {
        const power = powers[second][bin];
        levels[place + bin] = power;
        if (power > loudest) loudest = power;
      }
    }
  }
  const picture = paint(levels, columns, bins, height, loudest, ramp(colours.dark));
  if (columns === width) {
    context.putImageData(picture, 0, top);
    return;
  }
  const small = new OffscreenCanvas(columns, height);
  /** @type {OffscreenCanvasRenderingContext2D} */ (small.getContext("2d")).putImageData(picture, 0, 0);
  context.drawImage(small, 0, 0, columns, height, 0, top, width, height);
}

/**
 * @param {Float32Array} levels powers, column after column
 * @param {number} columns
 * @param {number} bins
 * @param {number} height
 * @param {number} loudest
 * @param {Uint32Array} colours 256 of them
 */
function paint(levels, columns, bins, height, loudest, colours) {
  const picture = new ImageData(columns, height);
  const pixels = new Uint32Array(picture.data.buffer);
  const shades = new Uint8Array(bins);
  const scale = 255 / RANGE_DB;
  for (let column = 0; column < columns; column += 1) {
    for (let bin = 0; bin < bins; bin += 1) {
      const db = 10 * Math.log10(levels[column * bins + bin] / loudest + 1e-12);
      shades[bin] = Math.max(0, Math.min(255, (db + RANGE_DB) * scale));
    }
    for (let y = 0; y < height; y += 1) {
      const place = ((height - 1 - y) * (bins - 1)) / Math.max(1, height - 1);
      const low = Math.floor(place);
      const share = place - low;
      const shade = shades[low] * (1 - share) + (shades[low + 1] ?? shades[low]) * share;
      pixels[y * columns + column] = colours[shade & 255];
    }
  }
  return picture;
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

/** Levels of frequencies: a Fourier transform of real numbers, two columns in one go. */

/** Makes transforms of one size; all that can be known before is made once. */
export class Spectrum {
  /** @param {number} size of the window in samples, a power of two */
  constructor(size) {
    this.size = size;
    this.window = Float32Array.from({ length: size }, (_, index) => 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / size));
    this.cos = Float32Array.from({ length: size / 2 }, (_, index) => Math.cos((2 * Math.PI * index) / size));
    this.sin = Float32Array.from({ length: size / 2 }, (_, index) => Math.sin((2 * Math.PI * index) / size));
    this.order = new Uint16Array(size);
    const bits = Math.log2(size);
    for (let index = 0; index < size; index += 1) {
      let turned = 0;
      for (let bit = 0; bit < bits; bit += 1) if (index & (1 << bit)) turned |= 1 << (bits - 1 - bit);
      this.order[index] = turned;
    }
    this.real = new Float32Array(size);
    this.imaginary = new Float32Array(size);
  }

  /**
   * Power of each frequency around two samples of a sound; a sound that is too short is silent outside.
   * @param {Float32Array} samples
   * @param {number} first middle of the first window
   * @param {number} second middle of the second window
   * @param {Float32Array} firstPower `size / 2` numbers, written
   * @param {Float32Array} secondPower `size / 2` numbers, written
   */
  powers(samples, first, second, firstPower, secondPower) {
    const { size, real, imaginary, window, order } = this;
    const half = size / 2;
    for (let index = 0; index < size; index += 1) {
      const from = order[index];
      // Two real sounds are one complex one: the second lies in the imaginary part.
      real[index] = (samples[first - half + from] ?? 0) * window[from];
      imaginary[index] = (samples[second - half + from] ?? 0) * window[from];
    }
    this.#transform();
    for (let bin = 0; bin < half; bin += 1) {
      const mirror = bin === 0 ? 0 : size - bin;
      const evenReal = (real[bin] + real[mirror]) / 2;
      const oddReal = (real[bin] - real[mirror]) / 2;
      const evenImaginary = (imaginary[bin] + imaginary[mirror]) / 2;
      const oddImaginary = (imaginary[bin] - imaginary[mirror]) / 2;
      firstPower[bin] = evenReal * evenReal + oddImaginary * oddImaginary;
      secondPower[bin] = evenImaginary * evenImaginary + oddReal * oddReal;
    }
  }

  #transform() {
    const { size, real, imaginary, cos, sin } = this;
    for (let width = 2; width <= size; width *= 2) {
      const half = width / 2;
      const step = size / width;
      for (let start = 0; start < size; start += width) {
        for (let index = 0, turn = 0; index < half; index += 1, turn += step) {
          const low = start + index;
          const high = low + half;
          const re = real[high] * cos[turn] + imaginary[high] * sin[turn];
          const im = imaginary[high] * cos[turn] - real[high] * sin[turn];
          real[high] = real[low] - re;
          imaginary[high] = imaginary[low] - im;
          real[low] += re;
          imaginary[low] += im;
        }
      }
    }
  }
}

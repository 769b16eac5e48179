/** What is drawn: colours of the style, and canvases as fine as the screen. */

/**
 * The colours that names of the style have now; a canvas cannot read `light-dark()` itself.
 * @param {string[]} names without the leading dashes
 * @returns {Record<string, string>}
 */
export function colours(names) {
  const probe = document.createElement("span");
  document.body.append(probe);
  /** @type {Record<string, string>} */
  const out = {};
  for (const name of names) {
    probe.style.color = `var(--${name})`;
    out[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  return out;
}

/**
 * Makes a canvas as fine as the screen; drawing stays in CSS pixels.
 * @param {HTMLCanvasElement} canvas
 * @returns {{context: CanvasRenderingContext2D, width: number, height: number} | null} null while
 *   the canvas is not shown
 */
export function fitCanvas(canvas) {
  const { width, height } = canvas.getBoundingClientRect();
  const context = canvas.getContext("2d");
  if (!width || !height || !context) return null;
  const ratio = window.devicePixelRatio || 1;
  const wide = Math.round(width * ratio);
  const high = Math.round(height * ratio);
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide;
    canvas.height = high;
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

/** What can wait for the frame that shows what a key did: sound, picture, text and verdict of a clip come first. */

// A page that nobody sees draws no frames.
const LATEST_MS = 500;

/**
 * Runs something when the next frame is drawn; asked for once more before that, it runs once.
 * @param {() => void} run
 * @returns {() => void} asks for it
 */
export function afterFrame(run) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    const go = () => {
      if (!waiting) return;
      waiting = false;
      clearTimeout(latest);
      run();
    };
    const latest = setTimeout(go, document.hidden ? 0 : LATEST_MS);
    requestAnimationFrame(() => setTimeout(go, 0));
  };
}

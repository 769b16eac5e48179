// When is a clip heard and seen after a key press? Put into a page before its own scripts.
// Heard: the first sample that is not zero has passed an AudioWorklet behind the clip's source, and
// this thread has learned of it. Seen: the end of the frame that shows the clip's picture.
(() => {
  const TAPS = 8; // sources that may sound one after the other before the first tap is free again
  const EAR = `registerProcessor("ear", class extends AudioWorkletProcessor {
    constructor() { super(); this.armed = false; this.port.onmessage = () => { this.armed = true; }; }
    process([[samples]]) {
      if (this.armed && samples && samples.some((sample) => sample !== 0)) {
        this.armed = false;
        this.port.postMessage(0);
      }
      return true;
    }
  });`;
  const probe = { pressed: 0, sound: null, picture: null, keys: [] };
  globalThis.probe = probe;

  addEventListener("keydown", (event) => {
    if (!probe.keys.includes(event.code)) return;
    Object.assign(probe, { pressed: event.timeStamp, sound: null, picture: null });
  }, { capture: true });

  probe.heard = () => { probe.sound ??= performance.now() - probe.pressed; };
  probe.seen = () => {
    const { pressed } = probe;
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        if (probe.pressed === pressed) probe.picture ??= performance.now() - pressed;
      };
      port2.postMessage(0); // after this frame is drawn
    });
  };

  /** @type {WeakMap<BaseAudioContext, {taps: AudioWorkletNode[], next: number}>} */
  const ears = new WeakMap();
  probe.listen = async (context) => {
    const url = URL.createObjectURL(new Blob([EAR], { type: "text/javascript" }));
    await context.audioWorklet.addModule(url);
    const mute = new GainNode(context, { gain: 0 });
    mute.connect(context.destination); // what leads nowhere is not computed
    const taps = Array.from({ length: TAPS }, () => {
      const tap = new AudioWorkletNode(context, "ear");
      tap.connect(mute);
      tap.port.onmessage = probe.heard;
      return tap;
    });
    ears.set(context, { taps, next: 0 });
  };
  probe.tap = (source) => {
    const ear = ears.get(source.context);
    if (!ear) return null;
    const tap = ear.taps[ear.next];
    ear.next = (ear.next + 1) % TAPS;
    source.connect(tap);
    return tap;
  };

  globalThis.AudioContext = class extends AudioContext {
    constructor(...options) {
      super(...options);
      probe.listen(this);
    }
  };
  const { drawImage } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.drawImage = function (image, ...where) {
    if (image instanceof ImageBitmap && this.canvas.id === "canvas") probe.seen();
    drawImage.call(this, image, ...where);
  };
  const { start } = AudioBufferSourceNode.prototype;
  AudioBufferSourceNode.prototype.start = function (...when) {
    probe.tap(this)?.port.postMessage("arm");
    start.apply(this, when);
  };
})();

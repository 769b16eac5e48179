/** Sounds that are not the current clip's: one at a time, and none while the clip itself is heard. */

/** @import {App} from "../core/core.js" */

/** @type {HTMLAudioElement | null} */
let sounding = null;

export function hush() {
  sounding?.pause();
  sounding = null;
}

/**
 * Plays a clip that is not the current one, at the speed that is set.
 * @param {App} app
 * @param {string} audioSha256
 */
export async function hear(app, audioSha256) {
  hush();
  app.player?.stop();
  const audio = new Audio(app.server.audio(audioSha256));
  sounding = audio;
  audio.playbackRate = app.state.settings.speed ?? 1;
  try {
    await audio.play();
  } catch (problem) {
    if (sounding === audio) app.notice(`This cannot be played: ${problem instanceof Error ? problem.message : problem}.`, "problem");
  }
}

/**
 * The samples of a clip, of its first channel.
 * @param {App} app
 * @param {string} audioSha256
 * @returns {Promise<Float32Array | null>} null where they cannot be had
 */
export async function samplesOf(app, audioSha256) {
  try {
    const answer = await fetch(app.server.audio(audioSha256));
    if (!answer.ok) return null;
    // Only for a small picture: this rate is enough for it, and quick to decode to.
    const context = new OfflineAudioContext(1, 1, 16000);
    return (await context.decodeAudioData(await answer.arrayBuffer())).getChannelData(0);
  } catch {
    return null; // the card stands without its wave; hearing it will tell why
  }
}

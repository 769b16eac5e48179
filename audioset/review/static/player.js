/** Plays clips. */

/** @import {Row} from "./types.js" */

export class Player {
  /** @param {Row} row @param {boolean} play */
  show(row, play) {}

  /** Share of the current clip that was heard, 0 to 1. */
  heard() {
    return 0;
  }
}

/** Views that mount themselves into the page, in this order. */

/** @import {App} from "./core.js" */

/** @type {{mount: (app: App) => void}[]} */
export const VIEWS = [];

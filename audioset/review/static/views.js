/** Views that mount themselves into the page, in this order. */

/** @import {App} from "./core.js" */

import * as agreement from "./agreement.js";
import * as bulk from "./bulk.js";
import * as conflicts from "./conflicts.js";
import * as details from "./details.js";
import * as help from "./help.js";
import * as menu from "./menu.js";
import * as sourceView from "./source_view.js";
import * as takes from "./takes.js";
import * as theme from "./theme.js";

/** @type {{mount: (app: App) => void}[]} */
export const VIEWS = [theme, takes, details, sourceView, bulk, agreement, conflicts, help, menu];

/** Views that mount themselves into the page, in this order. */

/** @import {App} from "./core/core.js" */

import * as takes from "./clip/takes.js";
import * as details from "./details/details.js";
import * as agreement from "./others/agreement.js";
import * as conflicts from "./others/conflicts.js";
import * as bulk from "./queue/bulk.js";
import * as help from "./shell/help.js";
import * as menu from "./shell/menu.js";
import * as theme from "./shell/theme.js";
import * as sourceView from "./source/view.js";

/** @type {{mount: (app: App) => void}[]} */
export const VIEWS = [theme, takes, details, sourceView, bulk, agreement, conflicts, help, menu];

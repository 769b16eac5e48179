/**
 * Shapes of what the server says and of what the modules hand to each other. Nothing runs here.
 * Times are in samples at the source's rate where a name ends in `_sample`, else in seconds.
 */

/** @typedef {"accept" | "reject" | "unsure"} Verdict */

/**
 * The row of the catalog that holds for a field: which one, whose, since when.
 * @typedef {{row_id: number, by: string, at: string}} Held
 */

/**
 * One clip, as `/api/rows` gives it.
 * @typedef {object} Row
 * @property {string} clip_id
 * @property {string} root_id the id under which decisions about the clip are kept
 * @property {string} source_id
 * @property {string} audio_sha256
 * @property {number} length_seconds
 * @property {number} start_sample
 * @property {number} end_sample exclusive
 * @property {number} source_rate
 * @property {number} sampling_rate
 * @property {number} channels
 * @property {number | null} head_silence_seconds
 * @property {number | null} tail_silence_seconds
 * @property {string | null} text
 * @property {string | null} text_source
 * @property {number | null} text_score
 * @property {string | null} hypothesis what a model heard
 * @property {string | null} accepted_text under which it was accepted, where it has another one now
 * @property {number | null} line
 * @property {number | null} take
 * @property {string | null} speaker
 * @property {string[]} flags
 * @property {Record<string, unknown>} facts
 * @property {Verdict | null} verdict
 * @property {string | null} note
 * @property {string[]} tags
 * @property {string | null} split
 * @property {Record<string, Held>} held
 * @property {Record<string, Held>} [speaker_held] what is decided about its speaker
 */

/**
 * @typedef {Row & {
 *   history: Record<string, unknown>[],
 *   takes: Row[],
 *   line_text: string | null,
 *   differences: [string, string][],
 *   suggestions: string[],
 *   agreement: unknown,
 * }} Detail
 */

/**
 * @typedef {object} Settings
 * @property {Record<string, string>} keys chosen combinations by id of the key
 * @property {number} speed
 * @property {boolean} auto_play
 * @property {boolean} auto_advance
 * @property {boolean} skip_silence
 * @property {"dark" | "light" | "auto"} [theme]
 */

/** @typedef {Partial<Filter> & {name: string}} SavedFilter */

/**
 * @typedef {object} Session
 * @property {string} dataset
 * @property {string | null} version
 * @property {string} reviewer
 * @property {number | null} pass
 * @property {boolean} blind
 * @property {number} num_clips
 * @property {{where: string, order: string, whose: string}} [start] what is asked for first
 * @property {number} num_assigned clips that are assigned to the reviewer in this pass
 * @property {string[]} tags that any clip has
 * @property {Record<string, string>} flags words of each flag
 * @property {{name: string, type: string, unit: string | null, meaning: string}[]} columns
 * @property {string[]} facts
 * @property {boolean} can_cut
 * @property {string[]} waiting which clips wait for which source to be cut, a sentence each
 * @property {Settings} settings
 * @property {SavedFilter[]} filters
 * @property {number} last_row_id
 */

/**
 * What a queue is asked for by.
 * @typedef {object} Filter
 * @property {string} where
 * @property {string} order
 * @property {string} state
 * @property {string} flag
 * @property {string} speaker
 * @property {string} source_id
 * @property {string} tag
 * @property {string} whose mine (assigned to the reviewer) or all; empty: as the review began
 */

/**
 * The queue in columns; index i is the i-th clip to be heard.
 * @typedef {object} Queue
 * @property {string} key
 * @property {number} generation grows whenever there are other clips
 * @property {number} elsewhere grows whenever clips were cut or taken out by something else than this server
 * @property {number} came clips that came by it, since the review was opened
 * @property {number} gone clips that went by it
 * @property {number} total
 * @property {number} reviewed
 * @property {number} judged_beside clips that the filter leaves out since they are judged already
 * @property {string | null} why_none why the filter can hold for no clip at all
 * @property {Columns} columns
 */

/**
 * @typedef {object} Columns
 * @property {string[]} clip_id
 * @property {(Verdict | null)[]} verdict
 * @property {number[]} length_seconds
 * @property {(string | null)[]} speaker
 * @property {string[][]} flags
 * @property {(number | null)[]} score
 * @property {string[]} audio_sha256
 */

/**
 * One field of one subject. For a clip the subject is its `root_id`.
 * @typedef {object} Change
 * @property {"clip" | "speaker" | "source" | "line"} subject_kind
 * @property {string} subject_id
 * @property {string} field
 * @property {unknown} value
 */

/**
 * What happened after a row of the catalog.
 * @typedef {object} Changes
 * @property {number} last_row_id
 * @property {number} generation
 * @property {number} elsewhere
 * @property {number} came
 * @property {number} gone
 * @property {Row[]} rows that were decided, also by us
 * @property {boolean} [more] whether there are more rows than these
 * @property {any[]} news what others decided
 */

/**
 * What is posted: one key press. `path` is the address under `/api/`.
 * @typedef {object} Operation
 * @property {string} op_id
 * @property {string} path
 * @property {Record<string, any>} body
 * @property {string} words for people: "reject clip 12"
 * @property {string | null} root_id of the clip that it is about
 * @property {{subject_kind: string, subject_id: string, field: string}[]} [touches] decisions that it changes
 * @property {Record<string, string>} [after] op_id of our own waiting operation that a change comes after, by key
 * @property {string} [stored] its name in the browser's storage
 */

/**
 * What the server says to an operation.
 * @typedef {object} Answer
 * @property {string} op_id
 * @property {{subject_kind: string, subject_id: string, field: string, row_id: number}[]} [row_ids]
 * @property {Row[]} rows
 * @property {Record<string, string[]>} [replaced] clip ids that others took the place of
 * @property {number} [generation] as that of the queue, after the clips were cut
 * @property {string | null} [waits] why the clip file could not be cut yet
 * @property {string[]} [notes] what a person should know of the clips that were cut
 */

/**
 * @typedef {object} Conflict
 * @property {string} subject_kind
 * @property {string} subject_id
 * @property {string} field
 * @property {unknown} value
 * @property {string} by
 * @property {string} at
 * @property {number} row_id
 */

export {};

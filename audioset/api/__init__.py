"""Floor 6: the front door, in chapters, in the order of a clip's way.

    source ──cut──▶ clips + manifest ──decide──▶ effective manifest ──publish──▶ scots@v1
    scots@v1 ──open, pin──▶ training run ──▶ registered model        lineage: both ways

One short method per verb, and a module for each chapter of `docs/walk.md`:

    1  cutting, clips    cut; import_folder, import_corpus; measure, transcribe, describe,
                         export_lines
    2  review, tables    decide, check, dedupe, split; export_table, decide_table, to_pandas
       reviewers         assign, agreement: of several people
    3  versions          diff, alias, pull, verify, forget, collect; publishing: publish
       checkout, copying checkout, fetch, free; copy
    4  training          open, pin, training_run
    5  experiments       search, compare, promote, reproduce
    6  lineage           lineage, lineage_of_clip, clips_behind, log, ui
       everyday          status, doctor, remove: of the workspace itself, on any day

`audioset.workspace` puts them together. `opened` is what they have in their hands: the working
clips, the store, MLflow; `names` finds what a name means.
"""

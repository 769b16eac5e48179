"""Floor 6: the front door, in chapters, in the order of a clip's way.

    source ──cut──▶ clips + manifest ──decide──▶ effective manifest ──publish──▶ scots@v1
    scots@v1 ──open, pin──▶ training run ──▶ registered model        lineage: both ways

`clips`, `review`, `versions`, `training`, `experiments` and `lineage` each hold the verbs of one
chapter, one short method per verb; `audioset.workspace` puts them together. `opened` is what they
have in their hands: the working clips, the store, MLflow; `names` finds what a name means.
"""

"""Floor 3b: the verbs over a workspace, from a source to a good manifest; a room for each.

`workspace/` knows what lies there; `cut/` makes clips, `decide/`, `check/`, `duplicates/` and
`split/` make them good, `describe/` counts them.
"""

"""Floor 3a: sound to numbers and spans. Knows no workspace.

`speech/` finds where somebody speaks, `align/` where the lines of a transcript are said,
`transcribers/` what is said; `quality`, `fingerprint` and `near_pairs` measure and compare clips.
"""

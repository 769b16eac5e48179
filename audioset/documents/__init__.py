"""Floor 3a: files that people give become records. Knows no workspace.

`cues/` reads timed text, `transcripts/` lines without times, `decisions` and `facts` tables of
clips.
"""

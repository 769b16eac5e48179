"""Tracks and channels of a source to the one that is heard.

`tracks` tells which track is meant for all, `choose_sound` looks at a file before it is read,
`mix` makes one channel of several, `watch` says what became of them.
"""

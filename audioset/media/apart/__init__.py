"""Read media in a helper process: a file that crashes a decoder is an error of that file.

`apart` runs a generator of ours there; `open_audio_apart` opens a track as `open_audio` does.
"""

"""Which files are media, by the end of their names."""

# Looked for in folders; a file named outright is tried whatever its name.
_SUFFIXES = (
    "3gp aac ac3 aif aiff amr ape asf au avi caf flac flv m4a m4b m4v mka mkv mov mp2 mp3 mp4 mpeg "
    "mpg mts oga ogg ogv opus sph ts w64 wav webm wma wmv wv"
)


MEDIA_SUFFIXES = frozenset(f".{suffix}" for suffix in _SUFFIXES.split(" "))

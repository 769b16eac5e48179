"""Numbers and names as words."""


def format_hms(seconds: float) -> str:
    """Give a length as h:mm:ss, rounded to whole seconds."""
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def format_size(size_bytes: float) -> str:
    """Give a size with three digits, such as `1.53 MB`."""
    size, units = float(size_bytes), ["B", "kB", "MB", "GB", "TB", "PB"]
    while size >= 999.5 and len(units) > 1:
        size, units = size / 1000, units[1:]
    return f"{size:.3g} {units[0]}"


def cut_short(text: str, length: int = 48) -> str:
    """Shorten a long text, such as the condition of a view, at its end; `--json` has the whole."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def clean(text: str) -> str:
    """Replace what could steer a terminal; names of files may hold anything."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)

"""Media files of subtitles alone."""

from fractions import Fraction
from pathlib import Path

import av

ASS_HEADER = (
    b"[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\n\n[Events]\n"
    b"Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
)


def write_stream(path: Path, codec: str, events: list[tuple[int, int, bytes]]) -> Path:
    """Write events (milliseconds, milliseconds, payload as it stands in the container)."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec)
        stream.time_base = Fraction(1, 1000)
        if codec != "dvdsub":  # encoders of text will not open without
            stream.codec_context.subtitle_header = ASS_HEADER
        for start, end, payload in events:
            packet = av.Packet(payload)
            packet.stream = stream
            packet.time_base = Fraction(1, 1000)
            packet.pts = packet.dts = start
            packet.duration = end - start
            container.mux(packet)
    return path

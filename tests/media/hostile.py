"""Files that point elsewhere: playlists under false names, and sound that lies in another file."""

import struct
from pathlib import Path


def hls(target: str) -> bytes:
    return f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{target}\n#EXT-X-ENDLIST\n".encode()


def ffconcat(target: str) -> bytes:
    return f"ffconcat version 1.0\nfile '{target}'\n".encode()


def dash(url: str) -> bytes:
    return f"""<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT2S"
 profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period><AdaptationSet mimeType="audio/mp4">
<Representation id="1" bandwidth="64000" codecs="mp4a.40.2"><BaseURL>{url}/a.mp4</BaseURL>
</Representation></AdaptationSet></Period></MPD>
""".encode()


SDP = b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 9998 RTP/AVP 0\n"


def playlists(sound: Path, url: str) -> dict[str, bytes]:
    """Files that hold no sound of their own, by the name they pretend to have."""
    return {
        "hls_local.mp4": hls(sound.as_uri()),
        "hls_local_path.m3u8": hls(str(sound)),
        "hls_relative.m3u8": hls(sound.name),
        "hls_http.m3u8": hls(f"{url}/a.ts"),
        "hls_http.mp4": hls(f"{url}/a.ts"),
        "hls_crypto.m3u8": hls(f"crypto:{sound}"),
        "hls_concat.m3u8": hls(f"concat:{sound}|{sound}"),
        "hls_subfile.m3u8": hls(f"subfile,,start,0,end,0,,:{sound}"),
        "hls_key.m3u8": hls(sound.name).replace(
            b"#EXTINF", f'#EXT-X-KEY:METHOD=AES-128,URI="{url}/key"\n#EXTINF'.encode()
        ),
        "hls_map.m3u8": hls(sound.name).replace(
            b"#EXTINF", f'#EXT-X-MAP:URI="{url}/init.mp4"\n#EXTINF'.encode()
        ),
        "hls_of_hls.m3u8": b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\ninner.m3u8\n",
        "concat_relative.mp4": ffconcat(sound.name),
        "concat_absolute.mp4": ffconcat(str(sound)),
        "concat_http.mp4": ffconcat(f"{url}/a.ts"),
        "concat_relative.ffconcat": ffconcat(sound.name),
        "dash_http.mp4": dash(url),
        "dash_http.mpd": dash(url),
        "session.sdp": SDP,
        "session.mp4": SDP,
        "imf.mp4": b'<?xml version="1.0"?><CompositionPlaylist xmlns="http://www.smpte-ra.org/'
        b'schemas/2067-3/2016"></CompositionPlaylist>',
        "redirect.asx": f'<asx version="3.0"><entry><ref href="{url}/a"/></entry></asx>'.encode(),
        "reference.asf": f"[Reference]\nRef1={url}/a.ts?MSWMExt=.asf\n".encode(),
        "list.pls": f"[playlist]\nFile1={url}/a.ts\nNumberOfEntries=1\n".encode(),
        "script.avs": f'AVISource("{sound}")\n'.encode(),
        "graph.lavfi": f"amovie={sound}".encode(),
        # The subtitles of a DVD: ffmpeg opens the .sub file beside the index.
        "vobsub.mp4": b"# VobSub index file, v7 (do not modify this line!)\nsize: 720x576\n"
        b"id: en, index: 0\ntimestamp: 00:00:01:000, filepos: 000000000\n",
        "vobsub.idx": b"# VobSub index file, v7 (do not modify this line!)\nsize: 720x576\n"
        b"id: en, index: 0\ntimestamp: 00:00:01:000, filepos: 000000000\n",
        "picture.svg": f'<svg><image href="{url}/a.png"/></svg>'.encode(),
        "captions.mp4": f"1\n00:00:00,000 --> 00:00:01,000\n<img src={url}>\n".encode(),
    }


def with_outside_data(mov: bytes, target: Path) -> bytes:
    """Make the sound of a QuickTime file lie in another file: an alias as its data reference.

    Source: QuickTime File Format, "Data Reference Atoms"; the record as ffmpeg's mov.c reads it.
    """
    path = str(target).encode()
    name = target.name.encode()
    record = bytes(10) + bytes([3]) + b"Mac".ljust(27, b"\0") + bytes(12)
    record += bytes([len(name)]) + name.ljust(63, b"\0") + bytes(16) + struct.pack(">HH", 1, 1)
    record += bytes(16)
    for kind, text in ((18, path), (2, b"Mac:" + path[1:].replace(b"/", b":"))):
        record += struct.pack(">HH", kind, len(text)) + text + b"\0" * (len(text) % 2)
    record += struct.pack(">HH", 0xFFFF, 0)
    entry = struct.pack(">I", 12 + len(record)) + b"alis" + bytes(4) + record
    own = struct.pack(">I", 12) + b"url " + struct.pack(">I", 1)
    at = mov.index(own)
    grown = bytearray(mov[:at] + entry + mov[at + len(own) :])
    for box in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"):
        place = mov.rindex(box, 0, at) - 4
        size = struct.unpack_from(">I", grown, place)[0] + len(entry) - len(own)
        struct.pack_into(">I", grown, place, size)
    return bytes(grown)

"""How long after a key press the next clip is heard and seen; ours, and wavesurfer's plain use."""

import importlib.util
import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.servers import serving

PROBE = Path(__file__).with_name("review_probe.js")
CLIPS_PER_SECOND = 2.5
# As its first example says: a container, the file, and play when it is ready.
WAVESURFER_PAGE = """<!doctype html><link rel=icon href=data:,><div id=wave></div>
<script src=/wavesurfer.js></script>{plugin}
<script>
  const drawer = {drawer};
  const plugins = drawer ? [drawer] : [];
  const wave = WaveSurfer.create({{ container: "#wave", url: "/0", height: 128, plugins }});
  let at = 0;
  wave.on("ready", () => {{ if (at > 0) wave.play(); }});
  if (drawer) drawer.on("ready", probe.seen);
  else wave.on("redrawcomplete", probe.seen);
  wave.getMediaElement().addEventListener("playing", () => tap?.port.postMessage("arm"));
  let tap = null;
  addEventListener("click", async () => {{
    const context = new AudioContext();
    await probe.listen(context);
    const source = context.createMediaElementSource(wave.getMediaElement());
    tap = probe.tap(source);
    source.connect(context.destination);
  }});
  addEventListener("keydown", (event) => {{
    if (event.code === "KeyJ") wave.load("/" + ++at);
  }});
</script>"""
PLUGIN = "<script src=/spectrogram.js></script>"


@dataclass(frozen=True, slots=True)
class Switches:
    """Milliseconds from key press to sound and to picture; `missed` had none before the next."""

    sound_ms: list[float]
    picture_ms: list[float]
    missed: int

    def row(self, way: str) -> list[str]:
        """Give a row of the table."""
        return [way, three(self.sound_ms), three(self.picture_ms), str(self.missed)]


def press(page: Page, count: int, *, key: str = "j", code: str = "KeyJ") -> Switches:
    """Press a key `count` times, `CLIPS_PER_SECOND`, and take down what the probe says."""
    sound: list[float] = []
    picture: list[float] = []
    missed = 0
    page.evaluate(f"probe.keys = ['{code}']")
    for _ in range(count):
        page.keyboard.press(key)
        page.wait_for_timeout(1000 / CLIPS_PER_SECOND)
        told = page.evaluate("[probe.sound, probe.picture]")
        missed += None in told
        sound += [told[0]] if told[0] is not None else []
        picture += [told[1]] if told[1] is not None else []
    return Switches(sound, picture, missed)


def wavesurfer(browser: Browser, clips: Sequence[bytes], *, spectrogram: bool) -> Switches:
    """Go through the clips with wavesurfer, as its package has it."""
    with _served(clips, spectrogram=spectrogram) as address:
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        page = context.new_page()
        page.add_init_script(path=PROBE)
        page.goto(address, wait_until="networkidle")
        page.click("body")
        page.wait_for_timeout(500)
        switches = press(page, len(clips) - 1)
        context.close()
    return switches


@contextmanager
def _served(clips: Sequence[bytes], *, spectrogram: bool) -> Iterator[str]:
    found = importlib.util.find_spec("wavesurfer")
    if found is None or found.origin is None:
        sys.exit("to compare with wavesurfer: pip install wavesurfer")
    scripts = Path(found.origin).parent / "js"
    drawer = "WaveSurfer.Spectrogram.create({ height: 128 })" if spectrogram else "null"
    html = WAVESURFER_PAGE.format(plugin=PLUGIN if spectrogram else "", drawer=drawer)
    files = {f"/{number}": ("audio/flac", clip) for number, clip in enumerate(clips)}
    files["/"] = ("text/html", html.encode())
    for name, path in (
        ("wavesurfer", "wavesurfer.min"),
        ("spectrogram", "plugins/spectrogram.min"),
    ):
        files[f"/{name}.js"] = ("text/javascript", (scripts / f"{path}.js").read_bytes())

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            kind, body = files[self.path]
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with serving(Handler) as port:
        yield f"http://127.0.0.1:{port}/"


def three(values: Sequence[float]) -> str:
    """Give p50 / p95 / max of milliseconds."""
    if len(values) < 2:
        return "-"
    parts = statistics.quantiles(values, n=20, method="inclusive")
    return f"{parts[9]:.0f} / {parts[18]:.0f} / {max(values):.0f}"

"""The parts of the page that reckon: sound, texts, keys, and the way of an operation to the server.

They run in a real browser, without a server: each test imports a module and hands it what it needs.
"""

from typing import Any

import pytest

from tests.review.modules import STATIC, Run, blank, run

__all__ = ["blank", "run"]  # fixtures

# They do something when loaded.
_STARTERS = {"app.js", "shell/theme_first.js", "picture/picture_worker.js"}


def test_every_module_of_the_page_loads(run: Run) -> None:
    places = {path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*.js")}
    assert places > _STARTERS
    names = sorted(places - _STARTERS)
    loaded = run(f"for (const n of {names}) await import('/static/' + n); return true;")
    assert len(names) > 30
    assert loaded


@pytest.mark.parametrize("speed", [0.75, 1.25, 1.5, 2])
def test_another_speed_keeps_the_pitch(run: Run, speed: float) -> None:
    length, pitch, loudest = run(f"""
      const {{ stretch }} = await load("sound/stretch");
      const {{ Spectrum }} = await load("picture/spectrum");
      const tone = Float32Array.from({{ length: 32000 }}, (_, i) => 0.5 * Math.sin(2 * Math.PI * 500 * i / 16000));
      const out = stretch(tone, 16000, {speed});
      const powers = [new Float32Array(256), new Float32Array(256)];
      new Spectrum(512).powers(out, 4000, 9000, ...powers);
      const highest = (p) => p.indexOf(Math.max(...p)) * 16000 / 512;
      return [out.length, powers.map(highest), Math.max(...out)];
    """)  # noqa: E501  JavaScript
    assert length == round(32000 / speed)
    assert pitch == [500, 500]
    assert loudest == pytest.approx(0.5, abs=0.01)


def test_levels_are_those_of_a_plain_transform(run: Run) -> None:
    off = run("""
      const { Spectrum } = await load("picture/spectrum");
      const sound = Float32Array.from({ length: 4000 }, (_, i) => Math.sin(i * i / 9000) - 0.3 * Math.cos(i * 0.7));
      const spectrum = new Spectrum(128);
      const powers = [new Float32Array(64), new Float32Array(64)];
      spectrum.powers(sound, 500, 3970, ...powers);  // the second reaches over the end
      let off = 0;
      for (const [which, middle] of [[0, 500], [1, 3970]]) {
        for (let bin = 0; bin < 64; bin += 1) {
          let re = 0;
          let im = 0;
          for (let i = 0; i < 128; i += 1) {
            const value = (sound[middle - 64 + i] ?? 0) * spectrum.window[i];
            re += value * Math.cos(2 * Math.PI * bin * i / 128);
            im -= value * Math.sin(2 * Math.PI * bin * i / 128);
          }
          off = Math.max(off, Math.abs(powers[which][bin] - (re * re + im * im)));
        }
      }
      return off;
    """)  # noqa: E501  JavaScript
    assert off < 1e-3


def test_an_edge_snaps_to_the_pause_between_two_words(run: Run) -> None:
    found, alone = run("""
      const { snap } = await load("clip/snap");
      const word = (i) => Math.sin(2 * Math.PI * 200 * i / 8000);
      const sound = Float32Array.from({ length: 8000 }, (_, i) => (i > 3600 && i < 4000 ? 0 : word(i)));
      return [snap(sound, 8000, 0.55), snap(sound, 8000, 5)];
    """)  # noqa: E501  JavaScript
    assert 0.45 < found < 0.5
    assert alone == 5


def test_parts_that_were_heard_twice_count_once(run: Run) -> None:
    shares = run("""
      const { Heard } = await load("sound/heard");
      const heard = new Heard();
      const shares = [heard.share(0, 2)];
      for (const [from, to] of [[0, 0.5], [0.25, 1], [1.5, 2], [1, 1]]) {
        heard.add(from, to);
        shares.push(heard.share(0, 2));
      }
      return shares;
    """)
    assert shares == [0, 0.25, 0.5, 0.75, 0.75]


@pytest.mark.parametrize(
    ("text", "heard", "parts"),
    [
        ("The kettle is on.", "the kettle is on", ["same The kettle is on."]),
        ("one two three", "one too three", ["same one", "left two", "right too", "same three"]),
        ("", "a dog", ["right a dog"]),
        ("a dog", "", ["left a dog"]),
        ("чайник", "Чайник!", ["same чайник"]),
    ],
)
def test_differences_are_of_words_not_of_signs(
    run: Run, text: str, heard: str, parts: list[str]
) -> None:
    found = run(f"""
      const {{ compare }} = await load("clip/differences");
      return compare({text!r}, {heard!r}).map((part) => `${{part.kind}} ${{part.text}}`);
    """)
    assert found == parts


@pytest.mark.parametrize(
    ("pressed", "meant"),
    [
        ({"key": "a", "code": "KeyA"}, "KeyA"),
        ({"key": "a", "code": "KeyQ"}, "KeyA"),  # a French keyboard: what is written on the key
        ({"key": "ф", "code": "KeyA"}, "KeyA"),  # a Russian one: where it lies
        ({"key": "U", "code": "KeyU", "shiftKey": True}, "Shift+KeyU"),
        ({"key": "?", "code": "Minus", "shiftKey": True}, "Shift+Slash"),  # a German one
        ({"key": "<", "code": "Comma", "shiftKey": True}, "Shift+Comma"),
        ({"key": "5", "code": "Numpad5"}, "Digit5"),
        ({"key": " ", "code": "Space", "shiftKey": True}, "Shift+Space"),
        ({"key": "Enter", "code": "Enter", "metaKey": True}, "Ctrl+Enter"),
    ],
)
def test_a_key_is_what_is_written_on_it(run: Run, pressed: dict[str, Any], meant: str) -> None:
    script = str(pressed).replace("True", "true")
    assert meant == run(f"""
      const {{ combination }} = await load("ground/keys");
      return combination(new KeyboardEvent("keydown", {script}));
    """)


_OUTBOX = """
  const { Outbox } = await load("core/outbox");
  const { ServerError } = await load("ground/server");
  const kept = new Map();
  const storage = {
    get length() { return kept.size; },
    key: (n) => [...kept.keys()][n] ?? null,
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, value) => void kept.set(name, value),
    removeItem: (name) => void kept.delete(name),
  };
  const sent = [];
  const told = [];
  let answer = async () => ({ rows: [] });
  const vault = { put: async () => {}, remove: async () => {}, all: async () => [] };
  const open = (scope = "scots") => new Outbox({
    scope,
    storage,
    vault,
    send: (operation) => { sent.push(structuredClone(operation)); return answer(operation); },
    tell: (name) => told.push(name),
  });
  const change = { subject_kind: "clip", subject_id: "c", field: "accepted" };
  const judge = (op_id, subject_id = "c") => ({
    op_id, path: "decisions", words: op_id, root_id: subject_id, touches: [{ ...change, subject_id }],
    body: { op_id, changes: [{ ...change, subject_id, value: true, expected_id: null }] },
  });
  const until = async (holds) => {
    while (!(await holds())) await new Promise((done) => setTimeout(done, 5));
  };
  const dead = (...scope) => Object.assign(open(...scope), {
    send: async () => { throw new ServerError(0, "gone"); },
  });
"""  # noqa: E501  JavaScript


def test_operations_go_out_in_order_and_expect_what_the_one_before_left(run: Run) -> None:
    order, expected, left = run(f"""
      {_OUTBOX}
      answer = async ({{ op_id, body }}) =>
        ({{ op_id, rows: [], row_ids: [{{ ...change, subject_id: body.changes[0].subject_id, row_id: sent.length * 10 }}] }});
      const outbox = open();
      await outbox.start();
      for (const [id, subject] of [["one", "c"], ["two", "d"], ["three", "c"]]) outbox.add(judge(id, subject));
      await until(() => kept.size === 0);
      return [sent.map((o) => o.op_id), sent.map((o) => o.body.changes[0].expected_id), kept.size];
    """)  # noqa: E501  JavaScript
    assert order == ["one", "two", "three"]
    assert expected == [None, None, 10]
    assert left == 0


def test_what_a_dead_server_did_not_take_is_sent_after_a_reload(run: Run) -> None:
    kept, problem, order, foreign = run(f"""
      {_OUTBOX}
      const before = dead();
      await before.start();
      for (const id of ["one", "two", "three"]) before.add(judge(id));
      dead("another dataset").add(judge("four"));
      await until(() => before.problem);
      const size = kept.size;
      const after = open();
      after.add(judge("five"));
      await after.start();
      await until(() => after.waiting.length === 0);
      return [size, before.problem, sent.map((o) => o.op_id), kept.size];
    """)
    assert kept == 4
    assert problem == "gone"
    assert order == ["one", "two", "three", "five"]
    assert foreign == 1


def test_a_second_place_keeps_what_a_killed_browser_forgets(run: Run) -> None:
    order, left = run(f"""
      {_OUTBOX}
      const {{ Vault }} = await load("core/vault");
      const vault_ = new Vault();
      const before = Object.assign(dead(), {{ vault: vault_ }});
      await before.start();
      for (const id of ["one", "two"]) before.add(judge(id));
      await until(async () => (await vault_.all()).length === 2);
      kept.clear();
      const after = Object.assign(open(), {{ vault: vault_ }});
      await after.start();
      await until(() => after.waiting.length === 0);
      await until(async () => (await vault_.all()).length === 0);
      return [sent.map((o) => o.op_id), kept.size];
    """)
    assert order == ["one", "two"]
    assert left == 0


def test_what_somebody_else_decided_first_is_taken_out_and_told(run: Run) -> None:
    told, order, left = run(f"""
      {_OUTBOX}
      answer = async ({{ op_id }}) => {{
        if (op_id === "one") throw new ServerError(409, "conflict", {{ conflicts: [{{ ...change, value: false }}] }});
        if (op_id === "two") throw new ServerError(400, "no such clip");
        return {{ rows: [] }};
      }};
      const outbox = open();
      await outbox.start();
      for (const id of ["one", "two", "three"]) outbox.add(judge(id));
      await until(() => outbox.waiting.length === 0);
      return [told.filter((name) => name !== "outbox"), sent.map((o) => o.op_id), kept.size];
    """)  # noqa: E501  JavaScript
    assert told == ["conflict", "refused", "answered"]
    assert order == ["one", "two", "three"]
    assert left == 0


def test_what_would_undo_a_refused_operation_is_not_sent(run: Run) -> None:
    told, order, left = run(f"""
      {_OUTBOX}
      answer = async ({{ op_id }}) => {{
        if (op_id === "one") throw new ServerError(409, "conflict", {{ conflicts: [{{ ...change, value: false }}] }});
        return {{ rows: [] }};
      }};
      const outbox = open();
      await outbox.start();
      outbox.add(judge("one"));
      outbox.add({{ op_id: "undo", path: "undo", body: {{ op_id: "undo", undoes: "one" }}, words: "undo: one", touches: [] }});
      outbox.add(judge("two"));
      await until(() => outbox.waiting.length === 0);
      return [told.filter((name) => name !== "outbox"), sent.map((o) => o.op_id), kept.size];
    """)  # noqa: E501  JavaScript
    assert told == ["conflict", "refused", "answered"]
    assert order == ["one", "two"]
    assert left == 0

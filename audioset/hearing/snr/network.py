"""A small network that tells voice from noise in each band of each frame.

Of a clip it sees the power in 24 mel bands and the probabilities of the speech detector. It gives
the share of each band that is voice and when the voice speaks; from the powers of both follows a
first SNR, which a last layer corrects, and says how sure it is. 21,000 weights, trained by
`benchmarks/snr_train.py` on real voices in made noises, music and other voices.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from audioset.hearing.snr.bands import NUM_BANDS
from audioset.hearing.speech.detector import Frames

if TYPE_CHECKING:
    from numpy.typing import NDArray

WEIGHTS_PATH = Path(__file__).with_name("weights.npz")
_DILATIONS = (1, 2, 4, 8)
_POOLED_AFTER = {1: 0, 3: 1}  # block, and the layer that tells all frames what is in the clip
_NO_POWER = 1e-12


class HeardSnr(NamedTuple):
    """What the network makes of a clip.

    Attributes:
        snr_db: mean power of the voice where it speaks over mean power of all else.
        spread_db: by how much it may be off: the mean error of such clips.
    """

    snr_db: float
    spread_db: float


def inputs_of(
    powers: "NDArray[np.float32]", frames: Frames
) -> "tuple[NDArray[np.float32], NDArray[np.float32]]":
    """Give what the network is fed: inputs, shape (25, frames), and powers, shape (24, frames).

    Both are relative to the clip's mean power, so that its level does not matter.

    Args:
        powers: of the bands, shape (frames, 24).
        frames: as many.
    """
    mean = max(float(powers.sum(axis=1).mean()), _NO_POWER)
    relative = np.maximum(powers / mean, _NO_POWER)
    levels = np.clip((10 * np.log10(relative) + 25) / 15, -3, 3)
    likely = 2 * frames.probabilities[:, None] - 1
    inputs = np.concatenate([levels, likely], axis=1).T
    return np.ascontiguousarray(inputs, np.float32), np.ascontiguousarray(relative.T, np.float32)


def hear_snr(powers: "NDArray[np.float32]", frames: Frames) -> HeardSnr:
    """Run the network.

    Args:
        powers: of the bands, shape (frames, 24), at least one frame.
        frames: as many.
    """
    inputs, relative = inputs_of(powers, frames)
    snr_db, spread = _session().run(None, {"inputs": inputs[None], "powers": relative[None]})
    return HeardSnr(float(snr_db[0]), float(np.exp(np.clip(spread[0], -1.0, 3.5))))


@cache
def _session() -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # One thread: the sums, and so the numbers in a manifest, do not depend on the machine's cores.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(
        _graph().SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


class _Layers:
    """Nodes and constants of the graph under construction; a layer is named by its output."""

    def __init__(self, weights: "dict[str, NDArray[np.float32]]") -> None:
        self.nodes: list[Any] = []
        self.constants: dict[str, NDArray[Any]] = dict(weights)

    def add(self, operation: str, inputs: list[str], output: str, **attributes: Any) -> str:
        from onnx import helper

        self.nodes.append(helper.make_node(operation, inputs, [output], **attributes))
        return output

    def number(self, value: float) -> str:
        name = f"number_{value:g}"
        self.constants[name] = np.array([value], np.float32)
        return name

    def axes(self, *axes: int) -> str:
        name = f"axes_{'_'.join(map(str, axes))}"
        self.constants[name] = np.array(axes, np.int64)
        return name

    def convolved(self, source: str, name: str, output: str, dilation: int = 1) -> str:
        width = self.constants[f"{name}.weight"].shape[2]
        beyond = dilation * (width // 2)
        return self.add(
            "Conv",
            [source, f"{name}.weight", f"{name}.bias"],
            output,
            dilations=[dilation],
            pads=[beyond, beyond],
        )

    def linear(self, source: str, name: str, output: str) -> str:
        return self.add("Gemm", [source, f"{name}.weight", f"{name}.bias"], output, transB=1)

    def mean(self, source: str, output: str, *, keep: bool) -> str:
        return self.add("ReduceMean", [source], output, axes=[2], keepdims=int(keep))

    def summed(self, source: str, output: str, *axes: int) -> str:
        return self.add("ReduceSum", [source, self.axes(*axes)], output, keepdims=0)

    def pooled(self, source: str, output: str) -> str:
        """Mean and spread of each channel over all frames."""
        self.mean(source, f"{output}.mean", keep=True)
        self.add("Sub", [source, f"{output}.mean"], f"{output}.off")
        self.add("Mul", [f"{output}.off", f"{output}.off"], f"{output}.square")
        self.mean(f"{output}.square", f"{output}.variance", keep=False)
        self.add("Add", [f"{output}.variance", self.number(1e-5)], f"{output}.some")
        self.add("Sqrt", [f"{output}.some"], f"{output}.spread")
        self.mean(source, f"{output}.flat", keep=False)
        return self.add("Concat", [f"{output}.flat", f"{output}.spread"], output, axis=1)


def _graph() -> Any:
    from onnx import TensorProto, helper, numpy_helper

    with np.load(WEIGHTS_PATH) as stored:
        layers = _Layers({name: stored[name].astype(np.float32) for name in stored.files})
    state = _add_blocks(layers)
    raw = _add_ratio(layers, state)
    layers.pooled(state, "all")
    layers.add("Unsqueeze", [raw, layers.axes(1)], "raw_column")
    layers.add("Div", ["raw_column", layers.number(20.0)], "raw_scaled")
    layers.add("Concat", ["all", "raw_scaled"], "told", axis=1)
    layers.add("Relu", [layers.linear("told", "head", "any_sign")], "positive")
    layers.linear("positive", "out", "both")
    for column, name in enumerate(("correction", "spread")):
        layers.constants[f"{name}.at"] = np.array(column, np.int64)
        layers.add("Gather", ["both", f"{name}.at"], name, axis=1)
    layers.add("Add", [raw, "correction"], "snr_db")
    floats = TensorProto.FLOAT
    graph = helper.make_graph(
        layers.nodes,
        "snr",
        [
            helper.make_tensor_value_info("inputs", floats, [1, NUM_BANDS + 1, "frames"]),
            helper.make_tensor_value_info("powers", floats, [1, NUM_BANDS, "frames"]),
        ],
        [
            helper.make_tensor_value_info("snr_db", floats, [1]),
            helper.make_tensor_value_info("spread", floats, [1]),
        ],
        [numpy_helper.from_array(value, name) for name, value in layers.constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def _add_blocks(layers: _Layers) -> str:
    """Add the convolutions over time; give the name of what they make, (1, channels, frames)."""
    layers.convolved("inputs", "first", "first")
    state = layers.add("Relu", ["first"], "state")
    for number, dilation in enumerate(_DILATIONS):
        layers.convolved(state, f"blocks.{number}", f"block_{number}", dilation)
        layers.add("Relu", [f"block_{number}"], f"block_{number}.relu")
        state = layers.add("Add", [state, f"block_{number}.relu"], f"state_{number}")
        if number in _POOLED_AFTER:
            pool = f"pools.{_POOLED_AFTER[number]}"
            layers.linear(layers.pooled(state, f"pooled_{number}"), pool, f"{pool}.flat")
            layers.add("Unsqueeze", [f"{pool}.flat", layers.axes(2)], f"{pool}.column")
            state = layers.add("Add", [state, f"{pool}.column"], f"state_{number}.told")
    return state


def _add_ratio(layers: _Layers, state: str) -> str:
    """Add the first SNR: power of the voice where it speaks over that of the rest, in dB, (1,)."""
    layers.add("Sigmoid", [layers.convolved(state, "voice", "voice")], "voice.share")
    layers.add("Sigmoid", [layers.convolved(state, "speaks", "speaks")], "speaks.share")
    layers.add("Mul", ["voice.share", "powers"], "voice.power")
    layers.add("Sub", ["powers", "voice.power"], "noise.power")
    layers.summed("voice.power", "voice.sum", 1, 2)
    layers.summed("speaks.share", "speaks.sum", 1, 2)
    layers.add("Add", ["speaks.sum", layers.number(1e-2)], "speaks.some")
    layers.add("Div", ["voice.sum", "speaks.some"], "speech.mean")
    layers.mean("noise.power", "noise.mean", keep=False)
    layers.summed("noise.mean", "noise.sum", 1)
    for name in ("speech.mean", "noise.sum"):
        layers.add("Add", [name, layers.number(1e-9)], f"{name}.some")
    layers.add("Div", ["speech.mean.some", "noise.sum.some"], "ratio")
    layers.add("Log", ["ratio"], "ratio.log")
    return layers.add("Mul", ["ratio.log", layers.number(10 / np.log(10))], "raw")

"""The network of Resemblyzer as a graph for onnxruntime: three LSTMs and one layer over the last.

Source: https://github.com/resemble-ai/Resemblyzer (Apache-2.0), after L. Wan et al., "Generalized
end-to-end loss for speaker verification" (ICASSP 2018).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LAYERS, _HIDDEN = 3, 256


def open_network(weights: "Mapping[str, NDArray[np.float32]]", threads: int) -> Any:
    """Load the network: "bands" (frames, stretches, 40) in, "prints" (stretches, 256) out.

    Args:
        weights: by their names in the checkpoint.
        threads: CPU threads to use.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    return onnxruntime.InferenceSession(
        _graph(weights).SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def _graph(weights: "Mapping[str, NDArray[np.float32]]") -> Any:
    from onnx import TensorProto, helper, numpy_helper

    constants: dict[str, NDArray[Any]] = {"axis_1": np.array([1]), "axis_0": np.array([0])}
    nodes = []
    source = "bands"
    for layer in range(_LAYERS):
        names = [f"{part}_l{layer}" for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
        inner, outer, *biases = (_gates_in_order(weights[f"lstm.{name}"]) for name in names)
        constants[f"w{layer}"], constants[f"r{layer}"] = inner[None], outer[None]
        constants[f"b{layer}"] = np.concatenate(biases)[None]
        nodes.append(
            helper.make_node(
                "LSTM",
                [source, f"w{layer}", f"r{layer}", f"b{layer}"],
                [f"states{layer}", f"last{layer}"],
                hidden_size=_HIDDEN,
            )
        )
        source = f"flat{layer}"
        nodes.append(helper.make_node("Squeeze", [f"states{layer}", "axis_1"], [source]))
    constants["linear_w"], constants["linear_b"] = (
        weights["linear.weight"].T,
        weights["linear.bias"],
    )
    nodes += [
        helper.make_node("Squeeze", [f"last{_LAYERS - 1}", "axis_0"], ["last"]),
        helper.make_node("Gemm", ["last", "linear_w", "linear_b"], ["any_sign"]),
        helper.make_node("Relu", ["any_sign"], ["prints"]),
    ]
    graph = helper.make_graph(
        nodes,
        "voiceprints",
        [helper.make_tensor_value_info("bands", TensorProto.FLOAT, ["frames", "stretches", 40])],
        [helper.make_tensor_value_info("prints", TensorProto.FLOAT, ["stretches", _HIDDEN])],
        [
            numpy_helper.from_array(np.ascontiguousarray(value), name)
            for name, value in constants.items()
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def _gates_in_order(weights: "NDArray[np.float32]") -> "NDArray[np.float32]":
    """Reorder the gates from torch (input, forget, cell, output) to ONNX (i, o, f, c)."""
    i, f, c, o = np.split(weights, 4)
    return np.concatenate([i, o, f, c])

"""Train the network of `audioset/hearing/snr/` anew, and write its weights.

Usage: python benchmarks/snr_train.py [FOLDER OF REAL MEDIA] [--count 12000] [--write PATH]

Voices of the real recordings are changed in pitch, tilt, echo and band, and mixed with noises that
are made here and with each other. Needs PyTorch; on one core some 12 CPU minutes, mostly for the
mixtures. Without PyTorch, or with --tiny, mixtures are made and nothing is learnt.
"""

import argparse
import os
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from measuring import real_media
from numpy.typing import NDArray
from real_voices import real_voices
from snr_mixtures import Mixer, Mixture

from audioset.hearing.snr.network import WEIGHTS_PATH, inputs_of

CHANNELS, DILATIONS, POOLED_AFTER = 32, (1, 2, 4, 8), (1, 3)
EPOCHS, BATCH, RATE = 14, 24, 6e-3
LEAST_DB, MOST_DB = -10.0, 42.0  # beyond, nothing is to be learnt
Case = dict[str, NDArray[np.float32]]


def case_of(mixture: Mixture) -> Case:
    inputs, powers = inputs_of(mixture.voice + mixture.noise, mixture.frames)
    share = mixture.voice / (mixture.voice + mixture.noise + 1e-20)
    truth = np.clip(mixture.snr_db, LEAST_DB, MOST_DB)
    return {
        "inputs": inputs, "powers": powers, "share": share.T.astype(np.float32),
        "spoken": mixture.spoken.astype(np.float32), "truth": np.float32(truth),
    }  # fmt: skip


def make_cases(folder: Path, seed: int, count: int) -> list[Case]:
    mixer = Mixer(real_voices(folder), varied=True, seed=seed)
    return [case_of(mixture) for mixture in mixer.make(count)]


def learn(cases: list[Case]) -> dict[str, NDArray[np.float32]]:
    """Give the weights of the trained network by name."""
    import torch
    from torch.nn import functional

    torch.manual_seed(0)
    torch.set_num_threads(1)
    network = _network()
    optimiser = torch.optim.AdamW(network.parameters(), RATE / 2, weight_decay=1e-3)
    steps = EPOCHS * -(-len(cases) // BATCH)
    pace = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
    random = np.random.default_rng(0)
    order = np.argsort([case["inputs"].shape[1] for case in cases])  # little padding in a batch
    batches = [order[i : i + BATCH] for i in range(0, len(order), BATCH)]
    for epoch in range(EPOCHS):
        random.shuffle(batches)
        errors = []
        for batch in batches:
            there, inputs, powers, share, spoken, truth = _padded([cases[i] for i in batch])
            voice, speaks, raw, told, spread = network(inputs, powers, there)
            each = there[:, None] / (24 * there.sum())
            mask = functional.binary_cross_entropy(voice, share, reduction="none") * each
            active = functional.binary_cross_entropy(speaks, spoken, reduction="none") * there
            spread = spread.clamp(-1, 3.5)
            error = (told - truth).abs()
            loss = mask.sum() + 0.3 * active.sum() / there.sum()
            loss = loss + 0.3 * (error * torch.exp(-spread) + spread).mean() + 0.03 * error.mean()
            loss = loss + 0.05 * (raw - truth).abs().clamp(max=20).mean()
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            pace.step()
            errors.append(error.detach().mean().item())
        print(f"| {epoch + 1} | {np.mean(errors):.2f} |", flush=True)
    return {name: value.detach().numpy() for name, value in network.state_dict().items()}


def _padded(batch: list[Case]):
    import torch

    longest = max(case["inputs"].shape[1] for case in batch)

    def joined(name):
        parts = [case[name] for case in batch]
        widths = [[(0, 0)] * (part.ndim - 1) + [(0, longest - part.shape[-1])] for part in parts]
        return torch.from_numpy(
            np.stack([np.pad(p, w) for p, w in zip(parts, widths, strict=True)])
        )

    for case in batch:
        case["there"] = np.ones(case["inputs"].shape[1], np.float32)
    truth = torch.tensor([float(case["truth"]) for case in batch])
    return (*map(joined, ("there", "inputs", "powers", "share", "spoken")), truth)


def _network():
    import torch
    from torch import nn

    class Network(nn.Module):
        """What `audioset/hearing/snr/network.py` computes, for many clips at once."""

        def __init__(self):
            super().__init__()
            self.first = nn.Conv1d(25, CHANNELS, 3, padding=1)
            self.blocks = nn.ModuleList(
                nn.Conv1d(CHANNELS, CHANNELS, 3, padding=d, dilation=d) for d in DILATIONS
            )
            self.pools = nn.ModuleList(nn.Linear(2 * CHANNELS, CHANNELS) for _ in POOLED_AFTER)
            self.voice, self.speaks = nn.Conv1d(CHANNELS, 24, 1), nn.Conv1d(CHANNELS, 1, 1)
            self.head, self.out = nn.Linear(2 * CHANNELS + 1, 16), nn.Linear(16, 2)

        def forward(self, inputs, powers, there):
            here, count = there[:, None], there.sum(1, keepdim=True)

            def pooled(state):
                mean = (state * here).sum(2) / count
                square = ((state - mean[:, :, None]) ** 2 * here).sum(2) / count
                return torch.cat([mean, (square + 1e-5).sqrt()], 1)

            state = torch.relu(self.first(inputs) * here)
            for number, block in enumerate(self.blocks):
                state = (state + torch.relu(block(state))) * here
                if number in POOLED_AFTER:
                    pool = self.pools[POOLED_AFTER.index(number)]
                    state = (state + pool(pooled(state))[:, :, None]) * here
            voice = torch.sigmoid(self.voice(state))
            speaks = torch.sigmoid(self.speaks(state))[:, 0]
            speech = (voice * powers).sum((1, 2)) / ((speaks * there).sum(1) + 1e-2)
            noise = ((1 - voice) * powers).sum((1, 2)) / count[:, 0]
            raw = 10 * torch.log10((speech + 1e-9) / (noise + 1e-9))
            out = self.out(torch.relu(self.head(torch.cat([pooled(state), raw[:, None] / 20], 1))))
            return voice, speaks, raw, raw + out[:, 0], out[:, 1]

    return Network()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", help="real media")
    parser.add_argument("--count", type=int, default=12000, help="mixtures to learn from")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--write", type=Path, default=None, help=f"such as {WEIGHTS_PATH.name}")
    parser.add_argument("--tiny", action="store_true", help="next to nothing: does it work?")
    given = parser.parse_args()
    folder = given.folder or real_media()
    if given.tiny:
        print(f"| mixtures |\n|---|\n| {len(make_cases(folder, 0, 2))} |")
        return
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    parts = [(folder, seed, given.count // 12) for seed in range(1, 13)]
    with get_context("spawn").Pool(given.workers) as pool:
        cases = [case for part in pool.starmap(make_cases, parts) for case in part]
    print(f"{len(cases)} mixtures\n\n| epoch | dB off |\n|---|---|", flush=True)
    if find_spec("torch") is None:
        raise SystemExit("learning needs PyTorch: pip install torch")
    weights = learn(cases)
    if given.write is not None:
        halves = {name: value.astype(np.float16) for name, value in weights.items()}
        np.savez_compressed(given.write, **halves)


if __name__ == "__main__":
    main()

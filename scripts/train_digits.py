r"""Train a real model on a published version and register it, linked to the data that made it.

    python scripts/train_digits.py digits@v1 --label digit --model digits
    python scripts/train_digits.py digits@v1 --label digit --C 30 --gamma 0.01
    python scripts/train_digits.py scots@v3 --model oddities

`audioset search` finds good values:

    audioset search --metric cv_accuracy --param C=log:0.3..100 --param gamma=log:3e-4..0.03 \
        --register digits -- scripts/train_digits.py digits@v1 --label digit --cache

With a label (a manifest column or a fact such as `digit`) it trains a classifier; without one it
looks for the clips that sound unlike the rest. Copy it as a beginning of your own training: what
concerns audioset are the lines with `audioset.`; the rest is librosa, scikit-learn and MLflow.
"""

import argparse
import hashlib
import logging
import os
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

import librosa
import numpy as np
from matplotlib.figure import Figure
from sklearn.ensemble import IsolationForest
from sklearn.metrics import (
    ConfusionMatrixDisplay,
    accuracy_score,
    classification_report,
    confusion_matrix,
    f1_score,
)
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

import audioset
from audioset.errors import AudiosetError, InvalidInputError, NotFoundError
from audioset.records.manifest import Clip, clips_from_table, column_names
from audioset.training.clip import LoadedClip
from audioset.training.reader import Dataset

# MLflow reports its use to its makers unless it is told not to before it is imported.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
import mlflow
from mlflow.models import infer_signature

FEATURE_RATE = 16_000  # Hz; clips of any rate are resampled to it
WINDOW, HOP = 400, 160  # samples: 25 ms every 10 ms
NUM_MFCC = 20
NUM_PARTS = 5  # a clip's beginning, middle and end sound different: each part has its mean
MIN_SAMPLES = FEATURE_RATE // 10
TEST_SHARE = 0.25
NUM_ODDEST = 5
MAX_SHOWN_CLASSES = 40
PIP_REQUIREMENTS = [
    f"{name}=={installed(name)}" for name in ("scikit-learn", "numpy", "librosa", "scipy")
]


@dataclass(frozen=True)
class Examples:
    """Clips as a model sees them: one row of features each.

    Attributes:
        clips: manifest rows.
        features: float32, shape (num_clips, num_features).
        labels: of each clip; empty texts when there is no label.
    """

    clips: list[Clip]
    features: np.ndarray
    labels: np.ndarray

    def select(self, chosen: np.ndarray) -> "Examples":
        """Take the clips at which `chosen` (bool, shape (num_clips,)) is true."""
        clips = [clip for clip, take in zip(self.clips, chosen, strict=True) if take]
        return Examples(clips, self.features[chosen], self.labels[chosen])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; gives the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("version", help="published version, name@v3")
    parser.add_argument("--label", help="what to learn: a manifest column or a fact")
    parser.add_argument(
        "--model", help="name to register the model under; the dataset's by default"
    )
    parser.add_argument("--C", type=float, default=10.0, help="how much a wrong clip costs")
    parser.add_argument(
        "--gamma", type=gamma, default="scale", help="reach of a clip: a number, or scale"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--cache",
        action="store_true",
        help="keep the features of the version's clips for the next training",
    )
    options = parser.parse_args(arguments)
    for chatty in ("mlflow", "alembic"):
        logging.getLogger(chatty).setLevel(logging.ERROR)
    try:
        train(options)
    except AudiosetError as error:
        print(f"audioset: {error}", file=sys.stderr)
        return 1
    return 0


def gamma(text: str) -> float | str:
    """Read the option `--gamma`."""
    return text if text in ("scale", "auto") else float(text)


def train(options: argparse.Namespace) -> None:
    """Train on a version, or a view of one, inside an MLflow run that pins it."""
    dataset = audioset.open(options.version)
    model = options.model or dataset.ref.dataset
    labels = read_labels(dataset, options.label) if options.label else []
    with audioset.training_run(dataset):
        mlflow.log_params({"label": options.label if labels else "none", "seed": options.seed})
        mlflow.log_artifact(__file__)
        examples = extract(dataset, labels, cached=options.cache)
        if labels:
            chosen = {"C": options.C, "gamma": options.gamma}
            train_classifier(examples, model, chosen, options.seed)
        else:
            train_outlier_model(examples, model, options.seed)
    print(f"trained on       {dataset.name} ({len(dataset)} clips, digest {dataset.digest[:12]})")
    print(f"see              audioset lineage models:/{model}@champion")


def read_labels(dataset: Dataset, name: str) -> list[str]:
    """Read the label of every clip, empty where it has none; nothing when there is no choice."""
    try:
        values = dataset.label(name)
    except NotFoundError:
        if name not in column_names():
            raise
        values = []  # a column of the manifest that nobody filled
    labels = ["" if value is None else str(value) for value in values]
    if len(set(labels) - {""}) > 1:
        return labels
    print(f"{name!r} has fewer than two values: looking for odd clips instead")
    return []


def extract(dataset: Dataset, labels: list[str], *, cached: bool) -> Examples:
    """Take the features of every clip that has a label; of every clip when there are no labels.

    Args:
        dataset: a version or a view.
        labels: of each clip; empty when there are none.
        cached: take them from a file that earlier trainings on this version left, and add to it.
    """
    known = read_features(dataset) if cached else {}
    ids = dataset.table.column("clip_id").to_pylist()
    wanted = [place for place in range(len(ids)) if not labels or labels[place]]
    missing = [ids[place] for place in wanted if ids[place] not in known]
    if missing:
        unknown = dataset if len(missing) == len(ids) else (dataset[name] for name in missing)
        known |= {clip.row.clip_id: features_of(clip) for clip in unknown}
        if cached:
            write_features(dataset, known)
    dataset.begin_pass().add(wanted)  # the receipt: also of clips that were read another time
    if len(wanted) < len(ids):
        print(f"left out         {len(ids) - len(wanted)} clips without a label")
    return Examples(
        clips=list(clips_from_table(dataset.table.take(wanted))),
        features=np.stack([known[ids[place]] for place in wanted]),
        labels=np.array([labels[place] if labels else "" for place in wanted]),
    )


def features_file(dataset: Dataset) -> Path:
    """Name the file of a version's features: other data or other settings have another name."""
    recipe = (dataset.record.digest, FEATURE_RATE, WINDOW, HOP, NUM_MFCC, NUM_PARTS)
    digest = hashlib.sha256(repr(recipe).encode()).hexdigest()[:16]
    return audioset.open_workspace().folder / ".features" / f"{digest}.npz"


def read_features(dataset: Dataset) -> dict[str, np.ndarray]:
    """Read the features that are kept of a version's clips, by clip id."""
    path = features_file(dataset)
    if not path.exists():
        return {}
    with np.load(path) as kept:
        return dict(zip(kept["clip_id"].tolist(), kept["features"], strict=True))


def write_features(dataset: Dataset, features: dict[str, np.ndarray]) -> None:
    """Keep features for the next training; one that ends meanwhile sees the old file or the new."""
    path = features_file(dataset)
    path.parent.mkdir(exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    with part.open("wb") as file:
        np.savez(file, clip_id=np.array(list(features)), features=np.stack([*features.values()]))
    part.replace(path)


def features_of(clip: LoadedClip) -> np.ndarray:
    """Describe the sound of a clip: float32, shape (num_features,).

    Cepstra say which sound it is, their changes how it moves; level and length are left out.
    """
    samples = librosa.resample(clip.samples, orig_sr=clip.sampling_rate, target_sr=FEATURE_RATE)
    if samples.size < MIN_SAMPLES:
        samples = librosa.util.fix_length(samples, size=MIN_SAMPLES)
    cepstra = librosa.feature.mfcc(
        y=samples, sr=FEATURE_RATE, n_mfcc=NUM_MFCC, n_fft=WINDOW, hop_length=HOP, n_mels=40
    )[1:]  # the first one is the level
    changes = librosa.feature.delta(cepstra, mode="nearest")
    parts = [part.mean(axis=1) for part in np.array_split(cepstra, NUM_PARTS, axis=1)]
    spread = [cepstra.std(axis=1), changes.std(axis=1)]
    return np.concatenate([*parts, *spread]).astype(np.float32)


def train_classifier(examples: Examples, model: str, chosen: dict[str, Any], seed: int) -> None:
    """Fit, validate, test and register a classifier; `settings` are those of `SVC`."""
    is_test, rule = choose_test(examples)
    training, test = examples.select(~is_test), examples.select(is_test)
    mlflow.log_params(
        {"test_split": rule, "num_train": len(training.clips), "num_test": len(test.clips)}
    )
    pipeline = make_classifier(chosen)
    validated = validate(pipeline, training, seed)
    mlflow.log_metrics(validated)
    mlflow.sklearn.autolog(
        log_models=False, log_datasets=False, log_post_training_metrics=False, silent=True
    )
    try:
        pipeline.fit(training.features, training.labels)
    finally:
        mlflow.sklearn.autolog(disable=True, silent=True)
    predicted = pipeline.predict(test.features)
    metrics = {
        "test_accuracy": float(accuracy_score(test.labels, predicted)),
        "test_f1_macro": float(f1_score(test.labels, predicted, average="macro")),
        "train_accuracy": float(pipeline.score(training.features, training.labels)),
    }
    log_mistakes(test, predicted)
    version = register(pipeline, model, training.features, metrics)
    print(f"test             {len(test.clips)} of {len(examples.clips)} clips: {rule}")
    for name, value in validated.items():
        print(f"{name}      {value:.3f}")
    print(f"accuracy         {metrics['test_accuracy']:.3f}")
    print(f"F1 (macro)       {metrics['test_f1_macro']:.3f}")
    crown(model, version, metrics["test_accuracy"])


def choose_test(examples: Examples) -> tuple[np.ndarray, str]:
    """Choose the clips to test on, bool, shape (num_clips,), and say by which rule."""
    splits = [clip.split for clip in examples.clips]
    if "train" in splits and "test" in splits:
        return np.array([split == "test" for split in splits]), "split column"
    takes = [clip.extra.get("take", "") for clip in examples.clips]
    if all(take.isdigit() for take in takes):
        first = np.array([int(take) < 5 for take in takes])
        if first.any() and not first.all():
            return first, "takes 0 to 4"
    chosen = hashed_test(examples)
    if not chosen.any():
        raise InvalidInputError(
            "no label has two clips, so that nothing is left to test on; collect more clips"
        )
    return chosen, f"{TEST_SHARE:.0%} of each label, by hash of the clip id"


def hashed_test(examples: Examples) -> np.ndarray:
    """Choose a share of each label by hash: a clip keeps its side when others come."""
    by_label: dict[str, list[int]] = defaultdict(list)
    for position, label in enumerate(examples.labels):
        by_label[str(label)].append(position)
    chosen = np.zeros(len(examples.clips), bool)
    for positions in by_label.values():
        ranked = sorted(
            positions,
            key=lambda place: hashlib.sha256(examples.clips[place].clip_id.encode()).digest(),
        )
        count = max(1, round(TEST_SHARE * len(ranked))) if len(ranked) > 1 else 0
        chosen[ranked[:count]] = True
    return chosen


def make_classifier(chosen: dict[str, Any]) -> Pipeline:
    """Scale the features, then classify; both are fitted and saved together."""
    return make_pipeline(StandardScaler(), SVC(class_weight="balanced", **chosen))


def validate(pipeline: Pipeline, training: Examples, seed: int) -> dict[str, float]:
    """Cross-validate on the training clips: settings are chosen by it, never by the test clips."""
    folds = min(3, int(min(np.unique(training.labels, return_counts=True)[1])))
    if folds < 2:  # a label with one clip cannot be on both sides
        return {}
    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    scores = cross_val_score(pipeline, training.features, training.labels, cv=splitter)
    return {"cv_accuracy": float(scores.mean())}


def log_mistakes(test: Examples, predicted: np.ndarray) -> None:
    """Log the confusion matrix, a report per label, and the clips that were taken for others."""
    names = sorted(set(test.labels) | set(predicted))
    mlflow.log_text(
        str(classification_report(test.labels, predicted, zero_division=0)), "report.txt"
    )
    size = 3 + 0.35 * min(len(names), MAX_SHOWN_CLASSES)
    figure = Figure(figsize=(size + 1, size), layout="constrained")
    ConfusionMatrixDisplay(
        confusion_matrix(test.labels, predicted, labels=names),
        display_labels=[name if len(name) <= 20 else f"{name[:19]}…" for name in names],
    ).plot(
        ax=figure.subplots(),
        cmap="Blues",
        xticks_rotation="vertical",
        colorbar=False,
        include_values=len(names) <= MAX_SHOWN_CLASSES,
    )
    mlflow.log_figure(figure, "confusion_matrix.png")
    wrong = [
        (clip.clip_id, str(label), str(heard))
        for clip, label, heard in zip(test.clips, test.labels, predicted, strict=True)
        if label != heard
    ]
    columns = list(zip(*wrong, strict=True)) or [(), (), ()]
    mlflow.log_table(
        dict(zip(("clip_id", "label", "predicted"), map(list, columns), strict=True)),
        "mistakes.json",
    )


def train_outlier_model(examples: Examples, model: str, seed: int) -> None:
    """Fit and register a model of what is usual, and log the clips that are not."""
    pipeline = make_pipeline(StandardScaler(), IsolationForest(n_estimators=200, random_state=seed))
    pipeline.fit(examples.features)
    oddness = -pipeline.score_samples(examples.features)
    oddest = np.argsort(-oddness)[:NUM_ODDEST]
    table = {
        "clip_id": [examples.clips[place].clip_id for place in oddest],
        "source": [examples.clips[place].source_name for place in oddest],
        "start_seconds": [examples.clips[place].start_seconds for place in oddest],
        "oddness": [round(float(oddness[place]), 4) for place in oddest],
    }
    mlflow.log_table(table, "oddest_clips.json")
    metrics = {"oddness_mean": float(oddness.mean()), "oddness_max": float(oddness.max())}
    version = register(pipeline, model, examples.features, metrics)
    print("oddest clips     (unlike the rest; listen to them first)")
    for clip_id, score in zip(table["clip_id"], table["oddness"], strict=True):
        print(f"  {score:.3f}  {clip_id}")
    crown(model, version, None)


def register(
    pipeline: Pipeline, model: str, features: np.ndarray, metrics: dict[str, float]
) -> int:
    """Save the fitted pipeline, register it, and give the number of the model version."""
    info = mlflow.sklearn.log_model(
        pipeline,
        name="model",
        registered_model_name=model,
        signature=infer_signature(features[:5], pipeline.predict(features[:5])),
        pip_requirements=PIP_REQUIREMENTS,
        # Trees of this very run; MLflow would otherwise refuse to save a forest.
        skops_trusted_types=["sklearn.tree._tree.Tree"],
    )
    mlflow.log_metrics(metrics, model_id=info.model_id)
    return int(info.registered_model_version)


def crown(model: str, version: int, accuracy: float | None) -> None:
    """Give the alias `champion` to a model that is better than the one that has it.

    Models without a test (accuracy None) cannot be compared: the newest gets it.
    """
    client = mlflow.MlflowClient()
    champion = client.get_registered_model(model).aliases.get("champion")
    before = None
    if champion is not None:
        run = client.get_run(client.get_model_version(model, champion).run_id)
        before = run.data.metrics.get("test_accuracy")
    if accuracy is not None and before is not None and accuracy <= before:
        print(f"registered       {model} v{version}; champion stays v{champion} ({before:.3f})")
        return
    client.set_registered_model_alias(model, "champion", str(version))
    instead = f" (before: v{champion})" if champion is not None else ""
    print(f"registered       {model} v{version}, now champion{instead}")


if __name__ == "__main__":
    sys.exit(main())

"""Lineage: versions, runs and registered models that are linked, seen from one of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from audioset.records.identity import VersionRef
from audioset.records.in_notebook import Html, html_block, html_table
from audioset.records.pin import Pin
from audioset.wording import format_hms

DIGEST_LENGTH = 32  # of a digest in MLflow, whose column holds 36 characters; a tag has all of it


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedVersion:
    """A published version in a lineage.

    Attributes:
        pin: its name and digest.
        num_clips, length_seconds: totals; None when the store that holds it is out of reach.
        run_id: the MLflow run that records the publication; None when it was never logged.
    """

    pin: Pin
    num_clips: int | None = None
    length_seconds: float | None = None
    run_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedRun:
    """A training run and the digests of the versions it pinned.

    Attributes:
        run_id, name, experiment, status: as MLflow gives them.
        digests: first `DIGEST_LENGTH` hex of each pinned version's digest, sorted.
    """

    run_id: str
    name: str
    experiment: str
    status: str
    digests: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedModel:
    """A registered model version, the run that made it, and the aliases it has now."""

    name: str
    version: int
    run_id: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenTexts:
    """Texts of a version that a model wrote and nobody has confirmed.

    Attributes:
        model, model_version: name and version of the model, as the manifest gives them.
        version, digest: the version whose texts they are.
        num_clips: clips with such a text.
    """

    model: str
    model_version: str
    version: VersionRef
    digest: str
    num_clips: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """Everything linked to `subject` (a version, a run id or a model URI), both ways.

    Attributes:
        subject: what was asked for.
        versions, runs, models: linked directly, by pins and registrations.
        texts: texts that models wrote: of these versions, by these models, and beyond.
        beyond: what is reached through such texts: the direct lineage of each model that wrote some
            of a version above, and of each version of which a model below wrote some.
    """

    subject: str
    versions: tuple[LinkedVersion, ...]
    runs: tuple[LinkedRun, ...]
    models: tuple[LinkedModel, ...]
    texts: tuple[WrittenTexts, ...] = ()
    beyond: "tuple[Lineage, ...]" = ()

    def _repr_html_(self) -> str:
        """Give what is linked as tables, for a notebook."""
        names = {one.pin.digest[:DIGEST_LENGTH]: str(one.pin.ref) for one in self.versions}
        return html_block(
            f"lineage of {self.subject}",
            versions_table(self.versions),
            html_table(
                ["run", "experiment", "status", "trained on"],
                self.runs,
                lambda run: (
                    run.name,
                    run.experiment,
                    run.status,
                    ", ".join(names.get(digest, digest) for digest in run.digests),
                ),
            ),
            models_table(self.models),
            html_table(
                ["model that wrote texts", "version", ">clips"],
                self.texts,
                lambda one: (
                    f"{one.model} v{one.model_version}",
                    one.version,
                    f"{one.num_clips:,}",
                ),
            ),
        )


def versions_table(versions: Sequence[LinkedVersion]) -> Html:
    """Give versions as a table, for a notebook."""
    return html_table(
        ["version", ">clips", ">length"],
        versions,
        lambda one: (
            one.pin.ref,
            "" if one.num_clips is None else f"{one.num_clips:,}",
            "" if one.length_seconds is None else format_hms(one.length_seconds),
        ),
    )


def models_table(models: Sequence[LinkedModel]) -> Html:
    """Give models as a table, for a notebook."""
    return html_table(
        ["model", "aliases", "run"],
        models,
        lambda one: (f"{one.name} v{one.version}", ", ".join(one.aliases), one.run_id),
    )

"""Logged and registered models from one MLflow to another, with their numbers and aliases."""

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from audioset.errors import as_option
from audioset.tracking.client.client import PAGE, all_pages, is_missing
from audioset.tracking.client.queries import of_model

_LOGGED, _OF_RUN = "models:/", "runs:/"


class TwoSides(Protocol):
    """Clients of both MLflows, new run ids by the old ones, and problems so far."""

    here: Any
    there: Any
    runs: dict[str, str]
    problems: list[str]


class ModelCopier:
    """Copies models; those that are there are not copied again.

    Args:
        both: the two MLflows.
        copied_tag: keeps on a copy what it is a copy of.
        yes: also move aliases that name another version there.
        dry_run: only tell.

    Attributes:
        added: registered model versions, `name v3`.
        num_there: registered model versions that were there.
    """

    def __init__(self, both: TwoSides, *, copied_tag: str, yes: bool, dry_run: bool) -> None:
        self.added: list[str] = []
        self.num_there = 0
        self._both = both
        self._tag = copied_tag
        self._yes = yes
        self._dry_run = dry_run
        self._logged: dict[str, str] = {}  # new ids of logged models by the old ones

    def copy_logged(self, run: Any, new_run: str) -> None:
        """Copy the logged models of a run, with their files."""
        from mlflow.entities import LoggedModelOutput

        outputs = run.outputs.model_outputs if run.outputs else []
        there = {
            model.tags[self._tag]: model.model_id
            for model in self._models_of(self._both.there, new_run)
            if self._tag in model.tags and str(model.status) == "READY"
        }
        linked = self._both.there.get_run(new_run).outputs
        known = {output.model_id for output in linked.model_outputs} if linked else set()
        for output in outputs:
            old = output.model_id
            new = there.get(old) or self._copy_one(old, run, new_run)
            if new is None:
                continue
            self._logged[old] = new
            if new not in known:
                self._both.there.log_outputs(new_run, [LoggedModelOutput(new, output.step)])

    def copy_registered(self) -> None:
        """Copy all registered models: versions under their numbers, then aliases."""
        for model in all_pages(
            lambda token: self._both.here.search_registered_models(
                max_results=100, page_token=token
            )
        ):
            query = of_model(model.name)
            versions = all_pages(partial(self._find_versions, query))
            self._copy_model(model, sorted(versions, key=lambda one: int(one.version)))

    def _find_versions(self, query: str, token: str | None) -> Any:
        return self._both.here.search_model_versions(query, max_results=PAGE, page_token=token)

    def _models_of(self, client: Any, run_id: str) -> list[Any]:
        run = client.get_run(run_id)
        return [
            model
            for model in client.search_logged_models([run.info.experiment_id])
            if model.source_run_id == run_id
        ]

    def _copy_one(self, old: str, run: Any, new_run: str) -> str | None:
        import mlflow

        model = self._both.here.get_logged_model(old)
        with TemporaryDirectory(prefix="audioset-") as scratch:
            try:
                mlflow.artifacts.download_artifacts(
                    artifact_uri=model.artifact_location,
                    dst_path=scratch,
                    tracking_uri=self._both.here.tracking_uri,
                )
            except Exception as error:  # noqa: BLE001  artifact stores raise what they like
                reason = " ".join(str(error).split())[:200]
                self._both.problems.append(
                    f"model {model.name} of run {run.info.run_id}: its files cannot be read in "
                    f"{model.artifact_location}: {reason}"
                )
                return None
            tags = {key: text for key, text in model.tags.items() if key[:7] != "mlflow."}
            made = self._both.there.create_logged_model(
                self._both.there.get_run(new_run).info.experiment_id,
                name=model.name,
                source_run_id=new_run,
                tags={**tags, self._tag: old},
                params=dict(model.params),
                model_type=model.model_type,
            )
            _rename_ids(Path(scratch), {old: made.model_id, run.info.run_id: new_run})
            for folder in _holding(Path(scratch)):
                self._both.there.log_model_artifacts(made.model_id, str(folder))
        self._both.there.finalize_logged_model(made.model_id, "READY")
        return str(made.model_id)

    def _copy_model(self, model: Any, versions: list[Any]) -> None:
        from mlflow.exceptions import MlflowException

        client = self._both.there
        try:
            there = client.get_registered_model(model.name)
        except MlflowException as error:
            if not is_missing(error):
                raise
            there = None
        found = {}
        if there is not None:
            found = {
                int(one.version): one for one in client.search_model_versions(of_model(model.name))
            }
        elif not self._dry_run:
            client.create_registered_model(model.name, dict(model.tags), model.description)
        copied = {
            int(one.version)
            for one in versions
            if self._copy_version(one, found, num_there=max(found, default=0))
        }
        if not self._dry_run:
            self._copy_aliases(model, dict(there.aliases) if there else {}, copied)

    def _copy_version(self, one: Any, found: dict[int, Any], *, num_there: int) -> bool:
        """Copy one version of a registered model; tells whether it is there afterwards."""
        number, name = int(one.version), f"{one.name} v{one.version}"
        mark = f"{one.name}/{one.version} of {one.creation_timestamp}"
        if number in found:
            is_copy = bool(found[number].tags.get(self._tag) == mark)
            self.num_there += is_copy
            if not is_copy:
                self._both.problems.append(
                    f"model {name} is another one at the target; it was not copied"
                )
            return is_copy
        if self._dry_run:
            self.added.append(name)
            return True
        source = self._source_of(one)
        if source is None or number <= num_there:
            why = "its files were not copied" if source is None else "its number is taken there"
            self._both.problems.append(f"model {name} cannot be copied: {why}")
            return False
        self._take_numbers(one.name, found, number, source)
        self._both.there.create_model_version(
            one.name,
            source,
            run_id=self._both.runs.get(one.run_id),
            tags={**one.tags, self._tag: mark},
            description=one.description,
        )
        found[number] = one
        self.added.append(name)
        return True

    def _take_numbers(self, name: str, found: dict[int, Any], number: int, source: str) -> None:
        """Make and delete versions, so that the next one has the number that it has here."""
        for _ in range(max(found, default=0) + 1, number):
            made = self._both.there.create_model_version(name, source)
            self._both.there.delete_model_version(name, made.version)

    def _source_of(self, one: Any) -> str | None:
        """Give where the files of a version lie at the target; None when they were not copied."""
        if one.source.startswith(_LOGGED):
            new = self._logged_id(one.source.removeprefix(_LOGGED), one.run_id)
            return f"{_LOGGED}{new}" if new else None
        new_run = self._both.runs.get(one.run_id)
        if new_run is None:
            return None
        if one.source.startswith(_OF_RUN):
            path = one.source.removeprefix(_OF_RUN).partition("/")[2]
            return f"{_OF_RUN}{new_run}/{path}"
        root = self._both.here.get_run(one.run_id).info.artifact_uri
        if not one.source.startswith(f"{root}/"):
            return None
        return f"{_OF_RUN}{new_run}/{one.source.removeprefix(f'{root}/')}"

    def _logged_id(self, old: str, run_id: str) -> str | None:
        if old not in self._logged and run_id in self._both.runs:  # of an earlier copy
            for model in self._models_of(self._both.there, self._both.runs[run_id]):
                self._logged[model.tags.get(self._tag, "")] = model.model_id
        return self._logged.get(old)

    def _copy_aliases(self, model: Any, there: dict[str, str], copied: set[int]) -> None:
        for alias, version in model.aliases.items():
            held = there.get(alias)
            if held is not None and int(held) == int(version):
                continue
            if int(version) not in copied:
                continue  # told with the version
            if held is not None and not self._yes:
                self._both.problems.append(
                    f"models:/{model.name}@{alias} names v{version} here and v{held} at the "
                    f"target; {as_option('yes', 'True')} moves it"
                )
                continue
            self._both.there.set_registered_model_alias(model.name, alias, version)


def _holding(scratch: Path) -> list[Path]:
    """Give the folders whose content is that of the model."""
    marks = sorted(scratch.rglob("MLmodel"), key=lambda path: len(path.parts))
    return [marks[0].parent] if marks else [scratch]


def _rename_ids(scratch: Path, ids: dict[str, str]) -> None:
    """Let the description of a model name its new run and its new self."""
    for path in scratch.rglob("MLmodel"):
        text = path.read_text(encoding="utf-8")
        for old, new in ids.items():
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")

"""Chapter 5: many runs: search, compare, promote, reproduce."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from audioset.api.names import Names, Reference, named
from audioset.engine import Progress
from audioset.notebook import notebook_progress
from audioset.records.several import Several, several

if TYPE_CHECKING:
    from audioset.experiments.reproduce import Begun
    from audioset.experiments.search import Told
    from audioset.records.comparison import Comparison
    from audioset.records.metric import Direction
    from audioset.records.promotion import Promotion
    from audioset.records.recipe import Recipe
    from audioset.records.reproduction import Reproduction
    from audioset.records.search_report import SearchOptions, SearchReport
    from audioset.records.trained_aligner import TrainedAligner
    from audioset.training.reader import Dataset


class ExperimentsChapter(Names):
    """The verbs over training runs."""

    def search(
        self,
        command: Several[str],
        params: Mapping[str, str],
        options: "SearchOptions",
        *,
        space: str | Path | None = None,
        progress: Progress = notebook_progress,
        told: "Told | None" = None,
    ) -> "SearchReport":
        """Search for the values with which a training gives the best metric.

        Each trial is a process and an MLflow run of its own, nested in one run of the search;
        inside of it `audioset.training_run` and `mlflow.start_run()` go on in the trial's run.
        Called again with the same study it goes on, also after it was killed. With
        `options.register` the trials have a model registry that is thrown away, and only the best
        one's model is registered.

        Args:
            command: the words of a trial; `{name}` stands for a value, also inside of a word such
                as `digits@v1?snr_db > {snr}`. A first word that ends with `.py` is run with this
                Python.
            params: values by name: `log:0.1..100`, `0..30`, `int:1..4` or `rbf,linear`. One that no
                placeholder names is given as `--name value`.
            options: metric, direction, how many trials, and so on.
            space: TOML file with more parameters in a table `[params]`.
            told: called with each trial that ends, and the best one so far.

        Raises:
            InvalidInputError: the parameters do not fit the command, or the first trials all
                failed, or the study was begun with another command, space or metric.
            NotFoundError: no such script, or Optuna is not installed.
            ConflictError: another process is at this study.
            TrackingError: MLflow did not answer, or refused.
            StorageError: the database of the studies cannot be reached.
        """
        from audioset.experiments.search import parse_param, read_space, tell_nobody
        from audioset.experiments.search import search as run

        texts = {**(read_space(Path(space)) if space is not None else {}), **params}
        return run(
            several(command),
            [parse_param(name, text) for name, text in texts.items()],
            options,
            self.tracking,
            self._store_beside_tracking,
            self.working,
            self.name,
            progress=progress,
            told=told or tell_nobody,
        )

    def compare(
        self,
        what: Several[Reference] = (),
        *,
        metric: str | None = None,
        direction: "Direction | None" = None,
        explain: bool = False,
        output: str | Path | None = None,
        report: str | Path | None = None,
        plots: str | Path | None = None,
        log: bool = False,
    ) -> "Comparison":
        """Compare training runs: the data behind each, what it chose, what it reached.

        Args:
            what: experiments, datasets, versions `name@v3`, models `models:/name`, run ids; all
                runs on the workspace's dataset when empty.
            metric: to rank by; one of the test set when None.
            direction: "max" or "min"; told by the metric's name when None.
            explain: find out which param explains the metric; so do `report`, `plots` and `log`.
            output: table of the runs to write, `.parquet` or `.csv`.
            report: HTML file to write, with all plots, that loads nothing.
            plots: folder to write learning curve (of one version its runs) and importance to, as
                PNG files.
            log: log page, plots and table in MLflow, as a run `comparison` beside the versions.

        Raises:
            InvalidInputError: no run has the metric, or `output` ends otherwise.
            NotFoundError: there is no such thing, or no run of it.
            TrackingError: MLflow did not answer, or refused.
            StorageError: the store did not answer, or a file cannot be written.
        """
        from audioset.experiments.compare import compare_runs, comparison_table
        from audioset.storage.plain_tables import write_plain_table

        explain = explain or log or report is not None or plots is not None
        found = compare_runs(
            tuple(str(named(one)) for one in several(what)),
            self.tracking,
            self._store_beside_tracking,
            self.name,
            metric=metric,
            direction=direction,
            explain=explain,
        )
        if output is not None:
            write_plain_table(Path(output), comparison_table(found))
        if report is not None:
            from audioset.pages.comparison import write_compare_page

            write_compare_page(found, Path(report))
        if plots is not None:
            from audioset.pages.comparison_plots import write_plots

            write_plots(found, Path(plots))
        if log:
            from audioset.experiments.compare import log_in_mlflow

            found = replace(found, logged_as=log_in_mlflow(found, self.tracking, self.name))
        return found

    def promote(
        self,
        model: str,
        *,
        alias: str = "champion",
        version: int | None = None,
        metric: str | None = None,
        direction: "Direction | None" = None,
        force: str | None = None,
        rollback: bool = False,
        yes: bool = False,
    ) -> "Promotion":
        """Give a registered model version an alias, when its data, its test and its score allow it.

        Its run must have pinned versions that still open, nothing of its training may leak to its
        test set, and it must be better than the version that has the alias, on the same test clips.
        Where a check refuses, nothing changes: look at `outcome` and `failures`. The version that
        had the alias stays at hand as `previous-<alias>`.

        Args:
            model: `name`, `models:/name/3` or `models:/name@alias`.
            alias: that it is to have.
            version: the newest when None, unless `model` names one.
            metric: that it must be better by; one of the test set when None.
            direction: "max" or "min"; told by the metric's name when None.
            force: why to promote it whatever the checks say; kept with who and when.
            rollback: instead, give the alias back to the version that had it before.
            yes: really give it, or give it back; else only tell what would be done.

        Raises:
            InvalidInputError: the model is named wrongly, or the reason is empty.
            NotFoundError: no such model or version; or nothing to go back to.
            ConflictError: somebody moved the alias at the same moment.
            TrackingError: MLflow did not answer, or refused.
            StorageError: the store did not answer.
        """
        from audioset.experiments.promote import promote_model, roll_back

        if rollback:
            return roll_back(model, self.tracking, alias=alias, dry_run=not yes)
        return promote_model(
            model,
            self.tracking,
            self._store_beside_tracking,
            self.split_options,
            alias=alias,
            version=version,
            metric=metric,
            direction=direction,
            force=force,
            dry_run=not yes,
        )

    def recipe(self, subject: str) -> "Recipe":
        """Tell exactly how a training can be run again: data, code, command and params.

        Args:
            subject: `models:/name@alias`, `models:/name/3`, or an MLflow run id.

        Raises:
            InvalidInputError: the subject is neither a model nor a run.
            NotFoundError: no such model or run; or it was trained without `audioset.training_run`
                and `audioset.pin`; or a version that it used is gone.
            IntegrityError: the store holds other data under a version's name than was used.
            TrackingError: MLflow did not answer.
        """
        from audioset.tracking.run.recipe import read_recipe

        return read_recipe(subject, self.tracking, self._store_beside_tracking)

    def reproduce(
        self,
        subject: str,
        *,
        ignore: Several[str] = (),
        despite_withdrawal: bool = False,
        begun: "Begun | None" = None,
    ) -> "Reproduction":
        """Run a training again, by its recipe, and compare every metric to the last bit.

        The commit is copied from a repository of the current folder or the workspace, around or in
        it, with the changes that the run had. The new run is linked with the first one. No alias
        moves and nothing is registered: what the training registers goes to a registry that is
        thrown away.

        Args:
            subject: as for `recipe`.
            ignore: names of metrics that are not compared, such as `*_seconds`; what MLflow
                measures of the machine (`system/*`) never is.
            despite_withdrawal: train without the clips that were withdrawn since.
            begun: called with the id of the new run, and the file with what it says.

        Raises:
            InvalidInputError: it cannot be run again as it stands, or it failed this time.
            NotFoundError, IntegrityError, TrackingError: as for `recipe`; or the commit is not
                here.
        """
        from audioset.experiments.reproduce import reproduce as run
        from audioset.experiments.reproduce import tell_nobody

        return run(
            self.recipe(subject),
            self.tracking,
            self._store_beside_tracking,
            ignore=several(ignore),
            despite_withdrawal=despite_withdrawal,
            begun=begun or tell_nobody,
        )

    def train_aligner(
        self,
        reference: "Reference | Dataset | None" = None,
        *,
        name: str | None = None,
        aliases: Several[str] = (),
        voice: str | None = None,
        language: str | None = None,
        lexicon: str | Path | None = None,
        unconfirmed: bool = False,
        progress: Progress = notebook_progress,
    ) -> "TrainedAligner":
        """Train the dataset's own aligner with confirmed lines, and register it in MLflow.

        A cut by transcript lines can begin with it, so that the next recording is cut better. Its
        run pins the clips it learnt from: those that were accepted, and of those that nobody judged
        the ones whose text a person wrote. It remembers voice, language and lexicon: a cut with it
        has its voice unless another is asked for, and warns when the lexicon is another.

        Args:
            reference: as for `open`, or an open dataset; the newest version of the workspace's
                dataset when None.
            name: of the registered model; `<dataset>-aligner` when None.
            aliases: to move to it, such as "prod".
            voice: of espeak-ng; one for the language when None.
            language: of the texts; English when None.
            lexicon: file that says how words are said, as for `TranscriptOptions`.
            unconfirmed: learn from all clips that nobody rejected; texts by models stay out.

        Raises:
            InvalidInputError: there is too little to learn from, or the lexicon cannot be read.
            NotFoundError: no such version, voice or lexicon, or espeak-ng is not installed.
            IntegrityError: stored audio does not match its hash.
            TrackingError: MLflow did not answer, or a run is active.
            StorageError: the store did not answer.
        """
        from audioset.documents.transcripts import read_lexicon
        from audioset.experiments.train_aligner import train_aligner as run

        if reference is None:
            reference = self._newest()
        dataset = self._dataset(reference)
        return run(
            dataset,
            self.tracking,
            self._store_beside_tracking,
            self.split_options,
            name=name or f"{dataset.ref.dataset}-aligner",
            aliases=several(aliases),
            voice=voice,
            language=language,
            unconfirmed=unconfirmed,
            progress=progress,
            lexicon=read_lexicon(Path(lexicon)) if lexicon is not None else {},
        )

"""Reading of a sweep's inputs: a corpus, and the task's arrays made of it."""

from collections.abc import Collection
from dataclasses import asdict, dataclass

from rich.console import Console

from fairser_core.corpora.problems import MOST_SHOWN
from fairser_core.corpora.times import segments
from fairser_core.datasets.data import Data
from fairser_core.features.blocks import Extractor
from fairser_core.features.pretrained import Pretrained, open_pretrained
from fairser_core.features.speech_model import SpeechModel
from fairser_core.files.ledger import facts_of
from fairser_core.files.segment import AudioError
from fairser_core.files.usable import AudioFacts
from fairser_core.names import named
from search.corpus.facts import (
    InputFacts,
    features_facts,
    pretrained_facts,
)
from search.space.domains import corners
from search.space.space import Space
from search.store.changes import SweepChanged
from search.tasks.any_corpus import AnyCorpus
from search.tasks.facts import CorpusFacts
from search.tasks.options import CorpusOptions
from search.tasks.tasks import TASKS
from search.terminal.command_names import typed
from search.terminal.console import say
from search.terminal.progress_bar import counting


@dataclass(frozen=True)
class Inputs:
    """Inputs of a sweep.

    Attributes:
        corpus: corpus as its reader returns it.
        data: arrays of the task.
        pretrained: speech model that features are made with; None without a model.
        facts: facts of all inputs.
    """

    corpus: AnyCorpus
    data: Data
    pretrained: Pretrained | None
    facts: InputFacts


def read_inputs(
    space: Space, options: CorpusOptions, console: Console, before: InputFacts | None = None
) -> Inputs:
    """Read a corpus and make the arrays of a space's task.

    Each part is compared with what it was before the next one is made.

    Args:
        space: space that the sweep searches.
        options: options of the corpus.
        console: console that shows progress and the corpus' notes.
        before: facts when the sweep began; None for a new sweep.

    Raises:
        ValueError: the corpus or an option does not go with the space.
        SpeechModelError, VqWav2vecError: the speech model cannot be used.
        SweepChanged: something is not as it was before; names what differs.
    """
    check_goes(space, options)
    pretrained = open_pretrained(options.pretrained) if options.pretrained else None
    model = pretrained_facts(pretrained) if pretrained else None
    if before:
        before.check_part("checkpoint", asdict(model) if model else None)
    corpus = read_of(space, options, console)
    corpus = extractable(corpus, pretrained or space.features, options.skip_broken, console)
    if before:
        corpus = _as_before(corpus, before.corpus.left_out or (), console)
    facts = TASKS[space.task].facts(corpus)
    if before:
        _check_corpus(before, facts, corpus)
    for note in corpus.notes:
        say(console, f"corpus {corpus.name}: {note}")
    if isinstance(pretrained, SpeechModel):
        for note in pretrained.folder.notes():
            say(console, f"pretrained model: {note}", style="yellow")
    data = make_data(corpus, space, console, pretrained)
    check_values(space, data)
    for note in data.notes:
        say(console, f"corpus {corpus.name}: {note}")
    features = features_facts(data)
    if before:
        before.check_part("features", features)
    return Inputs(corpus, data, pretrained, InputFacts(facts, model, features))


def _check_corpus(before: InputFacts, facts: CorpusFacts, corpus: AnyCorpus) -> None:
    """Compare a corpus with what it was; name files that became unusable first.

    Raises:
        SweepChanged: the corpus is not as it was.
    """
    try:
        before.check_part("corpus", facts.to_json())
    except SweepChanged as error:
        broken = sorted(set(corpus.left_out).difference(before.corpus.left_out or ()))
        if not broken:
            raise
        raise SweepChanged(
            f"corpus {corpus.name}: could be used when this sweep began, and cannot by now: "
            f"{named(broken)}; restore the files (`{typed('corpus describe')}` without "
            f"--skip-broken states what is wrong with each); {error}"
        ) from error


def _as_before(corpus: AnyCorpus, left_out: Collection[str], console: Console) -> AnyCorpus:
    """Return a corpus without utterances that were left out before, and can be used by now."""
    mended = sorted(set(corpus.utterances["id"]).intersection(left_out))
    if not mended:
        return corpus
    say(
        console,
        f"corpus {corpus.name}: left out as when this sweep began, though usable by now: "
        f"{named(mended)}; a new sweep learns from them",
    )
    return corpus.without(mended)


def extractable(
    corpus: AnyCorpus, extractor: Extractor, skip_broken: bool, console: Console
) -> AnyCorpus:
    """Return a corpus without audio, in any split, that the features cannot be made of.

    Args:
        corpus: corpus as its reader returns it.
        extractor: features.
        skip_broken: whether such utterances are left out, and counted on the console.
        console: console to print on.

    Raises:
        AudioError: they are not left out, and audio is too short or too long for the features, or
            of a rate that cannot be resampled for them; names the first files.
    """
    if "path" not in corpus.utterances:
        return corpus
    of_rows = segments(corpus.utterances).tolist()
    rate, fewest, most = extractor.sample_rate, extractor.fewest_samples, extractor.most_samples
    problems = {
        name: f"{segment.name}: {problem}"
        for name, segment, facts in zip(
            corpus.utterances["id"], of_rows, facts_of(of_rows, AudioFacts), strict=True
        )
        if (problem := facts.problem_at(rate, fewest, most))
    }
    if not problems:
        return corpus
    count = f"{len(problems):,} of {len(of_rows):,} audio files"
    shown = [*problems.values()][:MOST_SHOWN]
    shown += [f"... and {len(problems) - MOST_SHOWN:,} more"] * (len(problems) > MOST_SHOWN)
    if not skip_broken or len(problems) == len(of_rows):
        hint = "(files like these can be left out: --skip-broken)"
        lines = [f"{count} cannot be used:", *shown, *([] if skip_broken else [hint])]
        raise AudioError("\n  ".join(lines))
    lines = [f"corpus {corpus.name}: {count} left out, for the features cannot be made of them:"]
    say(console, "\n  ".join([*lines, *shown]), style="yellow")
    return corpus.without([*problems])


def check_goes(space: Space, options: CorpusOptions) -> None:
    """Refuse a corpus or an option that the space's task cannot use, or a lack of one it needs.

    Raises:
        ValueError: naming the option and what goes with the task.
    """
    task = TASKS[space.task]
    if options.corpus not in task.corpora:
        raise ValueError(
            f"space {space.name} is of task {space.task!r}, which learns from --corpus "
            f"{', '.join(task.corpora)}, got {options.corpus}"
        )
    for option in task.strangers:
        if getattr(options, option) is not None:
            flag = option.replace("_", "-")
            raise ValueError(
                f"--{flag} does not go with space {space.name}, which is of task {space.task!r}"
            )
    try:
        task.check_pretrained(space.task_settings, options.pretrained)
    except ValueError as error:
        raise ValueError(f"{error} ({space.source})") from error


def check_values(space: Space, data: Data) -> None:
    """Refuse values of a space that the arrays do not have, such as a layer.

    Raises:
        ValueError: naming the setting, the rule and the space.
    """
    values = {name: [value] for name, value in space.fixed.items()}
    values |= {name: corners(domain) for name, domain in space.search.items()}
    try:
        TASKS[space.task].check_values(data, values)
    except ValueError as error:
        raise ValueError(f"{error} ({space.source})") from error


def read_of(space: Space, options: CorpusOptions, console: Console) -> AnyCorpus:
    """Read the corpus that the options name to a space's task."""
    corpus: AnyCorpus = TASKS[space.task].read(options, console)
    return corpus


def make_data(
    corpus: AnyCorpus, space: Space, console: Console, pretrained: Pretrained | None = None
) -> Data:
    """Make the arrays of the task, with a progress bar over utterances."""
    with counting("features", console) as progress:
        data: Data = TASKS[space.task].prepare(
            corpus, space.features, space.task_settings, pretrained, progress
        )
        return data

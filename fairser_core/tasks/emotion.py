"""The course of the emotion task: a seed's lanes are its detectors, one a fold and emotion."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from fairser_core.datasets.emotion import Emotion
from fairser_core.lanes.lanes import each_lane, take, tree_map
from fairser_core.lanes.random_streams import Streams
from fairser_core.methods.emotion_method import Batch, EmotionMethod
from fairser_core.methods.method import Networks
from fairser_core.metrics.emotion_table import over_emotions
from fairser_core.metrics.lane_summary import LaneValues
from fairser_core.metrics.resampling import Values
from fairser_core.tasks.activation_answers import CHUNK
from fairser_core.tasks.emotion_answers import DEVIATIONS, SCORES, answer_metrics, columns, grade
from fairser_core.tasks.task import Scores


class EmotionCourse:
    """Each detector is taught its fold's training sessions and asked for its validation session.

    What the detectors of an emotion say in all folds is put together, judged once, and the metrics
    are averaged over the emotions. Labels of a fold's tested session reach none of its detectors;
    where the exam is of these sessions (`Emotion.exam`), none is taught.

    With early stopping a detector keeps the epoch that is best in the very session it is judged by,
    so these figures choose between settings; what a chosen one is worth, tested sessions tell.
    """

    def __init__(
        self,
        method: EmotionMethod,
        data: Emotion,
        device: torch.device,
        *,
        vectorise: bool | None,
    ) -> None:
        """Put the data on a device.

        Args:
            method: what is trained.
            data: arrays of the task.
            device: where to train.
            vectorise: see `Course`; by default one step for all: detectors are so small that
                launching the step is what takes time, also on a CPU.
        """
        self.method, self.data, self.problem = method, data, data.problem
        self.vectorise = vectorise is None or vectorise
        of_what = " of the genders' views" if method.graded_by_perspectives else ""
        self.criterion = f"validation macro F1{of_what}"
        self.parts: Sequence[tuple[int, ...]] = data.detectors
        self.features = torch.tensor(data.features, device=device)
        self.label = torch.tensor(data.label, device=device)
        views = (data.female, data.male)
        perceived = np.stack([view.label for view in views], axis=-1)
        self.perceived = torch.tensor(perceived, device=device)
        known = np.stack([view.known for view in views], axis=-1)
        self.known = torch.tensor(known.astype(np.float32), device=device)
        self.emotion = torch.tensor([emotion for _, emotion in data.detectors], device=device)
        self.folds = data.folds()
        tested = data.exam == "test"
        self.exam = [fold.test if tested else fold.validation for fold in self.folds]
        # All folds take the steps of the smallest, or a lane's would depend on the others'.
        fewest = min(len(fold.train) for fold in self.folds)
        self.size = min(method.batch, fewest)
        self.steps = fewest // self.size
        if method.extra_pairs:
            self._check_pairs()

    def _check_pairs(self) -> None:
        """Each fold must have utterances of either aligned gender to learn from."""
        for fold in self.folds:
            for gender, value in (("women", 1), ("men", 0)):
                count = int((self.data.aligned[fold.train] == value).sum())
                if count < 2:
                    raise ValueError(
                        f"{type(self.method).__name__} needs at least 2 training utterances whose "
                        f"ground truth is what only the {gender} among the raters hear, got "
                        f"{count} with session {fold.name} left out"
                    )

    def name(self, part: tuple[int, ...]) -> str:
        """The emotion and the fold's session."""
        fold, emotion = part
        return f"{self.data.emotions[emotion]}, session {self.folds[fold].name} left out"

    def init(self, seed: int, part: tuple[int, ...], generator: torch.Generator) -> Networks:
        """Fresh networks, and stage 1's detector of the same fold and emotion, if there is one.

        Where stage 1 was trained with fewer seeds, they serve in turn.
        """
        fresh = self.method.init(self.problem, generator)
        if not self.data.stage1:
            return fresh
        count = len(self.data.detectors)
        of_seed = seed % (len(next(iter(self.data.stage1.values()))) // count)
        lane = of_seed * count + self.data.detectors.index((part[0], part[1]))
        return {**fresh, "stage1": take(self.data.stage1, lane)}

    def order(self, streams: Sequence[Streams]) -> Tensor:
        """Utterances (step, lane, utterance) of an epoch, shuffled for each lane.

        Those that are left over differ from epoch to epoch. Behind those of the batch stand the
        pairs: of each aligned gender as many, drawn anew for each step.
        """
        lanes = []
        for stream, (fold, _) in zip(streams, self._detectors(len(streams)), strict=True):
            rows = torch.from_numpy(self.folds[fold].train)
            shuffled = rows[torch.randperm(len(rows), generator=stream["shuffle"])]
            batches = shuffled[: self.steps * self.size].view(self.steps, self.size)
            lanes.append(torch.cat([batches, *self._pairs(fold, stream["debias"])], dim=1))
        return torch.stack(lanes, dim=1).to(self.features.device)

    def _pairs(self, fold: int, generator: torch.Generator) -> list[Tensor]:
        """Training utterances (step, pair) of women's and of men's perception."""
        pairs = self.method.extra_pairs
        if not pairs:
            return []
        drawn = []
        for gender in (1, 0):
            rows = self.folds[fold].train
            rows = rows[self.data.aligned[rows] == gender]
            draws = torch.rand(self.steps, max(len(rows), pairs), generator=generator)
            chosen = draws.argsort(dim=1)[:, :pairs] % len(rows)
            drawn.append(torch.from_numpy(rows)[chosen])
        return drawn

    def _detectors(self, lanes: int) -> list[tuple[int, int]]:
        """Fold and emotion of each lane."""
        return [*self.data.detectors] * (lanes // len(self.data.detectors))

    def batch(self, index: Tensor) -> Batch:
        """Utterances at `index` (lane, utterance), as `order` puts them."""
        emotion = self.emotion.repeat(len(index) // len(self.emotion))
        pairs = self.method.extra_pairs
        index, female, male = index.split([index.shape[1] - 2 * pairs, pairs, pairs], dim=1)
        return Batch(
            features=self.features[index],
            label=self.label[emotion[:, None], index],
            perceived=self.perceived[emotion[:, None], index],
            known=self.known[index],
            female=self.features[female],
            male=self.features[male],
        )

    def predict(self, networks: Networks, active: Tensor) -> Scores:
        """Columns (lane, utterance, column) of the exam's session; see `answers.columns`.

        Sessions differ in size; what is behind a session's end has no meaning.
        """
        scores, latent = self._answers(networks, active)
        detectors = self._detectors(len(active))
        kept = np.zeros((*scores.shape[:2], len(SCORES) + len(DEVIATIONS)))
        for lane in active.nonzero()[:, 0].tolist():
            asked = self.exam[detectors[lane][0]]
            kept[lane, : len(asked)] = columns(
                scores[lane, : len(asked)],
                latent[lane, : len(asked)],
                self.data.aligned[asked],
            )
        return kept

    def _answers(
        self, networks: Networks, active: Tensor
    ) -> tuple[Scores, NDArray[np.floating[Any]]]:
        """Scores (lane, utterance, score) and representations (lane, utterance, unit)."""
        longest = max(map(len, self.exam))
        detectors = self._detectors(len(active))
        rows = np.stack([np.resize(self.exam[fold], longest) for fold, _ in detectors])
        chunks = []
        for index in torch.from_numpy(rows).to(self.features.device).split(CHUNK, dim=1):
            with torch.no_grad():
                answer = each_lane(
                    lambda nets, features: self.method.predict(nets, features, self.problem),
                    [networks, self.features[index]],
                    active,
                    vectorise=self.vectorise,
                )
            chunks.append(answer)
        answers = tree_map(lambda *parts: torch.cat(parts, dim=1).cpu(), *chunks)
        scores = torch.stack([getattr(answers, name) for name in SCORES], dim=-1)
        return scores.double().numpy(), answers.latent.numpy()

    def represented(self, networks: Networks) -> pd.DataFrame:
        """A row is an utterance with an aligned gender, as a detector of an emotion represents it.

        Of one seed, in half precision, which is enough for a picture. Columns `utterance`,
        `session`, `emotion`, and `unit-<number>`.
        """
        active = torch.ones(len(self.parts), dtype=torch.bool)
        _, latent = self._answers(
            tree_map(lambda tensor: tensor[: len(self.parts)], networks), active
        )
        tables = []
        for (fold, emotion), represented in zip(self.data.detectors, latent, strict=True):
            asked = self.exam[fold]
            biased = ~np.isnan(self.data.aligned[asked])
            units = represented[: len(asked)][biased].astype(np.float16)
            table = pd.DataFrame(units, columns=[f"unit-{unit}" for unit in range(units.shape[1])])
            table.insert(0, "utterance", np.array(self.data.ids)[asked[biased]])
            table.insert(1, "session", self.data.sessions[self.data.session[asked[0]]])
            table.insert(2, "emotion", self.data.emotions[emotion])
            tables.append(table)
        return pd.concat(tables, ignore_index=True)

    def _asked(self, predictions: Scores) -> list[tuple[int, NDArray[np.int64], Scores]]:
        """Emotion, the exam's utterances (row,) and columns (row, column), for each lane."""
        asked = []
        detectors = self._detectors(len(predictions))
        for (fold, emotion), kept in zip(detectors, predictions, strict=True):
            rows = self.exam[fold]
            asked.append((emotion, rows, kept[: len(rows)]))
        return asked

    def grades(self, predictions: Scores) -> NDArray[np.float64]:
        """Macro F1 of each detector in its validation session (lane,); see `answers.grade`."""
        return np.array(
            [
                grade(kept, self.data, emotion, rows, self.method.graded_by_perspectives)
                for emotion, rows, kept in self._asked(predictions)
            ]
        )

    def measure(self, predictions: Scores) -> LaneValues:
        """Every metric (seed,): means over emotions, and `<metric>_<emotion>`.

        NaN for seeds with a score that is not finite, and where a metric is undefined; undefined
        for an emotion is undefined for the mean.
        """
        seeds = len(predictions) // len(self.parts)
        rows = [self._seed(part) for part in np.split(predictions, seeds)]
        return {name: np.array([row[name] for row in rows]) for name in rows[0]}

    def _seed(self, predictions: Scores) -> dict[str, float]:
        """Return the metrics of a seed from its detectors' predictions (detector, utterance)."""
        asked = self._asked(predictions)
        each: dict[str, dict[str, Values]] = {}
        for emotion in dict.fromkeys(number for number, _, _ in asked):
            rows = np.concatenate([rows for number, rows, _ in asked if number == emotion])
            kept = np.concatenate([kept for number, _, kept in asked if number == emotion])
            each[self.data.emotions[emotion]] = answer_metrics(kept, self.data, emotion, rows)
        return {name: float(value) for name, value in over_emotions(each).items()}

    def told(self, predictions: Scores, seeds: Sequence[int]) -> pd.DataFrame:
        """A row is an utterance of which a detector of an emotion was asked.

        Columns `utterance`, `session`, `emotion`, `truth`, `s1`, `aligned`, `heard_<gender>` (1
        where its consensus is the emotion, else 0; NaN where it has none), and for each seed
        `<column>-<seed>` with the columns of `answers.columns`.
        """
        names = [*SCORES, *(f"deviation_{name}" for name in DEVIATIONS)]
        tables = []
        for seed, said in zip(seeds, np.split(predictions, len(seeds)), strict=True):
            asked = self._asked(said)
            rows = np.concatenate([rows for _, rows, _ in asked])
            emotion = np.repeat([emotion for emotion, _, _ in asked], [len(r) for _, r, _ in asked])
            kept = np.concatenate([kept for _, _, kept in asked])
            tables.append(pd.DataFrame(kept, columns=[f"{name}-{seed}" for name in names]))
        data = self.data
        asked_of = {
            "utterance": np.array(data.ids)[rows],
            "session": np.array(data.sessions)[data.session[rows]],
            "emotion": np.array(data.emotions)[emotion],
            "truth": data.label[emotion, rows] > 0,
            "s1": data.s1[rows],
            "aligned": data.aligned[rows],
            **{
                f"heard_{gender}": np.where(view.known[rows], view.label[emotion, rows], np.nan)
                for gender, view in (("female", data.female), ("male", data.male))
            },
        }
        return pd.concat([pd.DataFrame(asked_of), *tables], axis=1)
